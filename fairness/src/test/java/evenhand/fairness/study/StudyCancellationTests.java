package evenhand.fairness.study;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.fairness.algorithms.Methods;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.study.Study.Arm;
import evenhand.tensor.Device;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thread that runs a study ends soon after it is interrupted, and so do the study's own threads. */
@Timeout(120)
class StudyCancellationTests {
  private static final Dataset SYNTHETIC = Datasets.load("synthetic", 0);

  /** Epochs enough for hours. */
  private static Study study(String method, Device device) {
    List<Arm<?>> arms = List.of(Arm.of(Methods.named(method), Map.of()));
    return new Study(new StudyData(SYNTHETIC.card(), SYNTHETIC.rows(), seed -> SYNTHETIC.split(0.3, seed), true), arms,
        Target.EQUAL_OPPORTUNITY, new ModelSpec(5),
        new TrainingConfig(1_000_000, 100, 0.01, TrainingConfig.Optimizer.ADAM, 0, 1, 0), device, List.of(1L, 2L, 3L),
        20);
  }

  private static void assertStops(String method, int jobs) throws InterruptedException {
    CountDownLatch training = new CountDownLatch(3);
    AtomicReference<Throwable> end = new AtomicReference<>();
    try (Device device = Device.cpu(1)) {
      Thread thread = new Thread(() -> {
        try {
          study(method, device).run(new Study.Listener() {
            @Override
            public void epoch(Arm<?> arm, long seed, int epoch, int epochs, double loss) {
              training.countDown();
            }
          }, jobs, RunStore.NONE);
        } catch (Throwable thrown) {
          end.set(thrown);
          if (!Thread.currentThread().isInterrupted()) {
            end.set(new AssertionError("it is no longer marked as interrupted", thrown));
          }
        }
      });
      thread.start();
      assertThat(training.await(60, TimeUnit.SECONDS)).as("it trains").isTrue();
      thread.interrupt();
      thread.join(30_000);
      assertThat(thread.isAlive()).as("it goes on").isFalse();
    }
    assertThat(end.get()).isInstanceOf(CancellationException.class).hasMessageContaining("interrupted");
    assertThat(Thread.getAllStackTraces().keySet()).noneMatch(each -> each.getName().startsWith("evenhand-study-"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"erm", "adversarial", "fairbatch", "decision-rationale-alignment", "gap-regularization"})
  void anInterruptEndsAStudyInItsFirstRun(String method) throws InterruptedException {
    assertStops(method, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"erm", "group-dro"})
  void anInterruptEndsRunsThatAreSideBySide(String method) throws InterruptedException {
    assertStops(method, 2);
  }
}
