package evenhand.tensor;

/** A tensor in some layout, with its shape and what its elements must read as, row by row. */
record Sample(Tensor tensor, int[] shape, double[] values, String name) {
  @Override
  public String toString() {
    return name;
  }
}
