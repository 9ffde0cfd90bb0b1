package evenhand.autograd.nn;

import evenhand.autograd.Var;

/** Ways to fill what an axis is widened by; a constant is {@link Var#pad}. */
public enum Padding {
  /** The elements next to the edge in reverse, the edge itself not repeated: {@code cb|abc|ba}. */
  REFLECT,
  /** The element at the edge: {@code aa|abc|cc}. */
  REPLICATE,
  /** The elements from the other end: {@code bc|abc|ab}. */
  CIRCULAR;

  /**
   * Widens an axis by so many elements before and after; a negative number cuts off (as in PyTorch, {@link #CIRCULAR}
   * wraps what is left, the others look at the whole).
   *
   * @throws IllegalArgumentException if there are not enough elements to take
   */
  public Var apply(Var x, int axis, int before, int after) {
    int length = x.shape().dim(axis);
    if (this == CIRCULAR && Math.min(before, after) < 0) {
      Var left = x.slice(axis, Math.max(-before, 0), length - Math.max(-after, 0));
      return apply(left, axis, Math.max(before, 0), Math.max(after, 0));
    }
    int most = this == REFLECT ? length - 1 : this == CIRCULAR ? length : length == 0 ? 0 : Integer.MAX_VALUE;
    if (Math.max(before, after) > Math.max(most, 0) || length + before + after < 0) {
      throw new IllegalArgumentException("pad: " + this + " of axis " + axis + " of " + x.shape() + " by [" + before
          + ", " + after + "] takes more elements than there are; at most " + most + " can be added");
    }
    int[] from = new int[length + before + after];
    for (int i = 0; i < from.length; i++) {
      int at = i - before;
      from[i] = switch (this) {
        case REFLECT -> at < 0 ? -at : at < length ? at : 2 * (length - 1) - at;
        case REPLICATE -> Math.clamp(at, 0, length - 1);
        case CIRCULAR -> Math.floorMod(at, length);
      };
    }
    return x.indexSelect(axis, Var.of(x.device().tensor(from, from.length)));
  }
}
