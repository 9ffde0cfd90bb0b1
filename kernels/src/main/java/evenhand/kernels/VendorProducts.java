package evenhand.kernels;

import evenhand.kernels.GpuRuntime.Memory;

/** Matrix products of a vendor's library, queued among the kernels. */
interface VendorProducts {
  /**
   * Row-major matrices in a block, one after the other.
   *
   * @param offset of the first element
   * @param transposed whether columns, not rows, lie side by side
   * @param lead elements from a row (or column) to the next
   * @param step elements from a matrix to the next; 0 where all products share one
   */
  record Operand(Memory memory, int offset, boolean transposed, int lead, long step) {}

  /** {@code out[i] = a[i] b[i]} for each i of {@code count}: {@code [m, k] x [k, n] -> [m, n]}, out contiguous. */
  void multiply(int m, int n, int k, int count, Operand a, Operand b, Memory out);
}
