package evenhand.fairness.gradiend;

import evenhand.autograd.Var;
import evenhand.autograd.io.FormatException;
import evenhand.autograd.io.Safetensors;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A learned direction in a file, with what was chosen of it: the rewrite can be done again, weaker, stronger, towards
 * another class or backwards, with nothing learned anew.
 *
 * <p>A safetensors file: W_d as {@code decoder.NAME} and b_d as {@code decoder_bias.NAME} for each weight NAME that is
 * moved, by {@code alpha scale (h W_d + b_d)}; {@code h}, {@code alpha}, {@code scale}, {@code classes}, {@code goal} and the
 * SHA-256 of the model's weights before and after as strings.
 *
 * @param neuron of which only the decoder is used
 * @param h the feature that was chosen
 * @param alpha the factor that was chosen
 * @param classes names of the two classes
 * @param goal what the rewrite was for
 * @param base SHA-256 of the weights that it was learned from
 * @param rewritten of the weights after the chosen rewrite
 */
public record RewritePatch(FeatureNeuron neuron, double h, double alpha, List<String> classes, String goal, String base,
    String rewritten) {
  private static final String FORMAT = "evenhand gradiend patch";
  private static final String VERSION = "1";
  private static final String DECODER = "decoder.";
  private static final String BIAS = "decoder_bias.";

  /** Takes a copy of the list. */
  public RewritePatch {
    classes = List.copyOf(classes);
  }

  /**
   * SHA-256 of weights: of each one's name and its numbers as little-endian floats, in order.
   *
   * @param weights by name
   */
  public static String sha256(Map<String, Var> weights) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      weights.forEach((name, weight) -> {
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        float[] values = weight.value().toFloats();
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        digest.update(bytes);
      });
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Writes the patch, replacing a file that is there.
   *
   * @param names of the weights, in the neuron's order
   */
  public void write(Path file, List<String> names) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      tensors.put(DECODER + names.get(i), neuron.decoder().get(i));
      tensors.put(BIAS + names.get(i), neuron.decoderBias().get(i));
    }
    Safetensors.write(file, tensors, Map.of("format", FORMAT, "version", VERSION, "h", Double.toString(h), "alpha",
        Double.toString(alpha), "scale", Double.toString(neuron.scale()), "classes", String.join(",", classes), "goal",
        goal, "base", base, "rewritten",
        rewritten));
  }

  /**
   * Reads a patch for weights.
   *
   * @param weights of the model that is to be changed, by name
   * @throws FormatException if the file is no patch, or for a model with other weights
   */
  public static RewritePatch read(Path file, Map<String, Var> weights, Device device) {
    try (Safetensors in = Safetensors.open(file)) {
      Map<String, String> about = in.metadata();
      if (!FORMAT.equals(about.get("format")) || !VERSION.equals(about.get("version"))) {
        throw new FormatException(file, "is not a patch of GRADIEND, version " + VERSION
            + "; give a file that 'rewrite --save-patch' wrote");
      }
      List<Tensor> decoder = new ArrayList<>();
      List<Tensor> bias = new ArrayList<>();
      weights.forEach((name, weight) -> {
        decoder.add(tensor(in, file, DECODER + name, weight, device));
        bias.add(tensor(in, file, BIAS + name, weight, device));
      });
      if (in.names().size() != 2 * weights.size()) {
        throw new FormatException(file, "has " + in.names().size() / 2 + " weights, the model " + weights.size()
            + "; use the patch that was learned from this model");
      }
      ToDoubleFunction<String> number = key -> {
        try {
          return Double.parseDouble(text(about, file, key));
        } catch (NumberFormatException e) {
          throw new FormatException(file, key + " is not a number; write the patch again", e);
        }
      };
      return new RewritePatch(FeatureNeuron.decoding(decoder, bias, number.applyAsDouble("scale")),
          number.applyAsDouble("h"),
          number.applyAsDouble("alpha"), List.of(text(about, file, "classes").split(",")), text(about, file, "goal"),
          text(about, file, "base"), text(about, file, "rewritten"));
    }
  }

  private static Tensor tensor(Safetensors in, Path file, String name, Var weight, Device device) {
    if (!in.contains(name) || !in.info(name).shape().equals(weight.shape())) {
      throw new FormatException(file, "has no " + name + " of shape " + weight.shape()
          + "; use the patch that was learned from this model");
    }
    return in.tensor(name, device);
  }

  private static String text(Map<String, String> about, Path file, String key) {
    return Optional.ofNullable(about.get(key))
        .orElseThrow(() -> new FormatException(file, "does not say " + key + "; write the patch again"));
  }

  /**
   * Does the chosen rewrite.
   *
   * @param strength 1 for all of it, more or less, or below 0 for the way back
   */
  public void apply(Map<String, Var> weights, double strength) {
    new Rewrite(weights, neuron).apply(h, alpha * strength);
  }

  /**
   * Moves weights as far as the chosen rewrite does, but along another feature.
   *
   * @param feature below 0 towards the first class, above 0 towards the second
   * @param strength 1 for as far
   */
  public void applyTowards(Map<String, Var> weights, double feature, double strength) {
    Rewrite rewrite = new Rewrite(weights, neuron);
    double length = rewrite.directionNorm(feature);
    if (!(length > 0)) {
      throw new IllegalArgumentException("the patch has no direction for the feature " + feature + "; choose another");
    }
    rewrite.apply(feature, strength * Math.abs(alpha) * rewrite.directionNorm(h) / length);
  }
}
