package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadPoolTests {
  private final ThreadPool pool = new ThreadPool(3);

  @AfterEach
  void close() {
    pool.close();
  }

  private static void assertEachTaskRunsOnce(ThreadPool pool, int tasks) {
    AtomicIntegerArray counts = new AtomicIntegerArray(tasks);
    pool.run(tasks, counts::incrementAndGet);
    assertThat(IntStream.range(0, tasks).map(counts::get)).containsOnly(1).hasSize(tasks);
  }

  @Test
  void runsEachTaskOnceManyTimes() {
    for (int repeat = 0; repeat < 20_000; repeat++) {
      assertEachTaskRunsOnce(pool, 1 + repeat % 9);
    }
    pool.run(0, task -> {
      throw new AssertionError("no task asked for");
    });
  }

  @Test
  void wakesParkedThreads() throws InterruptedException {
    for (int repeat = 0; repeat < 20; repeat++) {
      assertEachTaskRunsOnce(pool, 5);
      Thread.sleep(5); // longer than they spin
    }
  }

  @Test
  void usesItsThreads() {
    AtomicInteger inside = new AtomicInteger();
    pool.run(3, task -> { // each task waits until all three have begun, which one thread alone could not bring about
      inside.incrementAndGet();
      while (inside.get() < 3) {
        Thread.onSpinWait();
      }
    });
    assertThat(inside).hasValue(3);
  }

  @Test
  void handsTheFailureToTheCallerAfterAllTasks() {
    AtomicInteger others = new AtomicInteger();
    assertThatThrownBy(() -> pool.run(8, task -> {
      if (task == 5) {
        throw new IllegalStateException("task 5");
      }
      others.incrementAndGet();
    })).isInstanceOf(IllegalStateException.class).hasMessage("task 5");
    assertThat(others).hasValue(7);
    assertThatThrownBy(() -> pool.run(8, task -> {
      throw new AssertionError("error");
    })).isInstanceOf(AssertionError.class);
    assertEachTaskRunsOnce(pool, 8);
  }

  @Test
  void nestedCallsRunOnTheirOwnThread() {
    AtomicInteger sum = new AtomicInteger();
    pool.run(4, outer -> {
      Thread own = Thread.currentThread();
      pool.run(4, inner -> {
        assertThat(Thread.currentThread()).isSameAs(own);
        sum.addAndGet(10 * outer + inner);
      });
    });
    assertThat(sum).hasValue(4 * (10 + 20 + 30) + 4 * (1 + 2 + 3));
  }

  @Test
  void concurrentCallersDoNotDisturbEachOther() throws InterruptedException {
    AtomicInteger failures = new AtomicInteger();
    Thread[] callers = new Thread[3];
    for (int i = 0; i < callers.length; i++) {
      callers[i] = new Thread(() -> {
        try {
          for (int repeat = 0; repeat < 2000; repeat++) {
            assertEachTaskRunsOnce(pool, 7);
          }
        } catch (AssertionError failed) {
          failures.incrementAndGet();
        }
      });
      callers[i].start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(failures).hasValue(0);
  }

  @Test
  void worksOnTheCallersThreadAfterClose() {
    assertEachTaskRunsOnce(pool, 4);
    pool.close();
    assertEachTaskRunsOnce(pool, 4);
    Thread own = Thread.currentThread();
    pool.run(4, task -> assertThat(Thread.currentThread()).isSameAs(own));
  }

  @Test
  void refusesNoThreads() {
    assertThatThrownBy(() -> new ThreadPool(0)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cpu device: threads must be at least 1, got 0");
  }
}
