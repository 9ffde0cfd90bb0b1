package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Binary;
import evenhand.tensor.Reduction;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.HessianProducts.Activation;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Test;

/** The PTX that ships is that of the sources that ship, and NVIDIA's compiler turns it into code without spills. */
class PtxTests {
  private static final List<String> TARGETS = List.of("sm_70", "sm_75", "sm_80", "sm_86", "sm_89", "sm_90");
  private static final int USUAL_REGISTERS = 32; // all of a multiprocessor's work-items at once
  private static final Map<Kernel, Integer> MORE_REGISTERS = Map.of(Kernel.MATMUL, 128, Kernel.MATMUL_SMALL, 64,
      Kernel.DUAL_MATMUL, 128, Kernel.CONV_FORWARD, 64, Kernel.CELL_SUMS, 64, Kernel.LOGISTIC_HVP, 64,
      Kernel.SOFTMAX_HVP, 64);

  /** Its eight streams are 64-bit addresses that each group chooses: from sm_80 on they take no work-item's registers. */
  private static int registers(Kernel kernel, String target) {
    if (kernel == Kernel.DECODER_STEP) {
      return target.compareTo("sm_80") < 0 ? 50 : 36;
    }
    return MORE_REGISTERS.getOrDefault(kernel, USUAL_REGISTERS);
  }

  private static List<String> families() {
    return Arrays.stream(Kernel.values()).map(Kernel::family).distinct().toList();
  }

  @Test
  void ptxIsThatOfTheSources() throws Exception {
    for (String family : families()) {
      byte[] hash = MessageDigest.getInstance("SHA-256")
          .digest(KernelSources.openCl(family).getBytes(StandardCharsets.UTF_8));
      assertThat(KernelSources.text(family + ".ptx").lines().findFirst().orElseThrow())
          .as("%s.ptx is older than its source: run make -C src-native ptx", family)
          .isEqualTo("// sha256 of dialect.h and " + family + ".krn: " + HexFormat.of().formatHex(hash));
    }
  }

  @Test
  void everyKernelIsRegisteredAndNothingElse() {
    List<String> entries = new ArrayList<>();
    for (String family : families()) {
      Pattern.compile("\\.entry (\\w+)\\(").matcher(KernelSources.text(family + ".ptx")).results()
          .forEach(found -> entries.add(family + " " + found.group(1)));
    }
    assertThat(entries).containsExactlyInAnyOrderElementsOf(
        Arrays.stream(Kernel.values()).map(kernel -> kernel.family() + " " + kernel.entry()).toList());
  }

  @Test
  void sourcesNumberTheFunctionsAsJavaDoes() {
    assertNumbers("elementwise", "UNARY", Unary.values());
    assertNumbers("elementwise", "BINARY", Binary.values());
    assertNumbers("matmul", "ACTIVATION", Activation.values());
    assertNumbers("reduce", "REDUCE", Reduction.SUM, Reduction.MAX, Reduction.MIN);
  }

  private static void assertNumbers(String family, String kind, Enum<?>... constants) {
    Map<String, Integer> defined = new TreeMap<>();
    Pattern.compile("#define " + kind + "_(\\w+) (\\d+)").matcher(KernelSources.text(family + ".krn")).results()
        .forEach(found -> defined.put(found.group(1), Integer.parseInt(found.group(2))));
    Map<String, Integer> wanted = new TreeMap<>();
    Arrays.stream(constants).forEach(constant -> wanted.put(constant.name(), constant.ordinal()));
    assertThat(defined).isEqualTo(wanted);
  }

  @Test
  void ptxAssemblesForEveryTargetWithoutSpillsAndWithinItsRegisters() {
    Natives.load(() -> JNvPTXCompiler.setExceptionsEnabled(true), "JNvPTXCompiler-12.6.0");
    int most = 0;
    for (String target : TARGETS) {
      List<String> lines = new ArrayList<>();
      for (String family : families()) {
        for (Used used : assemble(family, target)) {
          String what = used.kernel().entry() + " on " + target;
          assertThat(used.spilled()).as("bytes spilled by %s", what).isZero();
          assertThat(used.registers()).as("registers of %s", what)
              .isBetween(1, registers(used.kernel(), target));
          most = Math.max(most, used.registers());
          lines.add(used.kernel().entry() + " " + used.registers());
        }
      }
      Rungs.write(target, lines);
    }
    System.out.println("PTX of " + Kernel.values().length + " kernels assembled for " + String.join(", ", TARGETS)
        + ": no spills, at most " + most + " registers");
  }

  /** What a kernel takes on a target. */
  private record Used(Kernel kernel, int registers, int spilled) {}

  private static List<Used> assemble(String family, String target) {
    byte[] text = (KernelSources.text(family + ".ptx") + "\0").getBytes(StandardCharsets.US_ASCII);
    var compiler = new nvPTXCompilerHandle();
    JNvPTXCompiler.nvPTXCompilerCreate(compiler, text.length - 1, text);
    JNvPTXCompiler.nvPTXCompilerCompile(compiler, 2, new String[]{"--gpu-name=" + target, "--verbose"});
    long[] size = new long[1];
    JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, size);
    byte[] log = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log);
    JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    Matcher matcher = Pattern.compile(
        "Compiling entry function '(\\w+)'.*?(\\d+) bytes spill stores, (\\d+) bytes spill loads.*?Used (\\d+) registers",
        Pattern.DOTALL).matcher(new String(log, StandardCharsets.UTF_8));
    List<Used> used = matcher.results().map(found -> new Used(Kernel.valueOf(found.group(1).toUpperCase(Locale.ROOT)),
        Integer.parseInt(found.group(4)), Integer.parseInt(found.group(2)) + Integer.parseInt(found.group(3))))
        .toList();
    assertThat(used).as("kernels of %s in the compiler's log", family)
        .hasSize((int) Arrays.stream(Kernel.values()).filter(kernel -> kernel.family().equals(family)).count());
    return used;
  }
}
