package evenhand.autograd.conformance;

import static evenhand.autograd.conformance.Arguments.KEYWORD;

import evenhand.autograd.Var;
import evenhand.tensor.Shape;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Elementwise functions, comparisons, reductions and products. */
final class ArithmeticOperators {
  private ArithmeticOperators() {}

  static void fill(OperatorTable table) {
    elementwise(table);
    pairwise(table);
    comparisons(table);
    reductions(table);
    softmaxes(table);
    products(table);
  }

  private static void elementwise(OperatorTable table) {
    table.unary("abs", Var::abs);
    table.unary("erf", Var::erf);
    table.unary("exp", Var::exp);
    table.unary("expm1", Var::expm1);
    table.unary("log", Var::log);
    table.unary("log1p", Var::log1p);
    table.unary("neg", Var::neg);
    table.unary("reciprocal", Var::reciprocal);
    table.unary("rsqrt", Var::rsqrt);
    table.unary("sigmoid", Var::sigmoid);
    table.unary("sign", Var::sign);
    table.unary("sqrt", Var::sqrt);
    table.unary("square", Var::square);
    table.unary("tanh", Var::tanh);
  }

  private static void pairwise(OperatorTable table) {
    table.one("add", a -> a.real(0, "input").plus(scaledOther(a)));
    table.one("sub", a -> a.real(0, "input").minus(scaledOther(a)));
    table.binary("mul", Var::times);
    table.binary("maximum", Var::max);
    table.binary("minimum", Var::min);
    table.one("div", ArithmeticOperators::divide);
    table.one("pow", a -> a.isTensor(1, "exponent")
        ? a.real(0, "input").pow(a.real(1, "exponent"))
        : a.real(0, "input").pow(a.number(1, "exponent", Double.NaN)));
    table.one("clamp", ArithmeticOperators::clamp);
    table.one("masked_fill", a -> a.real(1, "mask").where(a.real(2, "value"), a.real(0, "input")));
    table.one("where", a -> a.real(1, "condition").where(a.real(0, "input"), a.real(2, "other")));
  }

  private static Var scaledOther(Arguments a) {
    Var other = a.real(1, "other");
    double alpha = a.number(2, "alpha", 1);
    return alpha == 1 ? other : other.times(alpha);
  }

  private static Var divide(Arguments a) {
    Var ratio = a.real(0, "input").div(a.real(1, "other"));
    return switch (a.text(KEYWORD, "rounding_mode", "none")) {
      case "none" -> ratio;
      case "floor" -> ratio.floor();
      case "trunc" -> ratio.sign().times(ratio.abs().floor());
      default -> throw new UnsupportedCase("rounding_mode");
    };
  }

  private static Var clamp(Arguments a) {
    Var x = a.real(0, "input");
    Var raised = a.optionalReal(1, "min").map(x::atLeast).orElse(x);
    return a.optionalReal(2, "max").map(raised::atMost).orElse(raised);
  }

  private static void comparisons(OperatorTable table) {
    table.binary("eq", Var::eq);
    table.binary("ne", Var::ne);
    table.binary("lt", Var::lt);
    table.binary("le", Var::le);
    table.binary("gt", Var::gt);
    table.binary("ge", Var::ge);
    table.binary("logical_and", (x, y) -> x.ne(x.like(0)).times(y.ne(y.like(0))));
  }

  private static void reductions(OperatorTable table) {
    reduction(table, "sum", Var::sumKeep);
    reduction(table, "mean", Var::meanKeep);
    reduction(table, "amax", Var::maxKeep);
    reduction(table, "amin", Var::minKeep);
    reduction(table, "logsumexp", Var::logSumExpKeep);
    table.one("var", ArithmeticOperators::variance);
    table.one("argmax", ArithmeticOperators::argmax);
    table.one("cumsum", a -> {
      a.floatType(2, "dtype");
      return alongAxis(a, 1, Var::cumulativeSum);
    });
  }

  private static void reduction(OperatorTable table, String name, BiFunction<Var, int[], Var> keeping) {
    table.one(name, a -> {
      a.floatType(KEYWORD, "dtype");
      Var x = a.real(0, "input");
      int[] axes = axes(x, a.integers(1, "dim").orElse(new int[0]));
      return kept(x, keeping.apply(x, axes), axes, a.flag(2, "keepdim", false));
    });
  }

  /** Axes counted from the front; a scalar's axes 0 and -1 are none at all. */
  static int[] axes(Var x, int[] given) {
    return x.shape().rank() == 0 ? new int[0] : Arrays.stream(given).map(x.shape()::axis).toArray();
  }

  /** A result with reduced axes of size 1, with these kept or dropped; no axes means all. */
  private static Var kept(Var x, Var reduced, int[] axes, boolean keep) {
    int[] all = axes.length == 0 ? IntStream.range(0, x.shape().rank()).toArray() : axes;
    return keep ? reduced : reduced.reshape(x.shape().reduced(all, false));
  }

  /** {@code var(x, unbiased)}, {@code var(x, dim, unbiased, keepdim)}, {@code var(x, dim, correction=, keepdim=)}. */
  private static Var variance(Arguments a) {
    Var x = a.real(0, "input");
    boolean flagFirst = a.isFlag(1, "dim");
    int[] axes = flagFirst ? new int[0] : axes(x, a.integers(1, "dim").orElse(new int[0]));
    boolean unbiased = flagFirst ? a.flag(1, "unbiased", true) : a.flag(2, "unbiased", true);
    double correction = a.number(KEYWORD, "correction", unbiased ? 1 : 0);
    return kept(x, x.varianceKeep(correction, axes), axes, a.flag(3, "keepdim", false));
  }

  private static Var argmax(Arguments a) {
    Var x = a.real(0, "input");
    boolean keep = a.flag(2, "keepdim", false);
    if (x.shape().rank() == 0 || !a.has(1, "dim")) {
      a.integer(1, "dim", 0);
      Var place = x.reshape(-1).argmax(0);
      return keep ? place.reshape(x.shape().reduced(IntStream.range(0, x.shape().rank()).toArray(), true)) : place;
    }
    int axis = a.integer(1, "dim");
    Var places = x.argmax(axis);
    return keep ? places.reshape(x.shape().with(axis, 1)) : places;
  }

  private static void softmaxes(OperatorTable table) {
    table.one("softmax", a -> {
      a.floatType(2, "dtype");
      return alongAxis(a, 1, Var::softmax);
    });
    table.one("log_softmax", a -> {
      a.floatType(2, "dtype");
      return alongAxis(a, 1, Var::logSoftmax);
    });
  }

  /** A function along an axis that keeps the shape; a scalar counts as a vector of one. */
  private static Var alongAxis(Arguments a, int position, BiFunction<Var, Integer, Var> function) {
    Var x = a.real(0, "input");
    int axis = a.integer(position, "dim");
    return x.shape().rank() == 0
        ? function.apply(x.reshape(1), axis).reshape(Shape.SCALAR)
        : function.apply(x, axis);
  }

  private static void products(OperatorTable table) {
    table.one("mm", a -> a.real(0, "input").matmul(a.real(1, "mat2")));
    table.one("bmm", a -> a.real(0, "input").matmul(a.real(1, "mat2")));
    table.one("matmul", a -> matmul(a.real(0, "input"), a.real(1, "other")));
    table.one("addmm", a -> {
      Var input = a.real(0, "input");
      Var product = a.real(1, "mat1").matmul(a.real(2, "mat2")).times(a.number(KEYWORD, "alpha", 1));
      double beta = a.number(KEYWORD, "beta", 1);
      return beta == 0 ? product : product.plus(input.times(beta));
    });
  }

  /** A vector on the left is a row, one on the right a column; the axis added is dropped again. */
  private static Var matmul(Var left, Var right) {
    boolean row = left.shape().rank() == 1;
    boolean column = right.shape().rank() == 1;
    Var product = (row ? left.unsqueeze(0) : left).matmul(column ? right.unsqueeze(1) : right);
    int rank = product.shape().rank();
    int[] added = IntStream.range(0, rank).filter(i -> row && i == rank - 2 || column && i == rank - 1).toArray();
    return product.reshape(product.shape().reduced(added, false));
  }
}
