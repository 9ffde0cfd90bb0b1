package evenhand.fairness.cli;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.DataException;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.data.Inputs;
import evenhand.fairness.data.Partition;
import evenhand.fairness.erase.Answers;
import evenhand.fairness.erase.Calibration;
import evenhand.fairness.erase.Eraser;
import evenhand.fairness.erase.EraserFit;
import evenhand.fairness.erase.EraserSettings;
import evenhand.fairness.erase.OnnxModel;
import evenhand.fairness.erase.PatchFiles;
import evenhand.fairness.erase.QueryCount;
import evenhand.fairness.report.OutputFiles;
import evenhand.tensor.Device;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code erase}: fits, keeps and applies a correction of a deployed model's outputs. */
@Command(name = "erase", header = "Corrects a deployed model's outputs by a patch fitted on calibration rows.",
    description = "The model is a black box: its outputs are columns of a CSV file (--logits) named logit_CLASS or"
        + " probability_CLASS, or an ONNX file gives them (--onnx with --csv). The other columns are what the patch"
        + " reads; prediction needs no sensitive column.",
    footer = {"%nExamples:",
        "  evenhand erase --logits rows.csv --label hired --sensitive sex --save patch",
        "  evenhand erase --logits new.csv --apply patch --out predictions.csv",
        "  evenhand erase --onnx model.onnx --csv rows.csv --label y --sensitive z"})
final class EraseCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Option(names = "--logits", paramLabel = "FILE", description = "Rows with the model's outputs.")
  private Optional<Path> logits = Optional.empty();

  @Option(names = "--onnx", paramLabel = "FILE", description = "The model, an ONNX file.")
  private Optional<Path> onnx = Optional.empty();

  @Option(names = "--csv", paramLabel = "FILE", description = "With --onnx: the rows.")
  private Optional<Path> csv = Optional.empty();

  @Mixin
  private ColumnOptions roles;

  @Option(names = "--outputs", paramLabel = "COL", split = ",",
      description = "With --logits: the columns of outputs, one a class, or that of the second of two classes (default:"
          + " those named logit_CLASS or probability_CLASS). With --onnx: the model's output.")
  private List<String> outputs = List.of();

  @Option(names = "--classes", paramLabel = "A", split = ",",
      description = "The classes in the order of the outputs (default: from the outputs' names, else the label's values"
          + " in order).")
  private List<String> classes = List.of();

  @Option(names = "--kind", paramLabel = "auto|logits|probabilities", defaultValue = "auto",
      description = "What the outputs are; auto: probabilities if every row looks like them.")
  private String kind;

  @Option(names = "--model-inputs", paramLabel = "COL", split = ",",
      description = "With --onnx: the columns that the model takes, in order (default: all that are not label, sensitive"
          + " or dropped).")
  private List<String> modelInputs = List.of();

  @Option(names = "--inputs", paramLabel = "COL", split = ",",
      description = "Columns for the patch to read (default: all that are not outputs, label, sensitive or dropped).")
  private List<String> inputs = List.of();

  @Mixin
  private EraseOptions options;

  @Option(names = "--test-fraction", paramLabel = "F", defaultValue = "0.3",
      description = "Share of the rows kept to measure on (default: ${DEFAULT-VALUE}).")
  private double testFraction;

  @Mixin
  private SeedOption seed;

  @Option(names = "--save", paramLabel = "DIR", description = "Where the patch goes.")
  private Optional<Path> save = Optional.empty();

  @Option(names = "--apply", paramLabel = "DIR", description = "Apply a saved patch instead of fitting one.")
  private Optional<Path> apply = Optional.empty();

  @Option(names = "--out", paramLabel = "FILE", description = "Where the corrected predictions of all rows go, as CSV.")
  private Optional<Path> out = Optional.empty();

  @Mixin
  private DeviceOptions device;

  @Mixin
  private JsonOption json;

  /** Rows with the answers on them. */
  private record Asked(EraseRows rows, Answers answers, List<String> outputs, long queries) {}

  @Override
  public void run() {
    check();
    json.requireWritable();
    out.ifPresent(file -> OutputFiles.requireWritableFile(file, "--out FILE"));
    save.ifPresent(directory -> OutputFiles.requireWritable(directory, "--save DIR"));
    if (apply.isPresent()) {
      apply(PatchFiles.load(apply.get()));
      return;
    }
    try (Device opened = device.open(spec)) {
      fit(opened);
    }
  }

  private void check() {
    kind();
    require(logits.isPresent() != onnx.isPresent(),
        "erase needs the model's outputs: --logits FILE, or --onnx FILE with --csv FILE; one of the two");
    require(onnx.isPresent() == csv.isPresent(), "--onnx FILE and --csv FILE go together: the model and its rows");
    require(modelInputs.isEmpty() || onnx.isPresent(), "--model-inputs goes with --onnx FILE");
    require(outputs.size() < 2 || onnx.isEmpty(), "--outputs names one output with --onnx FILE");
    require(apply.isPresent() || !roles.sensitive().isEmpty(),
        "erase needs --sensitive COL[,COL] to fit a patch, the columns that make the groups");
    require(apply.isEmpty() || save.isEmpty(), "--save and --apply exclude each other: a patch is fitted or applied");
    require(testFraction > 0 && testFraction < 1, "--test-fraction must be between 0 and 1, got " + testFraction);
  }

  private Answers.Kind kind() {
    return Failures.parsed(spec, () -> EraseOptions.constant(Answers.Kind.values(), "--kind", kind));
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw Failures.wrongUsage(spec, message);
    }
  }

  /** Reads the rows and asks the model. */
  private Asked ask(List<String> known) {
    EraseRows rows = EraseRows.read(logits.or(() -> csv).orElseThrow(), roles.label(), roles.sensitive(), List.of());
    if (onnx.isPresent()) {
      return askOnnx(rows, known);
    }
    List<String> columns = outputs.isEmpty() ? rows.namedOutputs() : outputs;
    if (columns.isEmpty()) {
      throw new DataException(rows.table().source() + ": no column is named logit_CLASS or probability_CLASS; name the"
          + " columns of outputs with --outputs COL,COL");
    }
    List<String> named = !classes.isEmpty() ? classes
        : outputs.isEmpty() ? EraseRows.classes(columns) : known.isEmpty() ? rows.labelValues() : known;
    return new Asked(rows.with(checked(named, columns.size())), rows.answers(columns, kind()), columns,
        rows.table().rows());
  }

  private Asked askOnnx(EraseRows rows, List<String> known) {
    List<String> columns = rows.inputs(modelInputs, List.of(), roles.drop());
    try (OnnxModel model = OnnxModel.open(onnx.orElseThrow(), outputs.stream().findFirst(), kind())) {
      model.columns().filter(count -> count != columns.size()).ifPresent(count -> {
        throw new DataException(onnx.get() + ": the model takes " + count + " numbers a row, and " + columns.size()
            + " columns are left of " + rows.table().source() + " (" + String.join(", ", columns)
            + "); name its columns with --model-inputs");
      });
      QueryCount asked = new QueryCount(model);
      Answers answers = new Answers(asked.logits(rows.raw(columns)));
      List<String> named = !classes.isEmpty() ? classes : known.isEmpty() ? rows.labelValues() : known;
      return new Asked(rows.with(checked(named, answers.logits()[0].length)), answers, List.of(), asked.rows());
    }
  }

  /** The names of the classes; of two, the outputs may be one. */
  private List<String> checked(List<String> named, int numbers) {
    if (named.size() != Math.max(2, numbers)) {
      throw new DataException("the model has " + Math.max(2, numbers) + " classes, and " + named.size() + " are known"
          + (named.isEmpty() ? "" : " (" + String.join(", ", named) + ")")
          + "; name them in the order of the outputs with --classes A,B,..");
    }
    return named;
  }

  private void fit(Device opened) {
    Asked asked = ask(List.of());
    EraseRows rows = asked.rows();
    EraserSettings settings = options.settings(spec, rows.classes());
    List<String> columns = options.table() ? List.of() : rows.inputs(inputs, asked.outputs(), roles.drop());
    if (columns.isEmpty() && !options.table()) {
      throw new DataException(
          rows.table().source() + ": no column is left for the patch to read; give columns that show"
              + " the group, or use --patch table, which needs the sensitive column whenever it is applied");
    }
    Partition parts = Partition.stratified(cells(rows), testFraction, seed.seed());
    Optional<Encoder> encoder = options.table() ? Optional.empty()
        : Optional.of(Encoder.fit(rows.table().select(parts.train()), columns, true));
    Inputs features = encoder.map(rows::encoded).orElseGet(rows::noInputs);
    Calibration all = new Calibration(asked.answers(), features, rows.attributes(), rows.classes(), rows.labels(),
        Optional.empty());
    EraserFit.Result result = EraserFit.fit(all.select(parts.train()), settings, opened, seed.seed());
    save.ifPresent(directory -> PatchFiles.save(directory, new PatchFiles.Saved(result.eraser(), encoder), opened));
    EraseOutput output = new EraseOutput(rows, asked.answers(), result.eraser(),
        result.eraser().probabilities(asked.answers(), features, all.groups().codes()));
    output.show(json.words(spec), asked.queries(), Optional.of(result.report()), parts.test(), seed.seed());
    save.ifPresent(directory -> json.words(spec).println("Patch: " + directory));
    finish(output, Optional.of(result), parts.test());
  }

  /** Rows are kept for measuring by cell of label and group. */
  private static int[] cells(EraseRows rows) {
    int[] groups = Attribute.cross(rows.attributes()).codes();
    int[] labels = rows.labels().orElse(new int[groups.length]);
    int[] cells = new int[groups.length];
    Arrays.setAll(cells, row -> (groups[row] + 1) * rows.classes().size() + labels[row]);
    return cells;
  }

  private void apply(PatchFiles.Saved saved) {
    Eraser eraser = saved.eraser();
    Asked asked = ask(eraser.classes());
    EraseRows rows = asked.rows();
    if (!rows.classes().equals(eraser.classes())) {
      throw new DataException("the outputs are of the classes " + String.join(", ", rows.classes())
          + ", the patch is for " + String.join(", ", eraser.classes()) + "; give them in its order with --outputs");
    }
    boolean table = eraser.patch().needsGroups();
    if (table && roles.sensitive().isEmpty()) {
      throw new DataException("the patch is a table, which needs each row's group; give --sensitive "
          + eraser.attribute().replace("*", ","));
    }
    Inputs features = table ? rows.noInputs() : rows.encoded(saved.encoder().orElseThrow(() -> new DataException(
        apply.orElseThrow() + ": the patch does not say which columns it reads; it was not saved by erase")));
    EraseOutput output = new EraseOutput(rows, asked.answers(), eraser,
        eraser.probabilities(asked.answers(), features, table ? rows.groups(eraser.groups()) : new int[0]));
    output.show(json.words(spec), asked.queries(), Optional.empty(), rows.all(), seed.seed());
    finish(output, Optional.empty(), rows.all());
  }

  private void finish(EraseOutput output, Optional<EraserFit.Result> result, int[] measured) {
    out.ifPresent(file -> {
      OutputFiles.write(file, output.csv(), "--out FILE");
      json.words(spec).println("Predictions: " + file);
    });
    json.write(spec, output.json(result.map(EraserFit.Result::report), measured, seed.seed()));
  }
}
