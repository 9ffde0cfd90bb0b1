package evenhand.fairness.algorithms;

import java.util.Map;

/**
 * A method without one of its parts, or with a part replaced, to see what the part does.
 *
 * @param name what is different: {@code no parity}
 * @param settings that make it so, by key
 */
public record Ablation(String name, Map<String, String> settings) {
  /** Copies the map. */
  public Ablation {
    settings = Map.copyOf(settings);
  }

  /** One setting that is different. */
  static Ablation of(String name, String key, String value) {
    return new Ablation(name, Map.of(key, value));
  }
}
