package evenhand.tensor;

import java.util.function.DoubleBinaryOperator;

/**
 * The elementwise functions of two operands, which broadcast.
 *
 * <p>Comparisons give 1 where they hold and 0 elsewhere, and count as constants when differentiated. On int32 operands
 * the result is int32 and {@code DIV} truncates.
 */
public enum Binary {
  /** {@code a + b}. */
  ADD((a, b) -> a + b),
  /** {@code a - b}. */
  SUB((a, b) -> a - b),
  /** {@code a * b}. */
  MUL((a, b) -> a * b),
  /** {@code a / b}. */
  DIV((a, b) -> a / b),
  /** {@code a^b}, with {@code x^0 = 1} for every x. */
  POW((a, b) -> Math.abs(a) == 1 && Double.isInfinite(b) ? 1 : a == 1 ? 1 : Math.pow(a, b)),
  /** The larger; NaN if either is NaN. */
  MAX(Math::max),
  /** The smaller; NaN if either is NaN. */
  MIN(Math::min),
  /** 1 where equal. */
  EQ((a, b) -> a == b ? 1 : 0),
  /** 1 where different; 1 for NaN. */
  NE((a, b) -> a != b ? 1 : 0),
  /** 1 where less. */
  LT((a, b) -> a < b ? 1 : 0),
  /** 1 where less or equal. */
  LE((a, b) -> a <= b ? 1 : 0),
  /** 1 where greater. */
  GT((a, b) -> a > b ? 1 : 0),
  /** 1 where greater or equal. */
  GE((a, b) -> a >= b ? 1 : 0);

  private final DoubleBinaryOperator meaning;

  Binary(DoubleBinaryOperator meaning) {
    this.meaning = meaning;
  }

  /** The function in double precision. */
  public double apply(double a, double b) {
    return meaning.applyAsDouble(a, b);
  }

  /** The function on int32: wraps around on overflow; a division by zero is an {@link ArithmeticException}. */
  public int apply(int a, int b) {
    if (this == DIV && b == 0) {
      throw new ArithmeticException("div: int32 division by zero");
    }
    return switch (this) {
      case MUL -> a * b; // the double product of large factors would lose its last bits
      case DIV -> a / b;
      default -> (int) (long) apply((double) a, (double) b);
    };
  }

  /** True for the comparisons, whose derivative is 0 everywhere. */
  public boolean isComparison() {
    return ordinal() >= EQ.ordinal();
  }
}
