package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.autograd.Var;
import evenhand.fairness.gradiend.Reading.Measure;
import evenhand.fairness.gradiend.Reading.Prompt;
import evenhand.fairness.gradiend.RewriteSearch.Candidate;
import evenhand.fairness.gradiend.RewriteSearch.Policy;
import evenhand.fairness.gradiend.RewriteSearch.Settings;
import evenhand.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RewriteSearchTests {
  private static Reading reading(double quality, double loss, Prompt... prompts) {
    return new Reading(List.of(prompts), quality, loss);
  }

  private static Prompt prompt(int label, double first, double second) {
    return new Prompt(label, new double[]{first, second});
  }

  /**
   * BPI .5 mean of .8 * .6, .9 * .7 and .8 * .4; FPI .5 * (1 - .3) * .1; MPI .5 * (1 - .1) * .3. Relative: shares 2/3,
   * 3/7 and 1/4, so that 1 - |P1 - P2| is 2/3, 6/7 and 1/2, and FPI .5 * 1/16, MPI .5 * 9/16.
   */
  @Test
  void indexesByHand() {
    Reading reading = reading(.5, 2, prompt(1, .4, .2), prompt(-1, .3, .4), prompt(0, .1, .3));
    assertThat(reading.index(Goal.BALANCED)).isCloseTo(.5 * (.8 * .6 + .9 * .7 + .8 * .4) / 3, within(1e-12));
    assertThat(reading.index(Goal.BALANCED, Measure.RELATIVE)).isCloseTo(.5 * (2 / 3.0 + 6 / 7.0 + .5) / 3,
        within(1e-12));
    assertThat(reading.index(Goal.FIRST, Measure.RELATIVE)).isCloseTo(.5 / 16, within(1e-12));
    assertThat(reading.index(Goal.SECOND, Measure.RELATIVE)).isCloseTo(.5 * 9 / 16, within(1e-12));
    assertThat(reading.index(Goal.FIRST)).isCloseTo(.5 * .7 * .1, within(1e-12));
    assertThat(reading.index(Goal.SECOND)).isCloseTo(.5 * .9 * .3, within(1e-12));
    assertThat(reading.gap().orElseThrow()).isCloseTo(4.0 / 6 - 3.0 / 7, within(1e-12));
    assertThat(reading.lean()).isCloseTo(.25, within(1e-12));
    assertThat(reading.probability(1, 1)).isEqualTo(.2);
  }

  /** Three classes: (1 - (max - min)) min. */
  @Test
  void threeClasses() {
    Reading reading = reading(.5, 2, new Prompt(0, new double[]{.2, .3, .1}));
    assertThat(reading.index(Goal.BALANCED)).isCloseTo(.5 * .8 * .1, within(1e-12));
  }

  @Test
  void nothingIsSaidOfPromptsWithoutProbability() {
    Reading reading = reading(.5, 2, prompt(0, 0, 0));
    for (Measure measure : Measure.values()) {
      assertThat(reading.index(Goal.FIRST, measure)).isZero();
    }
    assertThat(reading.index(Goal.BALANCED)).isZero();
    assertThat(reading.share(0).orElseThrow()).isEqualTo(.5);
    assertThat(reading.gap()).isEmpty();
  }

  private static Candidate candidate(double h, double alpha, Reading reading) {
    return new Candidate(h, alpha, Math.abs(alpha), reading);
  }

  private static final Reading BASE = reading(.5, 2, prompt(1, .6, .2), prompt(-1, .2, .6), prompt(0, .45, .35));

  @Test
  void candidatesBeyondTheLimitsAreNotChosen() {
    Reading better = reading(.5, 2.005, prompt(1, .45, .35), prompt(-1, .35, .45), prompt(0, .41, .39));
    Reading dearer = reading(.5, 2.02, prompt(1, .4, .4), prompt(-1, .4, .4), prompt(0, .4, .4));
    Reading leaning = reading(.5, 2, prompt(1, .4, .4), prompt(-1, .4, .4), prompt(0, .456, .344));
    List<Candidate> tried = List.of(candidate(0, 1, better), candidate(0, 2, dearer), candidate(.1, 3, leaning));
    for (Policy policy : Policy.values()) {
      Settings keeping = new Settings(.005, .01, true, policy, 0);
      assertThat(RewriteSearch.choose(Goal.BALANCED, BASE, tried, keeping).orElseThrow().reading())
          .isEqualTo(better);
    }
    Settings anyLean = new Settings(.005, .01, false, Policy.RELATIVE_INDEX, 0);
    assertThat(RewriteSearch.choose(Goal.BALANCED, BASE, tried, anyLean).orElseThrow().reading()).isEqualTo(leaning);
  }

  /**
   * A candidate that says either word less often, and tells them apart less: worse by absolute probabilities
   * (.5 (.8 * .2) against .5 (.6 * .8)), better by relative ones.
   */
  @Test
  void relativeProbabilitiesDoNotRewardSayingMoreOfBothWords() {
    Reading base = reading(.5, 2, prompt(1, .6, .2), prompt(-1, .2, .6));
    Reading rarer = reading(.5, 2, prompt(1, .1, .1), prompt(-1, .1, .1));
    List<Candidate> tried = List.of(candidate(0, 1, rarer));
    assertThat(RewriteSearch.choose(Goal.BALANCED, base, tried, new Settings(.005, .01, true, Policy.INDEX, 0)))
        .isEmpty();
    assertThat(RewriteSearch.choose(Goal.BALANCED, base, tried,
        new Settings(.005, .01, true, Policy.RELATIVE_INDEX, 0))).isPresent();
  }

  @Test
  void theBaseWinsIfNothingIsBetter() {
    Reading worse = reading(.5, 2, prompt(1, .7, .1), prompt(-1, .1, .7), prompt(0, .4, .4));
    assertThat(RewriteSearch.choose(Goal.BALANCED, BASE, List.of(candidate(0, 1, worse)), Settings.DEFAULT)).isEmpty();
  }

  @Test
  void ofEqualOnesTheSmallerAlphaThenTheSmallerFeatureIsChosen() {
    Reading better = reading(.5, 2, prompt(1, .4, .4), prompt(-1, .4, .4), prompt(0, .4, .4));
    List<Candidate> tried = List.of(candidate(.2, 2, better), candidate(-.3, -1, better), candidate(.1, 1, better));
    assertThat(RewriteSearch.choose(Goal.BALANCED, BASE, tried, Settings.DEFAULT).orElseThrow())
        .isEqualTo(tried.get(2));
  }

  /**
   * One weight w = 1 whose P(first) is a logistic function of 8 (w - 1) and whose loss is 2 + (w - 1)^2: dec(h) = -h, so
   * that h alpha below 0 raises the first class.
   */
  @Test
  void aSearchFindsTheSignsKeepsTheWeightsAndDiscardsWhatIsNoNumber() {
    Tensor weight = Tensor.of(new float[]{1});
    Map<String, Var> theta = new LinkedHashMap<>(Map.of("w", Var.parameter(weight)));
    FeatureNeuron neuron = new FeatureNeuron(List.of(Tensor.of(new float[]{1})), Tensor.of(new float[]{0}),
        List.of(Tensor.of(new float[]{-1})), List.of(Tensor.of(new float[]{0})), 1);
    Rewrite rewrite = new Rewrite(theta, neuron);
    RewriteSearch search = new RewriteSearch(rewrite, () -> {
      double moved = weight.item() - 1;
      double p = 1 / (1 + Math.exp(-8 * moved - 0.4));
      return reading(.5, moved < -.15 ? Double.NaN : 2 + moved * moved, prompt(0, p, 1 - p));
    }, new Settings(.005, .01, true, Policy.INDEX, 3));
    RewriteSearch.Outcome outcome = search.run(List.of(Goal.values()), (_, _) -> {});
    assertThat(weight.item()).isEqualTo(1);
    Candidate first = outcome.best(Goal.FIRST).orElseThrow();
    Candidate second = outcome.best(Goal.SECOND).orElseThrow();
    assertThat(first.h() * first.alpha()).isNegative();
    assertThat(second.h() * second.alpha()).isPositive();
    assertThat(first.reading().loss()).isLessThanOrEqualTo(2 * 1.01);
    assertThat(first.reading().share(0).orElseThrow()).isGreaterThan(.75);
    // p = .5 at w = .95: the lean of .1 is taken away
    assertThat(outcome.best(Goal.BALANCED).orElseThrow().reading().lean()).isLessThan(.01);
    assertThat(outcome.discarded()).isPositive();
    assertThat(outcome.tried()).allMatch(candidate -> candidate.reading().isFinite());
  }

  @Test
  void aNeuronOfAnotherModelIsAnError() {
    FeatureNeuron neuron = new FeatureNeuron(List.of(Tensor.of(new float[]{1})), Tensor.of(new float[]{0}),
        List.of(Tensor.of(new float[]{-1})), List.of(Tensor.of(new float[]{0})), 1);
    assertThatThrownBy(() -> new Rewrite(Map.of("w", Var.parameter(Tensor.of(new float[2]))), neuron))
        .hasMessage("rewrite: w has shape [2], the neuron's tensor [1]; learn it from this model");
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> new Settings(-1, 0, true, Policy.INDEX, 0)).hasMessageContaining("debias-loss -1.0");
  }
}
