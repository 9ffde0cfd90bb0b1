package evenhand.autograd.models;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Texts as token ids, padded to one length; all arrays are row by row.
 *
 * @param ids [rows, columns]
 * @param mask [rows, columns], 1 where there is a token, 0 where padding, which no position looks at
 * @param types [rows, columns], the token types that BERT has: 0 for the first sentence, 1 for the second
 */
public record TokenBatch(int rows, int columns, int[] ids, int[] mask, int[] types) {
  /** Checks the sizes. */
  public TokenBatch {
    int size = rows * columns;
    if (rows < 1 || columns < 1 || ids.length != size || mask.length != size || types.length != size) {
      throw new IllegalArgumentException("tokenBatch: " + rows + " rows of " + columns + " tokens do not match "
          + ids.length + " ids, " + mask.length + " mask entries, " + types.length
          + " types; give each position one of each, and at least one position");
    }
  }

  /** Rows of ids, filled up on the right; token types 0. */
  public static TokenBatch padded(List<int[]> texts, int padId) {
    int columns = texts.stream().mapToInt(text -> text.length).max().orElse(0);
    int[] ids = new int[texts.size() * columns];
    int[] mask = new int[ids.length];
    Arrays.fill(ids, padId);
    for (int row = 0; row < texts.size(); row++) {
      int[] text = texts.get(row);
      System.arraycopy(text, 0, ids, row * columns, text.length);
      Arrays.fill(mask, row * columns, row * columns + text.length, 1);
    }
    return new TokenBatch(texts.size(), columns, ids, mask, new int[ids.length]);
  }

  /** One text. */
  public static TokenBatch of(int... ids) {
    return padded(List.of(ids), 0);
  }

  /** Number of tokens of a row, without padding. */
  public int length(int row) {
    return Arrays.stream(mask, row * columns, (row + 1) * columns).sum();
  }

  /** Position, counted over all rows, of the last token of a row. */
  public int last(int row) {
    int at = (row + 1) * columns - 1;
    while (at > row * columns && mask[at] == 0) {
      at--;
    }
    return at;
  }

  private boolean isPadded() {
    return Arrays.stream(mask).anyMatch(m -> m == 0);
  }

  /** An int32 vector of one number a position. */
  static Var vector(Device device, int[] values) {
    return Var.of(device.tensor(values, values.length));
  }

  /** Rows of a table at the ids: {@code [vocabulary, width] -> [rows, columns, width]}. */
  Var lookUp(Var table) {
    return lookUp(table, ids);
  }

  /** Rows of a table, one a position. */
  Var lookUp(Var table, int[] index) {
    return table.indexSelect(0, vector(table.device(), index)).reshape(rows, columns, table.shape().dim(1));
  }

  /**
   * What is added to attention scores: 0 where a query may look at a key, -infinity where not.
   *
   * @param causal position i sees positions 0 .. i only
   * @param repeats how often the queries are repeated, one copy after the other
   * @return [rows or 1, 1, repeats * columns, columns]; absent if every query sees every key
   */
  Optional<Var> attentionBias(Device device, boolean causal, int repeats) {
    boolean padded = isPadded();
    if (!padded && !causal) {
      return Optional.empty();
    }
    int blocks = padded ? rows : 1;
    int queries = repeats * columns;
    float[] bias = new float[blocks * queries * columns];
    for (int i = 0; i < bias.length; i++) {
      int key = i % columns;
      int query = i / columns % columns;
      int block = i / (columns * queries);
      boolean hidden = causal && key > query || padded && mask[block * columns + key] == 0;
      bias[i] = hidden ? Float.NEGATIVE_INFINITY : 0;
    }
    return Optional.of(Var.of(device.tensor(bias, blocks, 1, queries, columns)));
  }

  /** @throws IllegalArgumentException if the texts are too long for the model, or an id is not in its vocabulary */
  void check(LanguageModel model) {
    int vocabulary = model.vocabulary();
    int maxLength = model.maxLength();
    if (columns > maxLength) {
      throw new IllegalArgumentException("tokenBatch: texts of " + columns + " tokens, but the model takes at most "
          + maxLength + "; cut them");
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw new IllegalArgumentException("tokenBatch: row " + i / columns + " has id " + ids[i] + " at position "
            + i % columns + ", but the model's vocabulary has " + vocabulary
            + " tokens; use the tokenizer that belongs to the model");
      }
    }
  }

  /** @throws IllegalArgumentException if a token type is not one of a model's */
  void checkTypes(int count) {
    for (int i = 0; i < types.length; i++) {
      if (types[i] < 0 || types[i] >= count) {
        throw new IllegalArgumentException("tokenBatch: row " + i / columns + " has token type " + types[i]
            + " at position " + i % columns + ", but the model has " + count + "; use 0 .. " + (count - 1));
      }
    }
  }
}
