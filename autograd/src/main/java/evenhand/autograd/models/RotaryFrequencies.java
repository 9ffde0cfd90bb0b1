package evenhand.autograd.models;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How far each pair of a head is turned from one position to the next: {@code theta^(-2 i / width)}, or slower where a
 * model was stretched to longer texts.
 *
 * <pre>
 *  linear:  f / factor
 *  llama3:  f                      where the wavelength 2 pi / f is below  original / high
 *           f / factor             where it is above                      original / low
 *           s f + (1 - s) f / factor   between, s = (original / wavelength - low) / (high - low)
 * </pre>
 *
 * <p>The settings are today's {@code rope_parameters}, or {@code rope_theta} and {@code rope_scaling} of older files.
 */
final class RotaryFrequencies {
  private RotaryFrequencies() {}

  /** One a pair, in radians. */
  static double[] of(ModelConfig json, int width) {
    Optional<String> key = List.of("rope_parameters", "rope_scaling").stream().filter(json::has).findFirst();
    ModelConfig section = json.section(key.orElse("rope_parameters"));
    String prefix = key.orElse("rope_parameters") + ".";
    double theta = section.real(prefix + "rope_theta", json.real("rope_theta", 10_000));
    String type = section.text(prefix + "rope_type", section.text(prefix + "type", "default"));
    double[] plain = new double[width / 2];
    Arrays.setAll(plain, i -> Math.pow(theta, -2.0 * i / width));
    return switch (type) {
      case "default" -> plain;
      case "linear" -> {
        double factor = required(section, prefix + "factor");
        yield Arrays.stream(plain).map(f -> f / factor).toArray();
      }
      case "llama3" -> llama3(section, prefix, plain);
      default -> throw json.fault(prefix + "rope_type is " + type
          + ", which is not supported; default, linear and llama3 are");
    };
  }

  private static double[] llama3(ModelConfig section, String prefix, double[] plain) {
    double factor = required(section, prefix + "factor");
    double low = required(section, prefix + "low_freq_factor");
    double high = required(section, prefix + "high_freq_factor");
    double original = required(section, prefix + "original_max_position_embeddings");
    return Arrays.stream(plain).map(f -> {
      double turns = original * f / (2 * Math.PI); // over the original length: original / wavelength
      double share = Math.clamp((turns - low) / (high - low), 0, 1);
      return share * f + (1 - share) * f / factor;
    }).toArray();
  }

  private static double required(ModelConfig section, String key) {
    double value = section.real(key, Double.NaN);
    if (!(value > 0)) {
      throw section.fault(key + " must be a number above 0; correct it");
    }
    return value;
  }
}
