package evenhand.fairness.gradiend;

import evenhand.autograd.Var;
import evenhand.autograd.models.Generation;
import evenhand.fairness.algorithms.Help;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * GRADIEND on a language model, from texts to rewritten weights.
 *
 * <ol>
 *   <li>Texts are dealt out ({@link Part}), names and templates each by themselves; of the names the half is kept by
 *       which the model shows their gender most clearly on training templates, if that is asked for.
 *   <li>A neuron is learned from several seeds and reported on unseen texts: as it is, without the embedding rows of
 *       the answers, and on other words than it was trained with.
 *   <li>The direction is divided by how much neutral text depends on each weight ({@link Sensitivity}), if that
 *       is asked for.
 *   <li>h and alpha are chosen on further unseen texts, for each goal.
 *   <li>The base and the chosen models are measured on the texts of the report.
 * </ol>
 *
 * @param text the model; its weights are as before when a method returns
 * @param feature the classes, with raw material of texts
 * @param seeds fits that the best is taken of; the first seed also deals out texts
 */
public record LanguageRewriter(TextModel text, Feature feature, List<Long> seeds,
    LanguageRewriter.Settings settings) {
  private static final int TRAINING = 1000; // texts of each class
  private static final int VALIDATION = 25;
  private static final int TEST = 50;
  private static final int BEGINNING = 4; // tokens

  /** What finds a direction in the weights. */
  public enum Learner {
    /** A trained encoder and decoder, {@link Gradiend}. */
    GRADIEND,
    /** Means of gradients, {@link MeanDifference}. */
    MEAN_DIFFERENCE
  }

  /** A rewriter of a person's gender. */
  public LanguageRewriter(TextModel text, TextSources sources, List<Long> seeds, Settings settings) {
    this(text, new Feature.Gender(sources), seeds, settings);
  }

  /**
   * Settings of all steps.
   *
   * @param gradiend of the fit
   * @param search of the search for h and alpha
   * @param maxTokens longer texts are left out or, for language-model quality, cut
   * @param knownNames whether only the half of the names is used whose gender the model shows most clearly
   * @param prompts texts of each kind (female, male, neutral) behind a candidate; three times as many behind a report
   * @param learner what finds the direction
   * @param sparing share of the mean {@link Sensitivity} that is added to it before the direction is divided by it; 0
   *     takes the direction as it was learned
   */
  public record Settings(Gradiend.Settings gradiend, RewriteSearch.Settings search,
      @Help("longer texts are left out") int maxTokens,
      @Help("use only the half of the names whose gender the model shows most clearly") boolean knownNames,
      @Help("texts of each kind behind a measurement") int prompts,
      @Help("gradiend, or mean-difference, which trains nothing, for comparison") Learner learner,
      @Help("spares weights that neutral text depends on, the more so the smaller above 0; 0 takes the published"
          + " direction") double sparing) {
    /** 48 tokens, known names, 60 prompts of each kind, GRADIEND, the published direction. */
    public static final Settings DEFAULT = new Settings(Gradiend.Settings.DEFAULT, RewriteSearch.Settings.DEFAULT, 48,
        true, 60, Learner.GRADIEND, 0);

    /** Checks the ranges. */
    public Settings {
      if (maxTokens < 4 || prompts < 3 || !(sparing >= 0)) {
        throw new IllegalArgumentException("gradiend settings are out of range: max-tokens " + maxTokens
            + " must be at least 4, prompts " + prompts + " at least 3, sparing " + sparing + " at least 0");
      }
    }

    /** With another fit. */
    public Settings with(Gradiend.Settings other) {
      return new Settings(other, search, maxTokens, knownNames, prompts, learner, sparing);
    }

    /** With another learner. */
    public Settings with(Learner other) {
      return new Settings(gradiend, search, maxTokens, knownNames, prompts, other, sparing);
    }
  }

  /**
   * Reports of one neuron on unseen names and templates.
   *
   * @param all as it is
   * @param withoutAnswers with the encoder's weights of the answers' embedding rows set to 0: has it only read them?
   * @param otherWords on his, her and him, which it was not trained on; nothing for classes without other words
   */
  public record Encoders(EncoderReport all, EncoderReport withoutAnswers, Optional<EncoderReport> otherWords) {}

  /**
   * What came of it.
   *
   * @param fit the neuron and its seeds
   * @param encoders reports of the best neuron
   * @param outcome the search, on the names and templates of selection
   * @param base the model as it was, on those of the report
   * @param rewritten the chosen models on those of the report
   * @param baseAllNames as base, with all names; as base where names were not filtered
   * @param rewrittenAllNames as rewritten, with all names
   * @param tensors the share of the balanced direction's squared length in each tensor
   */
  public record Result(Gradiend.Fit fit, Encoders encoders, RewriteSearch.Outcome outcome, Reading base,
      Map<Goal, Reading> rewritten, Reading baseAllNames, Map<Goal, Reading> rewrittenAllNames,
      Map<String, Double> tensors) {}

  /** Told how far the work is. */
  @FunctionalInterface
  public interface Progress {
    /** Tells nobody. */
    Progress NONE = (_, _, _) -> {};

    /** So much of a stage is done. */
    void at(String stage, int done, int of);
  }

  /** Learns, searches and measures; {@link #apply} then changes the weights. */
  public Result run(List<Goal> goals, Progress progress) {
    Rng rng = new Rng(seeds.getFirst());
    SlotEncoder encoder = new SlotEncoder(text, settings.maxTokens());
    ClassTexts everyone = feature.texts(seeds.getFirst());
    ClassTexts texts = settings.knownNames() && everyone instanceof PronounTexts persons
        ? persons.known(encoder, seeds.getFirst()) : everyone;
    LanguageGradients provider = LanguageGradients.of(text.model());
    FeatureData<SlotRow> data = texts.data(encoder, TRAINING, VALIDATION, TEST, rng.split("rows"));
    Gradiend.Fit fit = learned(provider, data, progress);
    progress.at("reporting", 0, 1);
    Encoders encoders = encoders(encoder, texts, provider, fit, data);
    if (settings.sparing() > 0 && !data.neutral().training().isEmpty()) {
      Sensitivity.spare(fit.neuron(), provider, data.neutral().training(), settings.sparing(),
          rng.split("sensitivity"));
    }
    Rewrite rewrite = new Rewrite(provider.parameters(), fit.neuron());
    RewriteSearch.Outcome outcome = new RewriteSearch(rewrite, probe(encoder, texts, Part.SELECT, settings.prompts()),
        settings.search()).run(goals, (done, of) -> progress.at("searching", done, of));
    LanguageProbe report = probe(encoder, texts, Part.REPORT, 3 * settings.prompts());
    LanguageProbe all = probe(encoder, everyone, Part.REPORT, 3 * settings.prompts());
    Map<Goal, Reading> rewritten = new LinkedHashMap<>();
    Map<Goal, Reading> rewrittenAll = new LinkedHashMap<>();
    outcome.chosen().forEach((goal, chosen) -> {
      rewrite.apply(chosen.h(), chosen.alpha());
      rewritten.put(goal, report.get());
      rewrittenAll.put(goal, all.get());
    });
    rewrite.restore();
    double h = outcome.best(Goal.BALANCED).map(RewriteSearch.Candidate::h).orElse(0.0);
    return new Result(fit, encoders, outcome, report.get(), rewritten, all.get(), rewrittenAll,
        tensors(provider.parameters(), rewrite.shares(h)));
  }

  private Gradiend.Fit learned(LanguageGradients provider, FeatureData<SlotRow> data, Progress progress) {
    Gradiend.Progress told = (seed, step, steps) -> progress.at("learning", seeds.indexOf(seed) * steps + step,
        seeds.size() * steps);
    return switch (settings.learner()) {
      case GRADIEND -> new Gradiend<>(provider, data, settings.gradiend()).fit(seeds, told);
      case MEAN_DIFFERENCE -> new MeanDifference<>(provider, data, settings.gradiend()).fit(seeds.getFirst(), told);
    };
  }

  private static Map<String, Double> tensors(Map<String, Var> parameters, List<Double> shares) {
    Map<String, Double> out = new LinkedHashMap<>();
    int i = 0;
    for (String name : parameters.keySet()) {
      out.put(name, shares.get(i++));
    }
    return out;
  }

  /** Sets the weights to those of a candidate. */
  public void apply(Result result, RewriteSearch.Candidate candidate) {
    new Rewrite(LanguageGradients.of(text.model()).parameters(), result.fit().neuron()).apply(candidate.h(),
        candidate.alpha());
  }

  /** Measures names, neutral prompts and neutral text of a part. */
  LanguageProbe probe(SlotEncoder encoder, ClassTexts texts, Part part, int count) {
    Rng rng = new Rng(seeds.getFirst()).split("probe " + part);
    List<SlotRow> prompts = new ArrayList<>(texts.rows(encoder, part, count, rng.split("named")));
    List<SlotText> untold = texts.neutralPrompts(part, count, rng.split("neutral"));
    prompts.addAll(untold.isEmpty() ? List.of() : encoder.encodeSome("neutral prompts", untold));
    List<int[]> neutral = new ArrayList<>(LanguageProbe.ids(text, texts.neutral(part, count, rng.split("texts")),
        settings.maxTokens()));
    if (text.model().causal()) {
      neutral.addAll(own(neutral, rng.split("own")));
    }
    return new LanguageProbe(text, prompts, neutral, rng.split("masks"));
  }

  /** What the model itself writes after the beginnings of texts: its loss there grows as it moves from itself. */
  private List<int[]> own(List<int[]> texts, Rng rng) {
    Set<Integer> end = text.tokenizer().endId().stream().boxed().collect(Collectors.toSet());
    return texts.stream().limit(settings.prompts()).map(ids -> Generation.sample(text.model(),
        Arrays.copyOf(ids, Math.min(BEGINNING, ids.length)), settings.maxTokens() - BEGINNING, end, 1, rng)).toList();
  }

  private Encoders encoders(SlotEncoder encoder, ClassTexts texts, LanguageGradients provider, Gradiend.Fit fit,
      FeatureData<SlotRow> data) {
    Source source = settings.gradiend().source();
    List<SlotRow> rows = data.test().stream().map(FeatureData.Labelled::row).toList();
    FeatureNeuron blind = fit.neuron().copy();
    blind.restrict(withoutAnswers(provider, rows));
    Rng rng = new Rng(seeds.getFirst()).split("other words");
    List<SlotText> others = Stream.of(1, -1)
        .flatMap(label -> texts.otherWords(Part.REPORT, label, 40, rng.split(label)).stream()).toList();
    Optional<EncoderReport> other = others.isEmpty() ? Optional.empty()
        : Optional.of(EncoderReport.of(provider, fit.neuron(),
            ClassTexts.labelled(encoder.encodeSome("texts with his, her or him", others)), data.neutral().test(),
            source));
    return new Encoders(fit.bestSeed().encoder(),
        EncoderReport.of(provider, blind, data.test(), data.neutral().test(), source), other);
  }

  /** Masks that are 0 in the rows of the answers' tokens, in tensors with a row for each token; 1 elsewhere. */
  private List<Tensor> withoutAnswers(LanguageGradients provider, List<SlotRow> rows) {
    Set<Integer> answers = new LinkedHashSet<>();
    rows.forEach(row -> Stream.of(row.right(), row.opposite()).flatMapToInt(Arrays::stream).forEach(answers::add));
    return provider.parameters().values().stream().map(parameter -> {
      Tensor mask = parameter.device().full(1, parameter.shape());
      if (parameter.shape().rank() > 0 && parameter.shape().dim(0) == text.model().vocabulary()) {
        for (int answer : answers) {
          mask.slice(0, answer, answer + 1).copyFrom(parameter.device().scalar(0));
        }
      }
      return mask;
    }).toList();
  }
}
