package evenhand.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.autograd.models.LeNet;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Phase;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * A model in a service: 64 threads ask one model on one device at once.
 *
 * <p>For 4 seconds a model, or 10 minutes with {@code -Devenhand.experiments=true}. A thread may find that others have
 * the device's workers, and then works alone: the bits must be the same. A device keeps the arrays that were in use at
 * once for the next answers, so first all threads hold an answer at once, and memory is compared from there on.
 */
class EmbeddedUseTests {
  private static final int THREADS = 64;
  private static final int QUESTIONS = 7; // of different sizes
  private static final long SECONDS = Boolean.getBoolean("evenhand.experiments") ? 600 : 4;
  private static final long GROWTH = 16L << 20; // bytes

  @Test
  void aPerceptronGives64ThreadsTheSameAnswersWithoutGrowing() throws Exception {
    try (Device device = Device.cpu(3)) {
      List<Tensor> questions = new ArrayList<>();
      for (int i = 0; i < QUESTIONS; i++) {
        questions.add(new Rng(i).normal(device, 1 + 9 * i * i, 50));
      }
      ask(Mlp.of(new Rng(1), device, 50, 70, 33, 2), questions);
    }
  }

  @Test
  void aConvolutionalModelGives64ThreadsTheSameAnswersWithoutGrowing() throws Exception {
    try (Device device = Device.cpu(3)) {
      List<Tensor> questions = new ArrayList<>();
      for (int i = 0; i < QUESTIONS; i++) {
        questions.add(new Rng(i).normal(device, 1 + i, 1, 28, 28));
      }
      ask(LeNet.of(new Rng(1), device, 1, 28, 28, 10), questions);
    }
  }

  private static float[] answer(Layer model, Tensor question) {
    try (Scope _ = Scope.open()) {
      return Grad.without(() -> model.forward(Var.of(question), Phase.EVALUATE)).value().toFloats();
    }
  }

  private static void ask(Layer model, List<Tensor> questions) throws Exception {
    List<float[]> expected = questions.stream().map(question -> answer(model, question)).toList();
    holdAtOnce(model, questions);
    assertThat(askFor(1, model, questions, expected)).as("warm-up").isPositive();
    long before = used();
    long answers = askFor(SECONDS, model, questions, expected);
    long growth = used() - before;
    IO.println("embedded use: " + answers + " answers to " + THREADS + " threads in " + SECONDS + " s, memory grew by "
        + (growth >> 10) + " kB");
    assertThat(answers).isGreaterThan(THREADS);
    assertThat(growth).as("bytes that were in use after garbage collection").isLessThan(GROWTH);
  }

  /** Every thread holds the tensors of an answer until all do. */
  private static void holdAtOnce(Layer model, List<Tensor> questions) throws Exception {
    CyclicBarrier all = new CyclicBarrier(THREADS);
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Integer>> holders = Collections.nCopies(THREADS, () -> {
        for (Tensor question : questions) {
          try (Scope _ = Scope.open()) {
            Grad.without(() -> model.forward(Var.of(question), Phase.EVALUATE));
            all.await();
          }
        }
        return 0;
      });
      for (Future<Integer> each : threads.invokeAll(holders)) {
        each.get();
      }
    }
  }

  /** Threads that live as long as the asking, and the number of answers, each compared bit by bit. */
  private static long askFor(long seconds, Layer model, List<Tensor> questions, List<float[]> expected)
      throws Exception {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Long>> all = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int first = thread;
        all.add(threads.submit(() -> {
          long answers = 0;
          while (System.nanoTime() < end) {
            int i = (int) ((first + answers) % questions.size());
            if (!Arrays.equals(answer(model, questions.get(i)), expected.get(i))) {
              throw new AssertionError("thread " + first + ", answer " + answers + " to question " + i + " differs");
            }
            answers++;
          }
          return answers;
        }));
      }
      long answers = 0;
      for (Future<Long> each : all) {
        answers += each.get();
      }
      return answers;
    }
  }

  private static long used() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(50);
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
