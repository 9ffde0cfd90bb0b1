package evenhand.fairness.cli;

import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Model.CommandSpec;

/** How far long work is and how long it will take, on standard error; nothing unless that is a terminal. */
final class Bar implements AutoCloseable {
  private static final int INTERVAL_MS = 200;

  private final Optional<ProgressBar> shown;

  /**
   * A bar for so many steps.
   *
   * @param task what is done
   * @param unit what is counted, each of {@code each} steps
   */
  Bar(CommandSpec spec, String task, long steps, String unit, long each) {
    this.shown = Terminal.isAttached() && !EvenhandCommand.isQuiet(spec) ? Optional.of(new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(steps)
        .setUnit(" " + unit, each)
        .setUpdateIntervalMillis(INTERVAL_MS)
        .setStyle(ProgressBarStyle.ASCII)
        .clearDisplayOnFinish()
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .build()) : Optional.empty();
  }

  /** So many steps are done. */
  void at(long steps) {
    shown.ifPresent(bar -> bar.stepTo(steps));
  }

  /** There are so many steps after all. */
  void of(long steps) {
    shown.ifPresent(bar -> bar.maxHint(steps));
  }

  /** What is being done now. */
  void says(String words) {
    shown.ifPresent(bar -> bar.setExtraMessage(words));
  }

  @Override
  public void close() {
    shown.ifPresent(ProgressBar::close);
  }
}
