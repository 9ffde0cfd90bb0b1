package evenhand.fairness.algorithms;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** The methods that are present. */
public final class Methods {
  private static final List<String> BASELINES = List.of("erm", "reweighing", "gap-regularization");

  private Methods() {}

  /** All methods: the baselines first, then the others by name. */
  public static List<Method<?>> all() {
    return ServiceLoader.load(Method.class, Methods.class.getClassLoader()).stream()
        .<Method<?>>map(ServiceLoader.Provider::get)
        .sorted(Comparator.<Method<?>>comparingInt(method -> rank(method.name())).thenComparing(Method::name))
        .toList();
  }

  private static int rank(String name) {
    int at = BASELINES.indexOf(name);
    return at < 0 ? BASELINES.size() : at;
  }

  /**
   * The method of a name.
   *
   * @throws IllegalArgumentException if there is none, listing those there are
   */
  public static Method<?> named(String name) {
    return all().stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("method " + name + " is unknown; choose one of "
            + String.join(", ", all().stream().map(Method::name).toList())));
  }
}
