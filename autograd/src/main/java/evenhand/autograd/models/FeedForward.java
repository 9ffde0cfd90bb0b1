package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Activations;
import evenhand.autograd.nn.Layer;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The block behind each attention: {@code out(activation(in x))}, or with a gate {@code out(activation(gate x) * in x)}.
 */
record FeedForward(Layer in, Layer out, Optional<Layer> gate, UnaryOperator<Var> activation) {
  Var forward(Var x) {
    Var inner = in.forward(x);
    return out.forward(gate.map(g -> activation.apply(g.forward(x)).times(inner))
        .orElseGet(() -> activation.apply(inner)));
  }

  /** An activation by the name that a configuration has under a key. */
  static UnaryOperator<Var> activation(ModelConfig config, String key, String otherwise) {
    String name = config.text(key, otherwise);
    return switch (name) {
      case "gelu" -> Activations::gelu;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activations::geluTanh;
      case "silu", "swish" -> Activations::silu;
      case "relu" -> Var::relu;
      case "tanh" -> Var::tanh;
      default -> throw config.fault(key + " is " + name
          + ", which is not supported; gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, silu, relu and tanh are");
    };
  }
}
