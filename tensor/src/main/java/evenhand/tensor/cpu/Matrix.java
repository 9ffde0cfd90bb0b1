package evenhand.tensor.cpu;

/** A matrix in an array: element (i, k) lies at {@code offset + i * rowStride + k * columnStride}. */
record Matrix(float[] values, int offset, int rowStride, int columnStride) {
  /** Rows and columns exchanged. */
  Matrix transposed() {
    return new Matrix(values, offset, columnStride, rowStride);
  }

  /** The part that begins at the given row and column. */
  Matrix from(int row, int column) {
    return new Matrix(values, at(row, column), rowStride, columnStride);
  }

  /** The matrix of the same strides at another place of the array. */
  Matrix at(int position) {
    return new Matrix(values, position, rowStride, columnStride);
  }

  /** Position of an element. */
  int at(int row, int column) {
    return offset + row * rowStride + column * columnStride;
  }
}
