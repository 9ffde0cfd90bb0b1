package evenhand.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ByteRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever happens to a file, it is read or refused with a {@link FormatException}: nothing else is thrown. */
class SafetensorsDamageTests {
  private static Path directory;
  private static byte[] valid;

  @BeforeContainer
  static void writeAValidFile() throws IOException {
    directory = Files.createTempDirectory("safetensors");
    Device device = Device.reference();
    Path path = directory.resolve("valid");
    Tensor ids = device.tensor(new int[]{1, 2, 3}, 3);
    Safetensors.write(path, Map.of("a", new Rng(1).normal(device, 2, 3), "ids", ids, "s", device.scalar(1)),
        Map.of("epoch", "20"));
    valid = Files.readAllBytes(path);
  }

  @AfterContainer
  static void clear() throws IOException {
    for (String name : List.of("valid", "damaged")) {
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.delete(directory);
  }

  @Property(seed = "2026", tries = 300)
  void aTruncatedFileIsRefused(@ForAll @IntRange(max = 10_000) int cut) throws IOException {
    Path path = write(Arrays.copyOf(valid, cut % valid.length));
    assertThatThrownBy(() -> readAll(path)).isInstanceOf(FormatException.class);
  }

  @Property(seed = "2026", tries = 1000)
  void changedBytesAreReadOrRefused(@ForAll @Size(min = 1, max = 6) List<@IntRange(max = 10_000) Integer> places,
      @ForAll byte change) throws IOException {
    byte[] bytes = valid.clone();
    for (int place : places) {
      bytes[place % bytes.length] ^= change;
    }
    assertReadOrRefused(write(bytes));
  }

  /** Digits, brackets and commas put for one another: headers that stay JSON more often. */
  @Property(seed = "2026", tries = 1000)
  void changedHeadersAreReadOrRefused(@ForAll @IntRange(max = 10_000) int place,
      @ForAll @ByteRange(min = ' ', max = '~') byte letter) throws IOException {
    byte[] bytes = valid.clone();
    int header = bytes[0] & 0xff | (bytes[1] & 0xff) << 8;
    bytes[Long.BYTES + place % header] = letter;
    assertReadOrRefused(write(bytes));
  }

  @Property(seed = "2026", tries = 300)
  void anyBytesAreRefused(@ForAll @Size(max = 100) byte[] bytes) throws IOException {
    assertReadOrRefused(write(bytes));
  }

  private static void assertReadOrRefused(Path path) {
    try {
      readAll(path);
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
    }
  }

  private static void readAll(Path path) {
    try (Safetensors file = Safetensors.open(path)) {
      for (String name : file.names()) {
        Tensor tensor = file.tensor(name, Device.reference());
        assertThat(tensor.shape()).isEqualTo(file.info(name).shape());
        assertThat(file.doubles(name)).hasSize(tensor.size());
      }
    }
  }

  private static Path write(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("damaged"), bytes);
  }
}
