package evenhand.fairness.gradiend;

import evenhand.tensor.Rng;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The table of the toy language for all sources and learning rates: half a minute, asked for by name. */
@EnabledIfSystemProperty(named = "evenhand.experiments", matches = "true")
class ToyTableTests {
  @Test
  void table() {
    row("factual", Source.FACTUAL, 1e-5, 1, false);
    row("factual", Source.FACTUAL, 1e-4, 1, false);
    row("factual", Source.FACTUAL, 1e-3, 1, false);
    row("factual", Source.FACTUAL, 1e-2, 1, false);
    row("counterfactual", Source.COUNTERFACTUAL, 1e-2, 1, false);
    row("difference", Source.DIFFERENCE, 1e-2, 1, false);
    row("factual x100", Source.FACTUAL, 1e-3, 100, false);
    for (double rate : new double[]{.03, .1, .3}) {
      row("factual scaled", Source.FACTUAL, rate, 1, true);
      row("counterfactual scaled", Source.COUNTERFACTUAL, rate, 100, true);
    }
  }

  private static void row(String name, Source source, double rate, double factor, boolean scaled) {
    Toy toy = Toy.pretrained(3).times(factor);
    Gradiend.Settings settings = Gradiend.Settings.DEFAULT.withSource(source).withRate(rate).withScaled(scaled)
        .withSteps(3000, 250);
    Gradiend.Fit fit = new Gradiend<>(toy, toy.data(new Rng(5), false), settings)
        .fit(List.of(0L), Gradiend.Progress.NONE);
    ToyGrid grid = ToyGrid.of(toy, fit.neuron(), factor);
    EncoderReport encoder = fit.bestSeed().encoder();
    System.out.printf(Locale.ROOT, "%-22s lr %.0e Pearson %.3f  h %+.2f/%+.2f  base %s | %s%n", name, rate,
        encoder.pearson().orElse(0), encoder.meanFirst(), encoder.meanSecond(), grid.line(grid.base()), grid.lines());
  }
}
