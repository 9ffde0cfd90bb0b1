package evenhand.tensor;

/** The type of a tensor's elements. */
public enum DType {
  /** 32-bit IEEE 754 numbers; masks are float32 tensors of 0 and 1. */
  FLOAT32,
  /** 32-bit signed integers: indices, labels, token ids. */
  INT32;

  /** Bytes per element. */
  public int bytes() {
    return 4;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
