package evenhand.fairness.gradiend;

/**
 * A text with a gap as a model reads it.
 *
 * @param ids the tokens: up to the gap for a causal model, all with the gaps masked for a masked one
 * @param positions of the tokens whose scores tell the word: the last one, or the masks
 * @param right ids of the right word, one a position
 * @param opposite ids of the opposite class's word
 * @param label +1 or -1, or 0 for a text of neither class
 */
public record SlotRow(int[] ids, int[] positions, int[] right, int[] opposite, int label) {
  /** The first class's ids, whatever is right here. */
  int[] first() {
    return label < 0 ? opposite : right;
  }

  /** The second class's ids. */
  int[] second() {
    return label < 0 ? right : opposite;
  }
}
