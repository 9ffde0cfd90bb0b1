package evenhand.autograd;

import evenhand.autograd.io.Safetensors;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares results with the float64 references of a conformance case.
 *
 * <p>An array agrees if {@code max|got - reference| <= tolerance * scale}; the scale is its largest reference, but at
 * least a hundredth of the largest among all arrays of its kind, the first word of the name.
 */
final class Agreement {
  static final double FORWARD = 1e-5;
  static final double GRADIENT = 1e-4;
  static final double HESSIAN = 1e-3;

  private final Safetensors file;
  private final List<String> wrong = new ArrayList<>();
  private final Map<String, Double> largestOfKinds = new HashMap<>();

  Agreement(Safetensors file) {
    this.file = file;
  }

  /** A line for each array that is off. */
  List<String> wrong() {
    return wrong;
  }

  /** Of one tensor a parameter, called {@code prefix + parameter's name}. */
  void check(String prefix, Map<String, Var> parameters, List<Tensor> got, double tolerance) {
    int i = 0;
    for (String name : parameters.keySet()) {
      check(prefix + name, got.get(i++), tolerance);
    }
  }

  void check(String name, Tensor got, double tolerance) {
    check(name, got.toFloats(), file.doubles(name), tolerance);
  }

  /** Of a part of a reference. */
  void check(String name, float[] values, double[] reference, double tolerance) {
    if (values.length != reference.length) {
      wrong.add(name + " has " + values.length + " numbers instead of " + reference.length);
      return;
    }
    double scale = Math.max(largest(reference), 0.01 * largestOfKind(name));
    double worst = 0;
    for (int i = 0; i < values.length; i++) {
      worst = Math.max(worst, Math.abs(values[i] - reference[i])); // NaN if either is
    }
    if (!(worst <= tolerance * scale)) {
      wrong.add(name + " is off by " + worst / scale + " of its scale, allowed " + tolerance);
    }
  }

  private double largestOfKind(String name) {
    return largestOfKinds.computeIfAbsent(kind(name), kind -> file.names().stream()
        .filter(other -> kind(other).equals(kind)).mapToDouble(other -> largest(file.doubles(other))).max()
        .orElse(0));
  }

  private static String kind(String name) {
    return name.split("\\.", 2)[0];
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
