package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.fairness.algorithms.Trajectory.Choice;
import evenhand.fairness.algorithms.Trajectory.Epoch;
import evenhand.fairness.metrics.Measured;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrajectoryTests {
  /** Epochs of average precision and gap, in turn. */
  private static List<Epoch> epochs(double... values) {
    List<Epoch> epochs = new ArrayList<>();
    for (int i = 0; i < values.length; i += 2) {
      epochs.add(new Epoch(i / 2 + 1, 0.5, Measured.of(values[i]), Measured.of(values[i + 1]), List.of()));
    }
    return epochs;
  }

  /** Epoch 1 has the smallest gap but is of the warm-up; 4 has .05 but a precision of .6 below .95 * .8 = .76. */
  @Test
  void theSmallestGapAfterTheWarmUpThatIsPreciseEnough() {
    List<Epoch> epochs = epochs(0.7, 0.01, 0.78, 0.2, 0.8, 0.15, 0.6, 0.05, 0.77, 0.12, 0.79, 0.13);
    Choice choice = Trajectory.choose(epochs, 1, 0.95);
    assertThat(choice.epoch()).isEqualTo(5);
    assertThat(choice.note()).isEqualTo(
        "epoch 5 of 6 was kept for its gap: average precision 0.770, soft gap 0.120 on held-out rows");
    assertThat(Trajectory.choose(epochs, 1, 0).epoch()).as("without a floor").isEqualTo(4);
    assertThat(Trajectory.choose(epochs, 0, 0).epoch()).as("without a warm-up").isEqualTo(1);
    assertThat(Trajectory.choose(epochs, 5, 0).epoch()).isEqualTo(6);
    assertThat(Trajectory.choose(epochs, 6, 1).epoch()).as("nothing after the warm-up: the last").isEqualTo(6);
  }

  /** The warm-up's .9 sets the floor, .855: no later epoch reaches it, and 3 is the most precise of them. */
  @Test
  void belowTheFloorTheMostPreciseIsKeptAndSaid() {
    Choice choice = Trajectory.choose(epochs(0.9, 0.3, 0.5, 0.01, 0.6, 0.2, 0.55, 0.1), 1, 0.95);
    assertThat(choice.epoch()).isEqualTo(3);
    assertThat(choice.note())
        .isEqualTo("no epoch after the warm-up was precise enough, average precision 0.855 or more;"
            + " epoch 3 of 4 was kept as the most precise: average precision 0.600, soft gap 0.200 on held-out rows");
  }

  @Test
  void equalGapsAreDecidedByPrecisionThenByOrder() {
    assertThat(Trajectory.choose(epochs(0.7, 0.1, 0.8, 0.1, 0.8, 0.1), 0, 0.5).epoch()).isEqualTo(2);
    assertThat(Trajectory.choose(epochs(0.7, 0.2, 0.7, 0.1, 0.8, 0.3), 0, 1).epoch()).as("one is at the floor")
        .isEqualTo(3);
  }

  @Test
  void undeterminedEpochsAreNotChosen() {
    Measured none = Measured.undetermined("no rows");
    List<Epoch> some = List.of(epochs(0.7, 0.1).getFirst(),
        new Epoch(2, 0.5, Measured.of(0.9), none, List.of()), new Epoch(3, 0.5, none, Measured.of(0), List.of()));
    assertThat(Trajectory.choose(some, 0, 0.5).epoch()).isEqualTo(1);
    assertThat(Trajectory.choose(some, 1, 0.5)).isEqualTo(new Choice(3,
        "the last epoch was kept, as the held-out rows do not determine the others: no rows"));
  }

  @Test
  void anEpochIsBeatenByOneBetterInOneAndNoWorseInTheOther() {
    List<Epoch> epochs = epochs(0.7, 0.1, 0.7, 0.1, 0.8, 0.1, 0.7, 0.05, 0.6, 0.01);
    Epoch first = epochs.getFirst();
    assertThat(epochs).extracting(first::isBeatenBy).containsExactly(false, false, true, true, false);
  }
}
