package evenhand.fairness.cli;

import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Method;
import evenhand.fairness.algorithms.Methods;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Card;
import evenhand.fairness.data.Nearest;
import evenhand.fairness.study.Study;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Settings of training and of methods: what the user says goes before what suits the data set, and that before the
 * defaults.
 *
 * @param methods what is compared
 * @param named those of them that were asked for by name
 * @param given the user's settings, {@code METHOD.KEY} to value
 */
record Settings(List<Method<?>> methods, Set<Method<?>> named, Map<String, String> given) {
  /** The owner of settings that all methods share. */
  private static final String MODEL = "model";
  /** The owner of settings of the data set. */
  static final String DATA = "data";

  /**
   * Looks methods and settings up.
   *
   * @param names of methods; {@code all} stands for all
   * @param data the settings of the data set
   * @throws IllegalArgumentException if a method or a setting is unknown or cannot be read, with the nearest name
   */
  static Settings of(List<String> names, Map<String, String> given, Record data) {
    Map<String, Method<?>> known = new LinkedHashMap<>();
    Methods.all().forEach(method -> known.put(method.name(), method));
    Set<Method<?>> chosen = new LinkedHashSet<>();
    Set<Method<?>> named = new LinkedHashSet<>();
    for (String name : names) {
      if (name.strip().equals("all")) {
        chosen.addAll(known.values());
      } else {
        named.add(method(name.strip(), known));
        chosen.addAll(named);
      }
    }
    Settings settings = new Settings(List.copyOf(chosen), named, given);
    given.keySet().forEach(key -> settings.check(key, known, data));
    Configs.with(data, DATA, settings.data());
    settings.training(Map.of());
    settings.arms(Map.of());
    return settings;
  }

  /**
   * The method of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Method<?> method(String name) {
    Map<String, Method<?>> known = new LinkedHashMap<>();
    Methods.all().forEach(method -> known.put(method.name(), method));
    return method(name, known);
  }

  private static Method<?> method(String name, Map<String, Method<?>> known) {
    if (!known.containsKey(name)) {
      throw new IllegalArgumentException("method '" + name + "' is unknown; " + Nearest.hint(name, known.keySet())
          + "choose from " + String.join(", ", known.keySet()));
    }
    return known.get(name);
  }

  private void check(String setting, Map<String, Method<?>> known, Record data) {
    int dot = setting.indexOf('.');
    if (dot < 0) {
      throw new IllegalArgumentException("--set " + setting + "=" + given.get(setting)
          + ": the setting needs its method before a dot, such as model.epochs=20 or fairbatch.alpha=0.01");
    }
    String owner = setting.substring(0, dot);
    String key = setting.substring(dot + 1);
    Record config = owner.equals(DATA) ? data : TrainingConfig.DEFAULT;
    if (!owner.equals(MODEL) && !owner.equals(DATA)) {
      List<String> owners = new ArrayList<>(List.of(MODEL, DATA));
      owners.addAll(known.keySet());
      if (!known.containsKey(owner)) {
        throw new IllegalArgumentException("--set " + setting + ": there is no method '" + owner + "'; "
            + Nearest.hint(owner, owners) + "choose from " + String.join(", ", owners));
      }
      if (!methods.contains(known.get(owner))) {
        throw new IllegalArgumentException("--set " + setting + " has no effect, as " + owner
            + " is not among --methods; add it there");
      }
      config = known.get(owner).defaults();
    }
    Set<String> keys = Configs.words(config).keySet();
    if (!keys.contains(key)) {
      throw new IllegalArgumentException("setting " + setting + " is unknown; " + Nearest.hint(key, keys)
          + (keys.isEmpty() ? (owner.equals(DATA) ? "this data set" : owner) + " has no settings"
              : owner + " has " + String.join(", ", keys)));
    }
  }

  /** The user's settings of the data set, by key. */
  Map<String, String> data() {
    return below(DATA, given);
  }

  /** How models are trained on a data set for a target. */
  TrainingConfig training(Card card, Target target) {
    Map<String, String> suited = new LinkedHashMap<>(card.defaults());
    String own = suited.get("epochs." + target.word());
    if (own != null) {
      suited.put("epochs", own);
    }
    suited.keySet().retainAll(Configs.words(TrainingConfig.DEFAULT).keySet());
    return training(suited);
  }

  private TrainingConfig training(Map<String, String> suited) {
    return Configs.with(TrainingConfig.DEFAULT, MODEL, merged(MODEL, suited));
  }

  /**
   * The methods with their settings on a data set.
   *
   * @param suited what suits the data set, {@code METHOD.KEY} to value
   */
  private List<Study.Arm<?>> arms(Map<String, String> suited) {
    List<Study.Arm<?>> arms = new ArrayList<>();
    for (Method<?> method : methods) {
      Study.Arm<?> arm = Study.Arm.of(method, merged(method.name(), below(method.name(), suited)));
      arms.add(named.contains(method) ? arm : arm.orLeftOut());
    }
    return arms;
  }

  /**
   * The methods with their settings on a data set, and what they are compared with besides.
   *
   * @param sweep at other strengths?
   * @param ablations without their parts?
   * @param grids the strengths of methods that have others than their own, {@code METHOD.KEY} to values
   * @throws IllegalArgumentException if a grid is of no method or setting, or a value cannot be read
   */
  List<Study.Arm<?>> arms(Map<String, String> suited, boolean sweep, boolean ablations, Map<String, String> grids) {
    List<Study.Arm<?>> plain = arms(suited);
    List<Study.Arm<?>> all = new ArrayList<>(plain);
    grids.keySet().forEach(key -> {
      if (methods.stream().noneMatch(method -> key.startsWith(method.name() + "."))) {
        throw new IllegalArgumentException("--grid " + key + "=" + grids.get(key)
            + ": no method of --methods is named so; give METHOD.KEY=V,V such as fairbatch.alpha=0.001,0.01");
      }
    });
    if (sweep) {
      plain.forEach(arm -> {
        Map<String, String> own = below(arm.method().name(), grids);
        own.forEach((key, values) -> all.addAll(arm.sweep(key, List.of(values.split(",")))));
        all.addAll(own.isEmpty() ? arm.sweep() : List.of());
      });
    }
    if (ablations) {
      plain.forEach(arm -> all.addAll(arm.ablations()));
    }
    return all;
  }

  /** The names of all methods, and {@code all}. */
  static List<String> names() {
    List<String> names = new ArrayList<>(List.of("all"));
    Methods.all().forEach(method -> names.add(method.name()));
    return names;
  }

  /** The settings of the data set as the user says them. */
  static Set<String> keys(Record data) {
    return Configs.words(data).keySet().stream().map(key -> DATA + "." + key).collect(Collectors.toSet());
  }

  private Map<String, String> merged(String owner, Map<String, String> suited) {
    Map<String, String> words = new LinkedHashMap<>(suited);
    words.putAll(below(owner, given));
    return words;
  }

  /** The entries {@code owner.KEY} by {@code KEY}. */
  private static Map<String, String> below(String owner, Map<String, String> settings) {
    Map<String, String> words = new LinkedHashMap<>();
    settings.forEach((setting, value) -> {
      if (setting.startsWith(owner + ".")) {
        words.put(setting.substring(owner.length() + 1), value);
      }
    });
    return words;
  }
}
