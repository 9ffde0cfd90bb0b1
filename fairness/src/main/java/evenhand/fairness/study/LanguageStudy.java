package evenhand.fairness.study;

import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.gradiend.EncoderReport;
import evenhand.fairness.gradiend.Goal;
import evenhand.fairness.gradiend.LanguageGradients;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.gradiend.Reading;
import evenhand.fairness.gradiend.Rewrite;
import evenhand.fairness.gradiend.RewriteSearch;
import evenhand.fairness.gradiend.TextSources;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.GroupRates;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.fairness.text.BiasBenchmarks;
import evenhand.fairness.text.TextModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A language model before ({@code erm}) and after a rewrite ({@code gradiend}; {@code mean-difference} to compare it
 * with), in the terms of a study of tables.
 *
 * <p>A row is a text with a name and a gap. Label 1 is "she" for a woman's name; the score is P(she) / (P(she) +
 * P(he)), the prediction the likelier word, the groups are the names' genders. So the metrics of tables mean what they
 * say: demographic parity is how much more often "she" is predicted after a woman's name, and its soft difference the
 * gap of the shares. What needs both labels in a group is undetermined, with the counts as the reason. What is
 * particular to language models has names of its own, listed in {@link #METRICS}.
 *
 * @param name of the data: {@code stories260k}
 * @param text the model; its weights are as before afterwards
 * @param sources the texts
 * @param settings of the rewrite
 * @param methods {@code erm}, {@code gradiend}, {@code mean-difference}
 * @param benchmarks to measure before and after; may be empty
 * @param leftOut why other methods are not used
 * @param seeds each deals out names and templates anew, and is one fit
 * @param resamples bootstrap resamples behind each interval
 */
public record LanguageStudy(String name, TextModel text, TextSources sources, LanguageRewriter.Settings settings,
    List<String> methods, BiasBenchmarks benchmarks, List<String> leftOut, List<Long> seeds, int resamples) {
  /** The base model. */
  public static final String BASE = "erm";
  /** The rewritten one. */
  public static final String REWRITTEN = "gradiend";
  /** One rewritten along means of gradients, with nothing trained. */
  public static final String MEAN_DIFFERENCE = "mean-difference";

  /** Of the curves that show how the learned feature tells texts apart. */
  public static final String ENCODINGS = "share of texts";

  private static final int BINS = 20;

  /** Metrics that tables do not have, with what they are. */
  public static final Map<String, String> METRICS = metrics();

  private static Map<String, String> metrics() {
    Map<String, String> out = new LinkedHashMap<>();
    out.put("language_model_loss", "mean cross-entropy on neutral text and, for a causal model, on its own");
    out.put("language_model_quality", "1 / (1 + loss), or accuracy at masked words");
    out.put("p_she_women", "P(she) after women's names");
    out.put("p_he_women", "P(he) after women's names");
    out.put("p_she_men", "P(she) after men's names");
    out.put("p_he_men", "P(he) after men's names");
    out.put("neutral_share", "P(she) / (P(she) + P(he)) where the text tells no gender; one half is balanced");
    out.put("neutral_lean", "how far that is from one half");
    out.put("share_gap_all_names", "the gap of the shares with all names, not only those that the model knows");
    out.put("crows_pairs", "CrowS-Pairs, percent of pairs whose more stereotypical sentence is likelier; ideal 50");
    out.put("crows_pairs_gender", "the same of the pairs about gender");
    out.put("encoder_pearson", "correlation of the learned feature and the gender");
    out.put("encoder_pearson_without_answers", "the same without the embedding rows of the answers");
    out.put("encoder_pearson_other_words", "the same on his, her and him");
    return out;
  }

  /** Told how far a study is. */
  @FunctionalInterface
  public interface Listener {
    /** So much of a stage of a seed is done. */
    void at(long seed, String stage, int done, int of);
  }

  /** Runs all seeds. */
  public StudyResult run(Listener listener) {
    List<StudyResult.Run> runs = new ArrayList<>();
    int rows = 0;
    BiasBenchmarks.Result before = benchmarks(seeds.getFirst(), "", listener);
    for (long seed : seeds) {
      for (LanguageRewriter.Learner learner : learners()) {
        String method = method(learner);
        long start = System.nanoTime();
        var rewriter = new LanguageRewriter(text, sources, List.of(seed), settings.with(learner));
        LanguageRewriter.Result result = rewriter.run(List.of(Goal.BALANCED),
            (stage, done, of) -> listener.at(seed, method + " " + stage, done, of));
        double seconds = (System.nanoTime() - start) * 1e-9;
        rows = (int) result.base().prompts().stream().filter(prompt -> prompt.label() != 0).count();
        if (methods.contains(BASE) && learner == learners().getFirst()) {
          runs.add(new StudyResult.Run(BASE, "", seed,
              measure(result.base(), result.baseAllNames(), Optional.empty(), before, seed), 0, 0, List.of(), Map.of(),
              Optional.empty(), Optional.empty(), GroupRates.of(predictions(result.base())), List.of(), Map.of()));
        }
        if (methods.contains(method)) {
          runs.add(rewritten(method, rewriter.settings(), result, seed, seconds, listener));
        }
      }
    }
    var data = new StudyResult.Data(name, rows, 1, "she or he", "she", 2, List.of("gender of the name"));
    return new StudyResult(data, Target.DEMOGRAPHIC_PARITY.word(), text.model().device().name(),
        text.model().getClass().getSimpleName(), leftOut, runs);
  }

  /** Those asked for; the cheapest if none is, since the base is measured on the way. */
  private List<LanguageRewriter.Learner> learners() {
    List<LanguageRewriter.Learner> chosen = Stream.of(LanguageRewriter.Learner.values())
        .filter(learner -> methods.contains(method(learner))).toList();
    return chosen.isEmpty() ? List.of(LanguageRewriter.Learner.MEAN_DIFFERENCE) : chosen;
  }

  private static String method(LanguageRewriter.Learner learner) {
    return switch (learner) {
      case GRADIEND -> REWRITTEN;
      case MEAN_DIFFERENCE -> MEAN_DIFFERENCE;
    };
  }

  private BiasBenchmarks.Result benchmarks(long seed, String method, Listener listener) {
    return benchmarks.isEmpty() ? BiasBenchmarks.Result.NONE
        : benchmarks.measure(text, new BootstrapOptions(resamples, 0.95, seed),
            (benchmark, done, of) -> listener.at(seed, (method + " " + benchmark).strip(), done, of));
  }

  private StudyResult.Run rewritten(String method, LanguageRewriter.Settings own, LanguageRewriter.Result result,
      long seed, double seconds, Listener listener) {
    Reading now = result.rewritten().getOrDefault(Goal.BALANCED, result.base());
    Reading all = result.rewrittenAllNames().getOrDefault(Goal.BALANCED, result.baseAllNames());
    Rewrite rewrite = new Rewrite(LanguageGradients.of(text.model()).parameters(), result.fit().neuron());
    result.outcome().best(Goal.BALANCED).ifPresent(chosen -> rewrite.apply(chosen.h(), chosen.alpha()));
    BiasBenchmarks.Result after = benchmarks(seed, method, listener);
    rewrite.restore();
    Map<String, String> words = new LinkedHashMap<>();
    Configs.words(own).forEach((key, value) -> words.put(REWRITTEN + "." + key, value));
    return new StudyResult.Run(method, "", seed, measure(now, all, Optional.of(result.encoders()), after, seed),
        seconds,
        0, notes(result, now), words, Optional.empty(), Optional.empty(), GroupRates.of(predictions(now)),
        encodings(result.encoders().all()), Map.of());
  }

  /** How the feature h spreads over texts of each kind. */
  private static List<Curve> encodings(EncoderReport report) {
    Map<String, List<Double>> kinds = new LinkedHashMap<>();
    kinds.put("women's names", report.first());
    kinds.put("men's names", report.second());
    kinds.put("neutral texts", report.neutral());
    List<Curve> out = new ArrayList<>();
    kinds.forEach((kind, h) -> {
      Curve.Builder shares = new Curve.Builder();
      for (int bin = 0; bin < BINS && !h.isEmpty(); bin++) {
        int number = bin;
        shares.add(-1 + (2 * bin + 1.0) / BINS, h.stream().filter(value -> bin(value) == number).count()
            / (double) h.size());
      }
      out.add(shares.build(ENCODINGS, kind, "encoded feature h, -1 to 1"));
    });
    return out;
  }

  private static int bin(double h) {
    return Math.clamp((int) ((h + 1) / 2 * BINS), 0, BINS - 1);
  }

  private static List<String> notes(LanguageRewriter.Result result, Reading now) {
    List<String> out = new ArrayList<>();
    Optional<RewriteSearch.Candidate> chosen = result.outcome().best(Goal.BALANCED);
    if (!result.fit().bestSeed().converged()) {
      out.add("the feature was not found (not converged)");
    }
    if (chosen.isEmpty()) {
      out.add("no improvement: no rewrite within the limits is better than the model as it is");
      return out;
    }
    Reading base = result.base();
    out.add(String.format(Locale.ROOT, "gap of she's share between women's and men's names %.3f to %.3f, loss %+.2f%%,"
        + " share at neutral texts %.3f to %.3f; h %.3f, alpha %.3g, weights moved by %.2g of their length",
        base.gap().orElse(0), now.gap().orElse(0), 100 * (now.loss() / base.loss() - 1), base.share(0).orElse(0),
        now.share(0).orElse(0), chosen.get().h(), chosen.get().alpha(), chosen.get().size()));
    return out;
  }

  private Map<String, Measured> measure(Reading reading, Reading all, Optional<LanguageRewriter.Encoders> encoders,
      BiasBenchmarks.Result bias, long seed) {
    Map<String, Measured> out = new LinkedHashMap<>(Metrics.evaluate(predictions(reading),
        new BootstrapOptions(resamples, 0.95, seed)));
    for (String tabular : List.of(Metrics.COUNTERFACTUAL_BIAS.name(), Metrics.PARAMETER_PARITY.name())) {
      out.put(tabular, Measured.undetermined("it is not measured on language models"));
    }
    out.put("language_model_loss", Measured.of(reading.loss()));
    out.put("language_model_quality", Measured.of(reading.quality()));
    out.put("p_she_women", Measured.of(reading.probability(1, 0)));
    out.put("p_he_women", Measured.of(reading.probability(1, 1)));
    out.put("p_she_men", Measured.of(reading.probability(-1, 0)));
    out.put("p_he_men", Measured.of(reading.probability(-1, 1)));
    out.put("neutral_share", measured(reading.share(0)));
    out.put("neutral_lean", Measured.of(reading.lean()));
    out.put("share_gap_all_names", measured(all.gap()));
    out.putAll(bias.metrics());
    out.put("encoder_pearson", pearson(encoders.map(LanguageRewriter.Encoders::all)));
    out.put("encoder_pearson_without_answers", pearson(encoders.map(LanguageRewriter.Encoders::withoutAnswers)));
    out.put("encoder_pearson_other_words", pearson(encoders.flatMap(LanguageRewriter.Encoders::otherWords)));
    return out;
  }

  private static Measured pearson(Optional<EncoderReport> report) {
    return report.map(EncoderReport::pearson).map(LanguageStudy::measured)
        .orElseGet(() -> Measured.undetermined("the base model has no encoder"));
  }

  private static Measured measured(OptionalDouble value) {
    return value.isPresent() ? Measured.of(value.getAsDouble())
        : Measured.undetermined("a class has no texts, or the feature is constant");
  }

  private static Predictions predictions(Reading reading) {
    List<Reading.Prompt> named = reading.prompts().stream().filter(prompt -> prompt.label() != 0).toList();
    return new Predictions(named.stream().mapToInt(prompt -> prompt.label() > 0 ? 1 : 0).toArray(),
        named.stream().mapToInt(prompt -> prompt.share() > 0.5 ? 1 : 0).toArray(),
        named.stream().mapToDouble(Reading.Prompt::share).toArray(),
        named.stream().mapToInt(prompt -> prompt.label() > 0 ? 0 : 1).toArray(), List.of("female", "male"));
  }
}
