package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The commands that only tell, and the help of all. */
class CommandsTests {
  @Test
  void dataListNamesEverySet() {
    Invocation list = Invocation.line("data list");
    assertThat(list.code()).as(list.err()).isZero();
    assertThat(list.out()).contains("adult", "compas", "german-credit", "synthetic", "colored-mnist", "43,131",
        "generated");
    JsonNode json = Invocation.line("data list --json -").json();
    assertThat(json).hasSize(5);
    assertThat(json.at("/0/name").asText()).isEqualTo("adult");
    assertThat(json.at("/0/sensitive/0").asText()).isEqualTo("sex");
  }

  /** Names and places are there to be copied, however long a place is. */
  @Test
  void dataListCutsNothingWhereThePathIsLong(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("a-name-of-forty-letters-that-takes-its-room").resolve("compas")
        .resolve("compas-scores-two-years.csv");
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    String before = System.getProperty("evenhand.data", "");
    System.setProperty("evenhand.data", file.getParent().getParent().toString());
    try {
      assertThat(Invocation.line("data list").out()).contains("german-credit ", "colored-mnist ")
          .containsPattern("compas +5,278 .* sex +" + Pattern.quote(file.getParent().toString()));
    } finally {
      if (before.isEmpty()) {
        System.clearProperty("evenhand.data");
      } else {
        System.setProperty("evenhand.data", before);
      }
    }
  }

  @Test
  void dataDescribeShowsTheCard() {
    assertThat(Invocation.line("data describe compas").out()).contains("two_year_recid", "licence: ", "criticism: ");
    assertThat(Invocation.line("data describe synthetic --json -").json().at("/settings/batch").asText())
        .isEqualTo("100");
  }

  @Test
  void dataDescribeShowsTheSettingsOfData() {
    assertThat(Invocation.line("data describe colored-mnist").out()).contains("of more than two values",
        "--set data.ratio=0.99: share of a digit's training images",
        "--set data.colouring=foreground: tint the digit, or fill the background", "one of foreground, background");
    assertThat(Invocation.line("data describe colored-mnist --json -").json().at("/settings/data.ratio").asText())
        .isEqualTo("0.99");
  }

  @Test
  void dataGetOfGeneratedDataSaysSo() {
    Invocation get = Invocation.line("data get synthetic");
    assertThat(get.code()).isZero();
    assertThat(get.out()).contains("generated");
  }

  @Test
  void methodsListAndDescribe() {
    assertThat(Invocation.line("methods list").out()).contains("erm", "reweighing", "gap-regularization", "fairbatch",
        "gradiend");
    assertThat(Invocation.line("methods describe gradiend").out()).contains("ICLR 2026", "learning-rate=0.2",
        "source=counterfactual", "debias-loss=0.005", "policy=strongest").doesNotContain("model.KEY");
    assertThat(Invocation.line("methods describe fairbatch").out()).contains("ICLR 2021", "alpha=0.005", "ties=stay",
        "one of stay, parity", "learning-rate=");
    JsonNode settings = Invocation.line("methods describe fairbatch --json -").json().get("settings");
    assertThat(settings.get(0).fieldNames()).toIterable().containsExactly("key", "default", "choices", "help");
    assertThat(settings.get(0).get("help").asText()).isNotEmpty();
  }

  @Test
  void aCheckOfADeviceIsATableAndJson(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("check.json");
    Invocation check = Invocation.of("devices", "--check", "--device", "cpu", "--json", file);
    assertThat(check.code()).as(check.err()).isZero();
    assertThat(check.out()).contains("cpu: ", "with reference", "GB/s", "TFLOP/s", "logistic HVP", "matmul")
        .contains("kinds of work agree with the reference device, 0 do not.");
    JsonNode json = Invocation.json(Files.readString(file));
    assertThat(json.get("passed").asBoolean()).isTrue();
    assertThat(json.get("checks")).allMatch(one -> one.get("agrees").asBoolean() && one.get("seconds").asDouble() > 0);
    assertThat(Invocation.line("devices --check --device coda").code()).isEqualTo(2);
  }

  @Test
  void devicesTellWhatAutoTakes() {
    Invocation devices = Invocation.line("devices");
    assertThat(devices.code()).as(devices.err()).isZero();
    assertThat(devices.out()).contains("cpu: ", "reference: ", "--device auto takes ");
    JsonNode json = Invocation.line("devices --json -").json();
    assertThat(json.get("devices")).anyMatch(device -> device.get("name").equals(json.get("auto"))
        && device.get("available").asBoolean());
  }

  @Test
  void versionIsOneLine() {
    assertThat(Invocation.line("--version").out()).startsWith("evenhand ").contains("Java 25").hasLineCount(1);
  }

  @Test
  void aloneItShowsTheCommands() {
    Invocation alone = Invocation.of();
    assertThat(alone.code()).isZero();
    assertThat(alone.out()).contains("study", "audit", "rewrite", "data", "methods", "devices");
  }

  static List<CommandLine> commands() {
    List<CommandLine> all = new ArrayList<>();
    collect(new CommandLine(new EvenhandCommand()), all);
    return all.stream().filter(command -> command.getParent() != null).toList();
  }

  private static void collect(CommandLine command, List<CommandLine> all) {
    all.add(command);
    command.getSubcommands().values().forEach(below -> collect(below, all));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpEndsWithExamplesThatParse(CommandLine command) {
    List<String> help = command.getUsageMessage().lines().toList();
    List<String> examples = help.reversed().stream().takeWhile(line -> line.startsWith("  evenhand ")).toList();
    assertThat(examples).as(command.getCommandSpec().qualifiedName()).isNotEmpty();
    for (String example : examples) {
      String[] words = example.strip().split(" ");
      new CommandLine(new EvenhandCommand()).parseArgs(Arrays.copyOfRange(words, 1, words.length)); // throws if wrong
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandTakesTheOptionsOfAll(CommandLine command) {
    assertThat(command.getCommandSpec().optionsMap()).containsKeys("--help", "--version", "--verbose");
  }
}
