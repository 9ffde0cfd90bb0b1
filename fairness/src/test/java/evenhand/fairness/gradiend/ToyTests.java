package evenhand.fairness.gradiend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** GRADIEND on the toy language; a few seconds, since it pretrains a model and fits three neurons. */
class ToyTests {
  private static final Gradiend.Settings SETTINGS = Gradiend.Settings.DEFAULT.withScaled(false).withRate(1e-2)
      .withSteps(600, 200);
  private static Toy toy;
  private static FeatureData<Toy.Text> data;
  private static Gradiend.Fit fit;
  private static ToyGrid grid;
  private static List<float[]> before;

  @BeforeAll
  static void learn() {
    toy = Toy.pretrained(3);
    data = toy.data(new Rng(5), false);
    before = weights();
    fit = new Gradiend<>(toy, data, SETTINGS).fit(List.of(0L), Gradiend.Progress.NONE);
    grid = ToyGrid.of(toy, fit.neuron(), 1);
  }

  private static List<float[]> weights() {
    return toy.parameters().values().stream().map(parameter -> parameter.value().toFloats()).toList();
  }

  private static void assertUnchanged() {
    List<float[]> now = weights();
    IntStream.range(0, now.size()).forEach(i -> assertThat(now.get(i)).isEqualTo(before.get(i)));
  }

  @Test
  void theFeatureIsFoundAndTheModelIsLeftAlone() {
    Gradiend.SeedReport seed = fit.bestSeed();
    assertThat(seed.encoder().pearson().orElseThrow()).isGreaterThanOrEqualTo(.99);
    assertThat(seed.converged()).isTrue();
    assertThat(seed.encoder().signAccuracy()).isGreaterThanOrEqualTo(.99);
    assertThat(seed.losses()[599]).isLessThan(seed.losses()[0] / 2);
    assertUnchanged();
  }

  /** Every source as the step reads it, bit for bit as computed anew. */
  @Test
  void theSourceIsNotTheTarget() {
    List<Toy.Text> rows = data.training().rows(1, 8, new Rng(2));
    GradientPair pair = toy.gradients(rows);
    pair.of(Source.DIFFERENCE).unscaled(0);
    for (Source source : List.of(Source.FACTUAL, Source.COUNTERFACTUAL)) {
      List<Tensor> again = toy.gradients(rows, source);
      for (int i = 0; i < again.size(); i++) {
        assertThat(pair.of(source).unscaled(i).toFloats()).as("%s", source).isEqualTo(again.get(i).toFloats());
      }
    }
  }

  @Test
  void theRightSourceHasToBeLearnedFromContextAndIs() {
    Gradiend.Fit factual = new Gradiend<>(toy, data, SETTINGS.withSource(Source.FACTUAL).withRate(1e-3))
        .fit(List.of(0L), Gradiend.Progress.NONE);
    assertThat(factual.bestSeed().encoder().pearson().orElseThrow()).isGreaterThanOrEqualTo(.95);
  }

  /** Female needs h alpha < 0, male h alpha > 0, balanced alpha > 0. */
  @Test
  void signsFollowTheConvention() {
    RewriteSearch.Candidate female = grid.best(Goal.FIRST);
    RewriteSearch.Candidate male = grid.best(Goal.SECOND);
    assertThat(female.h() * female.alpha()).isNegative();
    assertThat(male.h() * male.alpha()).isPositive();
    assertThat(grid.best(Goal.BALANCED).alpha()).isPositive();
    assertThat(female.reading().index(Goal.FIRST)).isGreaterThan(.38);
    assertThat(male.reading().index(Goal.SECOND)).isGreaterThan(.38);
  }

  /** The best candidates with alpha above 0 and h in [-.6, 0], as the sign rules ask. */
  @Test
  void aDebiasedModelHasASmallerGapAndIsAsGood() {
    Reading best = grid.tried().stream().filter(c -> c.alpha() > 0 && c.h() <= 0 && c.h() >= -.6)
        .map(RewriteSearch.Candidate::reading).filter(r -> r.quality() >= grid.base().quality() - .03)
        .max((a, b) -> Double.compare(a.index(Goal.BALANCED), b.index(Goal.BALANCED))).orElseThrow();
    assertThat(Toy.gap(best)).isLessThanOrEqualTo(.75 * Toy.gap(grid.base()));
    assertThat(best.index(Goal.BALANCED)).isGreaterThan(grid.base().index(Goal.BALANCED));
  }

  @Test
  void exchangingTheClassesMirrorsTheFeature() {
    Gradiend.Fit mirrored = new Gradiend<>(toy, toy.data(new Rng(5), true), SETTINGS)
        .fit(List.of(0L), Gradiend.Progress.NONE);
    List<Toy.Text> rows = data.test().stream().map(FeatureData.Labelled::row).toList();
    double[] h = EncoderReport.encode(toy, fit.neuron(), rows, Source.COUNTERFACTUAL);
    double[] other = EncoderReport.encode(toy, mirrored.neuron(), rows, Source.COUNTERFACTUAL);
    assertThat(Correlation.pearson(h, other).orElseThrow()).isLessThan(-.99);
  }

  /** loss_he - loss_she changes by -alpha (g_she - g_he) . dec(h) for small alpha. */
  @Test
  void smallRewritesActAsTheGradientSays() {
    List<Toy.Text> she = data.training().rows(1, 64, new Rng(8));
    for (double h : new double[]{1, -1, 0, .3}) {
      GradientPair pair = toy.gradients(she);
      List<Tensor> direction = fit.neuron().decode(h);
      double slope = dot(pair.factual(), direction) - dot(pair.counterfactual(), direction);
      Rewrite rewrite = new Rewrite(toy.parameters(), fit.neuron());
      double alpha = .01 / Math.abs(slope);
      double above = contrast(rewrite, she, h, alpha);
      double below = contrast(rewrite, she, h, -alpha);
      rewrite.restore();
      assertThat((above - below) / 2).as("h %s", h).isCloseTo(-alpha * slope, within(.01 * alpha * Math.abs(slope)));
    }
    assertUnchanged();
  }

  private static double contrast(Rewrite rewrite, List<Toy.Text> rows, double h, double alpha) {
    rewrite.apply(h, alpha);
    try (Scope _ = Scope.open()) {
      GradientProvider.LossPair losses = toy.losses(rows);
      return losses.counterfactual().item() - (double) losses.factual().item();
    }
  }

  private static double dot(List<Tensor> a, List<Tensor> b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.get(i).times(b.get(i)).sum().item();
    }
    return sum;
  }

  @Test
  void rewritesAreTakenBackBitForBit() {
    Rewrite rewrite = new Rewrite(toy.parameters(), fit.neuron());
    rewrite.apply(.4, 3);
    assertThat(weights().getFirst()).isNotEqualTo(before.getFirst());
    rewrite.apply(.4, 0);
    assertUnchanged();
    rewrite.apply(-1, 7);
    rewrite.restore();
    assertUnchanged();
    // and a second rewrite by minus alpha undoes the first to rounding
    rewrite.apply(.4, 3);
    Rewrite back = new Rewrite(toy.parameters(), fit.neuron());
    back.apply(.4, -3);
    List<float[]> now = weights();
    for (int i = 0; i < now.size(); i++) {
      for (int j = 0; j < now.get(i).length; j++) {
        assertThat(now.get(i)[j]).isCloseTo(before.get(i)[j], within(1e-5f));
      }
    }
    rewrite.restore();
  }

  @Test
  void lengthsAndSharesOfADirectionAddUp() {
    Rewrite rewrite = new Rewrite(toy.parameters(), fit.neuron());
    assertThat(rewrite.directionNorm(.7)).isCloseTo(fit.neuron().decodedNorm(.7), within(1e-5));
    assertThat(rewrite.shares(.7).stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1, within(1e-5));
    assertThat(rewrite.shares(.7)).hasSameSizeAs(toy.parameters().keySet());
  }

  @Test
  void keepingAllCoordinatesIsNoPruningAndOnePercentStillTellsTheClassesApart() {
    List<Tensor> decoder = fit.neuron().decoder();
    FeatureNeuron same = fit.neuron().copy();
    same.restrict(TopK.mask(decoder, TopK.size(decoder)));
    assertThat(same.decoder().getFirst().toFloats()).isEqualTo(decoder.getFirst().toFloats());
    Gradiend.Fit pruned = new Gradiend<>(toy, data, SETTINGS.withShares(.1, .5)).fit(List.of(0L),
        Gradiend.Progress.NONE);
    long kept = 0;
    for (Tensor tensor : pruned.neuron().decoder()) {
      for (float value : tensor.toFloats()) {
        kept += value != 0 ? 1 : 0;
      }
    }
    assertThat(kept).isLessThanOrEqualTo(230).isGreaterThan(200); // 10% of 2,304 before; those kept after are in it
    assertThat(pruned.bestSeed().encoder().pearson().orElseThrow()).isGreaterThan(.9);
  }

  /** Gradients a hundred times larger give the same neuron when they are divided by their length. */
  @Test
  void theScaleOfGradientsDoesNotMatter() {
    Gradiend.Settings scaled = SETTINGS.withScaled(true).withRate(.1).withSteps(300, 100);
    Gradiend.Fit one = new Gradiend<>(toy, data, scaled).fit(List.of(0L), Gradiend.Progress.NONE);
    Gradiend.Fit two = new Gradiend<>(toy.times(100), data, scaled).fit(List.of(0L), Gradiend.Progress.NONE);
    assertThat(two.neuron().scale()).isCloseTo(100 * one.neuron().scale(), within(1e-3 * two.neuron().scale()));
    assertThat(two.bestSeed().encoder().pearson().orElseThrow())
        .isCloseTo(one.bestSeed().encoder().pearson().orElseThrow(), within(1e-3));
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    Gradiend.Settings few = SETTINGS.withSteps(30, 10);
    FeatureNeuron one = new Gradiend<>(toy, data, few).fit(List.of(4L), Gradiend.Progress.NONE).neuron();
    List<Integer> steps = new ArrayList<>();
    FeatureNeuron two = new Gradiend<>(toy, data, few).fit(List.of(4L), (_, step, _) -> steps.add(step)).neuron();
    assertThat(two.encoder().getFirst().toFloats()).isEqualTo(one.encoder().getFirst().toFloats());
    assertThat(steps).hasSize(30);
  }

  @Test
  void theBestOfSeveralSeedsIsKept() {
    Gradiend.Fit several = new Gradiend<>(toy, data, SETTINGS.withSteps(40, 20)).fit(List.of(1L, 2L, 3L),
        Gradiend.Progress.NONE);
    double best = several.seeds().stream().mapToDouble(Gradiend.SeedReport::validation).max().orElseThrow();
    assertThat(several.bestSeed().validation()).isEqualTo(best);
    double[] h = EncoderReport.encode(toy, several.neuron(), data.validation().stream()
        .map(FeatureData.Labelled::row).toList(), Source.COUNTERFACTUAL);
    double[] labels = data.validation().stream().mapToDouble(FeatureData.Labelled::label).toArray();
    assertThat(Correlation.pearson(labels, h).orElseThrow()).isCloseTo(best, within(1e-6));
    assertThat(Arrays.stream(h).allMatch(Double::isFinite)).isTrue();
  }

  @Test
  void aClassWithoutRowsIsNamed() {
    List<FeatureData.Labelled<Toy.Text>> she = data.test().stream().filter(row -> row.label() > 0).toList();
    assertThatThrownBy(() -> new FeatureData<>(data.classes(), data.training(), data.validation(), she,
        data.neutral())).hasMessage("gradiend: the test rows have none of class 'he'; give rows of both classes");
  }
}
