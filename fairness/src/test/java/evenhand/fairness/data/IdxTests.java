package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Rng;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** idx files, whole and damaged. */
class IdxTests {
  private static final int LIMIT = 1000;

  @TempDir
  Path directory;

  /** The bytes of an idx file before compression. */
  private static byte[] idx(int magic, int[] shape, byte[] elements) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * shape.length + elements.length).putInt(magic);
    Arrays.stream(shape).forEach(buffer::putInt);
    return buffer.put(elements).array();
  }

  static byte[] compressed(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("file.gz"), compressed(bytes));
  }

  private void refused(Path path, int axes, String reason) {
    assertThatThrownBy(() -> Idx.read(path, axes, LIMIT)).isInstanceOf(DataException.class)
        .hasMessageStartingWith(path + ": ").hasMessageContaining(reason)
        .hasMessageEndingWith("replace it by the published file").hasMessageNotContaining("\n");
  }

  @Test
  void aWholeFileIsReadWithItsShape() throws IOException {
    byte[] elements = {0, 1, (byte) 255, 3, 4, 5};
    Idx idx = Idx.read(file(idx(0x803, new int[]{1, 2, 3}, elements)), 3, LIMIT);
    assertThat(idx.shape()).containsExactly(1, 2, 3);
    assertThat(idx.bytes()).isEqualTo(elements);
    assertThat(Idx.read(file(idx(0x801, new int[]{0}, new byte[0])), 1, LIMIT).bytes()).isEmpty();
  }

  @Test
  void damageIsNamed() throws IOException {
    refused(file(idx(0x801, new int[]{5}, new byte[4])), 1, "ends after 4 of the 5 bytes of [5]");
    refused(file(idx(0x801, new int[]{5}, new byte[6])), 1, "goes on behind the 5 bytes of [5]");
    refused(file(idx(0x803, new int[]{5}, new byte[5])), 1, "begins with 00000803, not with 00000801");
    refused(file(idx(0xd01, new int[]{5}, new byte[5])), 1, "begins with 00000d01"); // floats
    refused(file(new byte[]{0, 0, 8}), 1, "ends too early");
    refused(file(idx(0x803, new int[]{5}, new byte[0])), 3, "ends too early");
    refused(Files.write(directory.resolve("plain"), idx(0x801, new int[]{1}, new byte[1])), 1, "cannot be read");
    refused(directory.resolve("absent"), 1, "cannot be read");
  }

  /** Sizes that no memory has, and whose product overflows. */
  @Test
  void aHeaderIsNotBelievedBeyondTheLimit() throws IOException {
    for (int[] shape : new int[][]{{Integer.MAX_VALUE, 1, 1}, {1, -1, 1}, {-1, -1, 1}, {1 << 30, 1 << 30, 1 << 30},
        {11, 10, 10}}) {
      refused(file(idx(0x803, shape, new byte[10])), 3, "so it would hold more than 1000 bytes");
    }
    refused(file(idx(0x803, new int[]{0, Integer.MAX_VALUE, -5}, new byte[0])), 3, "has an axis of 4294967291");
  }

  /** Whatever the bytes, the file is read or refused with a DataException. */
  @Property(seed = "2026", tries = 300)
  void anyBytesAreReadOrRefused(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int axes) throws IOException {
    Rng random = new Rng(seed);
    int[] shape = new int[axes];
    Arrays.setAll(shape, axis -> random.nextInt(4));
    byte[] good = idx(0x800 | axes, shape, new byte[Arrays.stream(shape).reduce(1, (a, b) -> a * b)]);
    byte[] bytes = random.nextInt(2) == 0 ? good : compressed(good);
    for (int i = random.nextInt(4); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextBits();
    }
    bytes = Arrays.copyOf(bytes, random.nextInt(3) == 0 ? random.nextInt(bytes.length + 3) : bytes.length);
    Path path = Files.createTempFile("idx", ".gz");
    try {
      Files.write(path, random.nextInt(2) == 0 ? bytes : compressed(bytes));
      Idx idx = Idx.read(path, axes, LIMIT);
      assertThat(idx.bytes().length).isLessThanOrEqualTo(LIMIT)
          .isEqualTo(Arrays.stream(idx.shape()).reduce(1, (a, b) -> a * b));
    } catch (DataException e) {
      assertThat(e).hasMessageEndingWith("replace it by the published file");
    } finally {
      Files.delete(path);
    }
  }
}
