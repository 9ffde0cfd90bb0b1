package evenhand.autograd.fuzz;

import evenhand.autograd.io.FormatException;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.models.HuggingFace;
import evenhand.autograd.models.TinyModels;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Files of language models: safetensors and config.json. */
class HostileModelTests extends FuzzContract {
  private static final Device DEVICE = Device.reference();

  @Override
  public List<FuzzTarget> targets() {
    return Stream.concat(Stream.of(safetensors()), TinyModels.ARCHITECTURES.stream().map(HostileModelTests::config))
        .toList();
  }

  private static FuzzTarget safetensors() {
    Path file = FuzzTarget.scratch().resolve("model.safetensors");
    Safetensors.write(file, Map.of("a", new Rng(1).normal(DEVICE, 2, 3), "ids", DEVICE.tensor(new int[]{1, 2, 3}, 3),
        "s", DEVICE.scalar(1)), Map.of("epoch", "20"));
    byte[] valid = bytes(file);
    return new FuzzTarget("safetensors", valid,
        List.of(file("{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4),
            file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2147418112,0],\"data_offsets\":[0,0]}}", 0),
            file("{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"new\":[[{}]]}}", 1),
            file("[".repeat(5000), 0)),
        Set.of(FormatException.class), bytes -> {
          Files.write(file, bytes);
          try (Safetensors opened = Safetensors.open(file)) {
            for (String name : opened.names()) {
              opened.tensor(name, DEVICE);
              opened.doubles(name);
            }
          }
        });
  }

  private static byte[] file(String header, int data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + json.length + data).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length)
        .put(json).array();
  }

  /** A damaged config.json beside whole weights. */
  private static FuzzTarget config(String architecture) {
    Path directory = FuzzTarget.scratch().resolve("model");
    HuggingFace.write(TinyModels.create(TinyModels.config(architecture), DEVICE), directory, List.of());
    Path file = directory.resolve("config.json");
    String valid = new String(bytes(file), StandardCharsets.UTF_8);
    return FuzzTarget.text("config of " + architecture, valid, huge(valid), Set.of(FormatException.class), bytes -> {
      Files.write(file, bytes);
      HuggingFace.read(directory, DEVICE);
    });
  }

  /** Each whole number by itself as large as it may be: nothing may be allocated or counted to before it is checked. */
  private static List<String> huge(String valid) {
    Stream<String> numbers = valid.lines().filter(line -> line.matches(".*: \\d+,?"))
        .flatMap(line -> Stream.of("2147483646", "2147483647", "1073741824", "0")
            .map(huge -> valid.replace(line, line.replaceFirst("\\d+(,?)$", huge + "$1"))));
    return Stream.concat(numbers, Stream.of("[".repeat(5000), "{\"a\":".repeat(5000))).toList();
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
