// The rule eraser in front of a model in an ONNX file: the file stays as it is, and what asks it asks the corrected one.
// The dependency com.microsoft.onnxruntime:onnxruntime is to be added by who embeds this; the command line has it.
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/EraseOnnx.java examples/synthetic.onnx

import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.fairness.erase.Answers;
import evenhand.fairness.erase.Calibration;
import evenhand.fairness.erase.DeployedModel;
import evenhand.fairness.erase.Eraser;
import evenhand.fairness.erase.EraserFit;
import evenhand.fairness.erase.EraserSettings;
import evenhand.fairness.erase.OnnxModel;
import evenhand.fairness.erase.PatchKind;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Device;

void main(String[] args) {
  var data = Datasets.load("synthetic", 1);
  var split = data.split(data.publishedTestRows());
  try (OnnxModel model = OnnxModel.open(Path.of(args[0]), Optional.empty(), Answers.Kind.LOGITS)) {
    // Once: fit a patch that reads the rule from the inputs, on rows whose groups and labels are known.
    var fitted = EraserFit.fit(Calibration.ask(model, split.train()), EraserSettings.DEFAULT.with(PatchKind.READER),
        Device.cpu(), 1);
    // Then: rows in, corrected answers out; no groups any more.
    DeployedModel corrected = fitted.eraser().wrap(model);
    IO.println(String.format(Locale.ROOT, "gap before %.3f after %.3f", gap(model, split.test()),
        gap(corrected, split.test())));
  }
}

/** Equalized odds' gap. */
double gap(DeployedModel model, Samples rows) {
  int[] said = Eraser.labels(model.logits(rows.inputs()));
  var predictions = new Predictions(rows.y(), said, new double[0], rows.groups().codes(), rows.groups().levels());
  return Metrics.EQUALIZED_ODDS_DIFFERENCE.of(predictions).value().orElseThrow();
}
