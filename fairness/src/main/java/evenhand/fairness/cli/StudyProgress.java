package evenhand.fairness.cli;

import evenhand.fairness.study.Study;
import evenhand.fairness.study.StudyResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** How far a study is and how long it will take: a {@link Bar} of fits, of which several may be under way. */
final class StudyProgress implements Study.Listener, AutoCloseable {
  private static final int STEPS_PER_FIT = 100;

  private final Bar bar;
  private final Study study;
  private final Map<List<Object>, Integer> underWay = new HashMap<>();
  private int fits;
  private int done;

  /** A bar for all runs of a study. */
  StudyProgress(CommandSpec spec, Study study) {
    this.study = study;
    this.fits = study.arms().size() * study.seeds().size();
    this.bar = new Bar(spec, "study", (long) fits * STEPS_PER_FIT, "fits", STEPS_PER_FIT);
  }

  @Override
  public void leavesOut(String method) {
    fewer((int) study.arms().stream().filter(arm -> arm.method().name().equals(method)).count()
        * study.seeds().size());
  }

  private void fewer(int count) {
    fits -= count;
    bar.of((long) fits * STEPS_PER_FIT);
  }

  @Override
  public void begins(Study.Arm<?> arm, long seed) {
    bar.says(arm.method().name() + (arm.variant().isEmpty() ? "" : " (" + arm.variant() + ")") + ", seed " + seed);
  }

  @Override
  public void epoch(Study.Arm<?> arm, long seed, int epoch, int epochs, double loss) {
    underWay.put(List.of(arm.method().name(), arm.variant(), seed), STEPS_PER_FIT * epoch / epochs);
    show();
  }

  @Override
  public void ends(StudyResult.Run run) {
    underWay.remove(List.of(run.method(), run.variant(), run.seed()));
    done++;
    show();
  }

  @Override
  public void finds(StudyResult.Run run) {
    fewer(1); // it tells nothing of the time that is left
  }

  private void show() {
    bar.at((long) done * STEPS_PER_FIT + underWay.values().stream().mapToInt(Integer::intValue).sum());
  }

  @Override
  public void close() {
    bar.close();
  }
}
