package evenhand.kernels;

import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Storage;

/** Numbers in a device's memory. */
final class GpuStorage implements Storage {
  private final DType dtype;
  private final int length;
  private final MemoryPool.Loan loan;
  private volatile boolean released;

  GpuStorage(DType dtype, int length, MemoryPool pool) {
    this.dtype = dtype;
    this.length = length;
    this.loan = pool.lend(this, (long) length * dtype.bytes());
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public void release() {
    block();
    released = true;
    loan.giveBack().clean();
  }

  /** The block, which is there until the scope that made it closes. */
  MemoryPool.Block block() {
    if (released) {
      throw new IllegalStateException(
          "a tensor was used after the Scope that made it had closed;"
              + " let it outlive the scope with scope.keep(tensor)");
    }
    return loan.block();
  }

  static GpuStorage of(Tensor tensor) {
    return (GpuStorage) tensor.storage();
  }
}
