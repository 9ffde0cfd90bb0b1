package evenhand.fairness.report;

import evenhand.autograd.fuzz.FuzzContract;
import evenhand.autograd.fuzz.FuzzTarget;
import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.study.StudyResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Runs that a study is resumed from. */
class HostileRunTests extends FuzzContract {
  private static final Map<String, String> STUDY = Map.of("data", "toy");
  private static final Map<String, String> WORDS = Map.of("method", "erm", "seed", "1");

  @Override
  public List<FuzzTarget> targets() {
    try {
      return List.of(run(), study());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RunFiles kept(Path directory) {
    RunFiles files = new RunFiles(directory, true, "1");
    files.begin(STUDY);
    files.keep(WORDS, new StudyResult.Run("erm", "", 1, Map.of("accuracy", Measured.of(0.75), "gap",
        Measured.undetermined("too few rows")), 0.5, 0.25, List.of("a note"), Map.of("epochs", "5"), Optional.empty(),
        Optional.empty(), List.of(), List.of(new Curve("loss", "", "epoch", List.of(1.0, 2.0), List.of(0.7, 0.6))),
        Map.of()));
    return files;
  }

  /** What is damaged counts as absent: it never stops the study, and what is taken has no holes. */
  private static FuzzTarget run() throws IOException {
    Path directory = FuzzTarget.scratch();
    RunFiles files = kept(directory);
    Path file;
    try (Stream<Path> all = Files.list(directory)) {
      file = all.filter(each -> each.getFileName().toString().startsWith("erm-1-")).findFirst().orElseThrow();
    }
    String valid = Files.readString(file);
    return FuzzTarget.text("run to resume", valid, List.of("null", "[".repeat(5000), "{\"words\":null,\"run\":null}",
        valid.replaceFirst("\"run\":.*", "\"run\":null}"),
        valid.replaceFirst("\\{\"value\":0.75", "null,\"x\":{\"value\":1"),
        valid.replace("\"a note\"", "null"), valid.replace("0.7,", "null,")), Set.of(), bytes -> {
          Files.write(file, bytes);
          files.find(WORDS).ifPresent(HostileRunTests::use);
        });
  }

  private static void use(StudyResult.Run run) {
    run.metrics().values().forEach(metric -> metric.value().isPresent());
    run.before().values().forEach(metric -> metric.value().isPresent());
    run.notes().forEach(String::length);
    run.settings().values().forEach(String::length);
    run.curves().forEach(curve -> curve.x().forEach(Double::doubleValue));
    run.curves().forEach(curve -> curve.y().forEach(Double::doubleValue));
    run.parity().isPresent();
    run.trajectory().isPresent();
    run.groups().forEach(Object::hashCode);
    run.variant().length();
  }

  private static FuzzTarget study() throws IOException {
    Path directory = FuzzTarget.scratch();
    RunFiles files = kept(directory);
    Path file = directory.resolve("study.json");
    return FuzzTarget.text("study to resume", Files.readString(file), List.of("null", "", "[".repeat(5000)),
        Set.of(IllegalStateException.class, UncheckedIOException.class), bytes -> {
          Files.write(file, bytes);
          files.begin(STUDY);
        });
  }
}
