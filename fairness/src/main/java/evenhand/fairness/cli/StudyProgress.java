package evenhand.fairness.cli;

import evenhand.fairness.study.Study;
import evenhand.fairness.study.StudyResult;

/** How far a study is: a {@link Bar} of fits. */
final class StudyProgress implements Study.Listener, AutoCloseable {
  private static final int STEPS_PER_FIT = 100;

  private final Bar bar;
  private final int seeds;
  private int fits;
  private int done;

  /** A bar for fits of so many methods on so many seeds. */
  StudyProgress(int methods, int seeds) {
    this.seeds = seeds;
    this.fits = methods * seeds;
    this.bar = new Bar("study", (long) fits * STEPS_PER_FIT, "fits", STEPS_PER_FIT);
  }

  @Override
  public void leavesOut(String method) {
    fits -= seeds;
    bar.of((long) fits * STEPS_PER_FIT);
  }

  @Override
  public void begins(Study.Arm<?> arm, long seed) {
    bar.says(arm.method().name() + ", seed " + seed);
  }

  @Override
  public void epoch(Study.Arm<?> arm, long seed, int epoch, int epochs, double loss) {
    bar.at((long) done * STEPS_PER_FIT + (long) STEPS_PER_FIT * epoch / epochs);
  }

  @Override
  public void ends(StudyResult.Run run) {
    done++;
    bar.at((long) done * STEPS_PER_FIT);
  }

  @Override
  public void close() {
    bar.close();
  }
}
