/**
 * Data, debiasing methods, metrics, studies and the command line.
 *
 * <p>The {@code provides} lines are the registry; {@code META-INF/services} repeats them for the class path.
 */
module evenhand.fairness {
  requires java.net.http;
  requires org.apache.commons.csv;
  requires transitive evenhand.autograd;

  exports evenhand.fairness.data;
  exports evenhand.fairness.metrics;

  uses evenhand.fairness.data.DatasetLoader;

  provides evenhand.fairness.data.DatasetLoader
      with evenhand.fairness.data.AdultLoader,
          evenhand.fairness.data.CompasLoader,
          evenhand.fairness.data.GermanCreditLoader,
          evenhand.fairness.data.SyntheticLoader;
}
