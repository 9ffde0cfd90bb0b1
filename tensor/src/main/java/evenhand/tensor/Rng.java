package evenhand.tensor;

import java.nio.charset.StandardCharsets;

/**
 * Counter-based random numbers: number i of a stream depends on the seed and i alone.
 *
 * <p>So the numbers are the same on every device and for any number of threads. The generator is Philox4x32-10 (Salmon
 * et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011). There is no global generator: pass one in, and
 * {@link #split} it where independent streams are wanted. Not safe for use by several threads at once; split instead.
 */
public final class Rng {
  /** The laws a tensor can be filled from. */
  public enum Law {
    /** Uniform on [0, 1), multiples of 2^-24. */
    UNIFORM,
    /** Normal with mean 0 and variance 1, by Box and Muller's transform. */
    NORMAL
  }

  private static final int BITS_PER_LANE = 32;
  private static final float TWO_POW_MINUS_24 = 0x1p-24f;

  private final long key;
  private long next;
  private final int[] block = new int[4];
  private long blockIndex = -1;

  /** A stream for the seed. */
  public Rng(long seed) {
    this.key = seed;
  }

  /** A stream independent of this one, named by a label; does not advance this one. */
  public Rng split(String label) {
    long hash = 0xcbf29ce484222325L; // FNV-1a, 64 bits
    for (byte letter : label.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (letter & 0xff)) * 0x100000001b3L;
    }
    return split(hash);
  }

  /** A stream independent of this one, named by a number; does not advance this one. */
  public Rng split(long label) {
    int[] bits = new int[4];
    philox(key ^ 0x9e3779b97f4a7c15L, label, bits); // another key than the numbers themselves use
    return new Rng((long) bits[0] << BITS_PER_LANE | bits[1] & 0xffffffffL);
  }

  /** The next 32 random bits. */
  public int nextBits() {
    long wanted = next >>> 2;
    if (wanted != blockIndex) {
      philox(key, wanted, block);
      blockIndex = wanted;
    }
    return block[(int) (next++ & 3)];
  }

  /** Uniform on {@code 0 .. bound - 1}, without bias. */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("nextInt: bound must be at least 1, got " + bound);
    }
    long product = (nextBits() & 0xffffffffL) * bound; // Lemire's method: reject the few values that would bias
    if ((product & 0xffffffffL) < bound) {
      long threshold = (1L << BITS_PER_LANE) % bound;
      while ((product & 0xffffffffL) < threshold) {
        product = (nextBits() & 0xffffffffL) * bound;
      }
    }
    return (int) (product >>> BITS_PER_LANE);
  }

  /** Uniform on [0, 1), multiples of 2^-53. */
  public double nextDouble() {
    long high = nextBits() & 0xffffffffL;
    long low = nextBits() & 0xffffffffL;
    return ((high << BITS_PER_LANE | low) >>> 11) * 0x1p-53;
  }

  /** Normal with mean 0 and variance 1. */
  public double nextGaussian() {
    double radius = Math.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * nextDouble());
  }

  /** The numbers {@code 0 .. n - 1} in random order. */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    shuffle(order);
    return order;
  }

  /** Puts an array in random order (Fisher and Yates). */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swap = values[i];
      values[i] = values[j];
      values[j] = swap;
    }
  }

  /** A tensor of numbers in [0, 1). */
  public Tensor uniform(Device device, int... shape) {
    return tensor(Law.UNIFORM, device, Shape.of(shape));
  }

  /** A tensor of normal numbers with mean 0 and variance 1. */
  public Tensor normal(Device device, int... shape) {
    return tensor(Law.NORMAL, device, Shape.of(shape));
  }

  private Tensor tensor(Law law, Device device, Shape shape) {
    next = next + 3 & ~3L; // whole blocks, so that a device can make them four at a time
    Tensor out = device.empty(DType.FLOAT32, shape);
    device.backend().random(law, key, next, out);
    next += shape.size() + 3 & ~3;
    return out;
  }

  /**
   * Fills an array with numbers {@code counter, counter + 1, ..} of the stream {@code key}: the definition of right.
   *
   * @param counter a multiple of 4
   */
  public static void fill(Law law, long key, long counter, float[] out) {
    int[] bits = new int[4];
    float[] four = new float[4];
    for (int start = 0; start < out.length; start += 4) {
      philox(key, (counter + start) >>> 2, bits);
      if (law == Law.UNIFORM) {
        for (int lane = 0; lane < 4; lane++) {
          four[lane] = (bits[lane] >>> 8) * TWO_POW_MINUS_24;
        }
      } else {
        boxMuller(bits[0], bits[1], four, 0);
        boxMuller(bits[2], bits[3], four, 2);
      }
      System.arraycopy(four, 0, out, start, Math.min(4, out.length - start));
    }
  }

  /** Two normal numbers from two uniform ones: r cos t, r sin t with r = sqrt(-2 ln u1), t = 2 pi u2. */
  private static void boxMuller(int first, int second, float[] out, int at) {
    double u1 = ((first >>> 8) + 1) * 0x1p-24; // in (0, 1], so that the logarithm is finite
    double angle = 2 * Math.PI * ((second >>> 8) * 0x1p-24);
    double radius = Math.sqrt(-2 * StrictMath.log(u1));
    out[at] = (float) (radius * StrictMath.cos(angle)); // StrictMath: the same bits on every platform
    out[at + 1] = (float) (radius * StrictMath.sin(angle));
  }

  /** Philox4x32-10: ten rounds of multiply, swap and add the key, over the counter (index, 0). */
  static void philox(long key, long index, int[] out) {
    int k0 = (int) key;
    int k1 = (int) (key >>> BITS_PER_LANE);
    int c0 = (int) index;
    int c1 = (int) (index >>> BITS_PER_LANE);
    int c2 = 0;
    int c3 = 0;
    for (int round = 0; round < 10; round++) {
      long p0 = (c0 & 0xffffffffL) * 0xD2511F53L;
      long p1 = (c2 & 0xffffffffL) * 0xCD9E8D57L;
      c0 = (int) (p1 >>> BITS_PER_LANE) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> BITS_PER_LANE) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }
}
