package evenhand.tensor.spi;

import evenhand.tensor.DType;

/**
 * A block of numbers on a device; tensors are views of it.
 *
 * <p>A storage knows nothing of shapes. It lives as long as something refers to it, or until the {@code Scope} it was
 * made in closes.
 */
public interface Storage {
  /** Type of the elements. */
  DType dtype();

  /** Number of elements. */
  int length();

  /** Gives the memory back for reuse; any later access fails. Called once, by the scope. */
  void release();
}
