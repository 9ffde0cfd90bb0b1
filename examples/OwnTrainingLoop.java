// FairBatch in a training loop of one's own: the sampler is the one line that changes. With a file name, the weights are
// saved for Embed.java.
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/OwnTrainingLoop.java weights.safetensors

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.nn.Phase;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.BatchSampler;
import evenhand.autograd.optim.ShuffledBatches;
import evenhand.fairness.algorithms.FairBatchSampler;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Samples;
import evenhand.fairness.metrics.Metrics;
import evenhand.fairness.metrics.Predictions;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;

void main(String[] args) {
  var data = Datasets.load("synthetic", 1);
  var split = data.split(data.publishedTestRows());
  double before = gap(train(split.train(), false), split.test());
  Layer model = train(split.train(), true);
  IO.println(String.format(Locale.ROOT, "gap before %.3f after %.3f", before, gap(model, split.test())));
  if (args.length > 0) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    model.parameters().forEach((name, parameter) -> weights.put(name, parameter.value()));
    Safetensors.write(Path.of(args[0]), weights, Map.of());
  }
}

Layer train(Samples rows, boolean fairBatch) {
  Rng rng = new Rng(1);
  Device device = Device.cpu();
  Tensor x = rows.features(device);
  Tensor y = rows.labels(device);
  Layer model = Mlp.of(rng, device, rows.columns(), 16, 1);
  List<Var> parameters = List.copyOf(model.parameters().values());
  var optimizer = new Adam(parameters, Adam.Settings.defaults());
  BatchSampler batches = fairBatch
      ? FairBatchSampler.of(rows.y(), rows.groups(), 100, Target.EQUAL_OPPORTUNITY, rng, () -> logits(model, x))
      : new ShuffledBatches(rows.rows(), 100, rng, true);
  for (int epoch = 0; epoch < 100; epoch++) {
    for (int[] batch : batches.epoch()) {
      try (Scope _ = Scope.open()) { // gives the step's memory back for the next step
        Tensor chosen = device.tensor(batch);
        Var output = model.forward(Var.of(x.indexSelect(0, chosen)), Phase.TRAIN);
        Var loss = Losses.binaryCrossEntropyWithLogits(output, Var.of(y.indexSelect(0, chosen)));
        optimizer.step(Grad.of(loss, parameters));
      }
    }
  }
  return model;
}

Tensor logits(Layer model, Tensor x) {
  return Grad.without(() -> model.forward(Var.of(x)).value());
}

double gap(Layer model, Samples rows) {
  float[] logits = logits(model, rows.features(Device.cpu())).toFloats();
  int[] said = IntStream.range(0, rows.rows()).map(row -> logits[row] > 0 ? 1 : 0).toArray();
  var predictions = new Predictions(rows.y(), said, new double[0], rows.groups().codes(), rows.groups().levels());
  return Metrics.EQUAL_OPPORTUNITY_DIFFERENCE.of(predictions).value().orElseThrow();
}
