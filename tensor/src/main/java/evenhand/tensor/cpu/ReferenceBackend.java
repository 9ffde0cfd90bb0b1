package evenhand.tensor.cpu;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Reduction;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.Storage;
import java.util.Arrays;

/**
 * The definition of right: plain loops, one element at a time, in double precision, rounded once.
 *
 * <p>Written to be read. Every other device is tested against it.
 */
public class ReferenceBackend implements Backend {
  private final BufferPool pool = new BufferPool();

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "plain Java loops in double precision: the definition of right, slow";
  }

  @Override
  public Storage allocate(DType dtype, int length) {
    return new HostStorage(dtype, length, pool.take(dtype, length), pool);
  }

  @Override
  public void upload(Object source, Storage target, int length) {
    System.arraycopy(source, 0, ((HostStorage) target).array(), 0, length);
  }

  @Override
  public void download(Storage source, Object target, int length) {
    System.arraycopy(((HostStorage) source).array(), 0, target, 0, length);
  }

  @Override
  public void unary(Unary op, Tensor x, Tensor out) {
    for (Walk at = new Walk(out.shape(), x, out); at.next();) {
      set(out, at.position(1), op.apply(get(x, at.position(0))));
    }
  }

  @Override
  public void binary(Binary op, Tensor a, Tensor b, Tensor out) {
    for (Walk at = new Walk(out.shape(), a, b, out); at.next();) {
      double left = get(a, at.position(0));
      double right = get(b, at.position(1));
      boolean whole = out.dtype() == DType.INT32;
      set(out, at.position(2), whole ? op.apply((int) left, (int) right) : op.apply(left, right));
    }
  }

  @Override
  public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
    for (Walk at = new Walk(out.shape(), condition, a, b, out); at.next();) {
      set(out, at.position(3), get(condition, at.position(0)) != 0 ? get(a, at.position(1)) : get(b, at.position(2)));
    }
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    for (Walk at = new Walk(out.shape(), x, out); at.next();) {
      double value = get(x, at.position(0));
      set(out, at.position(1), out.dtype() == DType.INT32 ? (int) value : value); // saturates; NaN becomes 0
    }
  }

  @Override
  public void reduce(Reduction op, Tensor x, int[] axes, Tensor out) {
    int[] dims = new int[x.shape().rank()];
    Arrays.fill(dims, 1);
    for (int axis : axes) {
      dims[axis] = x.shape().dim(axis);
    }
    Shape window = Shape.of(dims); // what is reduced to one element
    for (Walk at = new Walk(out.shape(), x, out); at.next();) {
      set(out, at.position(1), reduceOne(op, x, at.position(0), window));
    }
  }

  private static double reduceOne(Reduction op, Tensor x, int start, Shape window) {
    double result = op == Reduction.SUM ? 0 : Double.NaN;
    int best = 0;
    int count = 0;
    for (Walk at = new Walk(window, x); at.next(); count++) {
      double value = get(x, start + at.position(0) - x.offset());
      switch (op) {
        case SUM -> result += value;
        case MAX -> result = count == 0 ? value : Math.max(result, value);
        case MIN -> result = count == 0 ? value : Math.min(result, value);
        case ARGMAX -> {
          if (count == 0 || value > result || Double.isNaN(value) && !Double.isNaN(result)) {
            result = value;
            best = count;
          }
        }
      }
    }
    return op == Reduction.ARGMAX ? best : result;
  }

  @Override
  public void matmul(Tensor a, Tensor b, Tensor out) {
    int row = a.shape().rank() - 2;
    int column = row + 1;
    int inner = a.shape().dim(column);
    Shape batch = Shape.of(Arrays.copyOf(out.shape().dims(), row));
    for (Walk at = new Walk(batch, a, b, out); at.next();) {
      for (int i = 0; i < out.shape().dim(row); i++) {
        for (int j = 0; j < out.shape().dim(column); j++) {
          int left = at.position(0) + i * a.stride(row);
          int right = at.position(1) + j * b.stride(column);
          double sum = 0;
          for (int k = 0; k < inner; k++) {
            sum += get(a, left + k * a.stride(column)) * get(b, right + k * b.stride(row));
          }
          set(out, at.position(2) + i * out.stride(row) + j * out.stride(column), sum);
        }
      }
    }
  }

  @Override
  public void conv2d(Conv conv, Tensor x, Tensor weight, Tensor out) {
    Taps taps = new Taps(conv, x, weight, out);
    double[] sums = new double[out.size()];
    taps.forEach((xAt, weightAt, outAt) -> sums[outAt] += get(x, xAt) * get(weight, weightAt));
    store(sums, out);
  }

  @Override
  public void conv2dInput(Conv conv, Tensor dOut, Tensor weight, Tensor out) {
    Taps taps = new Taps(conv, out, weight, dOut);
    double[] sums = new double[out.size()];
    taps.forEach((xAt, weightAt, dOutAt) -> sums[xAt] += get(dOut, dOutAt) * get(weight, weightAt));
    store(sums, out);
  }

  @Override
  public void conv2dWeight(Conv conv, Tensor x, Tensor dOut, Tensor out) {
    Taps taps = new Taps(conv, x, out, dOut);
    double[] sums = new double[out.size()];
    taps.forEach((xAt, weightAt, dOutAt) -> sums[weightAt] += get(dOut, dOutAt) * get(x, xAt));
    store(sums, out);
  }

  /** Every (input, weight, output) triple that a convolution multiplies or its derivatives connect. */
  private record Taps(Conv conv, Tensor x, Tensor weight, Tensor out) {
    interface Body {
      void accept(int xAt, int weightAt, int outAt);
    }

    void forEach(Body body) {
      int outChannels = weight.shape().dim(0) / conv.groups();
      int inChannels = weight.shape().dim(1);
      for (Walk at = new Walk(out.shape(), out); at.next();) {
        int group = outChannels == 0 ? 0 : at.index(1) / outChannels;
        for (int c = 0; c < inChannels; c++) {
          for (int i = 0; i < weight.shape().dim(2); i++) {
            for (int j = 0; j < weight.shape().dim(3); j++) {
              int row = at.index(2) * conv.strideH() - conv.padH() + i * conv.dilationH();
              int column = at.index(3) * conv.strideW() - conv.padW() + j * conv.dilationW();
              if (row >= 0 && row < x.shape().dim(2) && column >= 0 && column < x.shape().dim(3)) {
                body.accept(position(x, at.index(0), group * inChannels + c, row, column),
                    position(weight, at.index(1), c, i, j), at.position(0));
              }
            }
          }
        }
      }
    }

    private static int position(Tensor t, int i, int j, int k, int l) {
      return t.offset() + i * t.stride(0) + j * t.stride(1) + k * t.stride(2) + l * t.stride(3);
    }
  }

  private static void store(double[] sums, Tensor out) {
    for (int i = 0; i < sums.length; i++) {
      set(out, i, sums[i]);
    }
  }

  @Override
  public void gather(Tensor x, int axis, Tensor index, Tensor out) {
    for (Walk at = new Walk(out.shape(), x, index, out); at.next();) {
      int chosen = checked("gather", HostStorage.ints(index)[at.position(1)], x.shape(), axis);
      set(out, at.position(2), get(x, at.position(0) + (chosen - at.index(axis)) * x.stride(axis)));
    }
  }

  @Override
  public void scatterAdd(Tensor index, int axis, Tensor source, Tensor out) {
    double[] sums = new double[out.size()];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = get(out, i);
    }
    for (Walk at = new Walk(index.shape(), index, source, out); at.next();) {
      int chosen = checked("scatterAdd", HostStorage.ints(index)[at.position(0)], out.shape(), axis);
      sums[at.position(2) + (chosen - at.index(axis)) * out.stride(axis)] += get(source, at.position(1));
    }
    store(sums, out);
  }

  static int checked(String op, int index, Shape shape, int axis) {
    if (index < 0 || index >= shape.dim(axis)) {
      throw new IndexOutOfBoundsException(
          op + ": index " + index + " is not within axis " + axis + " of shape " + shape);
    }
    return index;
  }

  private static double get(Tensor x, int position) {
    return x.dtype() == DType.FLOAT32 ? HostStorage.floats(x)[position] : HostStorage.ints(x)[position];
  }

  private static void set(Tensor x, int position, double value) {
    if (x.dtype() == DType.FLOAT32) {
      HostStorage.floats(x)[position] = (float) value;
    } else {
      HostStorage.ints(x)[position] = (int) (long) value; // by way of long, so that int32 sums wrap around
    }
  }
}
