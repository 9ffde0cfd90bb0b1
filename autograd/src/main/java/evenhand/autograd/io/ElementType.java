package evenhand.autograd.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The number types of the format, with their size and how one is read. */
enum ElementType {
  F64(8, Kind.FLOAT), F32(4, Kind.FLOAT), F16(2, Kind.FLOAT), BF16(2, Kind.FLOAT),
  I64(8, Kind.INTEGER), I32(4, Kind.INTEGER), I16(2, Kind.INTEGER), I8(1, Kind.INTEGER),
  U64(8, Kind.INTEGER), U32(4, Kind.INTEGER), U16(2, Kind.INTEGER), U8(1, Kind.INTEGER),
  BOOL(1, Kind.MASK),
  F8_E5M2(1, Kind.OPAQUE), F8_E4M3(1, Kind.OPAQUE);

  /** What a type's numbers can be read as. */
  enum Kind {
    /** Real numbers: float32 tensors. */
    FLOAT,
    /** Whole numbers: int32 tensors. */
    INTEGER,
    /** True or false: float32 tensors of 1 and 0. */
    MASK,
    /** Known by size only: such a tensor may be in a file but is not read. */
    OPAQUE
  }

  static final ValueLayout.OfFloat FLOAT32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfDouble FLOAT64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong INT64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort INT16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;
  private final Kind kind;

  ElementType(int bytes, Kind kind) {
    this.bytes = bytes;
    this.kind = kind;
  }

  int bytes() {
    return bytes;
  }

  Kind kind() {
    return kind;
  }

  /** Element i as a double; exact but for whole numbers beyond 2^53. */
  double real(MemorySegment data, long i) {
    return switch (this) {
      case F64 -> data.get(FLOAT64, 8 * i);
      case F32 -> data.get(FLOAT32, 4 * i);
      case F16 -> Float.float16ToFloat(data.get(INT16, 2 * i));
      case BF16 -> Float.intBitsToFloat(data.get(INT16, 2 * i) << 16); // the upper half of a float32
      case U64 -> unsigned(data.get(INT64, 8 * i));
      default -> whole(data, i);
    };
  }

  private static double unsigned(long bits) {
    return bits >= 0 ? bits : 2.0 * (bits >>> 1 | bits & 1); // the lowest bit kept, so that rounding is right
  }

  /** Element i as a whole number. A U64 of 2^63 or more comes out negative. */
  long whole(MemorySegment data, long i) {
    return switch (this) {
      case I64, U64 -> data.get(INT64, 8 * i);
      case I32 -> data.get(INT32, 4 * i);
      case U32 -> data.get(INT32, 4 * i) & 0xffffffffL;
      case I16 -> data.get(INT16, 2 * i);
      case U16 -> data.get(INT16, 2 * i) & 0xffff;
      case I8 -> data.get(ValueLayout.JAVA_BYTE, i);
      case U8 -> data.get(ValueLayout.JAVA_BYTE, i) & 0xff;
      case BOOL -> data.get(ValueLayout.JAVA_BYTE, i) == 0 ? 0 : 1;
      case F64, F32, F16, BF16, F8_E5M2, F8_E4M3 -> throw new AssertionError(this + " is not a whole number");
    };
  }
}
