package evenhand.fairness.erase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import evenhand.fairness.data.Inputs;
import evenhand.fairness.erase.Network.Dense;
import evenhand.tensor.Rng;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX files whose bytes are written here, run by ONNX Runtime, against the same networks in plain loops. */
class OnnxModelTests {
  @TempDir
  private Path directory;

  private static List<Dense> layers(int... widths) {
    Rng rng = new Rng(2026).split("onnx");
    Dense[] layers = new Dense[widths.length - 1];
    for (int l = 0; l < layers.length; l++) {
      float[][] weight = new float[widths[l]][widths[l + 1]];
      for (float[] row : weight) {
        for (int j = 0; j < row.length; j++) {
          row[j] = (float) rng.nextGaussian();
        }
      }
      float[] bias = new float[widths[l + 1]];
      bias[0] = 0.5f;
      layers[l] = new Dense(weight, bias);
    }
    return List.of(layers);
  }

  private static Inputs rows(int rows, int columns) {
    Rng rng = new Rng(2026).split("rows");
    float[] x = new float[rows * columns];
    for (int at = 0; at < x.length; at++) {
      x[at] = (float) rng.nextGaussian();
    }
    return new Inputs.Dense(x, rows, columns);
  }

  private OnnxModel open(Path file) {
    return OnnxModel.open(file, Optional.empty(), Answers.Kind.AUTO);
  }

  private static void assertSame(double[][] got, double[][] expected) {
    assertThat(got).hasNumberOfRows(expected.length);
    for (int row = 0; row < expected.length; row++) {
      assertThat(Logs.softmax(got[row])).containsExactly(Logs.softmax(expected[row]), within(1e-5));
    }
  }

  /** Softmax regression of 7 inputs and 3 classes, as logits; and more rows than go at once. */
  @Test
  void logitsAreThoseOfTheNetwork() {
    List<Dense> layers = layers(7, 3);
    Inputs rows = rows(2100, 7);
    double[][] expected = new Network(new float[7], 1, layers).outputs(rows);
    try (OnnxModel model = open(OnnxFiles.write(directory.resolve("m.onnx"), layers, ""))) {
      assertThat(model.columns()).contains(7);
      assertSame(model.logits(rows), expected);
    }
  }

  /** The file that comes with the examples: logits 0 and 0.43 x1 + 0.89 x2 + 0.29 z - 0.11. */
  @Test
  void theExamplesModelIsTheLogisticRegressionItIsSaidToBe() throws IOException {
    List<Dense> layers = List.of(
        new Dense(new float[][]{{0, 0.43f}, {0, 0.89f}, {0, 0.29f}}, new float[]{0, -0.11f}));
    assertThat(Path.of("..", "examples", "synthetic.onnx"))
        .hasSameBinaryContentAs(OnnxFiles.write(directory.resolve("m.onnx"), layers, ""));
  }

  @Test
  void probabilitiesOfANetworkWithHiddenLayersAreToldFromLogits() {
    List<Dense> layers = layers(5, 9, 4, 2); // as deployed models are: sure of some rows, beyond 1e-12
    Inputs rows = rows(33, 5);
    double[][] expected = new Network(new float[5], 1, layers).outputs(rows);
    try (OnnxModel model = open(OnnxFiles.write(directory.resolve("m.onnx"), layers, "Softmax"))) {
      double[][] got = model.logits(rows);
      assertSame(got, expected);
      assertThat(Logs.logSumExp(got[0])).isCloseTo(0, within(1e-5)); // they are ln P
    }
  }

  @Test
  void oneOutputIsThatOfTheSecondClass() {
    List<Dense> layers = layers(5, 1);
    Inputs rows = rows(10, 5);
    try (OnnxModel model = open(OnnxFiles.write(directory.resolve("m.onnx"), layers, ""))) {
      double[][] got = model.logits(rows);
      assertThat(got[3]).containsExactly(new double[]{0, new Network(new float[5], 1, layers).outputs(rows)[3][0]},
          within(1e-5));
    }
  }

  @Test
  void aModelOfHardLabelsIsRefused() {
    Path file = OnnxFiles.write(directory.resolve("m.onnx"), layers(5, 3), "ArgMax");
    assertThatIllegalArgumentException().isThrownBy(() -> open(file)).withMessageContaining("are hard labels");
  }

  @Test
  void whatDoesNotFitIsNamed() throws IOException {
    Path file = OnnxFiles.write(directory.resolve("m.onnx"), layers(5, 3), "");
    try (OnnxModel model = open(file)) {
      assertThatIllegalArgumentException().isThrownBy(() -> model.logits(rows(2, 4)))
          .withMessageContaining("the model takes 5 numbers a row").withMessageContaining("the rows have 4");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxModel.open(file, Optional.of("logit"), Answers.Kind.AUTO))
        .withMessageContaining("there is no output 'logit'; the outputs are out");
    byte[] bytes = Files.readAllBytes(file);
    Path half = Files.write(directory.resolve("half.onnx"), Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> open(half)).isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("half.onnx: ONNX Runtime cannot read it").hasMessageContaining("whole ONNX model");
    assertThatIllegalArgumentException().isThrownBy(() -> open(directory.resolve("none.onnx")))
        .withMessageContaining("there is no such file");
  }

  /** A class loader of its own for this package, which has no ONNX Runtime to give. */
  private static final class WithoutOnnxRuntime extends ClassLoader {
    WithoutOnnxRuntime() {
      super(OnnxModelTests.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("ai.onnxruntime.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("evenhand.fairness.erase.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      return known != null ? known : define(name);
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void withoutOnnxRuntimeTheDependencyIsNamed() throws Exception {
    Path file = OnnxFiles.write(directory.resolve("m.onnx"), layers(5, 3), "");
    ClassLoader loader = new WithoutOnnxRuntime();
    Class<?> model = loader.loadClass(OnnxModel.class.getName());
    Class<?> kind = loader.loadClass(Answers.Kind.class.getName());
    var open = model.getMethod("open", Path.class, Optional.class, kind);
    assertThatThrownBy(() -> open.invoke(null, file, Optional.empty(), kind.getEnumConstants()[0]))
        .isInstanceOf(InvocationTargetException.class)
        .cause().isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("m.onnx: an ONNX file needs ONNX Runtime")
        .hasMessageContaining("com.microsoft.onnxruntime:onnxruntime:1.22.0");
  }
}
