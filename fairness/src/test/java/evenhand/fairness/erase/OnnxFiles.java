package evenhand.fairness.erase;

import evenhand.fairness.erase.Network.Dense;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small ONNX models, written as the bytes of their protocol buffers (onnx.proto, IR version 8, operator set 13). */
final class OnnxFiles {
  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  /** A message under construction. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint(field << 3);
      varint(value);
      return this;
    }

    Message bytes(int field, byte[] value) {
      varint(field << 3 | 2);
      varint(value.length);
      bytes.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes.toByteArray());
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        bytes.write((int) (rest & 0x7F | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
    }
  }

  private OnnxFiles() {}

  /** Linear layers with relu between them, and softmax or argmax of the last (ArgMax gives hard labels), if wanted. */
  static Path write(Path file, List<Dense> layers, String last) {
    Message graph = new Message();
    String at = "x";
    for (int l = 0; l < layers.size(); l++) {
      boolean end = l == layers.size() - 1;
      String sum = end && last.isEmpty() ? "out" : "z" + l;
      graph.message(1, node("Gemm", sum, at, "w" + l, "b" + l));
      at = sum;
      if (!end) {
        graph.message(1, node("Relu", "h" + l, at));
        at = "h" + l;
      } else if (last.equals("Softmax")) {
        graph.message(1, node("Softmax", "out", at)); // over the last axis
      } else if (last.equals("ArgMax")) {
        graph.message(1, node("ArgMax", "out", at).message(5, // axis = 1
            new Message().text(1, "axis").number(3, 1).number(20, 2)));
      }
    }
    graph.text(2, "network");
    for (int l = 0; l < layers.size(); l++) {
      Dense layer = layers.get(l);
      graph.message(5, tensor("w" + l, flat(layer.weight()), layer.weight().length, layer.bias().length));
      graph.message(5, tensor("b" + l, layer.bias(), layer.bias().length));
    }
    graph.message(11, value("x", FLOAT, layers.getFirst().weight().length));
    graph.message(12, value("out", last.equals("ArgMax") ? INT64 : FLOAT,
        last.equals("ArgMax") ? 1 : layers.getLast().bias().length));
    Message model = new Message().number(1, 8).message(7, graph)
        .message(8, new Message().text(1, "").number(2, 13));
    try {
      return Files.write(file, model.bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Message node(String type, String output, String... inputs) {
    Message node = new Message();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(4, type);
  }

  private static Message tensor(String name, float[] values, int... dims) {
    Message tensor = new Message();
    for (int dim : dims) {
      tensor.number(1, dim);
    }
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return tensor.number(2, FLOAT).text(8, name).bytes(9, raw.array());
  }

  /** Rows of so many numbers, the number of rows being open. */
  private static Message value(String name, int type, int columns) {
    Message shape = new Message().message(1, new Message().text(2, "rows"))
        .message(1, new Message().number(1, columns));
    return new Message().text(1, name)
        .message(2, new Message().message(1, new Message().number(1, type).message(2, shape)));
  }

  private static float[] flat(float[][] weight) {
    float[] out = new float[weight.length * weight[0].length];
    for (int at = 0; at < out.length; at++) {
      out[at] = weight[at / weight[0].length][at % weight[0].length];
    }
    return out;
  }
}
