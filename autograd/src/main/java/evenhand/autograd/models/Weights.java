package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.io.FormatException;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.nn.Init;
import evenhand.autograd.nn.LayerNorm;
import evenhand.autograd.nn.Linear;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Gives a model its parameters by name and shape, and remembers what it gave. */
final class Weights {
  private final Source source;
  private final Map<String, Var> parameters = new LinkedHashMap<>();

  Weights(Source source) {
    this.source = source;
  }

  /** Where the numbers come from. */
  interface Source {
    /** True if there is a tensor of that name to be read; nothing is, where models begin from scratch. */
    boolean has(String name);

    /** The tensor, of the shape asked for. */
    Tensor tensor(String name, Shape shape);
  }

  /** A parameter; its tensor must have the shape. */
  Var parameter(String name, int... shape) {
    Var parameter = Var.parameter(source.tensor(name, Shape.of(shape)));
    parameters.put(name, parameter);
    return parameter;
  }

  /** A parameter that a configuration may leave out. */
  Optional<Var> parameter(boolean there, String name, int... shape) {
    return there ? Optional.of(parameter(name, shape)) : Optional.empty();
  }

  /** Weight and bias, [width] both. */
  LayerNorm layerNorm(String name, int width, double eps) {
    return new LayerNorm(parameter(name + ".weight", width), parameter(name + ".bias", width), eps);
  }

  /** A map with bias, weight [out, in]. */
  Linear linear(String name, int out, int in) {
    return new Linear(parameter(name + ".weight", out, in), Optional.of(parameter(name + ".bias", out)));
  }

  boolean has(String name) {
    return source.has(name);
  }

  Map<String, Var> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** Initial values: norms 1, biases 0, the rest normal with the standard deviation of the configuration. */
  record Fresh(Rng rng, Device device, double deviation) implements Source {
    @Override
    public boolean has(String name) {
      return false;
    }

    @Override
    public Tensor tensor(String name, Shape shape) {
      if (shape.rank() == 1) {
        return device.full(name.endsWith("bias") ? 0 : 1, shape);
      }
      return Init.normal(rng.split(name), device, 0, deviation, shape.dims());
    }
  }

  /** Copies of the parameters of another model. */
  record Copy(Map<String, Var> parameters) implements Source {
    @Override
    public boolean has(String name) {
      return parameters.containsKey(name);
    }

    @Override
    public Tensor tensor(String name, Shape shape) {
      return parameters.get(name).value().copy();
    }
  }

  /**
   * A {@code model.safetensors}, also one of an older naming: without the base model's prefix, or with LayerNorm's
   * {@code gamma} and {@code beta}.
   *
   * @param prefix of the base model, with its dot
   */
  record Checkpoint(Path path, Safetensors file, String prefix, Device device, Set<String> read) implements Source {
    /** What a checkpoint may hold beyond the model: other heads, buffers, and copies of tied tensors. */
    private static final Pattern BESIDE = Pattern.compile(
        "(.*\\.)?(pooler\\.dense\\.(weight|bias)|cls\\.seq_relationship\\.(weight|bias)|position_ids|attn\\.bias"
            + "|attn\\.masked_bias|rotary_emb\\.inv_freq)"
            + "|(cls\\.predictions|lm_head)\\.decoder\\.(weight|bias)|lm_head\\.weight|vocab_projector\\.weight");

    Checkpoint(Path path, Safetensors file, String prefix, Device device) {
      this(path, file, prefix, device, new TreeSet<>());
    }

    private Optional<String> find(String name) {
      String older = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
      return List.of(name, older).stream()
          .<String>mapMulti((candidate, names) -> {
            names.accept(candidate);
            if (candidate.startsWith(prefix)) {
              names.accept(candidate.substring(prefix.length()));
            }
          })
          .filter(file::contains).findFirst();
    }

    @Override
    public boolean has(String name) {
      return find(name).isPresent();
    }

    @Override
    public Tensor tensor(String name, Shape shape) {
      String stored = find(name).orElseThrow(() -> new FormatException(path, "there is no tensor " + name + " of shape "
          + shape + ", which config.json asks for; the two files belong to different models, or one is incomplete"));
      Safetensors.Info info = file.info(stored);
      if (!info.shape().equals(shape)) {
        throw new FormatException(path,
            "tensor " + stored + " has shape " + info.shape() + ", but config.json asks for "
                + shape + "; the two files belong to different models");
      }
      if (!Set.of("F32", "F16", "BF16", "F64").contains(info.dtype())) {
        throw new FormatException(path, "tensor " + stored + " is " + info.dtype()
            + ", but weights are real numbers; convert it to F32");
      }
      read.add(stored);
      return file.tensor(stored, device);
    }

    /** @throws FormatException if the file has a tensor that the model would leave unused */
    void checkAllRead() {
      file.names().stream().filter(name -> !read.contains(name) && !BESIDE.matcher(name).matches()).findFirst()
          .ifPresent(name -> {
            throw new FormatException(path, "tensor " + name + " is not part of the model that config.json describes; "
                + "the two files belong to different models");
          });
    }
  }
}
