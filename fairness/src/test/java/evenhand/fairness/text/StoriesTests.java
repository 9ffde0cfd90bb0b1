package evenhand.fairness.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pre-trained stories260k, where {@code EVENHAND_DATA} names a directory that holds it. */
class StoriesTests {
  @TempDir
  private Path directory;

  private static Path stories() {
    Optional<Path> found = Optional.ofNullable(System.getenv("EVENHAND_DATA"))
        .map(data -> Path.of(data, "stories260k")).filter(Files::isDirectory);
    assumeTrue(found.isPresent(), "EVENHAND_DATA names no directory with stories260k; set it to run this test");
    return found.get();
  }

  /** The publisher's figures, of PyTorch: Lily .578 and .111, Tim .030 and .715. */
  @Test
  void pronounsAfterNamesAlsoWhenWrittenAndReadAgain() {
    Device device = Device.cpu();
    TextModel model = TextModel.read(stories(), device);
    checkPronouns(model);
    Path copy = directory.resolve("copy");
    TextModel.write(model.model(), stories(), copy);
    TextModel again = TextModel.read(copy, device);
    checkPronouns(again);
    assertThat(again.probabilities("Tim was sad because"))
        .containsExactly(model.probabilities("Tim was sad because"));
  }

  private static void checkPronouns(TextModel model) {
    int she = model.tokenizer().singleToken("she").orElseThrow();
    int he = model.tokenizer().singleToken("he").orElseThrow();
    Offset<Double> rounding = Offset.offset(0.0005);
    double[] lily = model.probabilities("Lily was sad because");
    assertThat(lily[she]).isCloseTo(.578, rounding);
    assertThat(lily[he]).isCloseTo(.111, rounding);
    double[] tim = model.probabilities("Tim was sad because");
    assertThat(tim[she]).isCloseTo(.030, rounding);
    assertThat(tim[he]).isCloseTo(.715, rounding);
  }

  @Test
  void tellsAStory() {
    TextModel model = TextModel.read(stories(), Device.cpu());
    String story = model.generate("Once upon a time", 20, 0, new Rng(1));
    System.out.println("stories260k: " + story);
    assertThat(story).startsWith("Once upon a time, there was a little");
    assertThat(model.generate("Once", 20, 1, new Rng(1))).isEqualTo(model.generate("Once", 20, 1, new Rng(1)))
        .isNotEqualTo(model.generate("Once", 20, 1, new Rng(2)));
  }
}
