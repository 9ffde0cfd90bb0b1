package evenhand.tensor.cpu;

import evenhand.tensor.DType;
import evenhand.tensor.cpu.Convolution.Sizes;
import java.util.Arrays;

/**
 * Convolutions of stride 1 without a matrix of columns: the products read the image where it lies.
 *
 * <p>A band of rows of an image is copied beside zeros, rows at a distance ({@code pitch}) of the width and one padding,
 * since the padding right of a row may be that left of the next. Seen through the tap {@code (channel, i, j)}, output
 * pixel {@code (y, x)} lies at {@code taps[tap] + y pitch + x}: neighbours stay neighbours for every tap, and a table of
 * positions replaces the columns. Output columns beyond the width fall into the next row; they are left out, or meet
 * zeros.
 *
 * <ul>
 *   <li>output: tiles of some channels and two vectors of pixels;
 *   <li>input's derivative: the same with the weight turned around, and as much padding as makes the sizes fit;
 *   <li>weight's derivative: products along pixels, four channels and six taps at a time.
 * </ul>
 */
final class DirectConvolution {
  private static final int DEPTH = 288; // most taps of a block, whose pixels stay in the first-level cache
  private static final int BAND = 1 << 17; // numbers of a band, 512 kB: half of the second-level cache
  private static final int TASKS = 32;
  private static final int WIDEST = 64; // numbers, at least, that rounding up to tiles and vectors can add
  private static final int FOUR = 4; // channels and
  private static final int SIX = 6; // taps of the weight's derivative at a time

  private final Kernels kernels;
  private final ThreadPool threads;
  private final BufferPool buffers;

  DirectConvolution(Kernels kernels, ThreadPool threads, BufferPool buffers) {
    this.kernels = kernels;
    this.threads = threads;
    this.buffers = buffers;
  }

  /** True if the output, and the weight's derivative, can be computed here. */
  static boolean fits(Sizes s) {
    return s.conv().strideH() == 1 && s.conv().strideW() == 1 && !s.isPointwise() && s.c() > 0 && s.images() > 0
        && hasRoom(s);
  }

  /** True if a band of one row, and its sums, can be arrays. */
  private static boolean hasRoom(Sizes s) {
    long pitch = s.width() + (long) s.conv().padW();
    double band = s.c() * ((1 + (s.kh() - 1.0) * s.conv().dilationH()) * pitch + s.conv().padW());
    double sums = (s.o() + (double) FOUR) * (Math.max(pitch, s.ow()) + WIDEST);
    return band + WIDEST <= Convolution.LARGEST && sums <= Convolution.LARGEST;
  }

  /** True if the input's derivative can: the output, beside zeros, has at least the size that it needs. */
  static boolean fitsInput(Sizes s) {
    return fits(s) && hasRoom(turned(s)) && s.o() > 0
        && turned(s).conv().padH() == opposite(s.conv().padH(), s.conv().dilationH(), s.kh())
        && turned(s).conv().padW() == opposite(s.conv().padW(), s.conv().dilationW(), s.kw());
  }

  private static int opposite(int pad, int dilation, int kernel) {
    return dilation * (kernel - 1) - pad;
  }

  /** The convolution from the output back to the input. */
  private static Sizes turned(Sizes s) {
    return s.turned(Math.max(0, opposite(s.conv().padH(), s.conv().dilationH(), s.kh())),
        Math.max(0, opposite(s.conv().padW(), s.conv().dilationW(), s.kw())));
  }

  /** How bands of an image are laid out. */
  private record Plan(Sizes s, int pitch, int rows, int bands, int plane, int[] taps) {
    static Plan of(Sizes s, int tapsAtOnce) {
      int pitch = s.width() + s.conv().padW();
      int halo = (s.kh() - 1) * s.conv().dilationH();
      long most = Math.min(BAND / ((long) s.c() * pitch) - halo, BAND / ((long) Math.max(s.o(), 1) * pitch));
      int rows = Math.clamp(most, 1, s.oh());
      int bands = (s.oh() + rows - 1) / rows;
      rows = (s.oh() + bands - 1) / bands;
      int plane = s.conv().padW() + (rows + halo) * pitch;
      int[] taps = new int[(s.taps() + tapsAtOnce - 1) / tapsAtOnce * tapsAtOnce];
      for (int tap = 0; tap < taps.length; tap++) {
        int real = Math.min(tap, s.taps() - 1); // the last one again fills up the table
        int at = real / s.kw();
        taps[tap] = at / s.kh() * plane + at % s.kh() * s.conv().dilationH() * pitch
            + real % s.kw() * s.conv().dilationW();
      }
      return new Plan(s, pitch, rows, bands, plane, taps);
    }

    int first(int band) {
      return band * rows;
    }

    int rowsOf(int band) {
      return Math.min(rows, s.oh() - first(band));
    }

    /** True if tiles, so many pixels wide, cover rows exactly. */
    boolean wholeRows(int tile) {
      return s.ow() % tile == 0;
    }

    /** Numbers of a channel's sums: whole tiles, and a half, so that channels do not fall on each other in a cache. */
    int sums(int tile) {
      return roundUp(wholeRows(tile) ? rows * s.ow() : (rows - 1) * pitch + s.ow(), tile) + tile / 2;
    }

    /** From the first pixel to the last of a band, with what lies between its rows. */
    int span(int band) {
      return (rowsOf(band) - 1) * pitch + s.ow();
    }
  }

  private float[] take(int length) {
    return (float[]) buffers.take(DType.FLOAT32, length);
  }

  /** Room for a band; what lies around the image stays zero unless bands differ. */
  private float[] zeros(Plan plan) {
    int length = plan.s.c() * plan.plane + 2 * kernels.lanes(); // a tile may read beyond the last pixel
    float[] padded = take(length);
    Arrays.fill(padded, 0, length, 0f);
    return padded;
  }

  /** Lays out the rows that a band of one group of one image sees. */
  private void fill(Plan plan, int band, float[] image, int at, float[] padded) {
    Sizes s = plan.s;
    if (plan.bands > 1) {
      Arrays.fill(padded, 0, s.c() * plan.plane, 0f);
    }
    int top = plan.first(band) - s.conv().padH();
    int from = Math.max(top, 0);
    int rows = Math.min(s.height(), top + plan.rowsOf(band) + (s.kh() - 1) * s.conv().dilationH()) - from;
    for (int channel = 0; channel < s.c() && rows > 0; channel++) {
      kernels.copyRows(image, at + (channel * s.height() + from) * s.width(), s.width(), rows, s.width(), padded,
          channel * plan.plane + s.conv().padW() + (from - top) * plan.pitch, plan.pitch);
    }
  }

  /** {@code out = conv(image, w)}, with w as {@code [groups o, taps]}. */
  void forward(Sizes s, float[] image, int imageStart, float[] w, int wStart, float[] out, int outStart) {
    Plan plan = Plan.of(s, 1);
    float[] weights = tiles(s, w, wStart);
    int count = s.images() * s.groups() * plan.bands;
    int perTask = Math.max(1, count / TASKS);
    threads.run((count + perTask - 1) / perTask, task -> {
      float[] padded = zeros(plan);
      float[] sums = take(s.o() * plan.sums(2 * kernels.lanes()));
      for (int i = task * perTask; i < Math.min(count, (task + 1) * perTask); i++) {
        int part = i / plan.bands;
        int band = i % plan.bands;
        fill(plan, band, image, imageStart + part * s.input(), padded);
        products(plan, band, padded, weights, part % s.groups() * s.o() * s.taps(), sums);
        collect(plan, band, sums, out, outStart + part * s.o() * s.pixels() + plan.first(band) * s.ow());
      }
      buffers.giveBack(sums);
      buffers.giveBack(padded);
    });
    buffers.giveBack(weights);
  }

  /** The weight as the tiles take it: rows side by side. */
  private float[] tiles(Sizes s, float[] w, int wo) {
    int taps = s.taps();
    float[] tiles = take(s.groups() * s.o() * taps);
    for (int row = 0, rows; row < s.groups() * s.o(); row += rows) {
      rows = kernels.weightRows(s.o() - row % s.o());
      kernels.transpose(w, wo + row * taps, taps, rows, taps, tiles, row * taps, rows);
    }
    return tiles;
  }

  /**
   * Sums of all channels, {@code [o, pixels]} with a stride that spreads channels over the sets of a cache: so tiles
   * write near each other, and the output is written in order afterwards.
   */
  private void products(Plan plan, int band, float[] padded, float[] weights, int weight, float[] sums) {
    int width = 2 * kernels.lanes();
    int stride = plan.sums(width);
    int[] seen = new int[DEPTH];
    if (!plan.wholeRows(width)) {
      for (int from = 0; from < plan.span(band); from += width) {
        tile(plan, padded, from, weights, weight, seen, sums, from, stride);
      }
      return;
    }
    for (int row = 0; row < plan.rowsOf(band); row++) {
      for (int x = 0; x < plan.s.ow(); x += width) {
        tile(plan, padded, row * plan.pitch + x, weights, weight, seen, sums, row * plan.s.ow() + x, stride);
      }
    }
  }

  /** Copies the sums of a band to where they belong, without what lies between rows. */
  private void collect(Plan plan, int band, float[] sums, float[] out, int at) {
    Sizes s = plan.s;
    int stride = plan.sums(2 * kernels.lanes());
    int rows = plan.rowsOf(band);
    for (int o = 0; o < s.o(); o++) {
      if (plan.wholeRows(2 * kernels.lanes())) {
        System.arraycopy(sums, o * stride, out, at + o * s.pixels(), rows * s.ow());
      } else {
        kernels.copyRows(sums, o * stride, plan.pitch, rows, s.ow(), out, at + o * s.pixels(), s.ow());
      }
    }
  }

  private void tile(Plan plan, float[] padded, int from, float[] weights, int weight, int[] seen, float[] sums, int at,
      int stride) {
    int taps = plan.s.taps();
    int blocks = (taps + DEPTH - 1) / DEPTH;
    int depth = (taps + blocks - 1) / blocks;
    for (int tap = 0; tap < taps; tap += depth) {
      int count = Math.min(depth, taps - tap);
      for (int k = 0; k < count; k++) {
        seen[k] = from + plan.taps[tap + k];
      }
      kernels.convolve(plan.s.o(), weights, weight, taps, tap, count, padded, seen, sums, at, stride);
    }
  }

  /** The input's derivative, from {@code d} of the output's shape. */
  void input(Sizes s, float[] d, int dStart, float[] w, int wStart, float[] out, int outStart) {
    float[] around = take(s.groups() * s.c() * s.o() * s.kh() * s.kw());
    turn(s, w, wStart, around);
    forward(turned(s), d, dStart, around, 0, out, outStart);
    buffers.giveBack(around);
  }

  /** {@code [groups, o, c, kh, kw] -> [groups, c, o, kh, kw]}, the last two axes reversed. */
  private static void turn(Sizes s, float[] w, int wo, float[] out) {
    int area = s.kh() * s.kw();
    for (int group = 0; group < s.groups(); group++) {
      for (int o = 0; o < s.o(); o++) {
        for (int c = 0; c < s.c(); c++) {
          int from = wo + ((group * s.o() + o) * s.c() + c) * area;
          int to = ((group * s.c() + c) * s.o() + o) * area;
          for (int tap = 0; tap < area; tap++) {
            out[to + tap] = w[from + area - 1 - tap];
          }
        }
      }
    }
  }

  /** Adds one group's derivative of the weight, of images {@code first .. last - 1}, to {@code sum [o, taps]}. */
  void addWeight(Sizes s, int group, int first, int last, float[] image, int imageStart, float[] d, int dStart,
      float[] sum, int so) {
    Plan plan = Plan.of(s, SIX);
    float[] padded = zeros(plan);
    for (int i = first; i < last; i++) {
      int part = i * s.groups() + group;
      for (int band = 0; band < plan.bands; band++) {
        fill(plan, band, image, imageStart + part * s.input(), padded);
        int length = roundUp(plan.span(band), kernels.lanes());
        float[] changes = spread(plan, band, d, dStart + part * s.o() * s.pixels(), length);
        addProducts(plan, padded, changes, length, sum, so);
        buffers.giveBack(changes);
      }
    }
    buffers.giveBack(padded);
  }

  /** The output's derivative with zeros between rows, and for channels up to a multiple of four. */
  private float[] spread(Plan plan, int band, float[] d, int at, int length) {
    Sizes s = plan.s;
    int all = roundUp(s.o(), FOUR) * length;
    float[] changes = take(all);
    Arrays.fill(changes, 0, all, 0f);
    for (int o = 0; o < s.o(); o++) {
      kernels.copyRows(d, at + o * s.pixels() + plan.first(band) * s.ow(), s.ow(), plan.rowsOf(band), s.ow(), changes,
          o * length, plan.pitch);
    }
    return changes;
  }

  private void addProducts(Plan plan, float[] padded, float[] changes, int length, float[] sum, int so) {
    int taps = plan.s.taps();
    float[] products = new float[FOUR * SIX * (1 + kernels.lanes())];
    for (int o = 0; o < plan.s.o(); o += FOUR) {
      for (int tap = 0; tap < taps; tap += SIX) {
        kernels.tapProducts(length, changes, o * length, length, padded, plan.taps, tap, products);
        for (int i = 0; i < Math.min(FOUR, plan.s.o() - o); i++) {
          for (int j = 0; j < Math.min(SIX, taps - tap); j++) {
            sum[so + (o + i) * taps + tap + j] += products[j * FOUR + i];
          }
        }
      }
    }
  }

  private static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
