package evenhand.autograd;

import evenhand.tensor.Binary;
import evenhand.tensor.Reduction;
import evenhand.tensor.Shape;
import evenhand.tensor.Unary;
import java.util.List;
import java.util.Objects;

/**
 * The derivative of each op: from the cotangent {@code dy} of its result to that of one operand.
 *
 * <p>Written in differentiable arithmetic, so that derivatives of any order follow. Switches have no default: the
 * compiler lists the op that was forgotten.
 */
final class Rules {
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;

  private Rules() {}

  /** True if the op passes a cotangent to the operand at all; indices, conditions and constants get none. */
  static boolean flows(Op op, int operand) {
    return switch (op) {
      case Op.Elementwise e -> switch (e.function()) {
        case SIGN, STEP, FLOOR -> false;
        default -> true;
      };
      case Op.Pairwise p -> !p.function().isComparison();
      case Op.Where _ -> operand != 0;
      case Op.Reduce r -> r.reduction() != Reduction.ARGMAX;
      case Op.Gather _ -> operand == 0;
      case Op.ScatterAdd _ -> operand != 1;
      default -> true;
    };
  }

  /** The cotangent of operand {@code i} of {@code y = op(in)}. Asked only where {@link #flows}. */
  static Var rule(Op op, Var[] in, Var y, Var dy, int i) {
    return switch (op) {
      case Op.Elementwise e -> rule(e.function(), in[0], y, dy);
      case Op.Pairwise p -> rule(p.function(), in[0], in[1], y, dy, i).sumTo(in[i].shape());
      case Op.Where _ -> {
        Var zero = dy.like(0);
        yield (i == 1 ? in[0].where(dy, zero) : in[0].where(zero, dy)).sumTo(in[i].shape());
      }
      case Op.Reduce r -> switch (r.reduction()) {
        case SUM -> dy.expand(in[0].shape());
        case MAX, MIN -> { // ties share: dy / (number of equal entries) to each of them
          Var ties = in[0].eq(y);
          yield dy.div(ties.sumKeep(r.axes())).times(ties);
        }
        case ARGMAX -> throw new AssertionError("argmax passes no cotangent");
      };
      case Op.MatMul _ -> (i == 0 // y = a b: da = dy b^T, db = a^T dy
          ? dy.matmul(in[1].transpose())
          : ofRightFactor(in[0], dy, in[1])).sumTo(in[i].shape());
      // A convolution and its two derivatives are bilinear and each other's derivatives.
      case Op.Conv2d c -> i == 0
          ? Var.result(new Op.Conv2dInput(c.conv(), in[0].shape()), dy, in[1])
          : Var.result(new Op.Conv2dWeight(c.conv(), in[1].shape()), in[0], dy);
      case Op.Conv2dInput c -> i == 0
          ? Var.result(new Op.Conv2d(c.conv()), dy, in[1])
          : Var.result(new Op.Conv2dWeight(c.conv(), in[1].shape()), dy, in[0]);
      case Op.Conv2dWeight c -> i == 0
          ? Var.result(new Op.Conv2dInput(c.conv(), in[0].shape()), in[1], dy)
          : Var.result(new Op.Conv2d(c.conv()), in[0], dy);
      case Op.Gather g -> in[0].zeros().scatterAdd(g.axis(), in[1], dy);
      case Op.ScatterAdd s -> i == 0 ? dy : dy.gather(s.axis(), in[1]);
      case Op.Reshape _ -> dy.reshape(in[0].shape());
      case Op.Permute p -> dy.permute(inverse(p.axes()));
      case Op.Expand _ -> dy.sumTo(in[0].shape());
      case Op.Slice s -> Var.result(new Op.Embed(s.axis(), s.start(), in[0].shape().dim(s.axis())), dy);
      case Op.Embed e -> dy.slice(e.axis(), e.start(), e.start() + in[0].shape().dim(e.axis()));
      case Op.Flip f -> dy.flip(f.axes());
      case Op.Concat c -> {
        int start = 0;
        for (int before = 0; before < i; before++) {
          start += in[before].shape().dim(c.axis());
        }
        yield dy.slice(c.axis(), start, start + in[i].shape().dim(c.axis()));
      }
      case Op.Custom c -> checked(c.definition(), in[i].shape(), c.definition().backward(List.of(in), y, dy, i));
    };
  }

  private static Var rule(Unary function, Var x, Var y, Var dy) {
    return switch (function) {
      case NEG -> dy.neg(); // d(-x) = -1
      case ABS -> dy.times(x.sign()); // d|x| = sign x, 0 at 0
      case SIGN, STEP, FLOOR -> throw new AssertionError(function + " passes no cotangent");
      case RELU -> dy.times(x.step()); // 1 above 0, 0 at the kink
      case SQUARE -> dy.times(x).times(2); // 2x
      case SQRT -> dy.div(y.times(2)); // 1 / (2 sqrt x)
      case RSQRT -> dy.times(y.div(x)).times(-0.5); // -x^(-3/2) / 2
      case RECIPROCAL -> dy.times(y.square()).neg(); // -1 / x^2
      case EXP -> dy.times(y); // e^x
      case EXPM1 -> dy.times(y.plus(1)); // e^x
      case LOG -> dy.div(x); // 1 / x
      case LOG1P -> dy.div(x.plus(1)); // 1 / (1 + x)
      case TANH -> dy.times(y.square().oneMinus()); // 1 - tanh^2 x
      case SIGMOID -> dy.times(y.times(y.oneMinus())); // s (1 - s)
      case SOFTPLUS -> dy.times(x.sigmoid()); // s(x)
      case ERF -> dy.times(x.square().neg().exp()).times(TWO_OVER_SQRT_PI); // 2/sqrt(pi) e^(-x^2)
      case SIN -> dy.times(x.cos()); // cos x
      case COS -> dy.times(x.sin()).neg(); // -sin x
    };
  }

  private static Var rule(Binary function, Var a, Var b, Var y, Var dy, int i) {
    return switch (function) {
      case ADD -> dy; // 1, 1
      case SUB -> i == 0 ? dy : dy.neg(); // 1, -1
      case MUL -> dy.times(i == 0 ? b : a); // b, a
      case DIV -> i == 0 ? dy.div(b) : dy.times(y.div(b)).neg(); // 1/b, -a/b^2
      case POW -> i == 0 ? dy.times(powerForBase(a, b)) : dy.times(powerForExponent(a, b, y));
      case MAX -> dy.times(i == 0 ? share(a.gt(b), a, b) : share(b.gt(a), a, b));
      case MIN -> dy.times(i == 0 ? share(a.lt(b), a, b) : share(b.lt(a), a, b));
      case EQ, NE, LT, LE, GT, GE -> throw new AssertionError(function + " passes no cotangent");
    };
  }

  /** {@code b a^(b-1)}, and 0 where both are 0. Elsewhere b stays in the formula: its derivative at b = 0 is 1/a. */
  private static Var powerForBase(Var a, Var b) {
    Var origin = a.eq(a.like(0)).times(b.eq(b.like(0)));
    Var safe = origin.where(b.like(1), b); // keeps 0^-1 out of the derivative of this very expression
    return origin.where(a.like(0), b.times(a.pow(safe.minus(1))));
  }

  /** {@code a^b ln a}, and 0 at a = 0 with b not negative, where the limit is 0. */
  private static Var powerForExponent(Var a, Var b, Var y) {
    Var atZero = a.eq(a.like(0)).times(b.ge(b.like(0)));
    Var safe = atZero.where(a.like(1), a); // keeps ln 0 out of the derivative of this very expression
    return y.times(safe.log());
  }

  /** 1 for the winner, one half at a tie. */
  private static Var share(Var wins, Var a, Var b) {
    return wins.plus(a.eq(b).times(0.5));
  }

  private static Var checked(CustomOp op, Shape wanted, Var cotangent) {
    Objects.requireNonNull(cotangent, () -> op.name() + ": backward gave null; give zeros() where nothing flows");
    if (!cotangent.shape().equals(wanted)) {
      throw new IllegalArgumentException(op.name() + ": backward gave shape " + cotangent.shape()
          + " for an operand of shape " + wanted + "; use sumTo(operand.shape()) after broadcasting");
    }
    return cotangent;
  }

  private static int[] inverse(int[] axes) {
    int[] inverse = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      inverse[axes[i]] = i;
    }
    return inverse;
  }

  /** {@code a^T dy}, laid out as b: where b is W^T, the gradient of W is then contiguous, as optimizers want it. */
  private static Var ofRightFactor(Var a, Var dy, Var b) {
    return b.value().isContiguous() ? a.transpose().matmul(dy) : dy.transpose().matmul(a).transpose();
  }
}
