package evenhand.fairness.erase;

import evenhand.fairness.data.Inputs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A deployed model in an ONNX file, run by ONNX Runtime.
 *
 * <p>ONNX Runtime is an optional dependency ({@value #DEPENDENCY}): a program that embeds this library adds it to use
 * ONNX files. The model has one input of float or double numbers, {@code [rows, columns]} or with a row's numbers in any
 * fixed shape, and an output of float or double numbers, {@code [rows, classes]}; a model of two classes may also give
 * one number a row. Safe for use by several threads.
 */
public final class OnnxModel implements DeployedModel, AutoCloseable {
  /** What has to be on the class path or module path. */
  public static final String DEPENDENCY = "com.microsoft.onnxruntime:onnxruntime:1.22.0";

  private final OnnxSession session;
  private final Answers.Kind kind;

  private OnnxModel(OnnxSession session, Answers.Kind kind) {
    this.session = session;
    this.kind = kind;
  }

  /**
   * Reads a model.
   *
   * @param output the name of the output to take; empty for the first one of numbers for each class
   * @param kind whether its numbers are logits or probabilities
   * @throws IllegalStateException if ONNX Runtime is not there, or cannot read the file
   * @throws IllegalArgumentException if the model's input or output does not fit, or there are hard labels only
   */
  public static OnnxModel open(Path file, Optional<String> output, Answers.Kind kind) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + ": there is no such file; check the path");
    }
    try {
      return new OnnxModel(OnnxSession.open(file, output), kind);
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          file + ": an ONNX file needs ONNX Runtime, which is not on the class path; add the"
              + " dependency " + DEPENDENCY + ", or give the model's logits as a CSV file",
          e);
    }
  }

  /** How many numbers a row has; empty if the model does not say. */
  public Optional<Integer> columns() {
    return session.columns();
  }

  /**
   * The logits of each row.
   *
   * @throws IllegalArgumentException if the rows have other columns than the model
   */
  @Override
  public double[][] logits(Inputs rows) {
    return Answers.of(session.run(rows), kind).logits();
  }

  @Override
  public void close() {
    session.close();
  }
}
