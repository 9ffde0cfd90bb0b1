package evenhand.tensor.cpu;

import evenhand.tensor.DType;

/**
 * Arrays that scopes gave back, by size, for the next step to use while they are warm.
 *
 * <p>Arrays longer than {@link #SMALLEST} are rounded up to a size class (eighths of a power of two), so that slightly
 * different shapes share them. At most {@link #LIMIT_BYTES} are kept. Contents are never cleared.
 */
final class BufferPool {
  private static final int SMALLEST = 256; // below this, allocation is cheaper than a look-up
  private static final long LIMIT_BYTES = 1L << 30;

  private final java.util.HashMap<Integer, java.util.ArrayDeque<float[]>> floats = new java.util.HashMap<>();
  private long bytes;

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

  synchronized void giveBack(Object array) {
    if (array instanceof float[] values && values.length >= SMALLEST && bytes + 4L * values.length <= LIMIT_BYTES) {
      bytes += 4L * values.length;
      floats.computeIfAbsent(values.length, length -> new java.util.ArrayDeque<>()).push(values);
    }
  }

  /** The length rounded up to a multiple of an eighth of its highest power of two. */
  static int sizeClass(int length) {
    int step = Math.max(Integer.highestOneBit(length) >>> 3, 1);
    long rounded = (length + (long) step - 1) / step * step;
    return (int) Math.min(rounded, Integer.MAX_VALUE - 64);
  }
}
