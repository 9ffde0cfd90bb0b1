package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.autograd.models.TokenBatch;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.study.LanguageStudy;
import evenhand.fairness.study.StudyJson;
import evenhand.fairness.study.StudyResult;
import evenhand.fairness.text.BiasBenchmarks;
import evenhand.fairness.text.CrowsPairs;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** On small language models; the masked one is trained first, which takes some seconds. */
class LanguageTests {
  private static final LanguageRewriter.Settings FEW = new LanguageRewriter.Settings(
      Gradiend.Settings.DEFAULT.withSteps(60, 30), RewriteSearch.Settings.DEFAULT, 48, true, 15,
      LanguageRewriter.Learner.GRADIEND, 0);

  private static List<float[]> weights(TextModel text) {
    return text.model().parameters().values().stream().map(Var::value).map(Tensor::toFloats).toList();
  }

  @Test
  void headsTakeNoPartAndTiedEmbeddingsDo() {
    Set<String> masked = LanguageGradients.of(Tiny.masked().model()).parameters().keySet();
    assertThat(masked).contains("bert.embeddings.word_embeddings.weight").noneMatch(name -> name.startsWith("cls."));
    assertThat(Tiny.masked().model().parameters().keySet()).anyMatch(name -> name.startsWith("cls."));
    assertThat(LanguageGradients.of(Tiny.causal().model()).parameters()).containsKey("model.embed_tokens.weight");
  }

  /** The mean of the texts' losses, whatever the padding; the opposite answers exchange both. */
  @Test
  void lossesOfABatchAreTheMeanOfItsTexts() {
    for (TextModel text : List.of(Tiny.masked(), Tiny.causal())) {
      SlotEncoder encoder = new SlotEncoder(text, 48);
      SlotRow a = encoder.encode(new SlotText("Anna was sad because [SLOT] lost a toy.", "she", "he", 1));
      SlotRow b = encoder.encode(new SlotText("The teacher asked Tom a question and [SLOT] smiled.", "he", "she", -1));
      LanguageGradients provider = LanguageGradients.of(text.model());
      GradientProvider.LossPair both = provider.losses(List.of(a, b));
      double first = provider.losses(List.of(a)).factual().item();
      double second = provider.losses(List.of(b)).factual().item();
      assertThat((double) both.factual().item()).isCloseTo((first + second) / 2, within(1e-5));
      SlotRow swapped = new SlotRow(a.ids(), a.positions(), a.opposite(), a.right(), -1);
      assertThat(provider.losses(List.of(swapped)).counterfactual().item()).isEqualTo((float) first);
      int she = text.tokenizer().id("she").orElseThrow();
      if (text.model().causal()) {
        assertThat(Math.exp(-first)).isCloseTo(text.probabilities("Anna was sad because")[she], within(1e-6));
      }
    }
  }

  /** Cross-entropy of a causal model over all tokens but the first, against one text at a time. */
  @Test
  void aCausalProbeReadsTheShiftedLoss() {
    TextModel text = Tiny.causal();
    List<int[]> texts = LanguageProbe.ids(text, List.of("The dog ran.", "The cat was on the big bed."), 48);
    double sum = 0;
    int count = 0;
    for (int[] ids : texts) {
      for (int i = 1; i < ids.length; i++) {
        int[] before = Arrays.copyOf(ids, i);
        float[] logits = text.model().logitsAt(TokenBatch.of(before), i - 1).value().toFloats();
        double all = IntStream.range(0, logits.length).mapToDouble(k -> Math.exp(logits[k])).sum();
        sum += Math.log(all) - logits[ids[i]];
        count++;
      }
    }
    Reading reading = new LanguageProbe(text, List.of(), texts, new Rng(1)).get();
    assertThat(reading.loss()).isCloseTo(sum / count, within(1e-5));
    assertThat(reading.quality()).isCloseTo(1 / (1 + sum / count), within(1e-6));
  }

  @Test
  void theFeatureIsLearnedAndTheModelDebiasedWithoutBeingTouched() {
    TextModel text = Tiny.masked();
    List<float[]> before = weights(text);
    var rewriter = new LanguageRewriter(text, TinyLanguage.sources(), List.of(0L), FEW);
    LanguageRewriter.Result result = rewriter.run(List.of(Goal.values()), LanguageRewriter.Progress.NONE);
    List<float[]> after = weights(text);
    IntStream.range(0, before.size()).forEach(i -> assertThat(after.get(i)).isEqualTo(before.get(i)));
    assertThat(result.encoders().all().pearson().orElseThrow()).isGreaterThan(.95);
    assertThat(result.encoders().withoutAnswers().pearson().orElseThrow()).isGreaterThan(.9);
    assertThat(result.tensors().values().stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1, within(1e-4));
    RewriteSearch.Candidate balanced = result.outcome().best(Goal.BALANCED).orElseThrow();
    assertThat(balanced.reading().gap().orElseThrow()).isLessThan(result.outcome().base().gap().orElseThrow());
    assertThat(balanced.reading().lean()).isLessThanOrEqualTo(result.outcome().base().lean());
    RewriteSearch.Candidate female = result.outcome().best(Goal.FIRST).orElseThrow();
    RewriteSearch.Candidate male = result.outcome().best(Goal.SECOND).orElseThrow();
    assertThat(female.h() * female.alpha()).isNegative();
    assertThat(male.h() * male.alpha()).isPositive();
    double base = result.base().share(0).orElseThrow();
    assertThat(result.rewritten().get(Goal.FIRST).share(0).orElseThrow()).isGreaterThan(base);
    assertThat(result.rewritten().get(Goal.SECOND).share(0).orElseThrow()).isLessThan(base);
  }

  @Test
  void aStudyOfALanguageModelHasTheFormOfOneOfTables() {
    var study = new LanguageStudy("tiny", Tiny.masked(), TinyLanguage.sources(), FEW,
        List.of(LanguageStudy.BASE, LanguageStudy.REWRITTEN, LanguageStudy.MEAN_DIFFERENCE),
        new BiasBenchmarks(List.of(new CrowsPairs.Pair("the teacher said that he smiled.",
            "the teacher said that she smiled.", true, "gender")), List.of(), Map.of()),
        List.of(), List.of(3L), 50);
    StudyResult result = study.run((_, _, _, _) -> {});
    assertThat(result.runs()).extracting(StudyResult.Run::method).containsExactly("erm", "gradiend", "mean-difference");
    Map<String, Measured> base = result.runs().getFirst().metrics();
    assertThat(base.keySet()).containsAll(LanguageStudy.METRICS.keySet()).contains("accuracy", "roc_auc",
        "soft_demographic_parity_difference", "counterfactual_bias");
    assertThat(base.get("accuracy").value().orElseThrow()).isGreaterThan(.6);
    assertThat(base.get("equal_opportunity_difference").undetermined()).isNotEmpty();
    assertThat(base.get("encoder_pearson").undetermined()).isEqualTo("the base model has no encoder");
    assertThat(base.get("crows_pairs").value()).isPresent();
    for (StudyResult.Run run : result.runs().subList(1, 3)) {
      assertThat(run.metrics().get("encoder_pearson").value().orElseThrow()).isGreaterThan(.9);
      assertThat(run.metrics().get("crows_pairs_gender").value()).isPresent();
      assertThat(run.settings().get("gradiend.learner")).isEqualTo(run.method());
    }
    String json = StudyJson.text(StudyJson.of(result));
    assertThat(json).contains("\"target\" : \"demographic_parity\"", "\"label\" : \"she or he\"");
    assertThat(result.data().rows()).isEqualTo(90); // three times 15 texts of each gender
  }

  @Test
  void anyPairOfClassesIsLearnedFromProse() {
    TextModel text = Tiny.masked();
    List<String> prose = Stream.of("the dog", "the cat", "the bird")
        .flatMap(animal -> TextSources.embedded().templates()
            .stream().map(template -> template.text().replace("[NAME]", animal).replace("[PRONOUN]", "it")))
        .toList();
    Map<String, List<String>> words = Map.of("dog", List.of("dog"), "cat", List.of("cat"));
    ProseTexts texts = ProseTexts.of(prose, words, "cat", "dog", 0);
    FeatureData<SlotRow> data = texts.data(new SlotEncoder(text, 48), 200, 15, 20, new Rng(1));
    Gradiend.Fit fit = new Gradiend<>(LanguageGradients.of(text.model()), data, Gradiend.Settings.DEFAULT
        .withSteps(40, 20).withIdentityEvery(4)).fit(List.of(0L), Gradiend.Progress.NONE);
    assertThat(data.classes()).containsExactly("cat", "dog");
    assertThat(fit.bestSeed().encoder().pearson().orElseThrow()).isGreaterThan(.9);
  }
}
