package evenhand.tensor.cpu;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Threads that share short loops: the caller and {@code threads - 1} daemons.
 *
 * <p>A daemon spins on the current job for a fraction of a millisecond, so that work that follows closely starts in
 * about a microsecond; then it parks; after {@link #IDLE_NANOS} it ends, and a later job starts another. So a forgotten
 * pool costs nothing. Which thread does which task is left open: tasks must not depend on it.
 */
final class ThreadPool implements AutoCloseable {
  private static final int SPINS = 20_000;
  private static final long IDLE_NANOS = 5_000_000_000L;
  private static final Job NONE = new Job(0, task -> {});

  private final Worker[] workers;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile Job current = NONE;
  private volatile boolean closed;

  ThreadPool(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("cpu device: threads must be at least 1, got " + threads);
    }
    workers = new Worker[threads - 1];
  }

  /** Number of threads, the caller's included. */
  int threads() {
    return workers.length + 1;
  }

  /**
   * Calls {@code body} once for each of {@code 0 .. tasks - 1} and returns when all are done.
   *
   * <p>A call from inside a task, or while another thread's call is running, does its tasks one after the other on its
   * own thread. If tasks fail, the others still run, and the first failure is thrown to the caller.
   */
  void run(int tasks, IntConsumer body) {
    if (tasks <= 1 || workers.length == 0 || closed || !busy.compareAndSet(false, true)) {
      for (int task = 0; task < tasks; task++) {
        body.accept(task);
      }
      return;
    }
    Job job = new Job(tasks, body);
    try {
      current = job;
      wake(Math.min(workers.length, tasks - 1));
      job.work();
      while (job.done.get() < tasks) {
        Thread.onSpinWait();
      }
    } finally {
      job.body = NONE.body; // so that the idle pool holds on to nothing
      busy.set(false);
    }
    job.throwFailure();
  }

  private void wake(int count) {
    for (int i = 0; i < count; i++) {
      Worker worker = workers[i];
      if (worker == null || worker.retired) {
        workers[i] = new Worker(i);
        workers[i].start();
      } else if (worker.parked) {
        LockSupport.unpark(worker);
      }
    }
  }

  /** Ends the daemons; later calls run on the caller's thread alone. */
  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }

  /** One call's tasks; threads take the next one until none is left. */
  private static final class Job {
    final int tasks;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger done = new AtomicInteger();
    IntConsumer body;
    private Throwable failure;

    Job(int tasks, IntConsumer body) {
      this.tasks = tasks;
      this.body = body;
    }

    void work() {
      for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
        try {
          body.accept(task);
        } catch (RuntimeException | Error thrown) {
          fail(thrown);
        } finally {
          done.incrementAndGet();
        }
      }
    }

    private synchronized void fail(Throwable thrown) {
      if (failure == null) {
        failure = thrown;
      }
    }

    synchronized void throwFailure() {
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException exception) {
        throw exception;
      }
    }
  }

  private final class Worker extends Thread {
    volatile boolean parked;
    volatile boolean retired; // written while holding busy

    Worker(int number) {
      super(null, null, "evenhand-cpu-" + (number + 1), 0, false);
      setDaemon(true);
      setContextClassLoader(null); // keeps no application's classes alive
    }

    @Override
    public void run() {
      Job last = NONE;
      for (Job job = await(last); job != last; job = await(last)) {
        last = job;
        job.work();
      }
    }

    /** The next job, or the last one again when this thread is to end. */
    private Job await(Job last) {
      for (int spin = 0; spin < SPINS; spin++) {
        if (current != last) {
          return current;
        }
        Thread.onSpinWait();
      }
      long start = System.nanoTime();
      parked = true;
      while (current == last && !closed && !retired) {
        LockSupport.parkNanos(ThreadPool.this, IDLE_NANOS);
        if (System.nanoTime() - start >= IDLE_NANOS) {
          retire(last);
        }
      }
      parked = false;
      return closed || retired ? last : current;
    }

    /** Marks this thread as ended, unless a call is under way, which may count on it. */
    private void retire(Job last) {
      if (busy.compareAndSet(false, true)) {
        retired = current == last;
        busy.set(false);
      }
    }
  }
}
