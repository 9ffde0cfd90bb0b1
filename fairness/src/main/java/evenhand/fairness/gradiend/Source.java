package evenhand.fairness.gradiend;

/** Which gradients the encoder sees, or the decoder is to give. */
public enum Source {
  /** Those of the right word, g+. */
  FACTUAL,
  /** Those of the word of the opposite class, g-. */
  COUNTERFACTUAL,
  /** Their difference, g+ - g-. */
  DIFFERENCE
}
