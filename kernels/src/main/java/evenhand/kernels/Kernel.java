package evenhand.kernels;

import java.util.Locale;

/**
 * The kernels, each with the source that holds it: {@code src-native/kernels/FAMILY.krn}.
 *
 * <p>A kernel's entry has the constant's name in lower case. Groups of {@link #WORKERS} work-items along one axis, see
 * {@code src-native/dialect/dialect.h}.
 */
enum Kernel {
  UNARY("elementwise"),
  BINARY_FLOAT("elementwise"),
  BINARY_INT("elementwise"),
  WHERE_BITS("elementwise"),
  COPY_BITS("elementwise"),
  FLOAT_TO_INT("elementwise"),
  INT_TO_FLOAT("elementwise"),
  FILL_BITS("elementwise"),
  REDUCE_ROWS("reduce"),
  REDUCE_COLUMNS("reduce"),
  ARGMAX_ROWS("reduce"),
  ARGMAX_COLUMNS("reduce"),
  MATMUL("matmul"),
  MATMUL_SMALL("matmul"),
  DUAL_MATMUL("matmul"),
  CONV_FORWARD("conv"),
  CONV_INPUT("conv"),
  CONV_WEIGHT("conv"),
  GATHER_BITS("indexing"),
  SCATTER_LINES_FLOAT("indexing"),
  SCATTER_LINES_INT("indexing"),
  SCATTER_BINS_FLOAT("indexing"),
  SCATTER_BINS_INT("indexing"),
  UNIFORM_NUMBERS("random"),
  SGD_STEP("update"),
  ADAM_STEP("update"),
  CELL_SUMS("cells"),
  NEURON_INFLUENCE("influence"),
  LOGISTIC_HVP("heads"),
  SOFTMAX_HVP("heads"),
  SIGNAL_DOT("encoder"),
  DECODER_STEP("encoder"),
  ENCODER_STEP("encoder"),
  REWRITE_STEP("encoder");

  /** Work-items of a group. */
  static final int WORKERS = 256;

  private static final int MOST_GROUPS = 65535;

  private final String family;

  Kernel(String family) {
    this.family = family;
  }

  /** Name of the source, without ending. */
  String family() {
    return family;
  }

  /** Name of the function in it. */
  String entry() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Groups for {@code n} elements shared out over the grid, by the size alone. */
  static int groupsFor(int n) {
    return (int) Math.min(((long) n + WORKERS - 1) / WORKERS, MOST_GROUPS);
  }
}
