package evenhand.tensor.cpu;

import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import java.util.Arrays;

/**
 * Convolution and its two derivatives: {@link DirectConvolution} where it applies, else as matrix products, image by
 * image.
 *
 * <p>Per image and group, {@code columns} is the matrix {@code [c kh kw, oh ow]} of the numbers that each output pixel
 * sees (c channels of the group). With the weight as {@code W [o, c kh kw]}:
 *
 * <ul>
 *   <li>output: {@code W columns};
 *   <li>input's derivative: {@code W' dOut}, its entries added back to the pixels they came from;
 *   <li>weight's derivative: {@code sum over images of dOut columns'}, summed over fixed blocks of images first.
 * </ul>
 */
final class Convolution {
  private static final int BLOCKS = 8; // partial sums of the weight's derivative, whatever the number of threads
  private static final int BLOCK_NUMBERS = 1 << 22;
  static final int LARGEST = Integer.MAX_VALUE - (1 << 16) + 1; // as for a shape

  private final DirectConvolution direct;
  private final Gemm gemm;
  private final ThreadPool threads;
  private final BufferPool buffers;
  private final Copies copies;

  Convolution(Kernels kernels, Gemm gemm, ThreadPool threads, BufferPool buffers, Copies copies) {
    this.direct = new DirectConvolution(kernels, threads, buffers);
    this.gemm = gemm;
    this.threads = threads;
    this.buffers = buffers;
    this.copies = copies;
  }

  /** Sizes of one convolution: c and o count the channels of one group. */
  record Sizes(Conv conv, int images, int groups, int c, int height, int width, int o, int kh, int kw, int oh,
      int ow) {
    static Sizes of(Conv conv, Tensor x, Tensor weight, Tensor out) {
      return new Sizes(conv, x.shape().dim(0), conv.groups(), weight.shape().dim(1), x.shape().dim(2),
          x.shape().dim(3), weight.shape().dim(0) / conv.groups(), weight.shape().dim(2), weight.shape().dim(3),
          out.shape().dim(2), out.shape().dim(3));
    }

    int taps() {
      return c * kh * kw;
    }

    int pixels() {
      return oh * ow;
    }

    /**
     * Numbers of the columns of one image and group.
     *
     * @throws IllegalArgumentException if an array cannot have so many
     */
    int columns() {
      long numbers = (long) taps() * pixels();
      if (numbers > LARGEST) {
        throw new IllegalArgumentException("conv2d: kernels [" + c + ", " + kh + ", " + kw + "] on an output of [" + oh
            + ", " + ow + "] need " + numbers + " working numbers for an image, more than 2^31 - 2^16;"
            + " cut the image into parts or use a smaller kernel");
      }
      return (int) numbers;
    }

    /** Numbers of one group of one input image. */
    int input() {
      return c * height * width;
    }

    /** True if the columns are the image itself. */
    boolean isPointwise() {
      return kh == 1 && kw == 1 && conv.strideH() == 1 && conv.strideW() == 1 && conv.padH() == 0 && conv.padW() == 0;
    }

    /** Those of the way back, from the output's shape to the input's, with the given padding. */
    Sizes turned(int padH, int padW) {
      Conv back = new Conv(1, 1, padH, padW, conv.dilationH(), conv.dilationW(), groups);
      return new Sizes(back, images, groups, o, oh, ow, c, kh, kw, height, width);
    }
  }

  void forward(Conv conv, Tensor x, Tensor weight, Tensor out) {
    Sizes sizes = Sizes.of(conv, x, weight, out);
    float[] image = ordered(x);
    float[] w = ordered(weight);
    float[] target = HostStorage.floats(out);
    if (DirectConvolution.fits(sizes)) {
      direct.forward(sizes, image, start(x, image), w, start(weight, w), target, out.offset());
    } else {
      forward(sizes, image, start(x, image), w, start(weight, w), target, out.offset());
    }
    giveBack(image, x);
    giveBack(w, weight);
  }

  private void forward(Sizes sizes, float[] image, int imageStart, float[] w, int wStart, float[] target, int to) {
    int taps = sizes.taps();
    int pixels = sizes.pixels();
    threads.run(sizes.images * sizes.groups, task -> {
      int group = task % sizes.groups;
      float[] columns = sizes.isPointwise() ? image : take(sizes.columns());
      int at = sizes.isPointwise() ? imageStart + task * sizes.input() : 0;
      if (columns != image) {
        spread(sizes, image, imageStart + task * sizes.input(), columns);
      }
      gemm.multiply(sizes.o, pixels, taps, new Matrix(w, wStart + group * sizes.o * taps, taps, 1),
          new Matrix(columns, at, pixels, 1), target, to + task * sizes.o * pixels, pixels, false);
      giveBack(columns, image);
    });
  }

  void input(Conv conv, Tensor dOut, Tensor weight, Tensor out) {
    Sizes sizes = Sizes.of(conv, out, weight, dOut);
    float[] d = ordered(dOut);
    float[] w = ordered(weight);
    float[] target = HostStorage.floats(out);
    if (DirectConvolution.fitsInput(sizes)) {
      direct.input(sizes, d, start(dOut, d), w, start(weight, w), target, out.offset());
    } else {
      input(sizes, d, start(dOut, d), w, start(weight, w), target, out.offset());
    }
    giveBack(d, dOut);
    giveBack(w, weight);
  }

  private void input(Sizes sizes, float[] d, int dStart, float[] w, int wStart, float[] target, int to) {
    int taps = sizes.taps();
    int pixels = sizes.pixels();
    threads.run(sizes.images * sizes.groups, task -> {
      int group = task % sizes.groups;
      int at = to + task * sizes.input();
      float[] columns = sizes.isPointwise() ? target : take(sizes.columns());
      gemm.multiply(taps, pixels, sizes.o, new Matrix(w, wStart + group * sizes.o * taps, 1, taps),
          new Matrix(d, dStart + task * sizes.o * pixels, pixels, 1), columns, sizes.isPointwise() ? at : 0, pixels,
          false);
      if (columns != target) {
        Arrays.fill(target, at, at + sizes.input(), 0f);
        collect(sizes, columns, target, at);
      }
      giveBack(columns, target);
    });
  }

  void weight(Conv conv, Tensor x, Tensor dOut, Tensor out) {
    Sizes sizes = Sizes.of(conv, x, out, dOut);
    float[] image = ordered(x);
    float[] d = ordered(dOut);
    float[] target = HostStorage.floats(out);
    boolean done = false;
    if (DirectConvolution.fits(sizes)) {
      weight(sizes, true, image, start(x, image), d, start(dOut, d), target, out.offset());
      done = isFinite(target, out.offset(), out.size());
    }
    if (!done) { // the direct way multiplies zeros with pixels that a tap does not see, which is not 0 for infinity
      weight(sizes, false, image, start(x, image), d, start(dOut, d), target, out.offset());
    }
    giveBack(image, x);
    giveBack(d, dOut);
  }

  private static boolean isFinite(float[] values, int from, int n) {
    float sum = 0;
    for (int i = from; i < from + n; i++) {
      sum += 0f * values[i];
    }
    return sum == 0;
  }

  private void weight(Sizes sizes, boolean directly, float[] image, int imageStart, float[] d, int dStart,
      float[] target, int to) {
    int numbers = sizes.groups * sizes.o * sizes.taps();
    int blocks = Math.clamp(BLOCK_NUMBERS / Math.max(numbers, 1), 1, Math.clamp(sizes.images, 1, BLOCKS));
    float[] partial = take(blocks * numbers);
    Arrays.fill(partial, 0, blocks * numbers, 0f);
    threads.run(blocks * sizes.groups, task -> {
      int group = task % sizes.groups;
      int block = task / sizes.groups;
      int first = (int) ((long) sizes.images * block / blocks);
      int last = (int) ((long) sizes.images * (block + 1) / blocks);
      int sum = block * numbers + group * sizes.o * sizes.taps();
      if (directly) {
        direct.addWeight(sizes, group, first, last, image, imageStart, d, dStart, partial, sum);
        return;
      }
      for (int i = first; i < last; i++) {
        addWeight(sizes, image, imageStart, d, dStart, i * sizes.groups + group, partial, sum);
      }
    });
    sum(sizes, partial, blocks, directly || sizes.o <= Gemm.FEW_ROWS, target, to);
    buffers.giveBack(partial);
  }

  /**
   * Adds one image's {@code dOut columns'}, as {@code [o, taps]} for few channels; else its transpose {@code columns
   * dOut'}, so that dOut, the smaller one, is the one to be copied into order.
   */
  private void addWeight(Sizes sizes, float[] image, int imageStart, float[] d, int dStart, int part, float[] sum,
      int so) {
    int taps = sizes.taps();
    int pixels = sizes.pixels();
    int imageAt = imageStart + part * sizes.input();
    float[] columns = sizes.isPointwise() ? image : take(sizes.columns());
    if (columns != image) {
      spread(sizes, image, imageAt, columns);
    }
    Matrix seen = new Matrix(columns, columns == image ? imageAt : 0, pixels, 1);
    Matrix change = new Matrix(d, dStart + part * sizes.o * pixels, pixels, 1);
    if (sizes.o <= Gemm.FEW_ROWS) {
      gemm.multiply(sizes.o, taps, pixels, change, seen.transposed(), sum, so, taps, true);
    } else {
      gemm.multiply(taps, sizes.o, pixels, seen, change.transposed(), sum, so, sizes.o, true);
    }
    giveBack(columns, image);
  }

  /** The blocks' sums {@code [groups, taps, o]}, or {@code [groups, o, taps]} if in order, added up. */
  private static void sum(Sizes sizes, float[] partial, int blocks, boolean ordered, float[] out, int oo) {
    int taps = sizes.taps();
    int perGroup = sizes.o * taps;
    int numbers = sizes.groups * perGroup;
    for (int block = 1; block < blocks; block++) {
      for (int i = 0; i < numbers; i++) {
        partial[i] += partial[block * numbers + i];
      }
    }
    if (ordered) {
      System.arraycopy(partial, 0, out, oo, numbers);
      return;
    }
    for (int group = 0; group < sizes.groups; group++) {
      for (int o = 0; o < sizes.o; o++) {
        for (int tap = 0; tap < taps; tap++) {
          out[oo + group * perGroup + o * taps + tap] = partial[group * perGroup + tap * sizes.o + o];
        }
      }
    }
  }

  /** Lays out what each output pixel sees: row {@code (channel, i, j)}, column {@code (row, column)} of the output. */
  private static void spread(Sizes s, float[] x, int xo, float[] columns) {
    int at = 0;
    for (int channel = 0; channel < s.c; channel++) {
      for (int i = 0; i < s.kh; i++) {
        for (int j = 0; j < s.kw; j++, at += s.pixels()) {
          int left = j * s.conv.dilationW() - s.conv.padW();
          for (int row = 0; row < s.oh; row++) {
            int from = row * s.conv.strideH() - s.conv.padH() + i * s.conv.dilationH();
            spreadRow(s, x, xo + (channel * s.height + from) * s.width, left, from >= 0 && from < s.height, columns,
                at + row * s.ow);
          }
        }
      }
    }
  }

  private static void spreadRow(Sizes s, float[] x, int rowStart, int left, boolean inside, float[] columns, int at) {
    int first = inside ? first(s, left) : s.ow;
    int end = inside ? Math.max(end(s, left), first) : s.ow;
    Arrays.fill(columns, at, at + first, 0f);
    int stride = s.conv.strideW();
    if (stride == 1 && end > first) {
      System.arraycopy(x, rowStart + left + first, columns, at + first, end - first);
    } else {
      for (int column = first; column < end; column++) {
        columns[at + column] = x[rowStart + left + column * stride];
      }
    }
    Arrays.fill(columns, at + end, at + s.ow, 0f);
  }

  /** The first output column whose input column {@code left + column * stride} is not before the image. */
  private static int first(Sizes s, int left) {
    return Math.min(s.ow, Math.max(0, Math.ceilDiv(-left, s.conv.strideW())));
  }

  /** One past the last output column whose input column is within the image. */
  private static int end(Sizes s, int left) {
    return Math.clamp(Math.floorDiv(s.width - 1 - left, s.conv.strideW()) + 1, 0, s.ow);
  }

  /** The adjoint of {@link #spread}: adds each entry to the pixel that it came from. */
  private static void collect(Sizes s, float[] columns, float[] x, int xo) {
    int at = 0;
    int stride = s.conv.strideW();
    for (int channel = 0; channel < s.c; channel++) {
      for (int i = 0; i < s.kh; i++) {
        for (int j = 0; j < s.kw; j++, at += s.pixels()) {
          int left = j * s.conv.dilationW() - s.conv.padW();
          int first = first(s, left);
          int end = end(s, left);
          for (int row = 0; row < s.oh; row++) {
            int to = row * s.conv.strideH() - s.conv.padH() + i * s.conv.dilationH();
            if (to >= 0 && to < s.height) {
              int start = xo + (channel * s.height + to) * s.width + left;
              for (int column = first; column < end; column++) {
                x[start + column * stride] += columns[at + row * s.ow + column];
              }
            }
          }
        }
      }
    }
  }

  // ---- borrowed arrays ----

  private float[] take(int length) {
    return (float[]) buffers.take(DType.FLOAT32, length);
  }

  private void giveBack(float[] array, float[] own) {
    if (array != own) {
      buffers.giveBack(array);
    }
  }

  private void giveBack(float[] array, Tensor original) {
    giveBack(array, HostStorage.floats(original));
  }

  /** The tensor's own array if its elements lie in order, else a borrowed one. */
  private float[] ordered(Tensor x) {
    if (x.isContiguous()) {
      return HostStorage.floats(x);
    }
    float[] copy = take(x.size());
    copies.ordered(x, copy);
    return copy;
  }

  private static int start(Tensor x, float[] array) {
    return array == HostStorage.floats(x) ? x.offset() : 0;
  }
}
