package evenhand.fairness.influence;

/** Arithmetic on vectors of doubles, as the solvers need it. */
public final class Vectors {
  private Vectors() {}

  /** {@code a . b}. */
  public static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** The Euclidean length; not finite if an element is not. */
  public static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }

  /** {@code a + factor * b}, a new vector. */
  public static double[] plus(double[] a, double factor, double[] b) {
    double[] sum = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i] + factor * b[i];
    }
    return sum;
  }

  /** {@code factor * a}, a new vector. */
  public static double[] times(double factor, double[] a) {
    return plus(new double[a.length], factor, a);
  }
}
