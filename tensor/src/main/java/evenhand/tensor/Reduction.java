package evenhand.tensor;

/** The ways to reduce axes to one element. */
public enum Reduction {
  /** Sum; 0 over no elements. The order of additions depends on the shape alone. */
  SUM,
  /** Largest; NaN if any is NaN; an error over no elements. */
  MAX,
  /** Smallest; NaN if any is NaN; an error over no elements. */
  MIN,
  /** Position of the first largest (the first NaN, if any) along a single axis, as int32. */
  ARGMAX
}
