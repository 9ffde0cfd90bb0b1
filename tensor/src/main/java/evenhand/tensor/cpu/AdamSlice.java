package evenhand.tensor.cpu;

/**
 * A stretch of parameters with Adam's moments, and the step's constants.
 *
 * @param value the parameters, from {@code at}
 * @param mean first moments, from {@code meanAt}
 * @param square second moments, from {@code squareAt}
 */
record AdamSlice(float[] value, int at, float[] mean, int meanAt, float[] square, int squareAt, AdamFactors factors) {
  /** The stretch that begins so many numbers later. */
  AdamSlice from(int numbers) {
    return new AdamSlice(value, at + numbers, mean, meanAt + numbers, square, squareAt + numbers, factors);
  }
}
