package evenhand.tensor.cpu;

import evenhand.tensor.DType;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Arrays that scopes gave back, by size, for the next step to use while they are warm.
 *
 * <p>Arrays longer than {@link #SMALLEST} are rounded up to a size class (eighths of a power of two), so that slightly
 * different shapes share them. At most a quarter of the heap is kept. Contents are never cleared.
 */
final class BufferPool {
  private static final int SMALLEST = 256; // below this, allocation is cheaper than a look-up

  private final Map<Integer, ArrayDeque<float[]>> floats = new HashMap<>();
  private final long limit;
  private long bytes;

  BufferPool() {
    this(Runtime.getRuntime().maxMemory() / 4);
  }

  /** A pool that keeps at most so many bytes. */
  BufferPool(long limit) {
    this.limit = limit;
  }

  Object take(DType dtype, int length) {
    if (dtype == DType.INT32) {
      return new int[length];
    }
    if (length < SMALLEST) {
      return new float[length];
    }
    int rounded = sizeClass(length);
    synchronized (this) {
      var free = floats.get(rounded);
      if (free != null && !free.isEmpty()) {
        bytes -= 4L * rounded;
        return free.pop();
      }
    }
    return new float[rounded];
  }

  void giveBack(Object array) {
    if (array instanceof float[] values && values.length >= SMALLEST) {
      keep(values);
    }
  }

  private synchronized void keep(float[] values) {
    if (bytes + 4L * values.length <= limit) {
      bytes += 4L * values.length;
      floats.computeIfAbsent(values.length, length -> new ArrayDeque<>()).push(values);
    }
  }

  /** Lets go of every array. */
  synchronized void clear() {
    floats.clear();
    bytes = 0;
  }

  /** The length rounded up to a multiple of an eighth of its highest power of two. */
  static int sizeClass(int length) {
    int step = Math.max(Integer.highestOneBit(length) >>> 3, 1);
    long rounded = (length + (long) step - 1) / step * step;
    return (int) Math.min(rounded, Integer.MAX_VALUE - 64);
  }
}
