package evenhand.tensor.cpu;

import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Storage;

/** Numbers in a Java array: a {@code float[]} or an {@code int[]}, possibly longer than the storage. */
final class HostStorage implements Storage {
  private final DType dtype;
  private final int length;
  private Object array;
  private final BufferPool pool;

  HostStorage(DType dtype, int length, Object array, BufferPool pool) {
    this.dtype = dtype;
    this.length = length;
    this.array = array;
    this.pool = pool;
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
    Object released = array();
    array = null;
    pool.giveBack(released);
  }

  /** The array, which is there until the scope that made it closes. */
  Object array() {
    Object present = array;
    if (present == null) {
      throw new IllegalStateException(
          "a tensor was used after the Scope that made it had closed;"
              + " let it outlive the scope with scope.keep(tensor)");
    }
    return present;
  }

  static float[] floats(Tensor tensor) {
    return (float[]) ((HostStorage) tensor.storage()).array();
  }

  static int[] ints(Tensor tensor) {
    return (int[]) ((HostStorage) tensor.storage()).array();
  }
}
