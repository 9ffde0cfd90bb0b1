package evenhand.tensor.spi;

import java.util.Optional;

/** Makes a kind of device known; found by {@link java.util.ServiceLoader}. */
public interface DeviceProvider {
  /** Name as in {@code --device}. */
  String name();

  /** Rank among providers when the best device is asked for: the largest available one is taken. */
  int priority();

  /** Whether {@code --device auto} may choose it: not where a CPU stands in for a GPU, as the CPU device is faster. */
  default boolean automatic() {
    return true;
  }

  /** One line for people: what is there, or why the device cannot be used and what would help. Never throws. */
  String status();

  /** The backend, or nothing if it cannot be used on this machine. */
  Optional<Backend> open();

  /** The same device by the project's own kernels alone, where {@link #open} would use a vendor's library as well. */
  default Optional<Backend> openPlain() {
    return open();
  }
}
