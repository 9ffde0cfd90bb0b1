package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
}
