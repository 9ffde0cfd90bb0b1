package evenhand.fairness.cli;

import evenhand.fairness.algorithms.Configs;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.data.CsvOptions;
import evenhand.fairness.data.DataFiles;
import evenhand.fairness.data.Dataset;
import evenhand.fairness.data.DatasetLoader;
import evenhand.fairness.data.Datasets;
import evenhand.fairness.data.Nearest;
import evenhand.fairness.data.SplitLoader;
import evenhand.fairness.data.TableLoader;
import evenhand.fairness.study.LanguageModels;
import evenhand.fairness.study.StudyData;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which data a study takes, and how they are split. */
final class DataOptions {
  /** The names of data sets, for completion. */
  static final class Names extends Words {
    Names() {
      super(DataOptions::names);
    }
  }

  @Option(names = "--data", paramLabel = "DATA", completionCandidates = Names.class,
      description = "A known data set, see 'evenhand data list' (default: synthetic).")
  private Optional<String> name = Optional.empty();

  @Option(names = "--csv", paramLabel = "FILE", description = "A file of your own, with a line of column names.")
  private Optional<Path> csv = Optional.empty();

  @Mixin
  private ColumnOptions columns;

  @Option(names = "--positive", paramLabel = "VALUE",
      description = "With --csv: the label's value that counts as 1 (default: the larger of two).")
  private Optional<String> positive = Optional.empty();

  @Option(names = "--sensitive-inputs", paramLabel = "yes|no",
      description = "Does the model see the sensitive columns? (default: the data set's, no for --csv)")
  private Optional<String> sensitiveInputs = Optional.empty();

  @Option(names = "--test-fraction", paramLabel = "F",
      description = "Share of the rows to measure on (default: the data set's, 0.2 for --csv).")
  private Optional<Double> testFraction = Optional.empty();

  @Option(names = "--test-csv", paramLabel = "FILE", description = "With --csv: a file of rows to measure on.")
  private Optional<Path> testCsv = Optional.empty();

  /** The language model that is named instead of a table, if any. */
  Optional<LanguageModels> language(CommandSpec spec) {
    Optional<LanguageModels> language = name.flatMap(LanguageModels::named);
    language.ifPresent(model -> {
      boolean plain = csv.isEmpty() && columns.label().isEmpty() && positive.isEmpty() && columns.sensitive().isEmpty()
          && columns.drop().isEmpty()
          && sensitiveInputs.isEmpty() && testFraction.isEmpty() && testCsv.isEmpty();
      require(spec, plain, "options on tables do not go with --data " + model.word() + ", which is a language model;"
          + " leave out --csv, --label, --positive, --sensitive, --sensitive-inputs, --drop and --test-*");
    });
    return language;
  }

  /** Checks what can be checked without reading anything. */
  void check(CommandSpec spec) {
    if (csv.isPresent()) {
      require(spec, name.isEmpty(), "--data and --csv exclude each other; give one of them");
      require(spec, columns.label().isPresent(), "--csv needs --label COL, the column to predict");
      require(spec, !columns.sensitive().isEmpty(),
          "--csv needs --sensitive COL[,COL], the columns that make the groups");
    } else {
      require(spec, columns.label().isEmpty(), "--label goes with --csv FILE; a known data set has its own label");
      require(spec, positive.isEmpty(), "--positive goes with --csv FILE; a known data set has its own label");
      require(spec, testCsv.isEmpty(), "--test-csv goes with --csv FILE; use --test-fraction");
      checkTable(spec, loader(spec));
    }
    require(spec, testCsv.isEmpty() || testFraction.isEmpty(),
        "--test-csv and --test-fraction exclude each other; give one of them");
    sensitiveInputs.ifPresent(answer -> require(spec, answer.equals("yes") || answer.equals("no"),
        "--sensitive-inputs is yes or no, got " + answer));
    testFraction.ifPresent(share -> require(spec, share > 0 && share < 1,
        "--test-fraction must be between 0 and 1, got " + share));
  }

  private void checkTable(CommandSpec spec, DatasetLoader loader) {
    if (loader instanceof SplitLoader<?>) {
      String is = " is for tables; data set " + loader.card().name() + " is none and has its own split and groups";
      require(spec, columns.sensitive().isEmpty(), "--sensitive" + is);
      require(spec, columns.drop().isEmpty(), "--drop" + is);
      require(spec, sensitiveInputs.isEmpty(), "--sensitive-inputs" + is);
      require(spec, testFraction.isEmpty(), "--test-fraction" + is);
    }
  }

  /** The settings {@code data.KEY} that the data set has, with their defaults. */
  Record settings(CommandSpec spec) {
    return csv.isEmpty() && loader(spec) instanceof SplitLoader<?> images ? images.defaults()
        : new DatasetLoader.NoSettings();
  }

  /** What is the target unless the user says otherwise. */
  Target target(CommandSpec spec) {
    return csv.isPresent() ? Target.EQUAL_OPPORTUNITY
        : Target.named(loader(spec).card().defaults().getOrDefault("target", Target.EQUAL_OPPORTUNITY.word()));
  }

  private static void require(CommandSpec spec, boolean condition, String message) {
    if (!condition) {
      throw Failures.wrongUsage(spec, message);
    }
  }

  private DatasetLoader loader(CommandSpec spec) {
    return loader(spec, name.orElse("synthetic"));
  }

  /** All names that {@code --data} takes. */
  private static List<String> names() {
    return Stream.concat(Datasets.all().stream().map(loader -> loader.card().name()),
        Stream.of(LanguageModels.values()).map(LanguageModels::word)).toList();
  }

  /** The loader of a name; an unknown one is wrong usage. */
  static DatasetLoader loader(CommandSpec spec, String name) {
    require(spec, Datasets.all().stream().anyMatch(loader -> loader.card().name().equals(name)), "data set '" + name
        + "' is unknown; " + Nearest.hint(name, names()) + "choose one of " + String.join(", ", names())
        + ", or a file of your own with --csv FILE");
    return Datasets.find(name);
  }

  /**
   * Reads or generates the data.
   *
   * @param settings the user's {@code data.KEY}, by key
   */
  StudyData load(CommandSpec spec, long seed, Map<String, String> settings) {
    if (csv.isPresent()) {
      return fromCsv();
    }
    return switch (loader(spec)) {
      case TableLoader table -> table(table, seed);
      case SplitLoader<?> images -> images(images, settings);
    };
  }

  private static <C extends Record> StudyData images(SplitLoader<C> loader, Map<String, String> settings) {
    C config = Configs.with(loader.defaults(), Settings.DATA, settings);
    Map<String, String> words = new LinkedHashMap<>();
    Configs.words(config).forEach((key, word) -> words.put(Settings.DATA + "." + key, word));
    return new StudyData(loader.card().with(words), loader.card().rows(), loader.splits(DataFiles.standard(), config),
        false);
  }

  private StudyData table(TableLoader loader, long seed) {
    DataFiles files = DataFiles.standard();
    Dataset first = adapted(loader.load(files, seed));
    double fraction = testFraction.orElse(first.card().testFraction());
    if (loader.source().isPresent()) {
      return new StudyData(first.card(), first.rows(), each -> first.split(fraction, each), true);
    }
    return new StudyData(first.card(), first.rows(), each -> { // a new sample for each seed, with the split that comes with it
      Dataset sample = each == seed ? first : adapted(loader.load(files, each));
      return testFraction.isPresent() ? sample.split(fraction, each) : sample.split(sample.publishedTestRows());
    }, false);
  }

  private Dataset adapted(Dataset dataset) {
    Dataset out = columns.sensitive().isEmpty() ? dataset : dataset.withSensitive(columns.sensitive());
    out = sensitiveInputs.isPresent() ? out.withSensitiveInputs(sensitiveInputs.get().equals("yes")) : out;
    return columns.drop().isEmpty() ? out : out.without(columns.drop());
  }

  private StudyData fromCsv() {
    CsvOptions options = CsvOptions.of(csv.get(), columns.label().get(), columns.sensitive()).withDrop(columns.drop())
        .withSensitiveInputs(sensitiveInputs.filter("yes"::equals).isPresent());
    options = positive.isPresent() ? options.withPositive(positive.get()) : options;
    options = testCsv.isPresent() ? options.withTest(testCsv.get()) : options;
    Dataset dataset = Datasets.csv(options);
    double fraction = testFraction.orElse(dataset.card().testFraction());
    return testCsv.isPresent()
        ? new StudyData(dataset.card(), dataset.rows(), _ -> dataset.split(dataset.publishedTestRows()), false)
        : new StudyData(dataset.card(), dataset.rows(), seed -> dataset.split(fraction, seed), true);
  }
}
