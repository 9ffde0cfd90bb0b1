package evenhand.fairness.erase;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.autograd.io.FormatException;
import evenhand.autograd.io.Safetensors;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.erase.Network.Dense;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A correction in a directory: {@value #CARD}, all that is not a network, and {@value #TENSORS}, the patch's network and
 * the rules as distributions.
 *
 * <p>Both are written beside their place, then renamed, the card last; it holds the other's SHA-256, so that a pair of
 * files that do not belong together is noticed. Reading checks everything, and refuses what is damaged.
 */
public final class PatchFiles {
  /** The file with settings, classes, groups and rules. */
  public static final String CARD = "card.json";

  /** The file with the network. */
  public static final String TENSORS = "patch.safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What is kept.
   *
   * @param encoder how columns become the inputs of the patch; empty if it reads rows of numbers as they are
   */
  public record Saved(Eraser eraser, Optional<Encoder> encoder) {}

  private PatchFiles() {}

  /**
   * Writes a correction, replacing one that is there.
   *
   * @throws UncheckedIOException if the directory cannot be written to, with the remedy
   */
  public static void save(Path directory, Saved saved, Device device) {
    Path file = directory.resolve(CARD);
    Path part = directory.resolve("." + CARD + "." + ProcessHandle.current().pid() + ".part");
    try {
      Files.createDirectories(directory);
      Path tensors = directory.resolve(TENSORS);
      Safetensors.write(tensors, tensors(saved.eraser(), device), Map.of("format", PatchCard.FORMAT));
      ObjectNode card = PatchCard.write(saved).put("sha256", sha256(tensors));
      try {
        Files.writeString(part, card.toPrettyString() + "\n", StandardOpenOption.CREATE_NEW);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part); // there only if something failed
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written (" + e + "); choose another directory", e);
    }
  }

  private static Map<String, Tensor> tensors(Eraser eraser, Device device) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("pi", matrix(eraser.rules().length, eraser.classes().size(),
        (b, j) -> (float) Math.exp(eraser.rules()[b][j] - Logs.logSumExp(eraser.rules()[b])), device));
    network(eraser.patch()).ifPresent(network -> {
      tensors.put("shift", device.tensor(network.shift(), network.shift().length));
      tensors.put("scale", device.tensor(new float[]{network.scale()}, 1));
      for (int l = 0; l < network.layers().size(); l++) {
        Dense layer = network.layers().get(l);
        tensors.put("layer" + l + ".weight",
            matrix(layer.weight().length, layer.bias().length, (i, j) -> layer.weight()[i][j], device));
        tensors.put("layer" + l + ".bias", device.tensor(layer.bias(), layer.bias().length));
      }
    });
    return tensors;
  }

  static Optional<Network> network(Patch patch) {
    return switch (patch) {
      case Patch.Direct direct -> Optional.of(direct.network());
      case Patch.Reader reader -> Optional.of(reader.network());
      case Patch.Table _,Patch.Constant _ -> Optional.empty();
    };
  }

  /** A number at a place. */
  private interface Entry {
    float at(int row, int column);
  }

  private static Tensor matrix(int rows, int columns, Entry entry, Device device) {
    float[] flat = new float[rows * columns];
    for (int at = 0; at < flat.length; at++) {
      flat[at] = entry.at(at / columns, at % columns);
    }
    return device.tensor(flat, rows, columns);
  }

  /**
   * Reads a correction.
   *
   * @throws FormatException if a file is absent, damaged, of a later version, or the two do not belong together
   */
  public static Saved load(Path directory) {
    Path file = directory.resolve(CARD);
    PatchCard card;
    try {
      card = new PatchCard(file, JSON.readTree(Files.readString(file)));
    } catch (NoSuchFileException e) {
      throw new FormatException(file, "there is no such file; give a directory that erase --save wrote", e);
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? " (" + e.getOriginalMessage() + ")" // where it is nested too deep
          : ", line " + e.getLocation().getLineNr();
      throw new FormatException(file, "it is not whole JSON" + where + "; the patch is damaged, save it again", e);
    } catch (IOException e) {
      throw new FormatException(file, "it cannot be read (" + e.getMessage() + "); check its permissions and that it is"
          + " UTF-8 text", e);
    }
    card.checkVersion();
    Path tensors = directory.resolve(TENSORS);
    try (Safetensors opened = Safetensors.open(tensors)) {
      if (!card.text("sha256").equals(sha256(tensors))) {
        throw new FormatException(tensors,
            "it is not the file that " + CARD + " was written with; save the patch again");
      }
      return card.read(layers -> network(tensors, opened, layers));
    } catch (IllegalArgumentException e) {
      throw new FormatException(tensors, e.getMessage(), e);
    }
  }

  private static Network network(Path file, Safetensors tensors, int count) {
    List<Dense> layers = new ArrayList<>();
    for (int l = 0; l < count; l++) {
      String name = "layer" + l + ".weight";
      float[] bias = tensors.floats("layer" + l + ".bias");
      float[] flat = tensors.floats(name);
      int[] shape = tensors.info(name).shape().dims();
      if (shape.length != 2 || shape[1] != bias.length || bias.length == 0) { // any number of empty rows needs no bytes
        throw new FormatException(file, "tensor " + name + " has shape " + tensors.info(name).shape() + " and its bias "
            + bias.length + " numbers; the patch is damaged, save it again");
      }
      float[][] weight = new float[shape[0]][bias.length];
      for (int at = 0; at < flat.length; at++) {
        weight[at / bias.length][at % bias.length] = flat[at];
      }
      layers.add(new Dense(weight, bias));
    }
    float[] scale = tensors.floats("scale");
    if (scale.length != 1) {
      throw new FormatException(file,
          "tensor scale has " + scale.length + " numbers, 1 is expected; save the patch again");
    }
    Network network = new Network(tensors.floats("shift"), scale[0], layers);
    if (!network.finite()) {
      throw new FormatException(file, "it has numbers that are not finite; the patch is damaged, save it again");
    }
    return network;
  }

  private static String sha256(Path file) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
