package evenhand.fairness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonFactory;
import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.models.Mlp;
import evenhand.autograd.nn.Layer;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file of {@code examples} compiles without a warning, runs, and shows what it says. */
class ExamplesTests {
  private static final Path EXAMPLES = Path.of("").toAbsolutePath().getParent().resolve("examples");
  private static final Pattern OUTCOME = Pattern.compile("(?:gap|bias) before (\\S+) after (\\S+)");

  @TempDir
  private static Path classes;

  private static URLClassLoader loader;

  @TempDir
  private Path directory;

  @BeforeAll
  static void compile() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--release", "25", "-Xlint:all,-path", "-Werror", "-proc:none",
        "-cp", System.getProperty("java.class.path"), "-d", classes.toString()));
    sources().forEach(source -> arguments.add(source.toString()));
    var errors = new ByteArrayOutputStream();
    int code = ToolProvider.getSystemJavaCompiler().run(null, null, errors, arguments.toArray(String[]::new));
    assertThat(code).as(errors.toString(StandardCharsets.UTF_8)).isZero();
    loader = new URLClassLoader(new URL[]{classes.toUri().toURL()}, ExamplesTests.class.getClassLoader());
  }

  @AfterAll
  static void close() throws IOException {
    loader.close();
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  private static Object instance(String name) throws ReflectiveOperationException {
    Constructor<?> constructor = loader.loadClass(name).getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  /** The lines that an example prints. */
  private static List<String> run(String name, String... arguments) throws ReflectiveOperationException {
    Object example = instance(name);
    Method main = Arrays.stream(example.getClass().getDeclaredMethods())
        .filter(method -> method.getName().equals("main")).findFirst().orElseThrow();
    main.setAccessible(true);
    var out = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      main.invoke(example, main.getParameterCount() == 0 ? new Object[0] : new Object[]{arguments});
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static double[] numbers(Pattern pattern, List<String> lines) {
    Matcher matcher = lines.stream().map(pattern::matcher).filter(Matcher::find).findFirst().orElseThrow(
        () -> new AssertionError("no line has " + pattern + ":\n" + String.join("\n", lines)));
    double[] numbers = new double[matcher.groupCount()];
    Arrays.setAll(numbers, i -> Double.parseDouble(matcher.group(i + 1)));
    return numbers;
  }

  private static void assertHalved(List<String> lines) {
    double[] gap = numbers(OUTCOME, List.of(lines.getLast()));
    assertThat(Math.abs(gap[1])).as(lines.getLast()).isLessThan(gap[0] / 2);
  }

  @Test
  void fairBatchHalvesTheGap() throws ReflectiveOperationException {
    assertHalved(run("FairBatch"));
  }

  /** What influence foretells of taking rows out is what training again gives, but for second order. */
  @Test
  void fastModelDebiasHalvesTheBiasAndForetellsRetraining() throws ReflectiveOperationException {
    List<String> lines = run("FastModelDebias");
    assertHalved(lines);
    double[] change = numbers(Pattern.compile("foretold (\\S+), trained again (\\S+)"), lines);
    assertThat(change[0]).isNegative();
    assertThat(change[1]).isCloseTo(change[0], within(0.2 * Math.abs(change[0])));
  }

  @Test
  void ruleEraserHalvesTheGap() throws ReflectiveOperationException {
    assertHalved(run("RuleEraser"));
  }

  @Test
  void gradiendTellsUnseenNamesApartAndHalvesTheGap() throws ReflectiveOperationException {
    List<String> lines = run("Gradiend");
    assertHalved(lines);
    double[] women = numbers(Pattern.compile("h of women's names: mean (\\S+), from (\\S+) to (\\S+)"), lines);
    double[] men = numbers(Pattern.compile("h of men's names: mean (\\S+), from (\\S+) to (\\S+)"), lines);
    assertThat(women[1] > men[2] || women[2] < men[1]).as("women %s, men %s", Arrays.toString(women),
        Arrays.toString(men)).isTrue();
  }

  @Test
  void alignmentHalvesTheGapAndRaisesParity() throws ReflectiveOperationException {
    List<String> lines = run("DecisionRationaleAlignment");
    assertHalved(lines);
    double gapAlone = numbers(Pattern.compile("gap alone.*parity (\\S+) of 2"), lines)[0];
    double aligned = numbers(Pattern.compile("and parity.*parity (\\S+) of 2"), lines)[0];
    assertThat(aligned).isGreaterThan(gapAlone).isLessThanOrEqualTo(2);
  }

  @Test
  void theEraserInFrontOfAnOnnxFileHalvesTheGap() throws ReflectiveOperationException {
    assertHalved(run("EraseOnnx", EXAMPLES.resolve("synthetic.onnx").toString()));
  }

  /** H at (1, 1) is [[802, -400], [-400, 200]]; Newton's method goes from (-1.2, 1) to (1, 1). */
  @Test
  void aHessianOfOnesOwnFunction() throws ReflectiveOperationException {
    List<String> lines = run("HessianProduct");
    assertThat(lines.getFirst()).endsWith("[2.0, 0.0]");
    double[] end = numbers(Pattern.compile("step 6: x = \\[(\\S+), (\\S+)]"), lines);
    assertThat(end).containsExactly(new double[]{1, 1}, within(1e-3));
  }

  @Test
  void anAuditIsATest() throws ReflectiveOperationException {
    Object audit = instance("AuditTests");
    List<Method> tests = Arrays.stream(audit.getClass().getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Test.class)).toList();
    assertThat(tests).hasSize(2);
    for (Method test : tests) {
      test.setAccessible(true);
      test.invoke(audit);
    }
  }

  /** The points are (2, 2) and (-2, -2), the clouds' means; the JVM gives them the scores that the network has here. */
  @Test
  void ownLoopSavesWeightsThatPredictInASmallHeapWithoutTheVectorModule() throws Exception {
    Path weights = directory.resolve("weights.safetensors");
    assertHalved(run("OwnTrainingLoop", weights.toString()));
    Pattern scores = Pattern.compile("probabilities \\[(\\S+), (\\S+)]");
    double[] p = numbers(scores, small("Embed", List.of(), List.of(classes), weights));
    assertThat(p).containsExactly(numbers(scores, run("Embed", weights.toString())), within(1e-5));
    assertThat(p[0]).isGreaterThan(0.5);
    assertThat(p[1]).isLessThan(0.5);
  }

  /** A network of 1.9 million weights, 7.5 MB, scores 10,000 rows, whose inputs and hidden units are more than 110 MB. */
  @Test
  void aLargerModelPredictsInASmallHeap() throws Exception {
    Path weights = directory.resolve("large.safetensors");
    Layer model = ManyRows.model();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    model.parameters().forEach((name, parameter) -> tensors.put(name, parameter.value()));
    Safetensors.write(weights, tensors, Map.of());
    List<String> lines = small(ManyRows.class.getName(),
        List.of("--add-modules", "jdk.incubator.vector"), List.of(location(ExamplesTests.class)), weights);
    assertThat(lines).containsExactly("predicted 10000 rows");
  }

  /** What {@link #aLargerModelPredictsInASmallHeap} runs in a JVM of its own. */
  static final class ManyRows {
    private ManyRows() {}

    static Layer model() {
      return Mlp.of(new Rng(0), Device.cpu(), 784, 1024, 1024, 10);
    }

    public static void main(String[] arguments) {
      Layer model = model();
      try (Safetensors file = Safetensors.open(Path.of(arguments[0]))) {
        model.parameters().forEach((name, weight) -> weight.value().copyFrom(file.tensor(name, Device.cpu())));
      }
      int rows = 0;
      for (int batch = 0; batch < 100; batch++) {
        try (Scope _ = Scope.open()) {
          Tensor x = new Rng(batch).normal(Device.cpu(), 100, 784);
          rows += Grad.without(() -> model.forward(Var.of(x)).value()).shape().dim(0);
        }
      }
      System.out.println("predicted " + rows + " rows");
    }
  }

  private static Path location(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** Output of a JVM with 64 MB of heap and nothing but the engine and Jackson's core on its class path. */
  private List<String> small(String main, List<String> options, List<Path> own, Path weights) throws Exception {
    List<String> path = new ArrayList<>();
    own.forEach(each -> path.add(each.toString()));
    for (Class<?> type : List.of(Tensor.class, Var.class, JsonFactory.class)) {
      path.add(location(type).toString());
    }
    List<String> command = new ArrayList<>(
        List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m"));
    command.addAll(options);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, path), main, weights.toString()));
    Path out = directory.resolve("out.txt");
    Path errors = directory.resolve("err.txt");
    Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(errors.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
    return Files.readAllLines(out);
  }

  /** What the list of examples names is there, and what is there is named. */
  @Test
  void theListIsComplete() throws IOException {
    String list = Files.readString(EXAMPLES.resolve("README.md"));
    List<String> linked = Pattern.compile("]\\(([A-Za-z]+\\.java)\\)").matcher(list).results()
        .map(match -> match.group(1)).sorted().toList();
    assertThat(linked).isEqualTo(sources().stream().map(source -> source.getFileName().toString()).toList());
  }
}
