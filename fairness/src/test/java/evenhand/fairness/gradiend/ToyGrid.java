package evenhand.fairness.gradiend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The grid of the toy language: 15 values of h times 20 of alpha. */
record ToyGrid(Reading base, List<RewriteSearch.Candidate> tried) {
  private static final double[] H = {-10, -2, -1, -.8, -.6, -.4, -.2, 0, .2, .4, .6, .8, 1, 2, 10};
  private static final double[] ALPHA = {.001, .01, .1, .5, 1, 2, 5, 10, 20, 50};

  /** @param factor of the gradients, by which alpha is divided */
  static ToyGrid of(Toy toy, FeatureNeuron neuron, double factor) {
    Rewrite rewrite = new Rewrite(toy.parameters(), neuron);
    Reading base = toy.read();
    List<RewriteSearch.Candidate> tried = new ArrayList<>();
    for (double h : H) {
      for (double size : ALPHA) {
        for (int sign = -1; sign <= 1; sign += 2) {
          rewrite.apply(h, sign * size / factor);
          tried.add(new RewriteSearch.Candidate(h, sign * size, 0, toy.read()));
        }
      }
    }
    rewrite.restore();
    return new ToyGrid(base, tried);
  }

  RewriteSearch.Candidate best(Goal goal) {
    return tried.stream().max(Comparator.comparingDouble(candidate -> candidate.reading().index(goal))).orElseThrow();
  }

  String line(Reading reading) {
    return String.format(Locale.ROOT, "M %.3f F %.3f gap %.3f LMS %.3f BPI %.3f FPI %.3f MPI %.3f",
        reading.probability(0, 1), reading.probability(0, 0), Toy.gap(reading), reading.quality(),
        reading.index(Goal.BALANCED), reading.index(Goal.FIRST), reading.index(Goal.SECOND));
  }

  String lines() {
    StringBuilder out = new StringBuilder();
    for (Goal goal : Goal.values()) {
      RewriteSearch.Candidate best = best(goal);
      out.append(String.format(Locale.ROOT, "%s h %.1f alpha %.3f -> %.3f gap %.3f LMS %.3f; ", goal.word(), best.h(),
          best.alpha(), best.reading().index(goal), Toy.gap(best.reading()), best.reading().quality()));
    }
    return out.toString();
  }
}
