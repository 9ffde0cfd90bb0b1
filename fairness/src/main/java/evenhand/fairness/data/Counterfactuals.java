package evenhand.fairness.data;

/** Makes counterfactual rows: the protected attribute gets each of its other values, all else stays. */
@FunctionalInterface
public interface Counterfactuals {
  /** The rows with their counterfactual ones; a row that has none is in no pair. */
  Pairs of(Samples rows);
}
