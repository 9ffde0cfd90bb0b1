package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every mistake of a user: the exit code, one line that names cause and remedy, nothing left behind. */
class FailureTests {
  private static final String CSV = "study --csv DIR/people.csv --label hired --sensitive sex ";

  @TempDir
  private Path directory;

  @BeforeEach
  void files() {
    Invocation.people(directory);
    Invocation.write(directory.resolve("blocker"), "a regular file");
    Invocation.write(directory.resolve("cell.csv"), "x,g,y\n1,a,0\n2,b,1\nthree,a,0\n4,b,1\n");
    Invocation.write(directory.resolve("typo.yaml"), "methodz: erm\n");
    Invocation.write(directory.resolve("broken.yaml"), "seeds: 3\nmethods: [erm\n");
    Invocation.write(directory.resolve("one.csv"), "x,g,y\n1,a,0\n2,a,1\n3,a,0\n4,a,1\n");
    Invocation.write(directory.resolve("three.csv"), "x,g,y\n1,a,0\n2,b,1\n3,a,2\n4,b,1\n");
    Invocation.write(directory.resolve("scores.csv"), "p,said,g,y\n0.5,0,a,0\n1.5,1,b,1\n0.5,maybe,b,1\n0.2,0,a,0\n");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      study --csv DIR/people.csv --label hird --sensitive sex | 1 | did you mean 'hired'
      study --csv DIR/people.csv --label hired --sensitive sexx | 1 | did you mean 'sex'
      study --csv DIR/three.csv --label y --sensitive g | 1 | --positive
      study --csv DIR/cell.csv --label y --sensitive g | 1 | line 4, column x: 'three'
      study --csv DIR/one.csv --label y --sensitive g | 1 | no groups to compare
      study --csv DIR/absent.csv --label y --sensitive g | 1 | no such file
      study --csv DIR/people.csv --sensitive sex | 2 | --label
      study --csv DIR/people.csv --label hired | 2 | --sensitive
      study --csv DIR/people.csv --label hired --sensitive sex --data adult | 2 | exclude
      study --label hired | 2 | --csv
      study --methods fairbatsch | 2 | did you mean 'fairbatch'
      study --methods | 2 | --methods
      study --set fairbatch.alfa=1 | 2 | did you mean 'alpha'
      study --set farbatch.alpha=1 | 2 | did you mean 'fairbatch'
      study --set model.epoch=1 | 2 | did you mean 'epochs'
      study --set epochs=1 | 2 | model.epochs
      study --set fairbatch.alpha=much | 2 | a number
      study --set fairbatch.alpha=-1 | 2 | above 0
      study --set model.epochs=0 | 2 | at least 1
      study --set fairbatch.alpha | 2 | KEY=VALUE
      study --methods erm --set fairbatch.alpha=1 | 2 | --methods
      study --target equal | 2 | equal_opportunity
      study --target equalised_odds | 2 | did you mean 'equalized_odds'
      study --jobs 0 | 2 | at least 1
      study --grid fairbatch.alpha=1 | 2 | --sweep
      study --sweep --grid fairbath.alpha=1 | 2 | no method of --methods
      study --sweep --grid fairbatch.alpha=0.1,much | 2 | a number
      study --sweep --grid fairbatch.alfa=0.1 | 2 | alpha
      study --resume --json - | 2 | --out
      study --config DIR/absent.yaml | 1 | is not there
      study --config DIR/typo.yaml | 2 | did you mean 'methods'
      study --config DIR/broken.yaml | 1 | line 2
      study --data tiny-language --sweep | 2 | for tables
      completion fish | 2 | bash and zsh
      study --data colored-mnist --drop x | 2 | --drop is for tables
      study --data colored-mnist --sensitive x | 2 | --sensitive is for tables
      study --data colored-mnist --test-fraction .5 | 2 | --test-fraction is for tables
      study --data colored-mnist --set data.ration=1 | 2 | did you mean 'ratio'
      study --data colored-mnist --set data.ratio=2 | 2 | must be from 0 to 1
      study --data colored-mnist --set data.colouring=inside | 2 | one of foreground, background
      study --set data.ratio=1 | 2 | this data set has no settings
      study --data adlt | 2 | did you mean 'adult'
      study --data synthetic --sensitive q | 1 | no column 'q'
      study --model tree | 2 | logistic
      study --seeds 0 | 2 | at least 1
      study --seeds three | 2 | --seeds
      study --threads 0 | 2 | at least 1
      study --device gpu | 2 | choose one of auto
      study --test-fraction 1.5 | 2 | between 0 and 1
      study --test-csv DIR/people.csv | 2 | --csv
      study --sensitive-inputs perhaps | 2 | yes
      study --seedz 3 | 2 | did you mean '--seeds'
      study --out DIR/blocker/below | 1 | --out
      study --out DIR/blocker | 1 | --out
      study --json DIR/blocker/x.json --out DIR/new | 1 | --json
      study --json DIR | 1 | is a directory
      study --set model.learning-rate=1e38 --set model.epochs=3 --out DIR/new | 1 | lower the learning rate
      audit DIR/scores.csv --label y --sensitive g | 2 | --score
      audit --label y --sensitive g --score p | 2 | FILE.csv
      audit DIR/scores.csv --sensitive g --score p | 2 | --label
      audit DIR/scores.csv --label y --sensitive g --score q | 1 | no column 'q'
      audit DIR/scores.csv --label y --sensitive g --score p | 1 | row 2
      audit DIR/scores.csv --label y --sensitive g --score said | 1 | 'maybe' is not a number
      audit DIR/scores.csv --label y --sensitive g --prediction said | 1 | 'maybe'
      data describe nothing | 2 | choose one of
      data get nothing | 2 | choose one of
      data | 2 | list
      methods describe fair-batch | 2 | did you mean 'fairbatch'
      methods list more | 2 | 'more'
      sudy | 2 | did you mean 'study'
      """)
  void mistakesGetOneLine(String line, int code, String cause) throws IOException {
    List<String> before = tree();
    Invocation failed = Invocation.line(line.replace("DIR", directory.toString()));
    assertThat(failed.err()).contains(cause).startsWith("evenhand: ").doesNotContain("Exception", "null");
    assertThat(failed.err().lines()).hasSize(1);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.code()).isEqualTo(code);
    assertThat(tree()).isEqualTo(before);
  }

  private List<String> tree() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.map(Path::toString).sorted().collect(Collectors.toList());
    }
  }

  @Test
  void theStackTraceIsShownOnlyOnRequest() {
    String line = CSV.replace("DIR", directory.toString()) + "--positive perhaps";
    assertThat(Invocation.line(line).err().lines()).hasSize(1);
    assertThat(Invocation.line(line + " --verbose").err()).contains("DataException", "\tat evenhand.fairness.data");
  }

  @Test
  void aFailureLeavesAnOlderReportAsItWas() {
    Path out = directory.resolve("report");
    String line = "study --methods erm --seeds 1 --set model.epochs=2 --out " + out;
    assertThat(Invocation.line(line).code()).isZero();
    String page = Invocation.read(out.resolve("report.html"));
    assertThat(Invocation.line(line + " --set model.learning-rate=1e38").code()).isEqualTo(1);
    assertThat(Invocation.read(out.resolve("report.html"))).isEqualTo(page);
  }
}
