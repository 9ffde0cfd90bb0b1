package evenhand.fairness.erase;

import evenhand.autograd.io.Safetensors;
import evenhand.autograd.nn.Layer;
import evenhand.fairness.algorithms.Fitting;
import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.algorithms.Task;
import evenhand.fairness.algorithms.TrainingConfig;
import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.ColoredMnistLoader;
import evenhand.fairness.data.DataFiles;
import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.ClassMetrics;
import evenhand.fairness.metrics.ClassPredictions;
import evenhand.fairness.metrics.Measured;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * An experiment to run by hand: Colored MNIST at .99 as a black box in an ONNX file.
 *
 * <p>{@code main [SEED [DIRECTORY [ROWS,.. [balanced|training]]]]} trains the model of the data card, or reads it from the directory, writes
 * it there as ONNX, and erases it on 500 and 5,000 calibration rows, balanced and like those of training. It prints accuracy, worst
 * group and the mean over digits of the range over colours of the recall, for every estimator and patch. It needs
 * EVENHAND_DATA, some minutes, and 3 GB.
 */
final class ColoredMnistErasure {
  private static final List<Estimator> ESTIMATORS = List.of(Estimator.ARITHMETIC, Estimator.GEOMETRIC, Estimator.CELLS,
      Estimator.SUPERVISED, Estimator.SHRUNKEN);

  private final Device device;
  private final Split split;
  private final OnnxModel model;
  private final Answers testAnswers;
  private final Inputs testInputs;

  private ColoredMnistErasure(Device device, Split split, OnnxModel model) {
    this.device = device;
    this.split = split;
    this.model = model;
    Samples test = split.test();
    this.testInputs = new Inputs.Dense(test.x(), test.rows(), test.columns());
    this.testAnswers = new Answers(model.logits(testInputs));
  }

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    long seed = args.length > 0 ? Long.parseLong(args[0]) : 0;
    Path directory = Files.createDirectories(Path.of(args.length > 1 ? args[1] : "target/colored-mnist"));
    int[] rows = args.length > 2 ? Arrays.stream(args[2].split(",")).mapToInt(Integer::parseInt).toArray()
        : new int[]{500, 5000};
    ColoredMnistLoader loader = new ColoredMnistLoader();
    Split split = loader.splits(DataFiles.standard(), loader.defaults()).apply(seed);
    try (Device device = Device.cpu(1)) {
      Path onnx = directory.resolve("model-" + seed + ".onnx");
      OnnxFiles.write(onnx, deployed(split, device, seed, directory.resolve("model-" + seed + ".safetensors")), "");
      try (OnnxModel model = OnnxModel.open(onnx, Optional.empty(), Answers.Kind.LOGITS)) {
        ColoredMnistErasure experiment = new ColoredMnistErasure(device, split, model);
        experiment.print("deployed", Eraser.labels(experiment.testAnswers.logits()));
        for (int count : rows) {
          if (args.length < 4 || args[3].equals("balanced")) {
            experiment.run(count, true, seed);
          }
          if (args.length < 4 || args[3].equals("training")) {
            experiment.run(count, false, seed);
          }
        }
      }
    }
  }

  /** The layers of the model, trained or read. */
  private static List<Network.Dense> deployed(Split split, Device device, long seed, Path file) {
    if (!Files.exists(file)) {
      TrainingConfig config = new TrainingConfig(20, 256, 1e-3, TrainingConfig.Optimizer.ADAM, 1e-5, 1, 0);
      Task task = Task
          .of(split.train(), Target.EQUALIZED_ODDS, ModelSpec.parse("mlp:100,100,100"), config, device, seed)
          .with((epoch, epochs, loss) -> System.out.printf(Locale.ROOT, "epoch %d of %d, loss %.4f%n", epoch, epochs,
              loss));
      Fitting fitting = new Fitting(task);
      Layer trained = fitting.train(config.epochs(), fitting.shuffled(), Fitting.BatchLoss.CROSS_ENTROPY).model();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      trained.parameters().forEach((name, parameter) -> tensors.put(name, parameter.value()));
      Safetensors.write(file, tensors, Map.of());
    }
    List<Network.Dense> layers = new ArrayList<>();
    try (Safetensors tensors = Safetensors.open(file)) {
      for (int l = 0; tensors.contains("fc" + l + ".weight"); l++) {
        float[] flat = tensors.floats("fc" + l + ".weight"); // [outputs, inputs]
        float[] bias = tensors.floats("fc" + l + ".bias");
        float[][] weight = new float[flat.length / bias.length][bias.length];
        for (int at = 0; at < flat.length; at++) {
          weight[at % weight.length][at / weight.length] = flat[at];
        }
        layers.add(new Network.Dense(weight, bias));
      }
    }
    return layers;
  }

  /** External images, each in its own colour with a probability of .1 or .99, else in one of the other nine. */
  private Samples calibration(int count, boolean balanced, long seed) {
    Pairs pairs = split.external().orElseThrow();
    Rng rng = new Rng(seed).split("calibration" + balanced);
    int[] order = rng.permutation(pairs.size());
    boolean[] own = new boolean[count];
    for (int i = 0; i < count; i++) {
      own[i] = rng.nextDouble() < (balanced ? 0.1 : 0.99);
    }
    int[] aligned = IntStream.range(0, count).filter(i -> own[i]).map(i -> order[i]).toArray();
    int[] others = IntStream.range(0, count).filter(i -> !own[i]).map(i -> order[i]).toArray();
    Samples first = pairs.factual().select(aligned);
    Samples second = pairs.counterfactual().select(others);
    return new Samples(Inputs.concat(List.of(first.inputs(), second.inputs()), first.columns()),
        IntStream.concat(Arrays.stream(first.y()), Arrays.stream(second.y())).toArray(), first.columnNames(),
        first.labelLevels(), List.of(new Attribute("colour", first.groups().levels(),
            IntStream.concat(Arrays.stream(first.groups().codes()), Arrays.stream(second.groups().codes()))
                .toArray())));
  }

  private void run(int count, boolean balanced, long seed) {
    String rows = count + (balanced ? " balanced rows" : " rows like those of training");
    QueryCount asked = new QueryCount(model);
    Calibration calibration = Calibration.ask(asked, calibration(count, balanced, seed));
    System.out.println("\n" + rows + ", " + asked.rows() + " queries");
    EraserSettings plain = EraserSettings.DEFAULT.with(balanced ? Estimator.CELLS : Estimator.ARITHMETIC)
        .with(Temperature.Use.OFF).withStrength(OptionalDouble.of(1)).withHidden(0);
    for (PatchKind kind : new PatchKind[]{PatchKind.SOFT, PatchKind.SQUARES, PatchKind.TABLE}) { // why soft falls behind
      EraserFit.Result linear = EraserFit.fit(calibration, plain.with(kind), device, seed);
      linear.report().patches().stream().limit(1).forEach(each -> System.out.printf(Locale.ROOT,
          "   linear %s without temperature: log error %.2f, cross-entropy %.4f (floor %.4f)%n", each.word(),
          each.logError(), each.crossEntropy(), each.floor()));
      print("plain, linear " + kind.word(), linear);
    }
    for (PatchKind kind : new PatchKind[]{PatchKind.SOFT, PatchKind.SQUARES}) {
      print("auto, " + kind.word(), EraserFit.fit(calibration, EraserSettings.DEFAULT.with(kind), device, seed));
    }
    EraserFit.Result auto = EraserFit.fit(calibration, EraserSettings.DEFAULT.with(PatchKind.READER), device, seed);
    auto.report().patches().forEach(each -> System.out.printf(Locale.ROOT,
        "   %-9s hidden %2d components %2d: log error %.3f, cross-entropy %.3f (floor %.3f), group read %.3f%n",
        each.word(), each.hidden(), each.components(), each.logError(), each.crossEntropy(), each.floor(),
        each.readability()));
    auto.report().estimators().forEach(each -> System.out.printf(Locale.ROOT,
        "   %s: cross-validated cross-entropy %.3f at strength %.2f%n", each.estimator().word(), each.crossEntropy(),
        each.strength()));
    auto.report().notes().forEach(note -> System.out.println("   " + note));
    print("auto, reader", auto);
    for (Estimator estimator : ESTIMATORS) { // the same reader, other rules
      EraserFit.Result other = EraserFit.fit(calibration,
          EraserSettings.DEFAULT.with(estimator).with(PatchKind.TABLE), device, seed);
      if (auto.eraser().patch() instanceof Patch.Reader reader) {
        print(estimator.word() + ", reader", with(other, new Patch.Reader(reader.network(), other.eraser().rules())));
      }
      print(estimator.word() + ", table", other);
    }
  }

  private static EraserFit.Result with(EraserFit.Result result, Patch patch) {
    Eraser e = result.eraser();
    return new EraserFit.Result(new Eraser(e.classes(), e.attribute(), e.groups(), e.estimator(), e.rules(), patch,
        e.strength(), e.temperature(), e.logPrior()), result.report());
  }

  private void print(String name, EraserFit.Result result) {
    Eraser eraser = result.eraser();
    String settings = String.format(Locale.ROOT, "%s (%s, strength %.2f, temperature %.2f)", name,
        eraser.estimator().word(), eraser.strength(), eraser.temperature());
    print(settings, Eraser.labels(eraser.probabilities(testAnswers, testInputs, split.test().groups().codes())));
  }

  private void print(String name, int[] said) {
    Attribute groups = split.test().groups();
    Map<String, Measured> metrics = ClassMetrics.evaluate(
        new ClassPredictions(split.test().y(), said, 10, groups.codes(), groups.levels()), BootstrapOptions.none());
    System.out.printf(Locale.ROOT, "%-60s accuracy %.3f worst group %.3f gap %.3f%n", name,
        metrics.get("accuracy").value().orElseThrow(), metrics.get("worst_group_accuracy").value().orElseThrow(),
        metrics.get("equalized_odds_mean").value().orElseThrow());
  }
}
