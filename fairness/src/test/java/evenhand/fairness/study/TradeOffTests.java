package evenhand.fairness.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.study.TradeOff.Point;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TradeOffTests {
  private static TradeOff of(double... values) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < values.length; i += 2) {
      points.add(new Point(values[i], values[i + 1]));
    }
    return new TradeOff(points);
  }

  /** (.7, .2) is beaten by (.72, .1); a third of the way from (.72, .1) to (.78, .19) the gap is .13. */
  @Test
  void gapsBetweenPointsByHand() {
    TradeOff curve = of(0.78, 0.19, 0.7, 0.2, 0.72, 0.1, 0.6, 0.04);
    assertThat(curve.points()).containsExactly(new Point(0.6, 0.04), new Point(0.72, 0.1), new Point(0.78, 0.19));
    assertThat(curve.gapAt(0.74).orElseThrow()).isCloseTo(0.13, within(1e-12));
    assertThat(curve.gapAt(0.72)).hasValue(0.1);
    assertThat(curve.gapAt(0.78)).hasValue(0.19);
    assertThat(curve.gapAt(0.5)).as("the least precise model is more precise than asked").hasValue(0.04);
    assertThat(curve.gapAt(0.79)).isEmpty();
  }

  /** Both reach .7 to .8: there one runs from .1 to .3, the other from .05 to .15, so .05 to .15 apart. */
  @Test
  void theExcessIsTakenWhereBothReach() {
    TradeOff high = of(0.7, 0.1, 0.8, 0.3);
    TradeOff low = of(0.6, 0.01, 0.7, 0.05, 0.8, 0.15, 0.9, 0.5);
    assertThat(high.excess(low, 11).orElseThrow()).isCloseTo(0.1, within(1e-12));
    assertThat(low.excess(high, 11).orElseThrow()).isCloseTo(-0.1, within(1e-12));
    assertThat(high.excess(high, 7)).hasValue(0);
    assertThat(high.excess(of(0.81, 0.2), 11)).isEmpty();
    assertThat(high.excess(of(0.75, 0.12), 1).orElseThrow()).isCloseTo(0.08, within(1e-12));
  }

  @Test
  void pointsAreNeeded() {
    assertThatIllegalArgumentException().isThrownBy(() -> new TradeOff(List.of()))
        .withMessageStartingWith("trade-off: ");
    assertThatIllegalArgumentException().isThrownBy(() -> of(0.5, Double.NaN));
  }
}
