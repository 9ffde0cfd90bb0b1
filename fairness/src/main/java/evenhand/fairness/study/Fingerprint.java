package evenhand.fairness.study;

import evenhand.fairness.data.Attribute;
import evenhand.fairness.data.Pairs;
import evenhand.fairness.data.Samples;
import evenhand.fairness.data.Split;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of what methods learn from and metrics are taken on: all inputs, labels and groups of a split. */
final class Fingerprint {
  private static final int BLOCK = 1 << 14; // numbers at a time

  private final MessageDigest digest;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK * Float.BYTES);

  private Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  static String of(Split split) {
    Fingerprint print = new Fingerprint();
    print.add(split.train());
    print.add(split.test());
    split.external().ifPresent(print::add);
    split.testPairs().ifPresent(print::add);
    return HexFormat.of().formatHex(print.digest.digest());
  }

  private void add(Pairs pairs) {
    add(pairs.factual());
    add(pairs.counterfactual());
    add(pairs.units());
  }

  private void add(Samples samples) {
    add(String.join("\n", samples.columnNames()));
    add(String.join("\n", samples.labelLevels()));
    float[] row = new float[samples.columns()];
    for (int i = 0; i < samples.rows(); i++) { // images are coloured as they are read
      samples.inputs().read(i, row, 0);
      add(row);
    }
    add(samples.y());
    for (Attribute attribute : samples.sensitive()) {
      add(attribute.name() + "\n" + String.join("\n", attribute.levels()));
      add(attribute.codes());
    }
  }

  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(new int[]{bytes.length});
    digest.update(bytes);
  }

  private void add(float[] values) {
    for (int from = 0; from < values.length; from += BLOCK) {
      int count = Math.min(BLOCK, values.length - from);
      block.clear().asFloatBuffer().put(values, from, count);
      digest.update(block.array(), 0, count * Float.BYTES);
    }
  }

  private void add(int[] values) {
    for (int from = 0; from < values.length; from += BLOCK) {
      int count = Math.min(BLOCK, values.length - from);
      block.clear().asIntBuffer().put(values, from, count);
      digest.update(block.array(), 0, count * Integer.BYTES);
    }
  }
}
