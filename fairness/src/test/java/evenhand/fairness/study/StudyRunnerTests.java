package evenhand.fairness.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.algorithms.Erm;
import evenhand.fairness.algorithms.FairBatch;
import evenhand.fairness.algorithms.FastModelDebias;
import evenhand.fairness.algorithms.GapRegularization;
import evenhand.fairness.algorithms.Method;
import evenhand.fairness.algorithms.Methods;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Predictor;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.report.RunFiles;
import evenhand.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs at other strengths, side by side, and taken over from a study that was interrupted. */
class StudyRunnerTests {
  private static final Dataset SYNTHETIC = Datasets.load("synthetic", 0).withSensitiveInputs(true);

  @TempDir
  private Path directory;

  private static Study study(ModelSpec model, List<Study.Arm<?>> arms, Long... seeds) {
    return new Study(new StudyData(SYNTHETIC.card(), SYNTHETIC.rows(), seed -> SYNTHETIC.split(0.3, seed), true), arms,
        Target.EQUAL_OPPORTUNITY, model, new TrainingConfig(2, 100, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0),
        Device.cpu(1), List.of(seeds), 20);
  }

  private static Study.Arm<?> arm(Method<?> method) {
    return Study.Arm.of(method, Map.of());
  }

  private static List<Study.Arm<?>> withVariants(Study.Arm<?>... arms) {
    List<Study.Arm<?>> all = new ArrayList<>();
    for (Study.Arm<?> arm : arms) {
      all.add(arm);
      all.addAll(arm.sweep());
      all.addAll(arm.ablations());
    }
    return all;
  }

  private static JsonNode json(StudyResult result) {
    ObjectNode json = StudyJson.of(result);
    json.findParents("seconds").forEach(run -> ((ObjectNode) run).remove("seconds"));
    return json;
  }

  /** Every method that there is, with hidden layers, so that all that is recorded of runs is compared. */
  @Test
  void sideBySideGivesWhatOneAfterTheOtherGives() {
    List<Study.Arm<?>> arms = new ArrayList<>();
    Methods.all().forEach(method -> arms.add(arm(method).orLeftOut()));
    arms.addAll(arm(new FairBatch()).sweep());
    arms.addAll(arm(new FairBatch()).ablations());
    Study study = study(new ModelSpec(6, 4), arms, 3L, 4L);
    JsonNode sequence = json(study.run(Study.Listener.NONE));
    assertThat(json(study.run(Study.Listener.NONE, 3, RunStore.NONE))).isEqualTo(sequence);
    assertThat(sequence.get("results")).hasSize(2 * Methods.all().size());
    assertThat(sequence.at("/sweep/results")).hasSize(2 * 4); // the grid has the default, which is not run again
    assertThat(sequence.at("/ablations/results")).hasSize(2 * 3);
  }

  /** Runs are found under what they depend on: after any number of them, the rest gives the same. */
  @Test
  void aStudyThatStopsAnywhereGoesOnToTheSameResult() {
    List<Study.Arm<?>> arms = withVariants(arm(new Erm()), arm(new GapRegularization()), arm(new FastModelDebias()));
    Study study = study(new ModelSpec(5), arms, 1L, 2L);
    JsonNode whole = json(study.run(Study.Listener.NONE));
    int runs = 2 * arms.size();
    for (int stop : new int[]{0, 1, 5, runs - 1, runs}) {
      Path files = directory.resolve("after " + stop);
      RunStore stopping = new RunStore() {
        private final RunFiles inner = new RunFiles(files, false, "1");
        private int kept;

        @Override
        public void begin(Map<String, String> words) {
          inner.begin(words);
        }

        @Override
        public void keep(Map<String, String> words, StudyResult.Run run) {
          if (kept++ == stop) {
            throw new IllegalStateException("stopped");
          }
          inner.keep(words, run);
        }
      };
      if (stop < runs) {
        assertThatIllegalStateException().isThrownBy(() -> study.run(Study.Listener.NONE, 1, stopping));
      } else {
        study.run(Study.Listener.NONE, 1, stopping);
      }
      List<String> made = new ArrayList<>();
      RunFiles resumed = new RunFiles(files, true, "1");
      assertThat(resumed.count()).isEqualTo(stop);
      JsonNode result = json(study.run(new Study.Listener() {
        @Override
        public void ends(StudyResult.Run run) {
          made.add(run.method());
        }
      }, 2, resumed));
      assertThat(result).as("stopped after %d", stop).isEqualTo(whole);
      assertThat(made).hasSize(runs - stop);
      resumed.delete();
      assertThat(files).doesNotExist();
    }
  }

  /** A repair starts from erm's model also where erm's own run is taken over. */
  @Test
  void aRepairThatIsResumedStartsFromTheSameModel() {
    StudyResult first = study(new ModelSpec(), List.of(arm(new Erm())), 1L)
        .run(Study.Listener.NONE, 1, new RunFiles(directory, false, "1"));
    Study both = study(new ModelSpec(), List.of(arm(new Erm()), arm(new FastModelDebias())), 1L);
    StudyResult resumed = both.run(Study.Listener.NONE, 1, new RunFiles(directory, true, "1"));
    assertThat(resumed.runs().getFirst().fitSeconds()).isEqualTo(first.runs().getFirst().fitSeconds());
    assertThat(json(resumed)).isEqualTo(json(both.run(Study.Listener.NONE)));
  }

  @Test
  void runsOfOtherStudiesAreNotMixedIn() {
    List<Study.Arm<?>> arms = List.of(arm(new Erm()));
    study(new ModelSpec(), arms, 1L).run(Study.Listener.NONE, 1, new RunFiles(directory, false, "1"));
    Study wider = study(new ModelSpec(9), arms, 1L);
    assertThatIllegalStateException()
        .isThrownBy(() -> wider.run(Study.Listener.NONE, 1, new RunFiles(directory, true, "2")))
        .withMessageStartingWith("cannot resume: ").withMessageContaining(
            "holds runs of another study (model was logistic and is mlp:9, version was 1 and is 2); give the same");
    Study other = study(new ModelSpec(), arms, 2L);
    assertThatIllegalStateException()
        .isThrownBy(() -> other.run(Study.Listener.NONE, 1, new RunFiles(directory, true, "1")))
        .withMessageContaining("(first seed was 1 and is 2, the rows of the data differ)");
    // the settings of one method are part of its runs: those are made again, others are taken over
    List<String> made = new ArrayList<>();
    study(new ModelSpec(), List.of(arms.getFirst(), arm(new FairBatch())), 1L)
        .run(Study.Listener.NONE, 1, new RunFiles(directory, true, "1"));
    Study changed = study(new ModelSpec(), List.of(arms.getFirst(),
        Study.Arm.of(new FairBatch(), Map.of("alpha", "0.02"))), 1L);
    changed.run(new Study.Listener() {
      @Override
      public void ends(StudyResult.Run run) {
        made.add(run.method());
      }
    }, 1, new RunFiles(directory, true, "1"));
    assertThat(made).containsExactly("fairbatch");
    // without resuming, a study of other settings begins with nothing
    wider.run(Study.Listener.NONE, 1, new RunFiles(directory, false, "1"));
    assertThat(new RunFiles(directory, true, "1").count()).isEqualTo(1);
  }

  /** Half a file, as a full disk or a hand leaves it, is no run. */
  @Test
  void aDamagedRunIsMadeAgain() throws Exception {
    Study study = study(new ModelSpec(), List.of(arm(new Erm())), 1L);
    study.run(Study.Listener.NONE, 1, new RunFiles(directory, false, "1"));
    try (Stream<Path> files = Files.list(directory)) {
      Path run = files.filter(file -> file.getFileName().toString().startsWith("erm-1-")).findFirst().orElseThrow();
      String text = Files.readString(run);
      Files.writeString(run, text.substring(0, text.length() / 2));
    }
    List<String> made = new ArrayList<>();
    study.run(new Study.Listener() {
      @Override
      public void ends(StudyResult.Run run) {
        made.add(run.method());
      }
    }, 1, new RunFiles(directory, true, "1"));
    assertThat(made).containsExactly("erm");
  }

  /** Fails in its second epoch; the others stop rather than train on for nothing. */
  private static final class Failing implements Method<Erm.Config> {
    @Override
    public String name() {
      return "failing";
    }

    @Override
    public String summary() {
      return "Fails.";
    }

    @Override
    public String paper() {
      return "";
    }

    @Override
    public Erm.Config defaults() {
      return new Erm().defaults();
    }

    @Override
    public Predictor fit(Task task, Erm.Config settings) {
      throw new IllegalArgumentException("failing: as it should");
    }
  }

  @Test
  void aFailureIsThatOfTheFirstRunAndEndsTheOthers() {
    List<Study.Arm<?>> arms = new ArrayList<>(List.of(arm(new Erm()), arm(new Failing())));
    IntStream.range(0, 4).forEach(_ -> arms.add(arm(new FairBatch())));
    Study study = study(new ModelSpec(), arms, 1L, 2L, 3L);
    for (int jobs = 1; jobs <= 3; jobs++) {
      int count = jobs;
      assertThatIllegalArgumentException().isThrownBy(() -> study.run(Study.Listener.NONE, count, RunStore.NONE))
          .withMessage("failing: as it should");
    }
    assertThatThrownBy(() -> study.run(Study.Listener.NONE, 0, RunStore.NONE)).hasMessageContaining("jobs");
  }

  @Test
  void everyGridAndEveryPartAreSettingsOfTheirMethod() {
    for (Method<?> method : Methods.all()) {
      Study.Arm<?> arm = arm(method);
      assertThat(arm.ablations()).hasSameSizeAs(method.ablations());
      method.strength().ifPresent(strength -> assertThat(arm.sweep().size())
          .isBetween(strength.grid().size() - 1, strength.grid().size()));
    }
    assertThat(Methods.all().stream().filter(method -> method.strength().isPresent())).hasSizeGreaterThan(7);
  }
}
