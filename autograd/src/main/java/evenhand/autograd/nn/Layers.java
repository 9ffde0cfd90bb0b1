package evenhand.autograd.nn;

import evenhand.autograd.Var;
import java.util.function.UnaryOperator;

/** Layers without parameters. */
public final class Layers {
  private static final Layer RELU = new Function("relu", Var::relu);
  private static final Layer TANH = new Function("tanh", Var::tanh);

  private Layers() {}

  private record Function(String name, UnaryOperator<Var> definition) implements Layer {
    @Override
    public Var forward(Var x, Phase phase) {
      return definition.apply(x);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** {@code max(x, 0)}; always the same object, so that a layer can be told to be this one. */
  public static Layer relu() {
    return RELU;
  }

  /** Hyperbolic tangent; always the same object. */
  public static Layer tanh() {
    return TANH;
  }

  /** Logistic function. */
  public static Layer sigmoid() {
    return new Function("sigmoid", Var::sigmoid);
  }

  /** Exact GELU; see {@link Activations#gelu}. */
  public static Layer gelu() {
    return new Function("gelu", Activations::gelu);
  }

  /** GELU by tanh; see {@link Activations#geluTanh}. */
  public static Layer geluTanh() {
    return new Function("gelu_tanh", Activations::geluTanh);
  }

  /** Largest values of square windows. */
  public static Layer maxPool2d(int kernel, int stride) {
    PoolWindow window = PoolWindow.of(kernel, stride);
    return new Function("max_pool2d", x -> Pooling.maxPool2d(x, window));
  }

  /** Means of square windows. */
  public static Layer avgPool2d(int kernel, int stride) {
    PoolWindow window = PoolWindow.of(kernel, stride);
    return new Function("avg_pool2d", x -> Pooling.avgPool2d(x, window));
  }

  /** Mean over height and width: {@code [rows, channels, height, width] -> [rows, channels]}. */
  public static Layer globalAvgPool2d() {
    return new Function("global_avg_pool2d", Pooling::globalAvgPool2d);
  }

  /** Mean over axis 1: {@code [rows, length, width] -> [rows, width]}. */
  public static Layer meanPool() {
    return new Function("mean_pool", x -> x.mean(1));
  }

  /** All axes but the first in one: {@code [rows, ..] -> [rows, n]}. */
  public static Layer flatten() {
    return new Function("flatten", x -> {
      int rows = x.shape().dim(0);
      return x.reshape(rows, x.shape().reduced(new int[]{0}, false).size());
    });
  }
}
