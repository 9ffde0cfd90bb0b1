package evenhand.fairness.erase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.autograd.io.FormatException;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.data.Samples;
import evenhand.fairness.erase.PatchFiles.Saved;
import evenhand.tensor.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Corrections written and read again, and files that are not whole. */
class PatchFilesTests {
  private static final Toy TOY = new Toy(1, 0.9, 50);

  @TempDir
  private Path directory;

  private Saved saved;

  @BeforeEach
  void write() {
    saved = saved(PatchKind.READER);
    PatchFiles.save(directory, saved, Device.cpu());
  }

  private static Saved saved(PatchKind kind) {
    Calibration calibration = Calibration.ask(TOY::logits, TOY.rows("calibration", 100, false));
    Eraser eraser = EraserFit
        .fit(calibration, EraserSettings.DEFAULT.with(kind).withHidden(3), Device.cpu(), 1).eraser();
    Encoder encoder = new Encoder(List.of(new Encoder.Scaled("t1", 0.25, 0.25, 2, false),
        new Encoder.Scaled("t2", 0, 0, 1, true), new Encoder.OneHot("job", List.of("clerk", "nurse"))));
    return new Saved(eraser, kind == PatchKind.TABLE ? Optional.empty() : Optional.of(encoder));
  }

  @ParameterizedTest
  @EnumSource(names = {"SOFT", "SQUARES", "READER", "TABLE"})
  void whatIsReadCorrectsBitForBitAsWhatWasWritten(PatchKind kind) {
    Saved before = saved(kind);
    PatchFiles.save(directory, before, Device.cpu());
    Saved after = PatchFiles.load(directory);
    assertThat(after.encoder()).isEqualTo(before.encoder());
    assertThat(after.eraser().classes()).isEqualTo(before.eraser().classes());
    assertThat(after.eraser().groups()).isEqualTo(before.eraser().groups());
    assertThat(after.eraser().estimator()).isEqualTo(before.eraser().estimator());
    Samples rows = TOY.rows("test", 33, true);
    Answers answers = new Answers(TOY.logits(rows.inputs()));
    int[] groups = rows.groups().codes();
    assertThat(after.eraser().probabilities(answers, rows.inputs(), groups))
        .isDeepEqualTo(before.eraser().probabilities(answers, rows.inputs(), groups));
  }

  @Test
  void aForbiddenClassSurvives() {
    Eraser e = saved.eraser();
    Eraser forbidding = new Eraser(e.classes(), e.attribute(), e.groups(), e.estimator(), e.rules(), e.patch(), 1, 1,
        new double[]{0, Double.NEGATIVE_INFINITY});
    PatchFiles.save(directory, new Saved(forbidding, saved.encoder()), Device.cpu());
    assertThat(PatchFiles.load(directory).eraser().logPrior()).containsExactly(0, Double.NEGATIVE_INFINITY);
  }

  private String card() throws IOException {
    return Files.readString(directory.resolve(PatchFiles.CARD));
  }

  /** Each a change of the card, and what the message says of it. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      "version" : 1            | "version" : 2              | version 2 is not 1
      "format" : "evenhand     | "format" : "another        | field format is not
      "strength" :             | "force" :                  | field strength is missing
      "temperature" :          | "temperature" : 0, "t" :   | field temperature is 0
      "estimator" : "          | "estimator" : "magic       | estimator magic
      "kind" : "reader"        | "kind" : "crystal"         | which does not suit a patch of kind crystal
      "layers" :               | "layers" : 7, "l" :        | field layers is not a whole number of at most 2
      "groups" : [ "0", "1" ]  | "groups" : [ "0" ]         | field log_rule has 2 rules for 1 groups
      "groups" : [ "0", "1" ]  | "groups" : [ "0", "0" ]    | field groups is not a list of different texts
      "classes" : [ "0", "1" ] | "classes" : [ "0", "1", "2" ] | field log_rule is not a list of 3 numbers
      "log_rule" : [ [         | "log_rule" : [ [ "x",      | field log_rule is not a list of 2 numbers
      "log_prior" : [ 0.0,     | "log_prior" : [ "x",       | field log_prior has "x" where a finite number is expected
      "mean" : 0.25            | "mean" : "a"               | field mean is not a finite number
      "levels" : [ "clerk",    | "levels" : [ 3,            | field levels is not a list of different texts
      "sha256" : "             | "sha256" : "0              | it is not the file that card.json was written with
      """)
  void aDamagedCardIsRefusedByField(String from, String to, String message) throws IOException {
    String right = card();
    assertThat(right).contains(from);
    Files.writeString(directory.resolve(PatchFiles.CARD), right.replace(from, to));
    assertThatThrownBy(() -> PatchFiles.load(directory)).isInstanceOf(FormatException.class)
        .hasMessageContaining(message).hasMessageContaining("patch").hasMessageNotContaining("\n");
  }

  @Test
  void aTruncatedCardIsRefused() throws IOException {
    Files.writeString(directory.resolve(PatchFiles.CARD), card().substring(0, 200));
    assertThatThrownBy(() -> PatchFiles.load(directory)).isInstanceOf(FormatException.class)
        .hasMessageContaining("it is not whole JSON, line ");
    Files.delete(directory.resolve(PatchFiles.CARD));
    assertThatThrownBy(() -> PatchFiles.load(directory)).isInstanceOf(FormatException.class)
        .hasMessageContaining("there is no such file; give a directory that erase --save wrote");
  }

  @Test
  void truncatedTensorsAreRefused() throws IOException {
    Path tensors = directory.resolve(PatchFiles.TENSORS);
    byte[] right = Files.readAllBytes(tensors);
    for (int length : new int[]{0, 7, 60, right.length - 1}) {
      Files.write(tensors, Arrays.copyOf(right, length));
      assertThatThrownBy(() -> PatchFiles.load(directory)).as(length + " bytes").isInstanceOf(FormatException.class);
    }
    Files.delete(tensors);
    assertThatThrownBy(() -> PatchFiles.load(directory)).isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("there is no such file");
  }

  /** The network of another patch, with the card's checksum made to fit: its shapes do not. */
  @Test
  void tensorsOfWrongShapesAreRefused(@TempDir Path other) throws IOException {
    Eraser e = saved.eraser();
    Network small = new Network(new float[2], 1, List.of(new Network.Dense(new float[2][3], new float[3])));
    PatchFiles.save(other, new Saved(new Eraser(e.classes(), e.attribute(), e.groups(), e.estimator(), e.rules(),
        new Patch.Reader(small, e.rules()), 1, 1, e.logPrior()), saved.encoder()), Device.cpu());
    assertThatThrownBy(() -> PatchFiles.load(other)).isInstanceOf(FormatException.class)
        .hasMessageContaining("has a network of 3 outputs for 2 groups");
    Network right = new Network(new float[4], 1, List.of(new Network.Dense(new float[4][2], new float[2])));
    PatchFiles.save(other, new Saved(new Eraser(e.classes(), e.attribute(), e.groups(), e.estimator(), e.rules(),
        new Patch.Reader(right, e.rules()), 1, 1, e.logPrior()), saved.encoder()), Device.cpu());
    assertThatThrownBy(() -> PatchFiles.load(other)).isInstanceOf(FormatException.class)
        .hasMessageContaining("makes 5 numbers a row, the network takes 4");
    Network endless = new Network(new float[5], 1,
        List.of(new Network.Dense(new float[5][2], new float[]{0, Float.NaN})));
    PatchFiles.save(other, new Saved(new Eraser(e.classes(), e.attribute(), e.groups(), e.estimator(), e.rules(),
        new Patch.Reader(endless, e.rules()), 1, 1, e.logPrior()), saved.encoder()), Device.cpu());
    assertThatThrownBy(() -> PatchFiles.load(other)).isInstanceOf(FormatException.class)
        .hasMessageContaining("numbers that are not finite");
  }

  /** The two layers do not follow one another. */
  @Test
  void layersThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> new Network(new float[5], 1, List.of(new Network.Dense(new float[5][3], new float[3]),
        new Network.Dense(new float[4][2], new float[2])))).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a layer of 4 inputs follows 3 numbers");
  }

  @Test
  void nothingElseIsLeftInTheDirectory() throws IOException {
    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted())
          .containsExactly("card.json", "patch.safetensors");
    }
  }
}
