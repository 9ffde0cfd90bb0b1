package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --device auto} takes and what a device asked for by name says, in JVMs that find different drivers. */
class AutoDeviceTests {
  private static final Path FAKE = Path.of("../src-native/build/fake").toAbsolutePath().normalize();
  private static final Path FAKE_CUBLAS = FAKE.resolveSibling("fakecublas");
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  @TempDir
  private Path directory;

  /** Lines of a {@link DeviceReport} where the loader looks in these directories, without any OpenCL driver. */
  private List<String> report(String classPath, String libraries, String... modes) throws Exception {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-cp",
        classPath,
        DeviceReport.class.getName()));
    command.addAll(List.of(modes));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(directory.resolve("err.txt").toFile())
        .redirectOutput(directory.resolve("out.txt").toFile());
    builder.environment().putAll(Map.of("LD_LIBRARY_PATH", libraries, "OCL_ICD_VENDORS", directory + "/absent"));
    Process process = builder.start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(directory.resolve("err.txt"))).isZero();
    assertThat(errors()).isEmpty();
    return Files.readAllLines(directory.resolve("out.txt"));
  }

  /** Without what Java itself says where the vector module is off. */
  private List<String> errors() throws IOException {
    try (var lines = Files.lines(directory.resolve("err.txt"))) {
      return lines.filter(line -> !line.contains("jdk.incubator.vector")).toList();
    }
  }

  private static void requireEmulation() {
    Assumptions.assumeTrue(Files.exists(FAKE), "make -C src-native has not been run");
  }

  @Test
  void withoutAnyDriverAutoIsTheCpu() throws Exception {
    List<String> lines = report(CLASS_PATH, "");
    Assumptions.assumeTrue(lines.stream().noneMatch(line -> line.startsWith(" cuda: NVIDIA")), "there is a driver");
    assertThat(lines).contains(" auto: cpu").anyMatch(line -> line.startsWith(
        " cuda: refused: device cuda cannot be used: libcuda.so.1 cannot be opened (no NVIDIA driver); install"));
  }

  /** The module left out, and the module without a driver: the same but for what devices says. */
  @Test
  void withoutThisModuleAllElseIsTheSame() throws Exception {
    String without = Arrays.stream(CLASS_PATH.split(File.pathSeparator))
        .filter(entry -> !entry.matches(".*kernels.target.classes|.*(jcuda|jcublas|jocl|evenhand-kernels)-[^/]*jar"))
        .collect(Collectors.joining(File.pathSeparator));
    assertThat(without).isNotEqualTo(CLASS_PATH);
    List<String> with = report(CLASS_PATH, "");
    Assumptions.assumeTrue(with.contains(" auto: cpu"), "there is a driver");
    List<String> lines = report(without, "");
    assertThat(lines).contains(" auto: cpu")
        .contains(" cuda: refused: device cuda is unknown; choose one of auto, cpu, reference");
    assertThat(with).containsAll(lines.stream().filter(line -> !line.contains(": refused")).toList());
  }

  @Test
  void aDriverWithoutDeviceLeavesAutoTheCpu() throws Exception {
    requireEmulation();
    assertThat(report(CLASS_PATH, FAKE.toString(), "none")).contains("none auto: cpu")
        .contains("none cuda: refused: device cuda cannot be used: the NVIDIA driver is there but reports no device; "
            + "check nvidia-smi and CUDA_VISIBLE_DEVICES, or use --device cpu");
  }

  @Test
  void whatCannotBeUsedSaysWhyAndAutoGoesOn() throws Exception {
    requireEmulation();
    List<String> lines = report(CLASS_PATH, FAKE + File.pathSeparator + FAKE_CUBLAS, "old", "weak", "full", "64");
    assertThat(lines).contains("old auto: cpu", "weak auto: cpu", "full auto: cpu", "64 auto: cuda")
        .contains("old cuda: refused: device cuda cannot be used: CUDA failed with "
            + "CUDA_ERROR_UNSUPPORTED_PTX_VERSION; update the NVIDIA driver, or use --device cpu")
        .contains("weak cuda: refused: device cuda cannot be used: Emulated CUDA device, compute capability 6.1, but "
            + "the kernels need 7.0; use --device cpu")
        .contains("full cuda: refused: device cuda cannot be used: CUDA failed with CUDA_ERROR_OUT_OF_MEMORY; end what "
            + "else uses the device's memory (see nvidia-smi), or use --device cpu")
        .contains("64 cuda: Emulated CUDA device, compute capability 8.0, matrix products by cuBLAS 12.6; kernels "
            + "verified by emulation, not yet on such hardware");
    assertThat(bits(lines, "64")).as("normal numbers are the same on every device").isEqualTo(bits(lines, "old"));
  }

  private static String bits(List<String> lines, String mode) {
    return lines.stream().filter(line -> line.startsWith(mode + " bits: ")).findFirst().orElseThrow()
        .substring(mode.length());
  }

  @Test
  void withoutCublasProductsAreOurs() throws Exception {
    requireEmulation();
    assertThat(report(CLASS_PATH, FAKE.toString())).contains(" auto: cuda").anyMatch(line -> line.startsWith(
        " offer: Offer[name=cuda, available=true, status=Emulated CUDA device, compute capability 8.0, matrix products "
            + "by its own kernels, as libcublas.so.12 cannot be opened"));
  }
}
