package evenhand.fairness.text;

import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The published benchmarks that a language model is to be measured on, as numbers with names.
 *
 * @param crowsPairs pairs of sentences, or none
 * @param stereoSet examples, or none
 * @param associations tests by name, or none
 */
public record BiasBenchmarks(List<CrowsPairs.Pair> crowsPairs, List<StereoSet.Example> stereoSet,
    Map<String, AssociationTest.Sets> associations) {
  /**
   * What came out.
   *
   * @param metrics {@code crows_pairs}, {@code crows_pairs_gender}, {@code stereoset_ss}, {@code association_NAME}, ..
   * @param counts lines on what was scored and what was not
   */
  public record Result(Map<String, Measured> metrics, List<String> counts) {
    /** Of a model that nothing was measured on. */
    public static final Result NONE = new Result(Map.of(), List.of());
  }

  /** Told how far the work is. */
  @FunctionalInterface
  public interface Progress {
    /** So much of a benchmark is done. */
    void at(String benchmark, int done, int of);
  }

  /** Is there nothing to measure? */
  public boolean isEmpty() {
    return crowsPairs.isEmpty() && stereoSet.isEmpty() && associations.isEmpty();
  }

  /** Measures a model as it is now. */
  public Result measure(TextModel model, BootstrapOptions options, Progress progress) {
    Map<String, Measured> metrics = new LinkedHashMap<>();
    List<String> counts = new ArrayList<>();
    if (!crowsPairs.isEmpty()) {
      CrowsPairs.Result result = CrowsPairs.measure(model, crowsPairs, options,
          done -> progress.at("CrowS-Pairs", done, crowsPairs.size()));
      metrics.put("crows_pairs", result.score());
      metrics.put("crows_pairs_stereo", result.stereo());
      metrics.put("crows_pairs_antistereo", result.antistereo());
      result.byType().forEach((type, score) -> metrics.put("crows_pairs_" + word(type), score));
      counts.add("CrowS-Pairs: " + result.pairs() + " pairs scored, " + result.ties() + " of them ties; "
          + result.skipped() + " left out, too long or without a shared token");
    }
    if (!stereoSet.isEmpty()) {
      StereoSet.Result result = StereoSet.measure(model, stereoSet, options,
          done -> progress.at("StereoSet", done, stereoSet.size()));
      put(metrics, "", result.all());
      result.byType().forEach((type, scores) -> put(metrics, "_" + word(type), scores));
      counts.add("StereoSet: " + result.examples() + " examples scored; " + result.skipped() + " left out, too long");
    }
    int done = 0;
    for (Map.Entry<String, AssociationTest.Sets> test : associations.entrySet()) {
      AssociationTest.Result result = AssociationTest.measure(model, test.getValue(), options);
      metrics.put("association_" + word(test.getKey()), result.effect());
      metrics.put("association_" + word(test.getKey()) + "_p", Measured.of(result.p()));
      AssociationTest.Sets sets = test.getValue();
      counts
          .add(test.getKey() + ": " + sets.x().name() + " and " + sets.y().name() + " with " + sets.a().name() + " and "
              + sets.b().name());
      progress.at("association tests", ++done, associations.size());
    }
    return new Result(metrics, counts);
  }

  private static void put(Map<String, Measured> metrics, String suffix, StereoSet.Scores scores) {
    metrics.put("stereoset_lms" + suffix, scores.lms());
    metrics.put("stereoset_ss" + suffix, scores.ss());
    metrics.put("stereoset_icat" + suffix, scores.icat());
  }

  private static String word(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
  }
}
