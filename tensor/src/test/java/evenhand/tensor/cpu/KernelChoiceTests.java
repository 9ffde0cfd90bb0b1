package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelChoiceTests {
  private static final String ADVICE = "CPU vector kernels are off: module jdk.incubator.vector is not readable."
      + " Start Java with --add-modules jdk.incubator.vector";

  /** Run in a JVM of its own. */
  static final class Program {
    public static void main(String[] arguments) {
      System.out.println(Device.cpu(2).description());
      System.out.println(Device.cpu(3).tensor(new float[]{1, 2, 3}).sum().item());
    }
  }

  private static String run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void withoutTheModuleItRunsAndSaysSoOnce() throws IOException, InterruptedException {
    assertThat(run()).containsOnlyOnce(ADVICE)
        .contains("scalar loops (module jdk.incubator.vector is off), 2 threads")
        .contains("6.0");
  }

  @Test
  void withTheModuleItTakesVectors() throws IOException, InterruptedException {
    assertThat(run("--add-modules", "jdk.incubator.vector")).doesNotContain(ADVICE)
        .containsPattern("\\d+-bit vectors, 2 threads")
        .contains("6.0");
  }
}
