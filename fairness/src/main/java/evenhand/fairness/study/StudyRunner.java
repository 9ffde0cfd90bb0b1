package evenhand.fairness.study;

import evenhand.autograd.optim.Training;
import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.study.Study.Arm;
import evenhand.fairness.study.Study.Listener;
import evenhand.fairness.study.Study.Role;
import evenhand.fairness.study.StudyResult.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Makes the runs of a study, several at a time, in the order of seeds and arms, and skips those that a store has.
 *
 * <p>Each run depends on its seed and its settings alone, so neither order nor number of threads changes a result. The
 * first failure in that order stops the others at their next epoch.
 */
final class StudyRunner {
  /** Copies of a split that a fit may hold at a time: on the device, without held-out rows, as pairs. */
  private static final int COPIES = 4;

  private final Study study;
  private final Listener listener;
  private final int jobs;
  private final RunStore store;
  private volatile boolean stopped;

  /** A run to be made. */
  private record Job(SeedRuns seed, Arm<?> arm) {}

  StudyRunner(Study study, Listener listener, int jobs, RunStore store) {
    if (jobs < 1) {
      throw new IllegalArgumentException("study: jobs must be at least 1, got " + jobs);
    }
    this.study = study;
    this.listener = listener;
    this.jobs = jobs;
    this.store = store;
  }

  StudyResult result() {
    SeedRuns first = seed(study.seeds().getFirst(), study.arms());
    Split split = first.split();
    Map<String, String> leftOut = leftOut(split);
    List<Arm<?>> arms = study.arms().stream().filter(arm -> !leftOut.containsKey(arm.method().name())).toList();
    store.begin(words(split));
    List<Job> all = new ArrayList<>();
    for (long seed : study.seeds()) {
      SeedRuns runs = seed(seed, arms);
      arms.forEach(arm -> all.add(new Job(runs, arm)));
    }
    var data = new StudyResult.Data(study.data().card().name(), study.data().rows(), split.train().columns(),
        study.data().card().label(), study.data().card().positive(), split.train().classes(),
        study.data().card().sensitive());
    double overlap = study.data().resplit() ? (double) split.test().rows() / split.train().rows() : 0;
    List<Run> runs = runs(all, Math.min(jobs, fitting(split)));
    return new StudyResult(data, study.target().word(), study.device().name(), study.model().toString(),
        leftOut.entrySet().stream().map(entry -> entry.getKey() + " was left out: " + entry.getValue()).toList(),
        of(Role.ASKED, all, runs), of(Role.SWEEP, all, runs), of(Role.ABLATION, all, runs), overlap);
  }

  private SeedRuns seed(long seed, List<Arm<?>> arms) {
    return new SeedRuns(study, seed, arms, (arm, of, epoch, epochs, loss) -> {
      requireGoingOn();
      synchronized (listener) {
        listener.epoch(arm, of, epoch, epochs, loss);
      }
    });
  }

  private void requireGoingOn() {
    if (stopped) {
      throw new CancellationException("another run of the study failed");
    }
    Training.stopIfInterrupted("the study was interrupted; --resume continues it");
  }

  private static List<Run> of(Role role, List<Job> jobs, List<Run> runs) {
    List<Run> out = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      if (jobs.get(i).arm().role() == role) {
        out.add(runs.get(i));
      }
    }
    return out;
  }

  /** How many fits half of the memory has room for. */
  private static int fitting(Split split) {
    long bytes = bytes(split.train()) + bytes(split.test())
        + Stream.of(split.external(), split.testPairs()).flatMap(Optional::stream).mapToLong(StudyRunner::bytes).sum();
    return Math.clamp(Runtime.getRuntime().maxMemory() / 2 / Math.max(1, COPIES * bytes), 1, Integer.MAX_VALUE);
  }

  private static long bytes(Pairs pairs) {
    return bytes(pairs.factual()) + bytes(pairs.counterfactual());
  }

  private static long bytes(Samples samples) {
    return samples.areDense() ? (long) Float.BYTES * samples.rows() * samples.columns() : 0;
  }

  // ---- the runs ----

  private List<Run> runs(List<Job> all, int together) {
    if (together == 1) {
      return all.stream().map(this::run).toList();
    }
    ExecutorService threads = Executors.newFixedThreadPool(together,
        Thread.ofPlatform().name("evenhand-study-", 1).daemon().factory());
    try {
      List<Future<Run>> started = all.stream().map(job -> threads.submit(() -> run(job))).toList();
      List<Run> runs = new ArrayList<>();
      for (Future<Run> each : started) {
        runs.add(result(each));
      }
      return runs;
    } finally {
      stopped = true;
      threads.shutdownNow();
      threads.close(); // waits for those that are at work
    }
  }

  private static Run result(Future<Run> run) {
    try {
      return run.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        default -> throw new IllegalStateException("a run failed: " + e.getCause(), e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the study was interrupted; --resume continues it");
    }
  }

  private Run run(Job job) {
    requireGoingOn();
    try {
      Map<String, String> words = words(job);
      Optional<Run> found = store.find(words);
      if (found.isPresent()) {
        synchronized (listener) {
          listener.finds(found.get());
        }
        return found.get();
      }
      synchronized (listener) {
        listener.begins(job.arm(), job.seed().seed());
      }
      Run run = job.seed().run(job.arm());
      store.keep(words, run);
      synchronized (listener) {
        listener.ends(run);
      }
      return run;
    } finally {
      job.seed().done();
    }
  }

  // ---- what cannot be used ----

  /** The methods that cannot be used on the data, with reasons. */
  private Map<String, String> leftOut(Split split) {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (Arm<?> arm : study.arms()) {
      String method = arm.method().name();
      Optional<String> reason = reasons.containsKey(method) ? Optional.empty()
          : arm.method().unsuitable(split.train());
      reason.ifPresent(why -> {
        if (!arm.optional()) {
          throw new IllegalArgumentException("method " + method + " cannot be used on " + study.data().card().name()
              + ": " + why + "; leave it out of --methods");
        }
        reasons.put(method, why);
        listener.leavesOut(method);
      });
    }
    return reasons;
  }

  // ---- what runs depend on ----

  /** What all runs share. */
  private Map<String, String> words(Split split) {
    Map<String, String> words = new TreeMap<>();
    words.put("data", study.data().card().name());
    words.put("rows of the data", Fingerprint.of(split));
    words.put("target", study.target().word());
    words.put("model", study.model().toString());
    words.put("device", study.device().name());
    words.put("first seed", Long.toString(study.seeds().getFirst()));
    words.put("resamples", Integer.toString(study.resamples()));
    Configs.words(study.training()).forEach((key, value) -> words.put("model." + key, value));
    return words;
  }

  /** What a run depends on besides. */
  private Map<String, String> words(Job job) {
    if (store == RunStore.NONE) {
      return Map.of();
    }
    Map<String, String> words = new TreeMap<>(job.seed().settings(job.arm()));
    words.put("method", job.arm().method().name());
    words.put("variant", job.arm().variant());
    words.put("seed", Long.toString(job.seed().seed()));
    words.put("role", job.arm().role().name());
    words.put("starts from erm", Boolean.toString(job.seed().fromPlain(job.arm())));
    words.put("split", job.seed().fingerprint());
    return words;
  }
}
