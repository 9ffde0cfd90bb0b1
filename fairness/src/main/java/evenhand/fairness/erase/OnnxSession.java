package evenhand.fairness.erase;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import evenhand.fairness.data.Inputs;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All that touches ONNX Runtime's classes, so that {@link OnnxModel} can be loaded without them. */
final class OnnxSession implements AutoCloseable {
  private static final int ROWS_AT_ONCE = 1024;

  private final Path file;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final NodeInfo input;
  private final String output;

  private OnnxSession(Path file, OrtEnvironment environment, OrtSession session, Optional<String> wanted)
      throws OrtException {
    this.file = file;
    this.environment = environment;
    this.session = session;
    this.input = input(file, session);
    this.output = output(file, session, wanted);
  }

  static OnnxSession open(Path file, Optional<String> output) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (var options = new OrtSession.SessionOptions()) {
      OrtSession session = environment.createSession(file.toString(), options);
      try {
        return new OnnxSession(file, environment, session, output);
      } catch (IllegalArgumentException e) {
        session.close();
        throw e;
      }
    } catch (OrtException e) {
      throw new IllegalStateException(file + ": ONNX Runtime cannot read it (" + reason(e)
          + "); check that it is a whole ONNX model", e);
    }
  }

  private static NodeInfo input(Path file, OrtSession session) throws OrtException {
    if (session.getNumInputs() != 1) {
      throw new IllegalArgumentException(file + ": the model has the inputs " + session.getInputNames()
          + ", and one is needed that takes all numbers of a row; export it so");
    }
    NodeInfo input = session.getInputInfo().values().iterator().next();
    if (!isNumbers(input) || ((TensorInfo) input.getInfo()).getShape().length == 0) {
      throw new IllegalArgumentException(file + ": the input " + input.getName() + " is " + input.getInfo()
          + ", not a tensor of float or double numbers; export the model so");
    }
    return input;
  }

  /** The output of that name, or the first one of real numbers. */
  private static String output(Path file, OrtSession session, Optional<String> wanted) throws OrtException {
    Map<String, NodeInfo> all = session.getOutputInfo();
    if (wanted.isPresent() && !all.containsKey(wanted.get())) {
      throw new IllegalArgumentException(file + ": there is no output '" + wanted.get() + "'; the outputs are "
          + String.join(", ", all.keySet()));
    }
    List<NodeInfo> numbers = all.values().stream()
        .filter(node -> wanted.isEmpty() || node.getName().equals(wanted.get()))
        .filter(OnnxSession::isNumbers).toList();
    if (numbers.isEmpty()) {
      throw new IllegalArgumentException(
          file + ": the outputs " + String.join(", ", all.keySet()) + " are hard labels or"
              + " no tensors, and a rule can be subtracted from logits or probabilities alone; export the model with"
              + " those as a tensor (scikit-learn: zipmap=False)");
    }
    return numbers.getFirst().getName();
  }

  private static boolean isNumbers(NodeInfo node) {
    return node.getInfo() instanceof TensorInfo tensor
        && (tensor.type == OnnxJavaType.FLOAT || tensor.type == OnnxJavaType.DOUBLE);
  }

  private long[] rowShape() {
    long[] shape = ((TensorInfo) input.getInfo()).getShape();
    return shape.length < 2 ? new long[]{-1} : Arrays.copyOfRange(shape, 1, shape.length);
  }

  Optional<Integer> columns() {
    long[] row = rowShape();
    return Arrays.stream(row).anyMatch(size -> size < 1) ? Optional.empty()
        : Optional.of(Math.toIntExact(Arrays.stream(row).reduce(1, Math::multiplyExact)));
  }

  /** The output's numbers, {@code [rows][numbers]}. */
  double[][] run(Inputs rows) {
    Optional<Integer> expected = columns();
    if (expected.isPresent() && expected.get() != rows.columns()) {
      throw new IllegalArgumentException(file + ": the model takes " + expected.get() + " numbers a row ("
          + Arrays.toString(rowShape()) + "), the rows have " + rows.columns() + "; give its own columns in its order");
    }
    double[][] out = new double[rows.rows()][];
    try {
      int step = ((TensorInfo) input.getInfo()).getShape()[0] == 1 ? 1 : ROWS_AT_ONCE; // exported for one row at a time
      for (int from = 0; from < out.length; from += step) {
        run(rows, from, Math.min(out.length, from + step), out);
      }
    } catch (OrtException e) {
      throw new IllegalStateException(file + ": ONNX Runtime cannot run it on rows of " + rows.columns() + " numbers ("
          + reason(e) + "); check the columns and their order", e);
    }
    return out;
  }

  private void run(Inputs rows, int from, int to, double[][] out) throws OrtException {
    float[] chosen = new float[(to - from) * rows.columns()];
    for (int row = from; row < to; row++) {
      rows.read(row, chosen, (row - from) * rows.columns());
    }
    try (OnnxTensor tensor = tensor(chosen, to - from, rows.columns());
        OrtSession.Result result = session.run(Map.of(input.getName(), tensor), Set.of(output))) {
      OnnxTensor answer = (OnnxTensor) result.get(0);
      double[] flat = numbers(answer);
      int width = flat.length / (to - from);
      if (width == 0 || flat.length != width * (to - from)) {
        throw new IllegalArgumentException(file + ": the output " + output + " has shape "
            + Arrays.toString(answer.getInfo().getShape()) + " for " + (to - from)
            + " rows; the model must answer each row by itself");
      }
      for (int row = from; row < to; row++) {
        out[row] = Arrays.copyOfRange(flat, (row - from) * width, (row - from + 1) * width);
      }
    }
  }

  private OnnxTensor tensor(float[] values, int rows, int columns) throws OrtException {
    long[] row = columns().isPresent() ? rowShape() : new long[]{columns};
    long[] shape = new long[row.length + 1];
    shape[0] = rows;
    System.arraycopy(row, 0, shape, 1, row.length);
    if (((TensorInfo) input.getInfo()).type == OnnxJavaType.FLOAT) {
      return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return OnnxTensor.createTensor(environment, DoubleBuffer.wrap(wide), shape);
  }

  private static double[] numbers(OnnxTensor tensor) {
    if (tensor.getInfo().type == OnnxJavaType.DOUBLE) {
      DoubleBuffer buffer = tensor.getDoubleBuffer();
      double[] out = new double[buffer.remaining()];
      buffer.get(out);
      return out;
    }
    FloatBuffer buffer = tensor.getFloatBuffer();
    double[] out = new double[buffer.remaining()];
    Arrays.setAll(out, _ -> buffer.get());
    return out;
  }

  private static String reason(OrtException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given").strip();
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(file + ": ONNX Runtime cannot close it (" + reason(e) + "); it may hold memory",
          e);
    }
  }
}
