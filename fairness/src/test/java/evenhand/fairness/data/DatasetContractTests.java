package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for every data set, and the exact counts of the known ones.
 *
 * <p>Published files are read where {@code EVENHAND_DATA} names a directory that holds them; elsewhere those tests are
 * skipped, and small files of invented rows in the publishers' layout stand in.
 */
class DatasetContractTests {
  private static final Path FIXTURES = fixtures();

  private static Path fixtures() {
    try {
      return Path.of(DatasetContractTests.class.getResource("adult/adult.data").toURI()).getParent().getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<DatasetLoader> loaders() {
    return Datasets.all();
  }

  static List<TableLoader> tables() {
    return loaders().stream().filter(TableLoader.class::isInstance).map(TableLoader.class::cast).toList();
  }

  private static Dataset load(TableLoader loader) {
    return loader.load(present(loader), 7);
  }

  /** Where the files of a data set are; the test is skipped if they are not there. */
  static DataFiles present(DatasetLoader loader) {
    // A cache that does not exist: these tests never download.
    Optional<Path> given = Optional.ofNullable(System.getenv(DataFiles.VARIABLE)).filter(name -> !name.isBlank())
        .map(Path::of);
    DataFiles files = new DataFiles(given, FIXTURES.resolve("no-cache"));
    loader.source().ifPresent(source -> source.files().forEach(file -> assumeTrue(
        files.local(source, file.name()).isPresent(),
        () -> DataFiles.VARIABLE + " does not name a directory with " + source.folder() + "/" + file.name())));
    return files;
  }

  @Test
  void everyLoaderIsRegisteredAndNoNameRecurs() throws IOException, URISyntaxException {
    List<Class<?>> registered = loaders().stream().<Class<?>>map(Object::getClass).toList();
    Path classes = Path.of(DatasetLoader.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (var reader = ModuleFinder.of(classes).findAll().iterator().next().open();
        Stream<String> names = reader.list()) {
      assertThat(names.filter(name -> name.matches("evenhand/fairness/data/\\w+Loader\\.class"))
          .map(name -> name.replace('/', '.').replace(".class", ""))
          .filter(name -> !List.of(DatasetLoader.class, TableLoader.class, SplitLoader.class).stream()
              .map(Class::getName).toList().contains(name)))
          .containsExactlyInAnyOrderElementsOf(registered.stream().map(Class::getName).toList());
    }
    assertThat(loaders()).extracting(loader -> loader.card().name()).doesNotHaveDuplicates().hasSizeGreaterThan(3);
  }

  @ParameterizedTest
  @MethodSource("loaders")
  void theCardIsFilledIn(DatasetLoader loader) {
    Card card = loader.card();
    assertThat(List.of(card.name(), card.title(), card.description(), card.label(), card.source(),
        card.licence(), card.criticism(), card.model())).noneMatch(String::isBlank);
    assertThat(card.testFraction()).isBetween(0.1, 0.5);
    assertThat(card.defaults()).containsKeys("batch", "learning-rate", "epochs");
    if (loader instanceof TableLoader) {
      assertThat(card.positive()).isNotBlank();
      assertThat(card.defaults()).containsKeys("fairbatch.alpha");
    }
    loader.source().ifPresent(source -> {
      assertThat(source.address().getScheme()).isEqualTo("https");
      assertThat(source.files()).allMatch(file -> file.sha256().matches("[0-9a-f]{64}"));
    });
  }

  @ParameterizedTest
  @MethodSource("tables")
  void theDataAreAsTheCardSays(TableLoader loader) {
    Dataset dataset = load(loader);
    assertThat(dataset.rows()).isEqualTo(loader.card().rows());
    assertThat(dataset.labelLevels()).contains(loader.card().positive()).hasSize(2);
    assertThat(dataset.sensitive()).extracting(Attribute::name).isEqualTo(loader.card().sensitive());
    assertThat(dataset.sensitive()).allSatisfy(a -> assertThat(Arrays.stream(a.counts()).min().orElse(0)).isPositive());
    Split split = dataset.split(loader.card().testFraction(), 3);
    assertThat(split.test().rows()).isEqualTo((int) Math.round(dataset.rows() * loader.card().testFraction()));
    assertThat(split.train().rows() + split.test().rows()).isEqualTo(dataset.rows());
    assertThat(split.train().columns()).isEqualTo(split.test().columns());
    assertThat(IntStream.range(0, split.test().x().length)).allMatch(i -> Float.isFinite(split.test().x()[i]));
    assertThat(dataset.split(0.2, 3).train().x()).isEqualTo(load(loader).split(0.2, 3).train().x());
  }

  /** {@code {Female no=.., Female yes=.., ..}}: rows of each cell. */
  private static TreeMap<String, Integer> cells(Dataset dataset) {
    TreeMap<String, Integer> counts = new TreeMap<>();
    Attribute groups = Attribute.cross(dataset.sensitive());
    for (int row = 0; row < dataset.rows(); row++) {
      counts.merge(groups.levels().get(groups.codes()[row]) + " " + dataset.labels()[row], 1, Integer::sum);
    }
    return counts;
  }

  @Test
  void adultHasTheCountsOfFairBatch() {
    Dataset adult = load(new AdultLoader());
    assertThat(adult.rows()).isEqualTo(43_131);
    assertThat(cells(adult)).containsOnly(Map.entry("Male 0", 20_004), Map.entry("Male 1", 9160),
        Map.entry("Female 0", 12_386), Map.entry("Female 1", 1581));
    assertThat(Encoder.fit(adult.table(), adult.inputs(), true).columnNames()).hasSize(99);
    assertThat(adult.split(0.2, 0).train().columns()).isBetween(97, 99); // rare countries may all be test rows
    assertThat(adult.withSensitive(List.of("race")).sensitive().getFirst().counts()).containsExactly(4228, 38_903);
    assertThat(cells(adult.withSensitive(List.of("sex", "race")))).containsEntry("Female,Black 1", 126)
        .containsEntry("Male,White 0", 18_268).hasSize(8);
  }

  @Test
  void compasHasTheCountsOfFairBatch() {
    Dataset compas = load(new CompasLoader());
    assertThat(compas.rows()).isEqualTo(5278);
    assertThat(cells(compas)).containsOnly(Map.entry("Male 0", 2137), Map.entry("Male 1", 2110),
        Map.entry("Female 0", 658), Map.entry("Female 1", 373));
    assertThat(compas.withSensitive(List.of("race")).sensitive().getFirst().counts()).containsExactly(3175, 2103);
    assertThat(compas.split(0.2, 0).train().columnNames()).containsExactly("age", "juv_fel_count", "juv_misd_count",
        "juv_other_count", "priors_count", "c_charge_degree=F", "c_charge_degree=M", "sex=Female", "sex=Male",
        "race=African-American", "race=Caucasian");
  }

  @Test
  void germanCreditHasItsPublishedCounts() {
    Dataset german = load(new GermanCreditLoader());
    assertThat(cells(german)).containsOnly(Map.entry("female 0", 109), Map.entry("female 1", 201),
        Map.entry("male 0", 191), Map.entry("male 1", 499));
    assertThat(german.inputs()).hasSize(19).doesNotContain("sex", "personal_status");
  }

  @Test
  void inventedAdultRowsAreFilteredAndTheirLabelsCleaned() {
    // 12 rows less one of race Other and one with a missing cell; 8 test rows less one Asian, one with a missing cell
    Dataset adult = AdultLoader.parse(FIXTURES.resolve("adult/adult.data"), FIXTURES.resolve("adult/adult.test"));
    assertThat(adult.rows()).isEqualTo(16);
    assertThat(adult.publishedTestRows()).containsExactly(10, 11, 12, 13, 14, 15);
    assertThat(adult.labelLevels()).containsExactly("<=50K", ">50K");
    assertThat(adult.labels()).containsExactly(0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1);
    assertThat(adult.sensitive().getFirst().counts()).containsExactly(8, 8);
    assertThat(adult.table().names()).doesNotContain("fnlwgt").contains("education", "education-num");
    assertThat(adult.split(adult.publishedTestRows()).train().rows()).isEqualTo(10);
  }

  @Test
  void inventedCompasRowsPassTheFilterOnlyWhenEveryConditionHolds() {
    // 16 rows pass; then one each: 31 days, no days, unknown outcome, traffic offence, no score, another race
    Dataset compas = CompasLoader.parse(FIXTURES.resolve("compas/compas-scores-two-years.csv"));
    assertThat(compas.rows()).isEqualTo(16);
    assertThat(cells(compas)).containsOnly(Map.entry("Male 0", 4), Map.entry("Male 1", 4),
        Map.entry("Female 0", 4), Map.entry("Female 1", 4));
    assertThat(compas.table().numeric("priors_count").values()).startsWith(0, 1, 2, 3, 4, 0);
  }

  @Test
  void inventedGermanRowsHaveASexAndALabel() {
    Dataset german = GermanCreditLoader.parse(FIXTURES.resolve("german_credit/german.data"));
    assertThat(german.rows()).isEqualTo(20);
    assertThat(german.sensitive().getFirst().counts()).containsExactly(8, 12); // A92 and A95 of A91 .. A95, four times
    assertThat(german.labels()).containsExactly(1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0);
  }

  @Test
  void wrongCountsAndMissingFilesAreNamed(@TempDir Path empty) {
    assertThatThrownBy(() -> Loaders.checked(GermanCreditLoader.parse(FIXTURES.resolve("german_credit/german.data"))))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("german-credit: 20 rows are left after filtering, the card says 1000");
    DataFiles fixtures = new DataFiles(Optional.of(FIXTURES), empty);
    assertThatThrownBy(() -> new AdultLoader().load(fixtures, 0)).isInstanceOf(DataException.class)
        .hasMessageContaining("adult.data is not the published file: its SHA-256 is");
    assertThat(Files.exists(empty.resolve("adult"))).isFalse();
  }

  @Test
  void theSyntheticLawHasItsGroupShares() {
    // 20 samples of 3,000 rows: the shares of z=1 have a standard error below .003 for each label
    double[] ones = new double[2];
    double[] all = new double[2];
    for (int seed = 0; seed < 20; seed++) {
      Dataset sample = new SyntheticLoader().load(new DataFiles(Optional.empty(), FIXTURES), seed);
      double[] z = sample.table().numeric("z").values();
      for (int row = 0; row < z.length; row++) {
        all[sample.labels()[row]]++;
        ones[sample.labels()[row]] += z[row];
      }
    }
    assertThat(all[1] / (all[0] + all[1])).isCloseTo(0.5, within(0.01));
    // 200,000 rows of the law, drawn by other code, have shares of .637 and .268. The one sample that the authors
    // shipped has 946 / 1537 = .615 and 363 / 1463 = .248, each with a standard error of .012.
    assertThat(ones[1] / all[1]).isCloseTo(0.637, within(0.012));
    assertThat(ones[0] / all[0]).isCloseTo(0.268, within(0.012));
  }

  @Test
  void theSyntheticInputsAreTakenAsTheyAre() {
    Dataset sample = new SyntheticLoader().load(new DataFiles(Optional.empty(), FIXTURES), 1);
    Split split = sample.split(sample.card().testFraction(), 1);
    assertThat(split.train().rows()).isEqualTo(2000);
    assertThat(split.test().rows()).isEqualTo(1000);
    assertThat(split.train().columnNames()).containsExactly("x1", "x2", "z");
    int first = sample.partition(sample.card().testFraction(), 1).train()[0];
    assertThat(split.train().x()[0]).isEqualTo((float) sample.table().numeric("x1").values()[first]);
    assertThat(sample.table().numeric("x1").values())
        .isNotEqualTo(load(new SyntheticLoader()).table().numeric("x1").values()); // of seed 7
  }
}
