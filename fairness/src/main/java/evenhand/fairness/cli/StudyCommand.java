package evenhand.fairness.cli;

import evenhand.fairness.algorithms.ModelSpec;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.report.OutputFiles;
import evenhand.fairness.report.RunFiles;
import evenhand.fairness.report.StudyReport;
import evenhand.fairness.study.LanguageModels;
import evenhand.fairness.study.RunStore;
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
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code study}: trains, debiases and compares. */
@Command(name = "study", header = "Trains, debiases and compares methods over several seeds.", description = {
    "Each method is trained on each seed's training rows and measured on its test rows. Prints a table"
        + " and writes report.html, study.json, summary.csv and study.yaml, from which the study can be repeated."},
    footer = {"%nExamples:",
        "  evenhand study",
        "  evenhand study --data adult --methods erm,fairbatch --seeds 5",
        "  evenhand study --target demographic_parity --set fairbatch.alpha=0.01",
        "  evenhand study --methods erm,fairbatch,gap-regularization --sweep --ablations",
        "  evenhand study --methods erm,fairbatch --sweep --grid fairbatch.alpha=0.002,0.004,0.008",
        "  evenhand study --data adult --seeds 10 --resume",
        "  evenhand study --config evenhand-study/study.yaml --seeds 10",
        "  evenhand study --data colored-mnist --set data.ratio=0.95",
        "  evenhand study --data tiny-language --seeds 1",
        "  evenhand study --csv people.csv --label hired --sensitive sex,age --drop id"})
final class StudyCommand implements Runnable {
  private static final Path DIRECTORY = Path.of("evenhand-study");
  private static final int RESAMPLES = BootstrapOptions.defaults(0).resamples();

  /** The names of methods, for completion. */
  static final class MethodNames extends Words {
    MethodNames() {
      super(Settings::names);
    }
  }

  @Spec
  private CommandSpec spec;

  @Mixin
  private DataOptions data;

  @Option(names = "--methods", paramLabel = "METHOD", split = ",", defaultValue = "all",
      completionCandidates = MethodNames.class,
      description = "all, or a list; see 'evenhand methods list' (default: ${DEFAULT-VALUE}).")
  private List<String> methods;

  @Mixin
  private TrainingOptions training;

  @Mixin
  private SeedsOptions seeds;

  @Option(names = "--sweep",
      description = "Run each method at several strengths too, and compare at matched accuracy.")
  private boolean sweep;

  @Option(names = "--grid", paramLabel = "METHOD.KEY=V,V",
      description = "With --sweep: the setting that is a method's strength, and its values. Repeatable.")
  private Map<String, String> grids = new LinkedHashMap<>();

  @Option(names = "--ablations", description = "Run each method without its parts too, one at a time.")
  private boolean ablations;

  @Option(names = "--out", paramLabel = "DIR",
      description = "Where the report goes (default: evenhand-study; none with --json -).")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--resume",
      description = "Go on with a study that was interrupted: take over the runs that are kept below --out.")
  private boolean resume;

  @Option(names = "--config", paramLabel = "FILE",
      description = "Options and settings from a YAML or .properties file; those given here go before them.")
  private Optional<Path> config = Optional.empty();

  @Option(names = "--jobs", paramLabel = "N",
      description = "Runs at a time (default: one per thread on a CPU, else 1). Results do not depend on it.")
  private Optional<Integer> jobs = Optional.empty();

  @Mixin
  private DeviceOptions device;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    List<Long> all = seeds.all(spec);
    Optional<Path> directory = out.or(() -> json.ownsOutput() ? Optional.empty() : Optional.of(DIRECTORY));
    Optional<LanguageModels> language = data.language(spec);
    if (language.isPresent()) {
      runLanguage(language.get(), directory, all);
      return;
    }
    data.check(spec);
    check(directory);
    Settings chosen = Failures.parsed(spec, () -> Settings.of(methods, training.settings(), data.settings(spec)));
    Target wanted = training.target(spec, data);
    Optional<ModelSpec> named = training.model(spec);
    Failures.parsed(spec, () -> chosen.arms(Map.of(), sweep, ablations, grids));
    directory.ifPresent(StudyReport::requireWritable);
    json.requireWritable();
    try (DeviceOptions.Divided places = device.open(spec, jobs)) {
      StudyData rows = data.load(spec, seeds.first(), chosen.data());
      Study study = new Study(rows, chosen.arms(rows.card().defaults(), sweep, ablations, grids), wanted,
          named.orElseGet(() -> ModelSpec.parse(rows.card().model())), chosen.training(rows.card(), wanted),
          places.device(), all, RESAMPLES);
      Optional<RunFiles> files = directory.map(each -> new RunFiles(each.resolve("unfinished"), resume,
          EvenhandCommand.Version.words()));
      StudyResult result = run(study, places.parts(), files);
      show(result, List.of(), directory, places.device());
      json.write(spec, StudyJson.of(result));
      files.ifPresent(RunFiles::delete);
    }
  }

  private void check(Optional<Path> directory) {
    if (resume && directory.isEmpty()) {
      throw Failures.wrongUsage(spec, "--resume needs --out DIR, where the runs of the interrupted study are kept");
    }
    if (!grids.isEmpty() && !sweep) {
      throw Failures.wrongUsage(spec, "--grid goes with --sweep");
    }
    jobs.filter(count -> count < 1).ifPresent(count -> {
      throw Failures.wrongUsage(spec, "--jobs must be at least 1, got " + count);
    });
  }

  private void runLanguage(LanguageModels language, Optional<Path> directory, List<Long> all) {
    Optional<String> wrong = training.ofTables().or(() -> sweep ? Optional.of("--sweep") : Optional.empty())
        .or(() -> ablations ? Optional.of("--ablations") : Optional.empty())
        .or(() -> resume ? Optional.of("--resume") : Optional.empty()).or(() -> jobs.map(_ -> "--jobs"));
    wrong.ifPresent(option -> {
      throw Failures.wrongUsage(spec, option + " is for tables; data set " + language.word()
          + " is a language model");
    });
    LanguageStudyRun chosen = Failures.parsed(spec,
        () -> LanguageStudyRun.of(language, methods, training.settings()));
    directory.ifPresent(StudyReport::requireWritable);
    json.requireWritable();
    try (Device place = device.open(spec)) {
      StudyResult result = chosen.run(spec, place, all, RESAMPLES);
      show(result, LanguageStudyRun.lines(result), directory, place);
      json.write(spec, StudyJson.of(result));
    }
  }

  private StudyResult run(Study study, int parts, Optional<RunFiles> files) {
    int runs = study.arms().size() * study.seeds().size();
    Thread interrupted = new Thread(() -> files.filter(each -> each.count() > 0).ifPresent(each -> {
      spec.commandLine().getErr().println(System.lineSeparator() + "evenhand: interrupted; " + each.count() + " of "
          + runs + " runs are kept, and the same command with --resume goes on from there");
      spec.commandLine().getErr().flush();
    }));
    Runtime.getRuntime().addShutdownHook(interrupted);
    try (StudyProgress progress = new StudyProgress(spec, study)) {
      return study.run(progress, parts, files.map(RunStore.class::cast).orElse(RunStore.NONE));
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(interrupted);
      } catch (IllegalStateException e) {
        // the program is ending: the hook has its say
      }
    }
  }

  private void show(StudyResult result, List<String> further, Optional<Path> directory, Device place) {
    PrintWriter words = json.words(spec);
    StudyTable.lines(result, Terminal.width()).forEach(words::println);
    further.forEach(words::println);
    if (directory.isPresent()) {
      String versions = EvenhandCommand.Version.words() + ", " + place.name() + ": " + place.description();
      OutputFiles.write(directory.get().resolve("study.yaml"), config(result, directory.get()), StudyReport.OPTION);
      Path page = new StudyReport(result, Shell.line(spec), versions).write(directory.get());
      words.println();
      words.println("Report: " + page);
    }
  }

  /** What was chosen for the user and by the user, to repeat the study from. */
  private String config(StudyResult result, Path directory) {
    Map<String, String> resolved = new LinkedHashMap<>();
    if (!spec.findOption("--csv").originalStringValues().isEmpty()) {
      resolved.put("target", result.target());
    } else {
      resolved.put("data", result.data().name());
    }
    boolean language = LanguageModels.named(result.data().name()).isPresent();
    if (!language) {
      resolved.put("target", result.target());
      resolved.put("model", result.model());
    }
    resolved.put("methods", String.join(",", methods));
    resolved.put("seeds", Long.toString(result.runs().stream().map(StudyResult.Run::seed).distinct().count()));
    resolved.put("seed", Long.toString(seeds.first()));
    resolved.put("device", result.device());
    Map<String, String> settings = new LinkedHashMap<>();
    Set<String> ofData = language ? Set.of() : Settings.keys(data.settings(spec));
    result.runs().forEach(run -> run.settings().forEach((key, value) -> {
      if (!key.startsWith("data.") || ofData.contains(key)) {
        settings.put(key, value);
      }
    }));
    return StudyConfig.text(spec, resolved, settings, directory, EvenhandCommand.Version.words());
  }
}
