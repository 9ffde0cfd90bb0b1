package evenhand.fairness.cli;

import evenhand.fairness.study.Study;
import evenhand.fairness.study.StudyResult;
import java.io.Console;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a study is and how long it will take, on standard error; nothing unless that is a terminal. */
final class StudyProgress implements Study.Listener, AutoCloseable {
  private static final int STEPS_PER_FIT = 100;
  private static final int INTERVAL_MS = 200;

  private final Optional<ProgressBar> bar;
  private final int seeds;
  private int fits;
  private int done;

  /** A bar for fits of so many methods on so many seeds. */
  StudyProgress(int methods, int seeds) {
    this.seeds = seeds;
    this.fits = methods * seeds;
    this.bar = onTerminal() ? Optional.of(bar(fits)) : Optional.empty();
  }

  private static ProgressBar bar(int fits) {
    return new ProgressBarBuilder()
        .setTaskName("study")
        .setInitialMax((long) fits * STEPS_PER_FIT)
        .setUnit(" fits", STEPS_PER_FIT)
        .setUpdateIntervalMillis(INTERVAL_MS)
        .setStyle(ProgressBarStyle.ASCII)
        .clearDisplayOnFinish()
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .build();
  }

  /** Java cannot ask for standard error alone; both other streams being a terminal is the nearest it can tell. */
  private static boolean onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  @Override
  public void leavesOut(String method) {
    fits -= seeds;
    bar.ifPresent(shown -> shown.maxHint((long) fits * STEPS_PER_FIT));
  }

  @Override
  public void begins(String method, long seed) {
    bar.ifPresent(shown -> shown.setExtraMessage(method + ", seed " + seed));
  }

  @Override
  public void epoch(int epoch, int epochs, double loss) {
    bar.ifPresent(shown -> shown.stepTo((long) done * STEPS_PER_FIT + (long) STEPS_PER_FIT * epoch / epochs));
  }

  @Override
  public void ends(StudyResult.Run run) {
    done++;
    bar.ifPresent(shown -> shown.stepTo((long) done * STEPS_PER_FIT));
  }

  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
  }
}
