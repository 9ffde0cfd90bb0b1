package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's own CSV file: what it means, and what is said where it cannot be used. */
class CsvTests {
  private static final String PEOPLE = """
      id,age,sex,job,hired
      1,20,F,cook,no
      2,30,M,cook,yes
      3,,F,baker,yes
      4,50,M,baker,no
      5,60,?,cook,yes
      6,25,M,cook,no
      7,35,F,baker,yes
      8,45,M,cook,yes
      """;

  @TempDir
  Path directory;

  private Dataset read(String text, UnaryOperator<CsvOptions> change) {
    try {
      Path file = Files.writeString(directory.resolve("people.csv"), text);
      return Datasets.csv(change.apply(CsvOptions.of(file, "hired", List.of("sex"))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void refused(String text, UnaryOperator<CsvOptions> change, String message) {
    assertThatThrownBy(() -> read(text, change)).isInstanceOf(DataException.class).hasMessage(message);
  }

  @Test
  void aFileBecomesADataSet() {
    Dataset dataset = read(PEOPLE, options -> options.withDrop(List.of("id")));
    assertThat(dataset.inputs()).containsExactly("age", "job");
    assertThat(dataset.labelLevels()).containsExactly("no", "yes");
    assertThat(dataset.labels()).containsExactly(0, 1, 1, 0, 1, 0, 1, 1);
    assertThat(dataset.sensitive().getFirst().levels()).containsExactly("F", "M");
    assertThat(dataset.sensitive().getFirst().codes()).containsExactly(0, 1, 0, 1, -1, 1, 0, 1);
    assertThat(dataset.split(0.5, 1).test().rows()).isEqualTo(4);
    assertThat(dataset.card().rows()).isEqualTo(8);
  }

  @Test
  void thePositiveLabelIsTheLargerOrTheOneNamed() {
    assertThat(read(PEOPLE, o -> o.withPositive("no")).labelLevels()).containsExactly("yes", "no");
    assertThat(read("sex,a,hired\nF,1,9\nM,2,10\n", o -> o).card().positive()).isEqualTo("10");
    assertThat(read("sex,a,hired\nF,1,1.0\nM,2,0.0\n", o -> o.withPositive("1")).labels()).containsExactly(1, 0);
    Dataset three = read("sex,a,hired\nF,1,x\nM,2,y\nM,2,z\n", o -> o.withPositive("y"));
    assertThat(three.labels()).containsExactly(0, 1, 0);
    assertThat(three.labelLevels()).containsExactly("not y", "y");
  }

  @Test
  void sensitiveNumbersAreGroupsAndOtherNumbersCanBe() {
    Dataset dataset = read(PEOPLE.replace(",F,", ",1,").replace(",M,", ",2,"),
        options -> options.withSensitiveInputs(true).withCategorical(List.of("id")));
    assertThat(dataset.sensitive().getFirst().levels()).containsExactly("1", "2");
    assertThat(dataset.table().column("id")).isInstanceOf(Table.Categorical.class);
    assertThat(dataset.inputs()).containsExactly("id", "age", "sex", "job");
  }

  @Test
  void testRowsComeFromAFileOfTheirOwn() throws IOException {
    Path test = Files.writeString(directory.resolve("test.csv"), "hired,job,sex,age,id\nno,smith,F,1,9\n"
        + "yes,cook,M,2,10\n");
    Dataset dataset = read(PEOPLE, options -> options.withTest(test));
    assertThat(dataset.publishedTestRows()).containsExactly(8, 9);
    Split split = dataset.split(dataset.publishedTestRows());
    assertThat(split.train().rows()).isEqualTo(8);
    assertThat(split.test().y()).containsExactly(0, 1);
    assertThat(split.train().columnNames()).doesNotContain("job=smith");
  }

  @Test
  void whatCannotBeUsedIsNamedWithItsRemedy() {
    refused(PEOPLE.replace(",hired", ",hire"), o -> o,
        "people.csv: there is no column 'hired'; did you mean 'hire'? columns: id, age, sex, job, hire");
    refused(PEOPLE.replace("5,60,?,cook,yes", "5,60,?,cook,maybe"), o -> o,
        "people.csv: label hired has 3 values where two are needed: 'maybe', 'no', 'yes'; --positive VALUE takes one of"
            + " them as positive and all others as negative");
    refused(PEOPLE, o -> o.withPositive("true"),
        "people.csv: --positive true: label hired has no such value; its values are 'no', 'yes'");
    refused(PEOPLE.replace("yes", "no"), o -> o,
        "people.csv: label hired is 'no' in every row; two values are needed, so choose another --label");
    refused(PEOPLE.replace("2,30,M,cook,yes", "2,30,M,cook,"), o -> o,
        "people.csv: line 3, column hired: the label is missing (in 1 rows); fill it in or remove the rows");
    refused(PEOPLE.replace("2,30", "2,abc"), o -> o,
        "people.csv: line 3, column age: 'abc' is not a number; correct it, leave it empty if it is unknown, or drop"
            + " the column with --drop age");
    refused(PEOPLE.replace(",F,", ",M,"), o -> o, "people.csv: column sex has the one value 'M' only, so there are no"
        + " groups to compare; choose another --sensitive column");
    refused(PEOPLE.replace(",F,", ",,").replace(",M,", ",,"), o -> o, "people.csv: column sex has no values, so there"
        + " are no groups to compare; choose another --sensitive column");
    refused(PEOPLE.replace("age,sex", "sex,sex"), o -> o,
        "people.csv: several columns are named 'sex'; give them different names");
    refused(PEOPLE, o -> o.withDrop(List.of("jobs")),
        "people.csv: --drop: there is no column 'jobs'; did you mean 'job'? columns: id, age, sex, job, hired");
    refused(PEOPLE, o -> o.withDrop(List.of("sex")), "people.csv: --drop sex: the column is the label or sensitive; it"
        + " is no input of the model anyway (see --sensitive-inputs)");
  }

  /** A quoted column name may hold a line break or a terminal's control codes; the message stays one plain line. */
  @Test
  void namesWithControlCharactersStayInOneLine() {
    refused("\"se\nx\u001b[31m\",age\n1,2\n", o -> o,
        "people.csv: there is no column 'hired'; columns: se x [31m, age");
  }

  @Test
  void unknownNamesOfDataSetsAreAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> Datasets.load("adlt", 0)).isInstanceOf(DataException.class)
        .hasMessage(
            "data set 'adlt' is unknown; did you mean 'adult'? known ones: adult, colored-mnist, compas, german-credit,"
                + " synthetic; for a file of your own use --csv FILE");
  }

  @Provide
  Arbitrary<byte[]> nearlyCsv() {
    // Pieces that parsers trip over, joined at random: most files are broken somewhere, some are whole.
    Arbitrary<String> piece = Arbitraries.of("sex", "hired", ",", ",", "\n", "\n", "F", "M", "yes", "no", "1", "-2.5e3",
        "\"", "\"\"", ";", "\t", "?", "NA", " ", "\r", "\u0000", "\uFEFF", "\u2028", "1e999", "sex,hired,a\nF,yes,1\n",
        "M,no,2\n", "F,no,3\n");
    Arbitrary<String> start = Arbitraries.of("", "sex,hired,a\nF,yes,1\nM,no,2\nF,no,3\nM,yes,4\n");
    Arbitrary<String> row = Arbitraries.of("F,yes,1\n", "M,no,?\n", "\"F\", no,\r\n", "\n", "?,yes,-2e3\n");
    return Combinators.combine(start, Arbitraries.oneOf(piece.list().ofMaxSize(40), row.list().ofMaxSize(9)))
        .as((first, rest) -> (first + String.join("", rest)).getBytes(StandardCharsets.UTF_8));
  }

  @Property(seed = "2026", tries = 500)
  void nearlyRightFilesAreReadOrRefused(@ForAll("nearlyCsv") byte[] bytes) throws IOException {
    Statistics.collect(readOrRefuse(bytes) ? "read" : "refused");
    Statistics.coverage(counts -> {
      counts.check("read").count(count -> count > 0);
      counts.check("refused").count(count -> count > 0);
    });
  }

  @Property(seed = "2026", tries = 300)
  void anyBytesAreReadOrRefused(@ForAll byte[] bytes) throws IOException {
    readOrRefuse(bytes);
  }

  private static boolean readOrRefuse(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("evenhand", ".csv"); // jqwik does not fill a field of @TempDir
    try {
      Files.write(file, bytes);
      Dataset dataset = Datasets.csv(CsvOptions.of(file, "hired", List.of("sex")));
      assertThat(dataset.split(0.5, 1).train().rows()).isPositive();
      return true;
    } catch (DataException e) {
      assertThat(e.getMessage()).doesNotContain("\n").hasSizeGreaterThan(20);
      return false;
    } finally {
      Files.delete(file);
    }
  }
}
