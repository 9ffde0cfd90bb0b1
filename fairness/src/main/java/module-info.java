/**
 * Data, debiasing methods, metrics, studies and the command line.
 *
 * <p>The {@code provides} lines below are the registry of methods and data sets; each has its twin in the service files
 * for use on the class path, and a test keeps them equal.
 */
module evenhand.fairness {
  requires transitive evenhand.autograd;
  requires ai.djl.tokenizers;
  requires com.google.gson; // of the tokenizers, an automatic module, which cannot say so itself; as is slf4j
  requires org.slf4j;
  requires java.net.http;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.dataformat.yaml;
  requires com.fasterxml.jackson.datatype.jdk8;
  requires static com.microsoft.onnxruntime; // optional: for ONNX files alone
  requires info.picocli;
  requires me.tongfei.progressbar;
  requires org.apache.commons.csv;

  exports evenhand.fairness.algorithms;
  exports evenhand.fairness.data;
  exports evenhand.fairness.erase;
  exports evenhand.fairness.gradiend;
  exports evenhand.fairness.influence;
  exports evenhand.fairness.metrics;
  exports evenhand.fairness.report;
  exports evenhand.fairness.study;
  exports evenhand.fairness.text;

  opens evenhand.fairness.cli to info.picocli;
  // Finished runs of a study are kept as JSON, by the components of their records.
  opens evenhand.fairness.algorithms to com.fasterxml.jackson.databind;
  opens evenhand.fairness.metrics to com.fasterxml.jackson.databind;
  opens evenhand.fairness.report to com.fasterxml.jackson.databind;
  opens evenhand.fairness.study to com.fasterxml.jackson.databind;

  uses evenhand.fairness.algorithms.Method;
  uses evenhand.fairness.data.DatasetLoader;

  provides evenhand.fairness.algorithms.Method with
      evenhand.fairness.algorithms.Erm,
      evenhand.fairness.algorithms.Reweighing,
      evenhand.fairness.algorithms.GapRegularization,
      evenhand.fairness.algorithms.FairBatch,
      evenhand.fairness.algorithms.GroupDro,
      evenhand.fairness.algorithms.FastModelDebias,
      evenhand.fairness.algorithms.RuleEraser,
      evenhand.fairness.algorithms.ThresholdOptimizer,
      evenhand.fairness.algorithms.DecisionRationaleAlignment,
      evenhand.fairness.algorithms.Adversarial,
      evenhand.fairness.algorithms.FairMixup;

  provides evenhand.fairness.data.DatasetLoader
      with evenhand.fairness.data.AdultLoader,
          evenhand.fairness.data.ColoredMnistLoader,
          evenhand.fairness.data.CompasLoader,
          evenhand.fairness.data.GermanCreditLoader,
          evenhand.fairness.data.SyntheticLoader;
}
