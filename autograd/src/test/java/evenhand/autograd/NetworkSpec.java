package evenhand.autograd;

import com.fasterxml.jackson.databind.JsonNode;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.nn.BatchNorm;
import evenhand.autograd.nn.Conv2d;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.LayerNorm;
import evenhand.autograd.nn.Layers;
import evenhand.autograd.nn.Linear;
import evenhand.autograd.nn.Norms;
import evenhand.autograd.nn.Residual;
import evenhand.autograd.nn.SelfAttention;
import evenhand.autograd.nn.Sequential;
import evenhand.tensor.Conv;
import evenhand.tensor.Device;
import java.util.Optional;

/** Builds the layers that a conformance case lists, with fresh copies of its parameters. */
final class NetworkSpec {
  private final Safetensors file;
  private final Device device;

  private NetworkSpec(Safetensors file, Device device) {
    this.file = file;
    this.device = device;
  }

  /** @throws UnsupportedOperationException naming a layer that is not known */
  static Sequential build(JsonNode layers, Safetensors file, Device device) {
    return new NetworkSpec(file, device).sequence(layers);
  }

  private Sequential sequence(JsonNode layers) {
    Sequential network = Sequential.empty();
    for (JsonNode layer : layers) {
      network = network.with(layer.path("name").asText(""), layer(layer));
    }
    return network;
  }

  private Layer layer(JsonNode layer) {
    String name = layer.path("name").asText("");
    return switch (layer.get("type").asText()) {
      case "linear" -> linear(name, layer);
      case "conv2d" -> new Conv2d(parameter(name, "weight"), bias(name, layer),
          Conv.of(layer.get("stride").asInt(), layer.get("padding").asInt()));
      case "batch_norm2d" -> new BatchNorm(parameter(name, "weight"), parameter(name, "bias"),
          new Norms.Running(file.tensor("buffer." + name + ".running_mean", device),
              file.tensor("buffer." + name + ".running_var", device)),
          layer.get("momentum").asDouble(), layer.get("eps").asDouble());
      case "layer_norm" -> new LayerNorm(parameter(name, "weight"), parameter(name, "bias"),
          layer.get("eps").asDouble());
      case "self_attention" -> new SelfAttention(linear(name + ".q", layer), linear(name + ".k", layer),
          linear(name + ".v", layer), linear(name + ".o", layer), layer.get("heads").asInt(),
          layer.get("causal").asBoolean());
      case "residual" -> new Residual(sequence(layer.get("body")), sequence(layer.get("shortcut")));
      case "relu" -> Layers.relu();
      case "tanh" -> Layers.tanh();
      case "gelu" -> switch (layer.path("approximate").asText("none")) {
        case "none" -> Layers.gelu();
        case "tanh" -> Layers.geluTanh();
        default -> throw new UnsupportedOperationException("gelu with approximate " + layer.get("approximate"));
      };
      case "max_pool2d" -> Layers.maxPool2d(layer.get("kernel").asInt(), layer.get("stride").asInt());
      case "avg_pool2d" -> Layers.avgPool2d(layer.get("kernel").asInt(), layer.get("stride").asInt());
      case "global_avg_pool2d" -> Layers.globalAvgPool2d();
      case "mean_pool" -> Layers.meanPool();
      case "flatten" -> Layers.flatten();
      default -> throw new UnsupportedOperationException("layer " + layer.get("type"));
    };
  }

  private Linear linear(String name, JsonNode layer) {
    return new Linear(parameter(name, "weight"), bias(name, layer));
  }

  private Optional<Var> bias(String name, JsonNode layer) {
    return layer.get("bias").asBoolean() ? Optional.of(parameter(name, "bias")) : Optional.empty();
  }

  private Var parameter(String name, String part) {
    return Var.parameter(file.tensor("param." + name + "." + part, device));
  }
}
