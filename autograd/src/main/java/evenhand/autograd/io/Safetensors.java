package evenhand.autograd.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A safetensors file, mapped into memory.
 *
 * <pre>{@code
 * try (Safetensors file = Safetensors.open(path)) {
 *   Tensor weight = file.tensor("encoder.weight", device);
 * }
 * Safetensors.write(path, Map.of("encoder.weight", weight), Map.of("epoch", "20"));
 * }</pre>
 *
 * <p>Opening checks the whole header; reading a tensor touches its bytes only, so files larger than memory are fine.
 * Tensors read are copies and outlive the file. A file must not be shortened by others while it is open.
 */
public final class Safetensors implements AutoCloseable {
  private static final int LENGTH_BYTES = 8;
  private static final int CHUNK_BYTES = 1 << 20;

  /**
   * Where and what a tensor is.
   *
   * @param dtype the format's name: F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, ..
   * @param begin first byte, counted from the end of the header
   * @param end byte after the last
   */
  public record Info(String dtype, Shape shape, long begin, long end) {}

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final Header header;

  private Safetensors(Path path, Arena arena, MemorySegment data, Header header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws FormatException if it is truncated, damaged or not safetensors
   * @throws UncheckedIOException if it cannot be read
   */
  public static Safetensors open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw unreadable(path, new FileSystemException(path.toString(), null, "there is no such file"));
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < LENGTH_BYTES) {
        throw new FormatException(path, "the file has " + size
            + " bytes, too few for a header; the file is truncated or not safetensors");
      }
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      long length = all.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
      checkLength(path, length, size);
      byte[] json = all.asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment data = all.asSlice(LENGTH_BYTES + length);
      return new Safetensors(path, arena, data, Header.parse(path, json, data.byteSize()));
    } catch (IOException e) {
      arena.close();
      throw unreadable(path, e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static void checkLength(Path path, long length, long size) {
    if (Long.compareUnsigned(length, size - LENGTH_BYTES) > 0) {
      throw new FormatException(path, "header says " + Long.toUnsignedString(length) + " bytes but the file has " + size
          + "; the file is truncated or not safetensors");
    }
    if (length > Header.LIMIT) {
      throw new FormatException(path, "header says " + length + " bytes, more than the format allows (" + Header.LIMIT
          + "); the file is damaged or not safetensors");
    }
  }

  private static UncheckedIOException unreadable(Path path, IOException e) {
    return new UncheckedIOException(path + ": cannot be read (" + reason(e)
        + "); check the path and its permissions", e);
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
  }

  /** Names of the tensors, in the order of the header. */
  public List<String> names() {
    return List.copyOf(header.tensors().keySet());
  }

  /** True if there is a tensor of this name. */
  public boolean contains(String name) {
    return header.tensors().containsKey(name);
  }

  /**
   * What a tensor is.
   *
   * @throws FormatException if there is no such tensor
   */
  public Info info(String name) {
    Info info = header.tensors().get(name);
    if (info == null) {
      throw new FormatException(path, "there is no tensor " + name + "; names() lists the " + header.tensors().size()
          + " there are");
    }
    return info;
  }

  /** The strings that came with the tensors. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * A tensor on a device: float32 for F64, F32, F16, BF16 (rounded as by {@link #floats}) and BOOL (1 and 0); int32 for
   * whole numbers.
   *
   * @throws FormatException if there is no such tensor, or it does not fit the type
   */
  public Tensor tensor(String name, Device device) {
    Info info = info(name);
    if (ElementType.valueOf(info.dtype()).kind() == ElementType.Kind.INTEGER) {
      int[] values = ints(name);
      Tensor flat = device.tensor(values, values.length);
      return flat.reshape(info.shape());
    }
    float[] values = floats(name);
    return device.tensor(values, values.length).reshape(info.shape());
  }

  /**
   * A tensor's numbers as float32, row by row. F64 and whole numbers are rounded to the nearest, ties to even; beyond
   * the range of float32 they become infinite.
   *
   * @throws FormatException if there is no such tensor, or its type cannot be read
   */
  public float[] floats(String name) {
    Info info = info(name);
    ElementType type = readable(name, info);
    MemorySegment bytes = bytes(info);
    float[] out = new float[info.shape().size()];
    if (type == ElementType.F32) {
      MemorySegment.copy(bytes, ElementType.FLOAT32, 0, out, 0, out.length);
      return out;
    }
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) type.real(bytes, i);
    }
    return out;
  }

  /**
   * A tensor's numbers in double precision, row by row: exact, but for whole numbers beyond 2^53.
   *
   * @throws FormatException if there is no such tensor, or its type cannot be read
   */
  public double[] doubles(String name) {
    Info info = info(name);
    ElementType type = readable(name, info);
    MemorySegment bytes = bytes(info);
    double[] out = new double[info.shape().size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = type.real(bytes, i);
    }
    return out;
  }

  /**
   * A tensor of whole numbers or BOOL as int32, row by row.
   *
   * @throws FormatException if there is no such tensor, it holds real numbers, or a number is beyond int32
   */
  public int[] ints(String name) {
    Info info = info(name);
    ElementType type = readable(name, info);
    if (type.kind() == ElementType.Kind.FLOAT) {
      throw new FormatException(path, "tensor " + name + " is " + type + ", not whole numbers; read it with floats()");
    }
    MemorySegment bytes = bytes(info);
    int[] out = new int[info.shape().size()];
    for (int i = 0; i < out.length; i++) {
      long value = type.whole(bytes, i);
      if (value != (int) value || type == ElementType.U64 && value < 0) {
        throw new FormatException(path, "tensor " + name + " holds " + (type == ElementType.U64
            ? Long.toUnsignedString(value) : Long.toString(value)) + " at position " + i
            + ", beyond int32; read it with doubles()");
      }
      out[i] = (int) value;
    }
    return out;
  }

  private ElementType readable(String name, Info info) {
    ElementType type = ElementType.valueOf(info.dtype());
    if (type.kind() == ElementType.Kind.OPAQUE) {
      throw new FormatException(path, "tensor " + name + " is " + type + ", which is not read; convert it to F32");
    }
    return type;
  }

  private MemorySegment bytes(Info info) {
    return data.asSlice(info.begin(), info.end() - info.begin());
  }

  /** Unmaps the file; tensors already read stay valid. */
  @Override
  public void close() {
    arena.close();
  }

  /**
   * Writes tensors (F32 and I32) and strings to a file, replacing it at once when all is written.
   *
   * <p>Written beside the file under a name of its own and then renamed, so that a failure leaves the old file and
   * nothing else. Names are sorted: the same contents give the same bytes.
   *
   * @throws IllegalArgumentException if a name is {@code __metadata__} or not valid Unicode
   * @throws UncheckedIOException if the file cannot be written, saying what to do
   */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    checkNames(path, tensors, metadata);
    Map<String, Tensor> sorted = new TreeMap<>(tensors);
    byte[] json = json(sorted, metadata);
    Path target = path.toAbsolutePath();
    Path beside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try {
        writeAll(beside, json, sorted);
        Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(beside); // there only if something failed
      }
    } catch (IOException e) {
      throw unwritable(path, target.getParent(), e);
    }
  }

  private static void checkNames(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    if (tensors.containsKey(Header.METADATA)) {
      throw new IllegalArgumentException(path + ": a tensor cannot be named " + Header.METADATA + "; rename it");
    }
    Stream.of(tensors.keySet(), metadata.keySet(), metadata.values()).flatMap(Collection::stream)
        .filter(text -> !StandardCharsets.UTF_8.newEncoder().canEncode(text))
        .findFirst()
        .ifPresent(text -> {
          throw new IllegalArgumentException(path + ": \"" + text + "\" has half a surrogate pair, which UTF-8 cannot"
              + " hold; rename it");
        });
  }

  static UncheckedIOException unwritable(Path path, Path directory, IOException e) {
    String remedy = !Files.isDirectory(directory) ? "create the directory " + directory + " first"
        : e instanceof AccessDeniedException ? "make the directory " + directory + " writable or choose another"
            : "check that " + path + " is no directory and that its disk has room";
    return new UncheckedIOException(path + ": cannot be written (" + reason(e) + "); " + remedy, e);
  }

  private static byte[] json(Map<String, Tensor> tensors, Map<String, String> metadata) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(Header.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        json.writeObjectFieldStart(entry.getKey());
        begin = writeInfo(json, entry.getValue(), begin);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new AssertionError("writing to memory does not fail", e);
    }
    while (out.size() % LENGTH_BYTES != 0) {
      out.write(' '); // so that the data is aligned
    }
    return out.toByteArray();
  }

  private static long writeInfo(JsonGenerator json, Tensor tensor, long begin) throws IOException {
    long end = begin + (long) tensor.size() * tensor.dtype().bytes();
    json.writeStringField("dtype", tensor.dtype() == DType.FLOAT32 ? "F32" : "I32");
    json.writeFieldName("shape");
    int[] dims = tensor.shape().dims();
    json.writeArray(dims, 0, dims.length);
    json.writeFieldName("data_offsets");
    json.writeArray(new long[]{begin, end}, 0, 2);
    json.writeEndObject();
    return end;
  }

  private static void writeAll(Path file, byte[] json, Map<String, Tensor> tensors) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      drain(channel, buffer.putLong(json.length));
      ByteBuffer header = ByteBuffer.wrap(json);
      while (header.hasRemaining()) {
        channel.write(header);
      }
      for (Tensor tensor : tensors.values()) {
        writeTensor(channel, buffer, tensor);
      }
      channel.force(true);
    }
  }

  private static void writeTensor(FileChannel channel, ByteBuffer buffer, Tensor tensor) throws IOException {
    boolean real = tensor.dtype() == DType.FLOAT32;
    float[] floats = real ? tensor.toFloats() : new float[0];
    int[] ints = real ? new int[0] : tensor.toInts();
    for (int start = 0; start < tensor.size(); start += CHUNK_BYTES / 4) {
      int count = Math.min(CHUNK_BYTES / 4, tensor.size() - start);
      if (real) {
        buffer.asFloatBuffer().put(floats, start, count);
      } else {
        buffer.asIntBuffer().put(ints, start, count);
      }
      drain(channel, buffer.position(count * 4));
    }
  }

  private static void drain(FileChannel channel, ByteBuffer buffer) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }
}
