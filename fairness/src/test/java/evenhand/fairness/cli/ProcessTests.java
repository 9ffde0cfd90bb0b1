package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own: exit codes, streams, and what an interrupt leaves. */
class ProcessTests {
  @TempDir
  private Path directory;

  private Process start(String line) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(line.split(" ")));
    return new ProcessBuilder(command).directory(directory.toFile())
        .redirectOutput(directory.resolve("out.txt").toFile()).redirectError(directory.resolve("err.txt").toFile())
        .start();
  }

  /** Without what Java itself says of the vector module. */
  private List<String> errors() throws IOException {
    try (var lines = Files.lines(directory.resolve("err.txt"))) {
      return lines.filter(line -> !line.startsWith("WARNING: Using incubator modules")).toList();
    }
  }

  @Test
  void aStudyWithoutATerminalShowsNoProgress() throws IOException, InterruptedException {
    Process study = start("study --seeds 1 --methods erm --set model.epochs=1");
    assertThat(study.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(study.exitValue()).isZero();
    assertThat(errors()).isEmpty();
    assertThat(directory.resolve("out.txt")).content()
        .endsWith("Report: " + Path.of("evenhand-study", "report.html") + System.lineSeparator());
    assertThat(directory.resolve("evenhand-study/report.html")).exists();
  }

  @Test
  void wrongUsageExitsWith2() throws IOException, InterruptedException {
    Process wrong = start("study --seeds none");
    assertThat(wrong.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(wrong.exitValue()).isEqualTo(2);
    assertThat(errors()).singleElement().asString().startsWith("evenhand: ");
    assertThat(directory.resolve("out.txt")).isEmptyFile();
  }

  @Test
  void anInterruptLeavesNothingBehind() throws IOException, InterruptedException {
    Process study = start("study --methods erm --set model.epochs=1000000");
    assertThat(study.waitFor(3, TimeUnit.SECONDS)).isFalse(); // in the midst of training
    study.destroy();
    assertThat(study.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(study.exitValue()).isNotZero();
    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("out.txt", "err.txt");
    }
  }

  /** Killed without notice at a random point, then resumed: the JSON of a study that was left alone, but for seconds. */
  @Test
  void aStudyThatWasKilledIsResumedToTheSameResult() throws IOException, InterruptedException {
    String line = "study --seeds 4 --methods erm,fairbatch,reweighing --set model.epochs=60 --jobs 2 --threads 2 --out ";
    Process whole = start(line + "whole");
    assertThat(whole.waitFor(120, TimeUnit.SECONDS)).as(() -> Invocation.read(directory.resolve("err.txt"))).isTrue();
    Path kept = directory.resolve("killed/unfinished");
    long patience = new Random().nextLong(400); // milliseconds after the first run is there
    Process killed = start(line + "killed");
    while (killed.isAlive() && !Files.exists(kept)) {
      killed.waitFor(5, TimeUnit.MILLISECONDS);
    }
    killed.waitFor(patience, TimeUnit.MILLISECONDS);
    killed.destroyForcibly().waitFor();
    boolean unfinished = Files.exists(kept); // else it was faster than our patience
    List<Double> seconds = new ArrayList<>();
    if (unfinished) {
      try (var files = Files.list(kept)) {
        files.filter(file -> file.getFileName().toString().matches("[a-z].*-.*\\.json"))
            .forEach(file -> seconds.add(Invocation.json(Invocation.read(file)).at("/run/fitSeconds").asDouble()));
      }
    }
    Process resumed = start(line + "killed --resume");
    assertThat(resumed.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(resumed.exitValue()).as(() -> Invocation.read(directory.resolve("err.txt"))).isZero();
    JsonNode result = Invocation.json(Invocation.read(directory.resolve("killed/study.json")));
    List<Double> fits = new ArrayList<>();
    result.get("results").findParents("fit").forEach(node -> fits.add(node.get("fit").asDouble()));
    assertThat(fits).as("killed after %d ms, runs that were there are taken over", patience).containsAll(seconds);
    result.findParents("seconds").forEach(run -> ((ObjectNode) run).remove("seconds"));
    JsonNode expected = Invocation.json(Invocation.read(directory.resolve("whole/study.json")));
    expected.findParents("seconds").forEach(run -> ((ObjectNode) run).remove("seconds"));
    assertThat(result).as("killed after %d ms with %d runs there", patience, seconds.size()).isEqualTo(expected);
    assertThat(kept).doesNotExist();
  }

  @Test
  void anInterruptSaysWhatIsKeptAndHowToGoOn() throws IOException, InterruptedException {
    Process study = start("study --seeds 1000 --methods erm --set model.epochs=20 --jobs 1");
    Path kept = directory.resolve("evenhand-study/unfinished");
    while (study.isAlive() && !Files.exists(kept)) {
      study.waitFor(20, TimeUnit.MILLISECONDS);
    }
    study.waitFor(200, TimeUnit.MILLISECONDS);
    study.destroy();
    assertThat(study.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(study.exitValue()).isNotZero();
    assertThat(errors()).last().asString()
        .matches("evenhand: interrupted; \\d+ of 1000 runs are kept, and the same command with --resume goes on from"
            + " there");
  }

  /** In bash itself: commands, options, and the names that options take. */
  @Test
  void bashCompletesCommandsOptionsAndNames() throws IOException, InterruptedException {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no /bin/bash");
    Invocation.write(directory.resolve("completion.sh"), Invocation.line("completion bash").out());
    String ask = "compopt() { :; }; source completion.sh; ask() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
        + " _complete_evenhand; echo \"${COMPREPLY[@]}\"; }; ask evenhand stu; ask evenhand study --met;"
        + " ask evenhand study --methods fairb; ask evenhand study --data ad; ask evenhand study --device o;"
        + " ask evenhand influence --target equ; ask evenhand study --config comp";
    Process bash = new ProcessBuilder("/bin/bash", "-c", ask).directory(directory.toFile()).redirectErrorStream(true)
        .start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said.lines()).containsExactly("study", "--methods", "fairbatch", "adult", "opencl",
        "equal_opportunity equalized_odds", "completion.sh");
  }
}
