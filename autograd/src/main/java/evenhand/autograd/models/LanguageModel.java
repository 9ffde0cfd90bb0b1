package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Losses;
import evenhand.tensor.Device;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A transformer with a language-model head: token ids in, a score for every token of the vocabulary out.
 *
 * <p>A masked model scores the token at each position from all others; a causal one the token that comes next. Always
 * in evaluation: the dropout rates of a configuration do not apply.
 */
public interface LanguageModel {
  /** Label of positions where there is nothing to predict. */
  int IGNORED = -100;

  /** The {@code config.json} it was made from. */
  ModelConfig config();

  /** All weights by Hugging Face's names; a tied weight once, under its first name. */
  Map<String, Var> parameters();

  /** True if position i sees positions 0 .. i only and predicts the next token. */
  boolean causal();

  /** Number of tokens. */
  int vocabulary();

  /** The longest text, in tokens. */
  int maxLength();

  /**
   * What the head sees.
   *
   * @return [rows, columns, width]
   * @throws IllegalArgumentException if a text is too long or an id is not in the vocabulary
   */
  Var hidden(TokenBatch batch);

  /** The head: {@code [.., width] -> [.., vocabulary]}. */
  Var head(Var hidden);

  /** Where the weights are. */
  default Device device() {
    return parameters().values().iterator().next().device();
  }

  /** Scores at all positions, [rows, columns, vocabulary]. */
  default Var logits(TokenBatch batch) {
    return head(hidden(batch));
  }

  /**
   * Scores at some positions, which costs less than at all.
   *
   * @param positions counted row by row over the whole batch, {@code row * columns + column}
   * @return [positions, vocabulary]
   */
  default Var logitsAt(TokenBatch batch, int... positions) {
    Var hidden = hidden(batch);
    Var flat = hidden.reshape(batch.rows() * batch.columns(), hidden.shape().dim(-1));
    return head(flat.indexSelect(0, TokenBatch.vector(device(), positions)));
  }

  /**
   * Mean cross-entropy over the labels other than {@link #IGNORED}.
   *
   * @param labels [rows, columns], row by row; a causal model's scores at t are compared with the label at t + 1 of the
   *   same row, so that its labels are the ids themselves
   * @throws IllegalArgumentException if there is nothing to predict
   */
  default Var loss(TokenBatch batch, int[] labels) {
    if (labels.length != batch.ids().length) {
      throw new IllegalArgumentException("languageModel.loss: " + labels.length + " labels for " + batch.ids().length
          + " positions; give one each");
    }
    int ahead = causal() ? 1 : 0;
    int[] predicted = IntStream.range(0, labels.length)
        .filter(i -> i % batch.columns() >= ahead && labels[i] != IGNORED).toArray();
    if (predicted.length == 0) {
      throw new IllegalArgumentException("languageModel.loss: all labels are " + IGNORED
          + (causal() ? " but for first tokens, which nothing comes before" : "") + "; label at least one position");
    }
    int[] positions = Arrays.stream(predicted).map(i -> i - ahead).toArray();
    int[] wanted = Arrays.stream(predicted).map(i -> labels[i]).toArray();
    return Losses.crossEntropy(logitsAt(batch, positions), TokenBatch.vector(device(), wanted));
  }
}
