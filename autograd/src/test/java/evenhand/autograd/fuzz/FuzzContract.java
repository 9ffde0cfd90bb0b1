package evenhand.autograd.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes from outside are taken or refused by a named exception, in time and memory that their number bounds.
 *
 * <p>Each build tries {@code evenhand.fuzz.inputs} (400) changed inputs a target, the same ones each time. With {@code
 * evenhand.experiments} Jazzer searches for harmful ones in a process of its own, guided by the branches they take:
 * {@code evenhand.fuzz.runs} (1,000,000) a target.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class FuzzContract {
  private static final int INPUTS = Integer.getInteger("evenhand.fuzz.inputs", 400);
  private static final int RUNS = Integer.getInteger("evenhand.fuzz.runs", 1_000_000);
  private static final int HANG_SECONDS = 25; // one input, on a machine that has other things to do

  /** The readers, each with inputs to begin from. */
  public abstract List<FuzzTarget> targets();

  @ParameterizedTest
  @MethodSource("targets")
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void changedBytesAreTakenOrRefused(FuzzTarget target) {
    assertThat(target.taken(target.valid())).isTrue(); // else nothing beyond the first check would be tried
    target.others().forEach(target::taken);
    SplittableRandom random = new SplittableRandom(2026);
    int taken = 0;
    for (int i = 0; i < INPUTS; i++) {
      taken += target.taken(target.changed(random)) ? 1 : 0;
    }
    System.out.println("fuzz " + target + ": " + INPUTS + " inputs, " + taken + " taken, the others refused");
  }

  @ParameterizedTest
  @MethodSource("targets")
  @EnabledIfSystemProperty(named = "evenhand.experiments", matches = "true")
  void noHarmfulInputIsFoundByCoverage(FuzzTarget target, @TempDir Path directory)
      throws IOException, InterruptedException {
    Path corpus = Files.createDirectory(directory.resolve("corpus"));
    Files.write(corpus.resolve("valid"), target.valid());
    for (int i = 0; i < target.others().size(); i++) {
      Files.write(corpus.resolve("other" + i), target.others().get(i));
    }
    Path log = directory.resolve("log");
    Process jazzer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx1g", "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-XX:+EnableDynamicAgentLoading", "-cp", System.getProperty("java.class.path"),
        "com.code_intelligence.jazzer.Jazzer", "--target_class=" + JazzerEntry.class.getName(),
        "--target_args=" + getClass().getName() + " " + target.name().replace(' ', '_'),
        "--instrumentation_includes=evenhand.**:com.fasterxml.jackson.**:org.apache.commons.csv.**:org.yaml.**",
        "-runs=" + RUNS, "-timeout=" + HANG_SECONDS, "-rss_limit_mb=4096", "-max_len=20000", "-seed=2026",
        "-print_final_stats=1", corpus.toString()).directory(directory.toFile()).redirectErrorStream(true)
        .redirectOutput(log.toFile()).start();
    try {
      assertThat(jazzer.waitFor(8, TimeUnit.HOURS)).isTrue();
    } finally {
      jazzer.destroyForcibly();
    }
    String said = Files.readString(log);
    assertThat(jazzer.exitValue()).as(said).isZero();
    said.lines().filter(line -> line.startsWith("stat::number_of_executed_units"))
        .forEach(line -> System.out.println("jazzer " + target + ": " + line.replaceAll("\\D+", "") + " inputs"));
  }
}
