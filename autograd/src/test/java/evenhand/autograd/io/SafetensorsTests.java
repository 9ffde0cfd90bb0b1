package evenhand.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTests {
  private static final Device DEVICE = Device.reference();

  @TempDir
  Path directory;

  @Test
  void whatIsWrittenIsReadBack() {
    Tensor weight = new Rng(1).normal(DEVICE, 3, 5);
    Tensor ids = DEVICE.tensor(new int[]{7, -1, 1 << 30}, 3);
    Tensor large = new Rng(2).normal(DEVICE, 700_001); // more than one chunk of the writer
    Path path = directory.resolve("m.safetensors");
    Safetensors.write(path, Map.of("w", weight, "ids", ids, "scalar", DEVICE.scalar(2.5), "empty", DEVICE.zeros(0, 4),
        "large", large, "view", weight.transpose()), Map.of("epoch", "20", "ü", "\"quoted\"\n"));
    try (Safetensors file = Safetensors.open(path)) {
      assertThat(file.names()).containsExactly("empty", "ids", "large", "scalar", "view", "w");
      assertThat(file.metadata()).containsExactlyInAnyOrderEntriesOf(Map.of("epoch", "20", "ü", "\"quoted\"\n"));
      assertThat(file.floats("w")).containsExactly(weight.toFloats());
      assertThat(file.floats("large")).isEqualTo(large.toFloats());
      assertThat(file.floats("view")).containsExactly(weight.transpose().toFloats());
      assertThat(file.tensor("ids", DEVICE).toInts()).containsExactly(7, -1, 1 << 30);
      assertThat(file.tensor("scalar", DEVICE).shape()).isEqualTo(Shape.SCALAR);
      assertThat(file.tensor("scalar", DEVICE).item()).isEqualTo(2.5f);
      assertThat(file.tensor("empty", DEVICE).shape()).isEqualTo(Shape.of(0, 4));
      assertThat(file.info("w").dtype()).isEqualTo("F32");
      assertThat(file.info("w").end() - file.info("w").begin()).isEqualTo(60);
      assertThat(file.contains("w")).isTrue();
      assertThat(file.contains("v")).isFalse();
    }
  }

  @Test
  void theSameContentsGiveTheSameBytesWithAlignedData() throws IOException {
    Path first = directory.resolve("a.safetensors");
    Path second = directory.resolve("b.safetensors");
    Tensor x = DEVICE.ones(2);
    Safetensors.write(first, Map.of("a", x, "b", x, "c", x), Map.of("k", "v", "l", "w"));
    Safetensors.write(second, Map.of("c", x, "b", x, "a", x), Map.of("l", "w", "k", "v"));
    byte[] bytes = Files.readAllBytes(first);
    assertThat(bytes).isEqualTo(Files.readAllBytes(second));
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
  }

  @Test
  void everyTypeIsRead() {
    ByteBuffer data = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(0.1).putDouble(1e300); // F64
    data.putShort((short) 0x3c01).putShort((short) 0xfc00); // F16: 1 + 2^-10, -infinity
    data.putShort((short) 0x4049).putShort((short) 0x8000); // BF16: 3.140625, -0
    data.putLong(-5).putLong(Integer.MAX_VALUE); // I64
    data.putShort((short) -300).put((byte) -7).put((byte) 200).put((byte) 1); // I16, I8, U8, BOOL
    data.putShort((short) 65535).putInt(-1).putLong(-1); // U16, U32, U64
    Path path = file("""
        {"f64":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},
        "f16":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},
        "bf16":{"dtype":"BF16","shape":[2],"data_offsets":[20,24]},
        "i64":{"dtype":"I64","shape":[2],"data_offsets":[24,40]},
        "i16":{"dtype":"I16","shape":[],"data_offsets":[40,42]},"i8":{"dtype":"I8","shape":[1],"data_offsets":[42,43]},
        "u8":{"dtype":"U8","shape":[1],"data_offsets":[43,44]},
        "bool":{"dtype":"BOOL","shape":[1],"data_offsets":[44,45]},
        "u16":{"dtype":"U16","shape":[1],"data_offsets":[45,47]},
        "u32":{"dtype":"U32","shape":[1],"data_offsets":[47,51]},
        "u64":{"dtype":"U64","shape":[1],"data_offsets":[51,59]}}""", data.array(), data.position());
    try (Safetensors file = Safetensors.open(path)) {
      assertThat(file.doubles("f64")).containsExactly(0.1, 1e300);
      assertThat(file.floats("f64")).containsExactly(0.1f, Float.POSITIVE_INFINITY);
      assertThat(file.floats("f16")).containsExactly(1 + 0x1p-10f, Float.NEGATIVE_INFINITY);
      assertThat(file.floats("bf16")).containsExactly(3.140625f, -0f);
      assertThat(file.tensor("i64", DEVICE).toInts()).containsExactly(-5, Integer.MAX_VALUE);
      assertThat(file.ints("i16")).containsExactly(-300);
      assertThat(file.ints("i8")).containsExactly(-7);
      assertThat(file.ints("u8")).containsExactly(200);
      assertThat(file.ints("u16")).containsExactly(65535);
      assertThat(file.doubles("u32")).containsExactly(4294967295.0);
      assertThat(file.doubles("u64")).containsExactly(0x1p64);
      assertThat(file.tensor("bool", DEVICE).dtype()).isEqualTo(DType.FLOAT32);
      assertThat(file.ints("bool")).containsExactly(1);
      assertThatThrownBy(() -> file.ints("u32")).isInstanceOf(FormatException.class)
          .hasMessage(path + ": tensor u32 holds 4294967295 at position 0, beyond int32; read it with doubles()");
      assertThatThrownBy(() -> file.ints("u64")).hasMessageContaining("18446744073709551615");
      assertThatThrownBy(() -> file.ints("f16")).hasMessageContaining("not whole numbers; read it with floats()");
      assertThatThrownBy(() -> file.floats("none")).isInstanceOf(FormatException.class)
          .hasMessage(path + ": there is no tensor none; names() lists the 11 there are");
    }
  }

  @Test
  void aHeaderLongerThanTheFileIsRefused() throws IOException {
    Path path = directory.resolve("model.safetensors");
    Files.write(path, ByteBuffer.allocate(120).order(ByteOrder.LITTLE_ENDIAN).putLong(9999).array());
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(FormatException.class).hasMessage(path
        + ": header says 9999 bytes but the file has 120; the file is truncated or not safetensors");
    Files.write(path, ByteBuffer.allocate(120).putLong(-1).array());
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(FormatException.class)
        .hasMessageContaining("header says 18446744073709551615 bytes but the file has 120");
    Files.write(path, new byte[5]);
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(FormatException.class)
        .hasMessageContaining("the file has 5 bytes, too few for a header");
  }

  @Test
  void aHeaderBeyondTheLimitIsRefusedBeforeItIsRead() throws IOException {
    Path path = directory.resolve("model.safetensors");
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Header.LIMIT + 1));
      channel.write(ByteBuffer.allocate(1), Header.LIMIT + 100); // a sparse file
    }
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(FormatException.class)
        .hasMessageContaining("more than the format allows");
  }

  @Test
  void tensorsBeyondTwoGigabytesIntoAFileAreRead() throws IOException {
    Path path = directory.resolve("large.safetensors");
    long half = 3L << 30;
    String fits = "{\"first\":" + info("F32", "[3,268435456]", "[0," + half + "]")
        + ",\"last\":" + info("F32", "[1]", "[" + half + "," + (half + 4) + "]") + "}";
    writeSparse(path, fits, half, 1.5f);
    try (Safetensors file = Safetensors.open(path)) {
      assertThat(file.floats("last")).containsExactly(1.5f);
    }
    Files.delete(path);
    String tooMany = entry("first", "U8", "[3,1073741824]", "[0," + half + "]");
    writeSparse(path, tooMany, half - 4, 0);
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(FormatException.class)
        .hasMessageContaining("tensor first of shape [3, 1073741824] has more than 2^31 - 2^16 elements");
  }

  private static void writeSparse(Path path, String header, long position, float last) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE,
        StandardOpenOption.SPARSE)) {
      byte[] json = header.getBytes(StandardCharsets.UTF_8);
      ByteBuffer start = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(start.putLong(json.length).put(json).flip());
      channel.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, last),
          8 + json.length + position);
    }
  }

  /** Each a header with eight bytes of data behind it, and what is said about it. */
  static Stream<Arguments> faults() {
    return Stream.of(
        fault("", "the header should be an object, not nothing"),
        fault("[]", "the header should be an object, not ["),
        fault("{\"w\"", "the header is not the JSON of a safetensors file"),
        fault(entry("w", "F32", "[2]", "[0,8]") + "{}", "something follows the header's JSON object"),
        fault("{\"w\":3}", "entry w should be an object, not 3"),
        fault("{\"__metadata__\":{\"a\":1}}", "__metadata__ entry a should be a string, not 1"),
        fault("{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", "tensor w needs dtype, shape and data_offsets"),
        fault(entry("w", "F32", "[2]", "[0]"), "tensor w needs dtype, shape and data_offsets [begin, end]"),
        fault(entry("w", "F31", "[2]", "[0,8]"), "tensor w has unknown dtype F31; convert it to F32"),
        fault(entry("w", "F32", "[2]", "[0,12]"), "tensor w, F32[2], needs 8 bytes but its offsets are [0, 12]"),
        fault(entry("w", "F32", "[2]", "[8,0]"), "needs 8 bytes but its offsets are [8, 0]"),
        fault(entry("w", "F32", "[3]", "[0,8]"), "tensor w, F32[3], needs 12 bytes"),
        fault(entry("w", "F32", "[-2]", "[0,8]"), "the shape of tensor w holds -2, which is no length"),
        fault(entry("w", "F32", "[2.0]", "[0,8]"), "the shape of tensor w should be a whole number, not 2.0"),
        fault(entry("w", "F32", "2", "[0,8]"), "the shape of tensor w should be a list, not 2"),
        fault(entry("w", "F32", "[99999999999999999999]", "[0,8]"), "holds 99999999999999999999, which is no length"),
        fault(entry("w", "F32", "[4294967298]", "[0,8]"), "of shape [4294967298] has more than 2^31 - 2^16 elements"),
        fault(entry("w", "F32", "[65536,65536,2]", "[0,8]"), "has more than 2^31 - 2^16 elements; split it"),
        fault(entry("w", "F32", "[4]", "[0,16]"), "tensor w ends at byte 16 of the data, but the file has only 8"),
        fault(entry("w", "F32", "[1]", "[0,4]"), "the tensors end at byte 4 of the data, but the file has 8"),
        fault(entry("w", "F32", "[1]", "[4,8]"), "begins at byte 4 of the data, which leaves a gap (expected 0)"),
        fault("{\"a\":" + info("F32", "[1]", "[0,4]") + ",\"b\":" + info("F32", "[2]", "[0,8]") + "}",
            "tensor b begins at byte 0 of the data, within the tensor before it (expected 4)"),
        fault("{\"a\":" + info("F32", "[2]", "[0,8]") + ",\"a\":" + info("F32", "[2]", "[0,8]") + "}",
            "Duplicate field 'a'"));
  }

  private static Arguments fault(String json, String message) {
    return Arguments.of(json, message);
  }

  private static String entry(String name, String dtype, String shape, String offsets) {
    return "{\"" + name + "\":" + info(dtype, shape, offsets) + "}";
  }

  private static String info(String dtype, String shape, String offsets) {
    return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultyHeaderIsRefused(String json, String message) {
    Path path = file(json, new byte[8], 8);
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(FormatException.class)
        .hasMessageStartingWith(path + ": ").hasMessageContaining(message).hasMessageContaining("; ");
  }

  @Test
  void aHeaderThatIsNotUtf8IsRefused() {
    Path path = file(new byte[]{'{', '"', (byte) 0xff, '"', '}'}, new byte[0], 0);
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(FormatException.class)
        .hasMessage(path + ": the header is not UTF-8; the file is damaged or not safetensors");
  }

  @Test
  void anEightBitFloatMayBeThereButIsNotRead() {
    Path path = file(entry("q", "F8_E4M3", "[8]", "[0,8]"), new byte[8], 8);
    try (Safetensors file = Safetensors.open(path)) {
      assertThat(file.info("q").shape()).isEqualTo(Shape.of(8));
      assertThatThrownBy(() -> file.tensor("q", DEVICE)).isInstanceOf(FormatException.class)
          .hasMessage(path + ": tensor q is F8_E4M3, which is not read; convert it to F32");
    }
  }

  @Test
  void aMissingFileIsSaidToBeMissing() {
    Path path = directory.resolve("none.safetensors");
    assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(UncheckedIOException.class)
        .hasMessage(path + ": cannot be read (there is no such file); check the path and its permissions");
  }

  @Test
  void aFailedWriteNamesTheRemedyAndLeavesNothing() throws IOException {
    Map<String, Tensor> tensors = Map.of("w", DEVICE.ones(2));
    Path nowhere = directory.resolve("none").resolve("m.safetensors");
    assertThatThrownBy(() -> Safetensors.write(nowhere, tensors, Map.of())).isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith(nowhere + ": cannot be written (")
        .hasMessageEndingWith("; create the directory " + nowhere.getParent() + " first");
    Path taken = directory.resolve("taken");
    Files.createDirectories(taken.resolve("inner"));
    assertThatThrownBy(() -> Safetensors.write(taken, tensors, Map.of())).isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("check that " + taken + " is no directory");
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).containsExactly(taken);
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsNamed() throws IOException {
    Path locked = Files.createDirectory(directory.resolve("locked"));
    Path path = locked.resolve("m.safetensors");
    String message = path + ": cannot be written (permission denied); make the directory " + locked
        + " writable or choose another";
    assertThat(Safetensors.unwritable(path, locked, new AccessDeniedException(path.toString()))).hasMessage(message);
    if (locked.toFile().setWritable(false) && !Files.isWritable(locked)) { // the superuser may write anywhere
      assertThatThrownBy(() -> Safetensors.write(path, Map.of("w", DEVICE.ones(2)), Map.of())).hasMessage(message);
    }
  }

  @Test
  void aFailedWriteKeepsTheOldFile() throws IOException {
    Path path = directory.resolve("m.safetensors");
    Safetensors.write(path, Map.of("w", DEVICE.ones(2)), Map.of());
    byte[] before = Files.readAllBytes(path);
    assertThatThrownBy(() -> Safetensors.write(path, Map.of("__metadata__", DEVICE.ones(2)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(path + ": a tensor cannot be named __metadata__; rename it");
    assertThatThrownBy(() -> Safetensors.write(path, Map.of("\ud800", DEVICE.ones(2)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("has half a surrogate pair");
    assertThat(Files.readAllBytes(path)).isEqualTo(before);
    Safetensors.write(path, Map.of("w", DEVICE.zeros(2)), Map.of());
    try (Safetensors file = Safetensors.open(path); Stream<Path> left = Files.list(directory)) {
      assertThat(file.floats("w")).containsExactly(0, 0);
      assertThat(left).containsExactly(path);
    }
  }

  private Path file(String json, byte[] data, int length) {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    return file(header, data, length);
  }

  private Path file(byte[] header, byte[] data, int length) {
    try {
      ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(header.length).put(header).put(data, 0, length);
      return Files.write(directory.resolve("model.safetensors"), bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
