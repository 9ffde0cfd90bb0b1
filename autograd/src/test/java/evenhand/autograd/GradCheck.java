package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Offset;

/**
 * Compares derivatives with central differences along random directions, then does the same to the gradient.
 *
 * <p>For a function f, a point x, a direction u and a cotangent w, three numbers must agree:
 *
 * <pre>
 *  d/dt (w . f(x + t u))    by differences
 *  (J^T w) . u              by {@link Grad#vjp}
 *  w . (J u)                by {@link Grad#jvp}
 * </pre>
 *
 * <p>Order 2 checks {@code x -> J^T w} in the same way, which compares Hessian-vector products with differences of the
 * gradient, and that {@code u . H v = v . H u}.
 *
 * <p>Best on {@code Device.reference()}, whose operations round once. With step h = 1/64 and the five-point rule the
 * error is {@code h^4 / 30 = 2e-9} times the fifth derivative, plus rounding of float32 values divided by h, about
 * {@code 6e-8 / h = 4e-6} times the values; the tolerance 2e-4 leaves room for sums and for fifth derivatives near 1e5.
 * A wrong rule is off by its own size.
 */
public final class GradCheck {
  private static final double STEP = 1.0 / 64;
  private static final double TOLERANCE = 2e-4;

  private final Rng rng;

  private GradCheck(Rng rng) {
    this.rng = rng;
  }

  /** Checks a function of one tensor to second order. */
  public static void checkOne(UnaryOperator<Var> function, Tensor x) {
    check(2, in -> function.apply(in.getFirst()), x);
  }

  /** Checks a function of several tensors to second order. */
  public static void check(Function<List<Var>, Var> function, Tensor... points) {
    check(2, function, points);
  }

  /**
   * Checks a function of several tensors to an order.
   *
   * @param points stay clear of kinks by at least 1/32: directions have entries in [-1, 1] and are followed for 2 steps
   */
  public static void check(int order, Function<List<Var>, Var> function, Tensor... points) {
    new GradCheck(new Rng(17)).check(order, "order 1", in -> List.of(function.apply(in)), List.of(points));
  }

  private void check(int order, String label, Function<List<Var>, List<Var>> function, List<Tensor> points) {
    List<Var> parameters = points.stream().map(Var::parameter).toList();
    List<Var> outputs = function.apply(parameters);
    List<Tensor> u = directions(points);
    List<Tensor> w = directions(outputs.stream().map(Var::value).toList());
    double byDifferences = difference(function, points, u, w);

    Var projected = project(outputs, w);
    List<Tensor> pulled = Grad.of(projected, parameters);
    double scale = Math.max(1, magnitude(pulled));
    Offset<Double> tolerance = Offset.offset(TOLERANCE * scale);
    assertThat(dot(pulled, u)).as(label + ": (J^T w) . u against differences").isEqualTo(byDifferences, tolerance);

    double pushed = 0;
    for (int i = 0; i < outputs.size(); i++) {
      pushed += dot(List.of(Grad.jvp(outputs.get(i), parameters, u)), List.of(w.get(i)));
    }
    assertThat(pushed).as(label + ": w . (J u) against (J^T w) . u").isEqualTo(dot(pulled, u), tolerance);
    if (order > 1) {
      checkSymmetry(label, projected, parameters, u);
      Function<List<Var>, List<Var>> gradient = in -> Grad.graph(project(function.apply(in), w), in);
      check(order - 1, label + " of the gradient", gradient, points);
    }
  }

  /** {@code u . H v = v . H u}. */
  private void checkSymmetry(String label, Var projected, List<Var> parameters, List<Tensor> u) {
    List<Tensor> v = directions(u);
    List<Tensor> alongV = Grad.hvp(projected, parameters, v);
    Offset<Double> tolerance = Offset.offset(TOLERANCE * Math.max(1, magnitude(alongV)));
    assertThat(dot(Grad.hvp(projected, parameters, u), v)).as(label + ": v . H u against u . H v")
        .isEqualTo(dot(alongV, u), tolerance);
  }

  /** {@code (8 (s(h) - s(-h)) - (s(2h) - s(-2h))) / 12h} for {@code s(t) = w . f(x + t u)}. */
  private static double difference(Function<List<Var>, List<Var>> function, List<Tensor> points, List<Tensor> u,
      List<Tensor> w) {
    double near = at(function, points, u, w, STEP) - at(function, points, u, w, -STEP);
    double far = at(function, points, u, w, 2 * STEP) - at(function, points, u, w, -2 * STEP);
    return (8 * near - far) / (12 * STEP);
  }

  private static double at(Function<List<Var>, List<Var>> function, List<Tensor> points, List<Tensor> u, List<Tensor> w,
      double t) {
    List<Var> moved = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      moved.add(Var.parameter(points.get(i).plus(u.get(i).times(t))));
    }
    return dot(function.apply(moved).stream().map(Var::value).toList(), w);
  }

  private List<Tensor> directions(List<Tensor> like) {
    List<Tensor> directions = new ArrayList<>();
    for (Tensor tensor : like) {
      float[] values = new float[tensor.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (2 * rng.nextDouble() - 1);
      }
      directions.add(tensor.device().tensor(values, values.length).reshape(tensor.shape()));
    }
    return directions;
  }

  private static Var project(List<Var> outputs, List<Tensor> w) {
    Var total = outputs.getFirst().like(0);
    for (int i = 0; i < outputs.size(); i++) {
      total = total.plus(outputs.get(i).times(Var.of(w.get(i))).sum());
    }
    return total;
  }

  /** In double precision, so that differences lose nothing more. */
  private static double dot(List<Tensor> left, List<Tensor> right) {
    double total = 0;
    for (int i = 0; i < left.size(); i++) {
      float[] a = left.get(i).toFloats();
      float[] b = right.get(i).toFloats();
      for (int j = 0; j < a.length; j++) {
        total += (double) a[j] * b[j];
      }
    }
    return total;
  }

  private static double magnitude(List<Tensor> tensors) {
    double largest = 0;
    for (Tensor tensor : tensors) {
      for (float value : tensor.toFloats()) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return largest;
  }
}
