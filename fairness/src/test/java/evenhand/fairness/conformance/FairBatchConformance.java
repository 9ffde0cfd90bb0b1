package evenhand.fairness.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.io.Safetensors;
import evenhand.fairness.algorithms.FairBatch;
import evenhand.fairness.algorithms.FairBatchReplay;
import evenhand.fairness.algorithms.Target;
import evenhand.fairness.data.Attribute;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * Runs a conformance case of the kind {@code fairbatch}: the sampler itself is led through the given weights, and its
 * losses, shares and batches are compared after each update.
 */
public final class FairBatchConformance {
  private static final double LOSSES = 1e-5; // scores and losses of rows are float32
  private static final double SHARES = 1e-10; // shares are float64

  private final List<String> failures = new ArrayList<>();
  private final JsonNode json;
  private final int[] y;
  private final int[] z;
  private final Tensor x;
  private final float[] w;
  private final double floor;
  private int update;

  private FairBatchConformance(JsonNode json, Safetensors tensors, Device device) {
    this.json = json;
    this.y = tensors.ints("y");
    this.z = tensors.ints("z");
    this.x = tensors.tensor("x", device);
    this.w = tensors.floats("w");
    this.floor = 0.01 * Math.max(largest(json.get("cell_loss")), largest(json.get("dp_loss")));
  }

  /** Runs the case of a file; its tensors lie beside it. */
  public static Result run(Path caseJson) {
    String name = String.valueOf(caseJson.getFileName());
    Path beside = caseJson.resolveSibling(name.replaceFirst("\\.json$", ".safetensors"));
    try (Safetensors tensors = Safetensors.open(beside)) {
      var conformance = new FairBatchConformance(new ObjectMapper().readTree(caseJson.toFile()), tensors, Device.cpu());
      conformance.compare();
      return new Result(name, List.copyOf(conformance.failures));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compare() {
    int[] sizes = new int[json.get("cells").size()];
    Arrays.setAll(sizes, c -> count(cell(c)[0], cell(c)[1]));
    compareCounts("cell_sizes", json.get("cell_sizes"), sizes);
    for (int r = 0; r < json.get("runs").size(); r++) {
      JsonNode run = json.get("runs").get(r);
      compareRun("runs[" + r + "]", run, Target.named(run.get("target").asText()), switch (run.get("form").asText()) {
        case "within_label" -> FairBatch.Shares.WITHIN_LABEL;
        case "whole_batch" -> FairBatch.Shares.WHOLE_BATCH;
        default -> throw new IllegalArgumentException("form " + run.get("form") + " is unknown");
      });
    }
  }

  private void compareRun(String name, JsonNode run, Target target, FairBatch.Shares form) {
    var replay = new FairBatchReplay(y, new Attribute("z", List.of("0", "1"), z), json.get("batch_size").asInt(),
        target, form, run.get("alpha").asDouble(), this::scores);
    boolean within = form == FairBatch.Shares.WITHIN_LABEL;
    compareShares(name + ".initial_lambda", run.get("initial_lambda"), lambda(replay, target, within));
    if (within) {
      compareCounts(name + ".initial_counts", run.get("initial_counts"), inOrder(replay.sizes()));
    } else {
      compareShares(name + ".initial_shares", run.get("initial_shares"), inOrder(replay.wholeBatch()));
    }
    String losses = target == Target.DEMOGRAPHIC_PARITY ? "dp_loss" : "cell_loss";
    int updates = w.length / (x.shape().dim(1) + 1);
    for (update = 0; update < updates; update++) {
      List<int[]> batches = replay.epoch();
      String at = "[" + update + "]";
      compare(name + ": " + losses + at, json.get(losses).get(update), inOrder(replay.losses()),
          LOSSES * Math.max(floor, largest(json.get(losses))));
      compareShares(name + ".lambda" + at, run.get("lambda").get(update), lambda(replay, target, within));
      if (within) {
        compareCounts(name + ".counts" + at, run.get("counts").get(update), inOrder(replay.sizes()));
        compareCounts(name + ".counts" + at + ", drawn", run.get("counts").get(update), drawn(batches.getLast()));
      } else {
        compareShares(name + ".shares" + at, run.get("shares").get(update), inOrder(replay.wholeBatch()));
      }
    }
  }

  /** x·w + intercept, times the scale of the case, with the weights of the current update. */
  private Tensor scores() {
    int features = x.shape().dim(1);
    int start = update * (features + 1);
    Tensor weights = x.device().tensor(Arrays.copyOfRange(w, start, start + features), features, 1);
    return x.matmul(weights).plus(x.device().scalar(w[start + features])).times(json.get("score_scale").asDouble());
  }

  private static double[] lambda(FairBatchReplay replay, Target target, boolean within) {
    if (within) {
      return new double[]{replay.withinLabel()[1][1], replay.withinLabel()[0][1]};
    }
    double[][] shares = replay.wholeBatch();
    return switch (target) {
      case EQUAL_OPPORTUNITY -> new double[]{shares[1][0]};
      case EQUALIZED_ODDS -> new double[]{shares[0][0], shares[1][0]};
      case DEMOGRAPHIC_PARITY -> new double[]{shares[0][0], shares[0][1]};
    };
  }

  private int[] cell(int number) {
    return new int[]{json.get("cells").get(number).get(0).asInt(), json.get("cells").get(number).get(1).asInt()};
  }

  private int count(int label, int group) {
    int count = 0;
    for (int row = 0; row < y.length; row++) {
      count += y[row] == label && z[row] == group ? 1 : 0;
    }
    return count;
  }

  /** Rows of each cell in a batch, counted. */
  private int[] drawn(int[] rows) {
    int[][] counts = new int[2][2];
    for (int row : rows) {
      counts[y[row]][z[row]]++;
    }
    return inOrder(counts);
  }

  private double[] inOrder(double[][] byCell) {
    double[] values = new double[json.get("cells").size()];
    Arrays.setAll(values, c -> byCell[cell(c)[0]][cell(c)[1]]);
    return values;
  }

  private int[] inOrder(int[][] byCell) {
    int[] values = new int[json.get("cells").size()];
    Arrays.setAll(values, c -> byCell[cell(c)[0]][cell(c)[1]]);
    return values;
  }

  private void compareCounts(String name, JsonNode expected, int[] got) {
    int[] wanted = StreamSupport.stream(expected.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    if (!Arrays.equals(wanted, got)) {
      failures.add(name + ": expected " + expected + ", got " + Arrays.toString(got));
    }
  }

  private void compareShares(String name, JsonNode expected, double[] got) {
    compare(name, expected, got, SHARES);
  }

  private void compare(String name, JsonNode expected, double[] got, double tolerance) {
    boolean agrees = expected.size() == got.length;
    for (int i = 0; agrees && i < got.length; i++) {
      agrees = Math.abs(got[i] - expected.get(i).asDouble()) <= tolerance;
    }
    if (!agrees) {
      failures.add(name + ": expected " + expected + ", got " + Arrays.toString(got));
    }
  }

  private static double largest(JsonNode values) {
    return values.isArray()
        ? StreamSupport.stream(values.spliterator(), false).mapToDouble(FairBatchConformance::largest).max().orElse(0)
        : Math.abs(values.asDouble());
  }
}
