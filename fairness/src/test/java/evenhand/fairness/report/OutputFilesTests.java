package evenhand.fairness.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks before the work, and files that are written whole. */
class OutputFilesTests {
  @TempDir
  private Path directory;

  @Test
  void theCheckLeavesNothingBehind() throws IOException {
    OutputFiles.requireWritable(directory.resolve("a/b/c"), "--out");
    OutputFiles.requireWritable(directory, "--out");
    OutputFiles.requireWritableFile(directory.resolve("d/file"), "--json");
    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void belowAFileNothingCanBeWritten() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> OutputFiles.requireWritable(file.resolve("below/deep"), "--out DIR"))
        .isInstanceOf(UncheckedIOException.class).hasMessageContainingAll("cannot write", "--out DIR", "file");
    assertThatThrownBy(() -> OutputFiles.requireWritableFile(directory, "--json FILE"))
        .hasMessageContainingAll("is a directory", "--json FILE");
  }

  @Test
  void writingReplacesAndFollowsLinks() throws IOException {
    Path real = Files.writeString(directory.resolve("real"), "old");
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    OutputFiles.write(link, "new", "--json");
    assertThat(real).hasContent("new");
    assertThat(link).isSymbolicLink();
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void aFailedWriteLeavesNoPart() throws IOException {
    Path taken = Files.createDirectories(directory.resolve("taken/inside"));
    assertThatThrownBy(() -> OutputFiles.write(taken.getParent(), "text", "--json"))
        .isInstanceOf(UncheckedIOException.class);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(taken.getParent());
    }
  }
}
