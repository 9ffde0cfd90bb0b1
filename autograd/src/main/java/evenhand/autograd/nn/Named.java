package evenhand.autograd.nn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A map of dotted names in order of insertion, in which no name occurs twice. */
final class Named<T> {
  private final Map<String, T> entries = new LinkedHashMap<>();

  /** Adds entries under a prefix, {@code prefix.name}; none if the prefix is empty. */
  Named<T> add(String prefix, Map<String, T> parts) {
    parts.forEach((name, part) -> {
      String full = prefix.isEmpty() ? name : prefix + "." + name;
      if (entries.putIfAbsent(full, part) != null) {
        throw new IllegalArgumentException(
            "layers: the name " + full + " occurs twice; give the layers different names");
      }
    });
    return this;
  }

  Map<String, T> map() {
    return Collections.unmodifiableMap(entries);
  }
}
