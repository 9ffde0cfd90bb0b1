package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.HostStorage.floats;

import evenhand.tensor.Binary;
import evenhand.tensor.DType;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;

/**
 * Elementwise functions of float32 tensors: finds the fewest loops, and hands their insides to the {@link Kernels}.
 *
 * <p>A kernel takes an operand that steps by 1 or stays in place. An operand that does neither (a transposed view, say)
 * is first copied into order.
 */
final class Elementwise {
  private static final int CHUNK = 1 << 14; // a task's elements: large against a task's cost, small against a cache
  private static final int PARALLEL_LIGHT = 1 << 17; // about 20 us of additions
  private static final int PARALLEL_HEAVY = 1 << 15; // about 20 us of exponentials
  private static final int SHORT = 16; // inner loops below this cost more to start than a copy of the operand

  private final Kernels kernels;
  private final ThreadPool threads;
  private final BufferPool buffers;
  private final Copies copies;

  Elementwise(Kernels kernels, ThreadPool threads, BufferPool buffers, Copies copies) {
    this.kernels = kernels;
    this.threads = threads;
    this.buffers = buffers;
    this.copies = copies;
  }

  void unary(Unary op, Tensor x, Tensor out) {
    float[] target = floats(out);
    float[] source = floats(x);
    int from = x.offset();
    if (!x.isContiguous()) {
      copies.strided(x, out);
      source = target;
      from = out.offset();
    }
    int n = out.size();
    if (n < PARALLEL_HEAVY || n < PARALLEL_LIGHT && isLight(op)) {
      kernels.unary(op, source, from, target, out.offset(), n);
    } else {
      unaryParallel(op, source, from, target, out.offset(), n);
    }
  }

  private void unaryParallel(Unary op, float[] x, int xo, float[] out, int oo, int n) {
    threads.run(chunks(n), task -> {
      int at = task * CHUNK;
      kernels.unary(op, x, xo + at, out, oo + at, Math.min(CHUNK, n - at));
    });
  }

  private static int chunks(int n) {
    return (n + CHUNK - 1) / CHUNK;
  }

  private static boolean isLight(Unary op) {
    return switch (op) {
      case NEG, ABS, SIGN, STEP, RELU, SQUARE, SQRT, RSQRT, RECIPROCAL, FLOOR -> true;
      case EXP, EXPM1, LOG, LOG1P, TANH, SIGMOID, SOFTPLUS, ERF, SIN, COS -> false;
    };
  }

  void binary(Binary op, Tensor a, Tensor b, Tensor out) {
    int as = step(a);
    int bs = step(b);
    if (as >= 0 && bs >= 0) {
      flat(op, floats(a), a.offset(), as, floats(b), b.offset(), bs, out);
      return;
    }
    Loops loops = Loops.of(out.shape(), a, b);
    if (fits(loops, 0) && fits(loops, 1)) {
      nested(op, loops, floats(a), floats(b), out);
      return;
    }
    float[] left = as >= 0 ? floats(a) : ordered(a);
    float[] right = bs >= 0 ? floats(b) : ordered(b);
    flat(op, left, as >= 0 ? a.offset() : 0, as >= 0 ? as : 1, right, bs >= 0 ? b.offset() : 0, bs >= 0 ? bs : 1, out);
    giveBack(left, a);
    giveBack(right, b);
  }

  /** 1 if the elements lie in a row, 0 if they are all the same one, else -1. */
  private static int step(Tensor x) {
    if (x.isContiguous()) {
      return 1;
    }
    for (int axis = x.shape().rank() - 1; axis >= 0; axis--) {
      if (x.stride(axis) != 0 && x.shape().dim(axis) != 1) {
        return -1;
      }
    }
    return 0;
  }

  private static boolean fits(Loops loops, int tensor) {
    return (loops.innerStride(tensor) & ~1) == 0 && loops.inner() >= SHORT;
  }

  /** A copy of the elements in order, in a borrowed array. */
  private float[] ordered(Tensor x) {
    float[] copy = (float[]) buffers.take(DType.FLOAT32, x.size());
    copies.ordered(x, copy);
    return copy;
  }

  private void giveBack(float[] array, Tensor original) {
    if (array != floats(original)) {
      buffers.giveBack(array);
    }
  }

  private void flat(Binary op, float[] a, int ao, int as, float[] b, int bo, int bs, Tensor out) {
    int n = out.size();
    float[] target = floats(out);
    if (n < (op == Binary.POW ? PARALLEL_HEAVY : PARALLEL_LIGHT)) {
      kernels.binary(op, a, ao, as, b, bo, bs, target, out.offset(), n);
    } else {
      flatParallel(op, a, ao, as, b, bo, bs, target, out.offset(), n);
    }
  }

  private void flatParallel(Binary op, float[] a, int ao, int as, float[] b, int bo, int bs, float[] out, int oo,
      int n) {
    threads.run(chunks(n), task -> {
      int at = task * CHUNK;
      kernels.binary(op, a, ao + at * as, as, b, bo + at * bs, bs, out, oo + at, Math.min(CHUNK, n - at));
    });
  }

  private void nested(Binary op, Loops loops, float[] a, float[] b, Tensor out) {
    int outer = loops.outer();
    if (out.size() < PARALLEL_LIGHT) {
      runs(op, loops, a, b, out, 0, outer);
      return;
    }
    int perTask = Math.max(1, CHUNK / loops.inner());
    threads.run((outer + perTask - 1) / perTask,
        task -> runs(op, loops, a, b, out, task * perTask, Math.min(outer, (task + 1) * perTask)));
  }

  private void runs(Binary op, Loops loops, float[] a, float[] b, Tensor out, int from, int to) {
    int inner = loops.inner();
    int as = loops.innerStride(0);
    int bs = loops.innerStride(1);
    float[] target = floats(out);
    for (int run = from; run < to; run++) {
      kernels.binary(op, a, loops.start(0, run), as, b, loops.start(1, run), bs, target, out.offset() + run * inner,
          inner);
    }
  }

  void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
    int cs = condition.dtype() == DType.FLOAT32 ? step(condition) : -1;
    int as = step(a);
    int bs = step(b);
    float[] chosen = cs >= 0 ? floats(condition) : ordered(condition);
    float[] left = as >= 0 ? floats(a) : ordered(a);
    float[] right = bs >= 0 ? floats(b) : ordered(b);
    kernels.where(chosen, cs >= 0 ? condition.offset() : 0, cs >= 0 ? cs : 1, left, as >= 0 ? a.offset() : 0,
        as >= 0 ? as : 1, right, bs >= 0 ? b.offset() : 0, bs >= 0 ? bs : 1, floats(out), out.offset(), out.size());
    if (cs < 0) {
      buffers.giveBack(chosen);
    }
    giveBack(left, a);
    giveBack(right, b);
  }
}
