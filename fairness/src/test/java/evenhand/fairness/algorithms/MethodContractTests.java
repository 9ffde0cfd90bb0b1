package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Samples;
import evenhand.tensor.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every registered method keeps to. */
class MethodContractTests {
  private static final Samples SAMPLES = Rows.of(90, 40, 35, 85).samples(1);
  private static final TrainingConfig TRAINING = TrainingConfig.DEFAULT.withEpochs(3);

  static List<Method<?>> methods() {
    return Methods.all();
  }

  private static Task task(Device device, String model, Target target, long seed) {
    return Task.of(SAMPLES, target, ModelSpec.parse(model), TRAINING, device, seed);
  }

  private static <C extends Record> double[] scores(Method<C> method, Task task) {
    return method.fit(task, method.defaults()).scores(SAMPLES);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void theSameSeedGivesTheSameBitsForAnyNumberOfThreads(Method<?> method) {
    for (String model : List.of("logistic", "mlp:70,33")) {
      for (Target target : Target.values()) {
        double[] scores = scores(method, task(Device.cpu(1), model, target, 1));
        assertThat(scores(method, task(Device.cpu(1), model, target, 1))).isEqualTo(scores);
        assertThat(scores(method, task(Device.cpu(2), model, target, 1))).as("two threads").isEqualTo(scores);
        assertThat(scores(method, task(Device.cpu(1), model, target, 2))).as("another seed").isNotEqualTo(scores);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void scoresAreProbabilitiesAndLabelsFollowThem(Method<?> method) {
    Predictor predictor = fit(method, task(Device.cpu(), "logistic", Target.EQUAL_OPPORTUNITY, 1));
    double[] scores = predictor.scores(SAMPLES);
    assertThat(scores).hasSize(SAMPLES.rows());
    assertThat(Arrays.stream(scores)).allMatch(score -> score >= 0 && score <= 1).anyMatch(score -> score > 0.5)
        .anyMatch(score -> score < 0.5);
    int[] labels = predictor.labels(SAMPLES);
    if (method instanceof ThresholdOptimizer) { // which has thresholds of its own
      assertThat(labels).hasSize(SAMPLES.rows()).contains(0, 1).containsOnly(0, 1);
      return;
    }
    for (int row = 0; row < labels.length; row++) {
      assertThat(labels[row]).isEqualTo(scores[row] > 0.5 ? 1 : 0);
    }
  }

  private static <C extends Record> Predictor fit(Method<C> method, Task task) {
    return method.fit(task, method.defaults());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void inputsAreUnchanged(Method<?> method) {
    float[] x = SAMPLES.x().clone();
    int[] y = SAMPLES.y().clone();
    int[] z = SAMPLES.groups().codes().clone();
    fit(method, task(Device.cpu(), "logistic", Target.DEMOGRAPHIC_PARITY, 1)).scores(SAMPLES);
    assertThat(SAMPLES.x()).isEqualTo(x);
    assertThat(SAMPLES.y()).isEqualTo(y);
    assertThat(SAMPLES.groups().codes()).isEqualTo(z);
  }

  /** Rows of unknown group, a group without rows, more than two groups. */
  @ParameterizedTest
  @MethodSource("methods")
  void groupsMayBeManyEmptyAndUnknown(Method<?> method) {
    Rows rows = Rows.of(List.of("a", "b", "c", "d"), new int[]{30, 20, 0, 40, 10}, new int[]{20, 40, 0, 1, 10});
    Task task = Task.of(rows.samples(2), Target.EQUALIZED_ODDS, new ModelSpec(), TRAINING, Device.cpu(), 1);
    assertThat(Arrays.stream(fit(method, task).scores(SAMPLES))).allMatch(Double::isFinite);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void progressIsToldAfterEachEpoch(Method<?> method) {
    List<Integer> epochs = new ArrayList<>();
    fit(method, task(Device.cpu(), "logistic", Target.EQUAL_OPPORTUNITY, 1).with((epoch, of, loss) -> {
      epochs.add(epoch);
      assertThat(of).isEqualTo(3);
      assertThat(loss).isFinite().isPositive();
    }));
    assertThat(epochs).containsExactly(1, 2, 3);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void settingsSurviveARoundTripThroughWords(Method<?> method) {
    Record defaults = method.defaults();
    assertThat(Configs.with(defaults, method.name(), Configs.words(defaults))).isEqualTo(defaults);
    assertThat(Configs.describe(defaults)).allSatisfy(setting -> assertThat(setting.help()).isNotEmpty());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void methodsSayWhatTheyAre(Method<?> method) {
    assertThat(method.name()).matches("[a-z]+(-[a-z]+)*");
    assertThat(method.summary()).endsWith(".").hasSizeBetween(20, 100);
    assertThat(Methods.named(method.name())).hasSameClassAs(method);
  }

  @Test
  void everyMethodOfThePackageIsRegistered() {
    List<String> classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
        .importPackagesOf(Method.class).stream()
        .filter(type -> type.isAssignableTo(Method.class) && !type.isInterface()
            && !type.getModifiers().contains(JavaModifier.ABSTRACT))
        .map(JavaClass::getName)
        .toList();
    assertThat(classes).contains(Erm.class.getName());
    assertThat(Methods.all()).extracting(method -> method.getClass().getName())
        .containsExactlyInAnyOrderElementsOf(classes);
  }

  @Test
  void baselinesComeFirst() {
    assertThat(Methods.all()).extracting(Method::name).startsWith("erm", "reweighing", "gap-regularization")
        .contains("fairbatch").doesNotHaveDuplicates();
  }

  @Test
  void anUnknownMethodIsNamedWithTheKnownOnes() {
    assertThatIllegalArgumentException().isThrownBy(() -> Methods.named("magic"))
        .withMessageStartingWith("method magic is unknown; choose one of erm, reweighing, gap-regularization, ")
        .withMessageContaining("fairbatch");
  }

  @Test
  void targetsAreReadByName() {
    assertThat(Target.named("equal_opportunity")).isEqualTo(Target.EQUAL_OPPORTUNITY);
    assertThat(Target.named("Equalized-Odds")).isEqualTo(Target.EQUALIZED_ODDS);
    assertThatIllegalArgumentException().isThrownBy(() -> Target.named("justice"))
        .withMessage("target justice is unknown; choose one of demographic_parity, equal_opportunity, equalized_odds");
  }

  /** Fine-tuning starts from the trained model's weights and changes that very model. */
  @ParameterizedTest
  @MethodSource("methods")
  void aTrainedModelIsTunedInPlace(Method<?> method) {
    Task task = task(Device.cpu(), "mlp:5", Target.EQUAL_OPPORTUNITY, 1);
    Fitting trained = new Fitting(task).train(5, new Fitting(task).shuffled(), Fitting.BatchLoss.CROSS_ENTROPY);
    double[] before = trained.predictor(List.of()).scores(SAMPLES);
    Task still = task.with(new TrainingConfig(1, 100, 1e-30, TrainingConfig.Optimizer.SGD, 0, 1, 0.5));
    if (method instanceof RuleEraser) { // whose scores are corrected ones; the model below them is tuned
      fit(method, task.from(trained.model()));
      assertThat(trained.predictor(List.of()).scores(SAMPLES)).isNotEqualTo(before);
      return;
    }
    if (!(method instanceof FastModelDebias)) { // which trains no further, and leaves a model of little bias as it is
      assertThat(scores(method, still.from(trained.model()))).as("a step too small to move").isEqualTo(before);
      assertThat(scores(method, task.from(trained.model()))).isNotEqualTo(before);
    }
    double[] tuned = scores(method, task.from(trained.model()));
    assertThat(trained.predictor(List.of()).scores(SAMPLES)).isEqualTo(tuned);
    assertThat(task.from(trained.model()).trained()).isEqualTo(Optional.of(trained.model()));
  }

  /** A test attribute with the labels as groups has empty cells everywhere, and a method may only refuse it by name. */
  @ParameterizedTest
  @MethodSource("methods")
  void groupsThatAreTheLabelsTrainOrAreRefusedWithAReason(Method<?> method) {
    Attribute same = new Attribute("z", List.of("a", "b"), SAMPLES.y());
    Samples samples = new Samples(SAMPLES.x(), SAMPLES.y(), SAMPLES.columnNames(), SAMPLES.labelLevels(),
        List.of(same));
    Task task = Task.of(samples, Target.EQUAL_OPPORTUNITY, new ModelSpec(), TRAINING, Device.cpu(), 1);
    if (method instanceof FairBatch) {
      assertThatIllegalArgumentException().isThrownBy(() -> fit(method, task))
          .withMessageContaining("label=0, group=b; label=1, group=a have no training rows");
    } else if (method instanceof DecisionRationaleAlignment) {
      assertThatIllegalArgumentException().isThrownBy(() -> fit(method, task))
          .withMessageContaining("label=1, group=a has no training rows to compare");
    } else {
      assertThat(Arrays.stream(fit(method, task).scores(samples))).allMatch(Double::isFinite);
    }
  }
}
