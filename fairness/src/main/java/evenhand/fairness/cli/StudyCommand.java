package evenhand.fairness.cli;

import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.report.StudyReport;
import evenhand.fairness.study.LanguageModels;
import evenhand.fairness.study.Study;
import evenhand.fairness.study.StudyData;
import evenhand.fairness.study.StudyJson;
import evenhand.fairness.study.StudyResult;
import evenhand.tensor.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code study}: trains, debiases and compares. */
@Command(name = "study", header = "Trains, debiases and compares methods over several seeds.", description = {
    "Each method is trained on each seed's training rows and measured on its test rows. Prints a table"
        + " and writes report.html, study.json and summary.csv."},
    footer = {"%nExamples:",
        "  evenhand study",
        "  evenhand study --data adult --methods erm,fairbatch --seeds 5",
        "  evenhand study --target demographic_parity --set fairbatch.alpha=0.01",
        "  evenhand study --data colored-mnist --set data.ratio=0.95",
        "  evenhand study --data tiny-language --seeds 1",
        "  evenhand study --csv people.csv --label hired --sensitive sex,age --drop id"})
final class StudyCommand implements Runnable {
  private static final Path DIRECTORY = Path.of("evenhand-study");
  private static final int RESAMPLES = BootstrapOptions.defaults(0).resamples();

  @Spec
  private CommandSpec spec;

  @Mixin
  private DataOptions data;

  @Option(names = "--methods", paramLabel = "NAME", split = ",", defaultValue = "all",
      description = "all, or a list; see 'evenhand methods list' (default: ${DEFAULT-VALUE}).")
  private List<String> methods;

  @Option(names = "--target", paramLabel = "TARGET",
      description = "What is to be alike across groups: demographic_parity, equal_opportunity or equalized_odds"
          + " (default: equal_opportunity; equalized_odds with more than two labels).")
  private Optional<String> target = Optional.empty();

  @Option(names = "--model", paramLabel = "MODEL",
      description = "logistic, or mlp:64,64 with the sizes of hidden layers (default: the data set's).")
  private Optional<String> model = Optional.empty();

  @Option(names = "--seeds", paramLabel = "N", defaultValue = "3",
      description = "Number of seeds; each has a split of its own, or a sample of its own where data are generated"
          + " (default: ${DEFAULT-VALUE}).")
  private int seeds;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
      description = "The first seed (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--set", paramLabel = "METHOD.KEY=VALUE",
      description = "A setting, see 'evenhand methods describe NAME'; model.epochs, model.batch and the like are those"
          + " of all methods, data.KEY those of the data (see 'evenhand data describe NAME'). Repeatable.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--out", paramLabel = "DIR",
      description = "Where the report goes (default: evenhand-study; none with --json -).")
  private Optional<Path> out = Optional.empty();

  @Mixin
  private DeviceOptions device;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    if (seeds < 1) {
      throw Failures.wrongUsage(spec, "--seeds must be at least 1, got " + seeds);
    }
    Optional<Path> directory = out.or(() -> json.ownsOutput() ? Optional.empty() : Optional.of(DIRECTORY));
    List<Long> all = LongStream.range(seed, seed + seeds).boxed().toList();
    Optional<LanguageModels> language = data.language(spec);
    if (language.isPresent()) {
      runLanguage(language.get(), directory, all);
      return;
    }
    data.check(spec);
    Settings chosen = Failures.parsed(spec, () -> Settings.of(methods, settings, data.settings(spec)));
    Target wanted = Failures.parsed(spec, () -> target.map(Target::named).orElseGet(() -> data.target(spec)));
    Optional<ModelSpec> named = Failures.parsed(spec, () -> model.map(ModelSpec::parse));
    directory.ifPresent(StudyReport::requireWritable);
    json.requireWritable();
    try (Device place = device.open(spec)) {
      StudyData rows = data.load(spec, seed, chosen.data());
      Study study = new Study(rows, chosen.arms(rows.card()), wanted,
          named.orElseGet(() -> ModelSpec.parse(rows.card().model())), chosen.training(rows.card(), wanted), place,
          all, RESAMPLES);
      StudyResult result = run(study);
      show(result, List.of(), directory, place);
      json.write(spec, StudyJson.of(result));
    }
  }

  private void runLanguage(LanguageModels language, Optional<Path> directory, List<Long> all) {
    if (model.isPresent() || target.isPresent()) {
      throw Failures.wrongUsage(spec, "--" + (model.isPresent() ? "model" : "target") + " is for tables; data set "
          + language.word() + " is a language model");
    }
    LanguageStudyRun chosen = Failures.parsed(spec, () -> LanguageStudyRun.of(language, methods, settings));
    directory.ifPresent(StudyReport::requireWritable);
    json.requireWritable();
    try (Device place = device.open(spec)) {
      StudyResult result = chosen.run(place, all, RESAMPLES);
      show(result, LanguageStudyRun.lines(result), directory, place);
      json.write(spec, StudyJson.of(result));
    }
  }

  private StudyResult run(Study study) {
    try (StudyProgress progress = new StudyProgress(study.arms().size(), seeds)) {
      return study.run(progress);
    }
  }

  private void show(StudyResult result, List<String> further, Optional<Path> directory, Device place) {
    PrintWriter words = json.words(spec);
    StudyTable.lines(result).forEach(words::println);
    further.forEach(words::println);
    if (directory.isPresent()) {
      String versions = EvenhandCommand.Version.words() + ", " + place.name() + ": " + place.description();
      Path page = new StudyReport(result, Shell.line(spec), versions).write(directory.get());
      words.println();
      words.println("Report: " + page);
    }
  }
}
