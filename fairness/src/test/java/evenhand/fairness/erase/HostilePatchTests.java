package evenhand.fairness.erase;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.autograd.fuzz.FuzzContract;
import evenhand.autograd.fuzz.FuzzTarget;
import evenhand.autograd.io.FormatException;
import evenhand.fairness.data.Encoder;
import evenhand.fairness.data.Inputs;
import evenhand.fairness.erase.Network.Dense;
import evenhand.fairness.erase.PatchFiles.Saved;
import evenhand.tensor.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Saved corrections, their cards, and ONNX models. */
class HostilePatchTests extends FuzzContract {
  private static final Set<Class<? extends RuntimeException>> REFUSALS = Set.of(FormatException.class);

  @Override
  public List<FuzzTarget> targets() {
    try {
      return List.of(card(PatchKind.READER), card(PatchKind.TABLE), tensors(), onnx());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path saved(PatchKind kind) {
    Toy toy = new Toy(1, 0.9, 50);
    Calibration calibration = Calibration.ask(toy::logits, toy.rows("calibration", 100, false));
    Eraser eraser = EraserFit.fit(calibration, EraserSettings.DEFAULT.with(kind).withHidden(3), Device.cpu(), 1)
        .eraser();
    Encoder encoder = new Encoder(List.of(new Encoder.Scaled("t1", 0.25, 0.25, 2, false),
        new Encoder.Scaled("t2", 0, 0, 1, true), new Encoder.OneHot("job", List.of("clerk", "nurse"))));
    Path directory = FuzzTarget.scratch().resolve("patch");
    PatchFiles.save(directory, new Saved(eraser, Optional.of(encoder)), Device.cpu());
    return directory;
  }

  private static FuzzTarget card(PatchKind kind) throws IOException {
    Path directory = saved(kind);
    Path card = directory.resolve(PatchFiles.CARD);
    return FuzzTarget.text("card of patch " + kind.name().toLowerCase(java.util.Locale.ROOT), Files.readString(card),
        List.of("[".repeat(5000), "{}", ""), REFUSALS, bytes -> {
          Files.write(card, bytes);
          PatchFiles.load(directory);
        });
  }

  /** The card is given the checksum of whatever the tensors are, as who sends both would. */
  private static FuzzTarget tensors() throws IOException {
    Path directory = saved(PatchKind.READER);
    Path card = directory.resolve(PatchFiles.CARD);
    Path file = directory.resolve(PatchFiles.TENSORS);
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(card.toFile());
    String empty = """
        {"layer0.weight":{"dtype":"F32","shape":[2147418112,0],"data_offsets":[0,0]},
         "layer0.bias":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},
         "layer1.weight":{"dtype":"F32","shape":[0,2],"data_offsets":[0,0]},
         "layer1.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
         "shift":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},
         "scale":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""";
    byte[] header = empty.getBytes(StandardCharsets.UTF_8);
    byte[] many = ByteBuffer.allocate(Long.BYTES + header.length + 12).order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length).put(header).array();
    return new FuzzTarget("patch", Files.readAllBytes(file), List.of(many), REFUSALS, bytes -> {
      Files.write(file, bytes);
      Files.writeString(card, json.put("sha256", sha256(bytes)).toString());
      PatchFiles.load(directory);
    });
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static FuzzTarget onnx() throws IOException {
    Path file = FuzzTarget.scratch().resolve("model.onnx");
    OnnxFiles.write(file, List.of(new Dense(new float[][]{{1, 2}, {3, 4}}, new float[]{0.5f, 1}),
        new Dense(new float[][]{{1, 2}, {3, 4}}, new float[]{0.5f, 1})), "Softmax");
    byte[] valid = Files.readAllBytes(file);
    Inputs rows = new Inputs.Dense(new float[]{1, 2, 3, 4}, 2, 2);
    return new FuzzTarget("onnx", valid, List.of(),
        Set.of(IllegalStateException.class, IllegalArgumentException.class), bytes -> {
          Files.write(file, bytes);
          try (OnnxModel model = OnnxModel.open(file, Optional.empty(), Answers.Kind.AUTO)) {
            model.columns();
            model.logits(rows);
          }
        });
  }
}
