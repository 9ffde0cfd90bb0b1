package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The scalar meanings of {@link Unary} and {@link Binary} against other formulas for the same functions. */
class FunctionTests {
  private static double otherwise(Unary op, double x) {
    return switch (op) {
      case NEG -> 0 - x;
      case ABS -> Math.sqrt(x * x);
      case SIGN -> x / Math.abs(x);
      case STEP -> (x / Math.abs(x) + 1) / 2;
      case RELU -> (x + Math.abs(x)) / 2;
      case SQUARE -> Math.pow(x, 2);
      case SQRT -> Math.pow(x, 0.5);
      case RSQRT -> Math.pow(x, -0.5);
      case RECIPROCAL -> Math.pow(x, -1);
      case EXP -> Math.pow(Math.E, x);
      case EXPM1 -> 2 * Math.exp(x / 2) * Math.sinh(x / 2);
      case LOG -> Math.log10(x) / Math.log10(Math.E);
      case LOG1P -> Math.log(1 + x);
      case TANH -> Math.sinh(x) / Math.cosh(x);
      case SIGMOID -> (1 + Math.tanh(x / 2)) / 2;
      case SOFTPLUS -> Math.log(1 + Math.exp(x));
      case ERF -> simpson(x);
      case SIN -> Math.cos(x - Math.PI / 2);
      case COS -> Math.sin(x + Math.PI / 2);
      case FLOOR -> Math.rint(x - 0.5);
    };
  }

  /** {@code 2/sqrt(pi) * integral from 0 to x of e^(-t^2) dt} by Simpson's rule. */
  private static double simpson(double x) {
    int intervals = 2000;
    double step = x / intervals;
    double sum = 0;
    for (int i = 0; i <= intervals; i++) {
      int weight = i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * Math.exp(-i * step * i * step);
    }
    return 2 / Math.sqrt(Math.PI) * sum * step / 3;
  }

  @ParameterizedTest
  @EnumSource
  void unaryAgreesWithAnotherFormula(Unary op) {
    UnaryContract.Domain domain = UnaryContract.domain(op);
    for (double x : Host.random(1, domain.low(), domain.high(), 500)) {
      double expected = otherwise(op, x);
      assertThat(op.apply(x)).as("%s(%s)", op, x).isCloseTo(expected, within(1e-9 * Math.abs(expected) + 1e-13));
    }
  }

  private static double otherwise(Binary op, double a, double b) {
    int order = Double.compare(a, b);
    return switch (op) {
      case ADD -> a - -b;
      case SUB -> -(b - a);
      case MUL -> a / (1 / b);
      case DIV -> a * (1 / b);
      case POW -> Math.exp(b * Math.log(a));
      case MAX -> (a + b + Math.abs(a - b)) / 2;
      case MIN -> (a + b - Math.abs(a - b)) / 2;
      case EQ -> 1 - Math.abs(Integer.signum(order));
      case NE -> Math.abs(Integer.signum(order));
      case LT -> order < 0 ? 1 : 0;
      case LE -> order < 1 ? 1 : 0;
      case GT -> order > 0 ? 1 : 0;
      case GE -> order > -1 ? 1 : 0;
    };
  }

  @ParameterizedTest
  @EnumSource
  void binaryAgreesWithAnotherFormula(Binary op) {
    double[] left = BinaryContract.left(op, 500);
    double[] right = BinaryContract.right(op, 500);
    for (int i = 0; i < left.length; i++) {
      double expected = otherwise(op, left[i], right[i]);
      assertThat(op.apply(left[i], right[i])).as("%s(%s, %s)", op, left[i], right[i])
          .isCloseTo(expected, within(1e-12 * Math.abs(expected) + 1e-13));
    }
  }

  @Test
  void functionsDoNotOverflowOrCancelOnTheWay() {
    assertThat(Unary.SOFTPLUS.apply(1000)).isEqualTo(1000);
    assertThat(Unary.SOFTPLUS.apply(-50)).isCloseTo(Math.exp(-50), within(1e-35));
    assertThat(Unary.SIGMOID.apply(1000)).isEqualTo(1);
    assertThat(Unary.SIGMOID.apply(-1000)).isZero();
    assertThat(Unary.EXPM1.apply(1e-20)).isEqualTo(1e-20);
    assertThat(Unary.LOG1P.apply(1e-20)).isEqualTo(1e-20);
    assertThat(Unary.RELU.apply(Double.NaN)).isNaN();
    assertThat(Unary.SOFTPLUS.apply(Double.NaN)).isNaN();
    assertThat(Binary.POW.apply(Double.NaN, 0)).isEqualTo(1);
    assertThat(Binary.POW.apply(1, Double.NaN)).isEqualTo(1);
    assertThat(Binary.POW.apply(-1, Double.POSITIVE_INFINITY)).isEqualTo(1);
    assertThat(Binary.MAX.apply(1, Double.NaN)).isNaN();
    assertThat(Binary.MIN.apply(Double.NaN, 1)).isNaN();
  }
}
