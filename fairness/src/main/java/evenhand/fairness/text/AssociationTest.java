package evenhand.fairness.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import evenhand.autograd.Grad;
import evenhand.autograd.models.TokenBatch;
import evenhand.fairness.data.DataException;
import evenhand.fairness.metrics.Bootstrap;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.metrics.Measured;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Embedding association tests, of words (WEAT) and of sentences (SEAT).
 *
 * <pre>
 *  s(w) = mean over a in A of cos(w, a) - mean over b in B of cos(w, b)
 *  effect size d = (mean over X of s - mean over Y of s) / standard deviation of s over X and Y      (ideal 0)
 *  p = share of the equal-sized splits of X and Y in which the first half's sum of s is at least that of X
 * </pre>
 *
 * <p>The standard deviation has n - 1 in the denominator, as in the published evaluation. A text is embedded as the top
 * layer has it: at the first token for masked models, at the last for causal ones. Sources: Caliskan, Bryson,
 * Narayanan, Science 2017; May, Wang, Bordia, Bowman, Rudinger, NAACL 2019.
 */
public final class AssociationTest {
  private static final int EXACT = 100_000; // splits that are all looked at
  private static final int SAMPLED = 10_000;

  private AssociationTest() {}

  /** Words or sentences of one kind. */
  public record Category(String name, List<String> examples) {}

  /** Two sets of targets, two of attributes. */
  public record Sets(Category x, Category y, Category a, Category b) {}

  /**
   * What came out.
   *
   * @param effect d, with an interval over resampled examples of all four sets
   * @param p one-sided, of the permutation test
   */
  public record Result(Measured effect, double p) {}

  /**
   * Reads a published test: JSON with {@code targ1}, {@code targ2}, {@code attr1}, {@code attr2}, each with {@code
   * category} and {@code examples}.
   *
   * @throws DataException if it cannot be read or a set is missing or too small
   */
  public static Sets read(Path file) {
    try {
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      return new Sets(category(file, json, "targ1", 2), category(file, json, "targ2", 2),
          category(file, json, "attr1", 1), category(file, json, "attr2", 1));
    } catch (IOException e) {
      throw new DataException(
          file + " cannot be read as JSON (" + e.getMessage() + "); check the path, or get the file again", e);
    }
  }

  private static Category category(Path file, JsonNode json, String key, int least) {
    List<String> examples = new ArrayList<>();
    json.path(key).path("examples").forEach(example -> examples.add(example.asText()));
    if (examples.size() < least) {
      throw new DataException(file + ": " + key + ".examples has " + examples.size() + " entries; the test needs at "
          + "least " + least);
    }
    return new Category(json.path(key).path("category").asText(key), examples);
  }

  /** Embeds the texts and tests the association. */
  public static Result measure(TextModel model, Sets sets, BootstrapOptions options) {
    return measure(embed(model, sets.x), embed(model, sets.y), embed(model, sets.a), embed(model, sets.b), options);
  }

  private static double[][] embed(TextModel model, Category category) {
    return category.examples.stream().map(text -> embed(model, text)).toArray(double[][]::new);
  }

  private static double[] embed(TextModel model, String text) {
    TokenBatch batch = model.batch(List.of(text));
    int position = model.model().causal() ? batch.last(0) : 0;
    try (Scope _ = Scope.open()) {
      Tensor hidden = Grad.without(() -> model.model().hidden(batch)).value();
      float[] values = hidden.slice(1, position, position + 1).toFloats();
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
  }

  /** The test of vectors, one a row. */
  static Result measure(double[][] x, double[][] y, double[][] a, double[][] b, BootstrapOptions options) {
    double[][] toA = cosines(x, y, a);
    double[][] toB = cosines(x, y, b);
    int first = x.length;
    Draw all = new Draw(range(0, first), range(first, toA.length), range(0, a.length), range(0, b.length));
    Measured effect = effect(toA, toB, all);
    if (options.resamples() > 0) {
      effect = Bootstrap.intervals(List.<Function<Draw, Measured>>of(
          draw -> effect(toA, toB, draw)), List.of(effect), all::resampled, options).getFirst();
    }
    double[] s = Arrays.stream(range(0, toA.length)).mapToDouble(w -> association(toA, toB, all, w)).toArray();
    return new Result(effect, p(s, first, new Rng(options.seed()).split("splits")));
  }

  /** Rows of the four sets, X and Y counted together. */
  private record Draw(int[] x, int[] y, int[] a, int[] b) {
    Draw resampled(Rng rng) {
      return new Draw(again(x, rng), again(y, rng), again(a, rng), again(b, rng));
    }

    private static int[] again(int[] rows, Rng rng) {
      return IntStream.range(0, rows.length).map(_ -> rows[rng.nextInt(rows.length)]).toArray();
    }
  }

  private static int[] range(int start, int end) {
    return IntStream.range(start, end).toArray();
  }

  private static double[][] cosines(double[][] x, double[][] y, double[][] attributes) {
    return Stream.concat(Arrays.stream(x), Arrays.stream(y))
        .map(w -> Arrays.stream(attributes).mapToDouble(v -> dot(w, v) / Math.sqrt(dot(w, w) * dot(v, v))).toArray())
        .toArray(double[][]::new);
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  private static double association(double[][] toA, double[][] toB, Draw draw, int w) {
    return Arrays.stream(draw.a).mapToDouble(i -> toA[w][i]).average().orElseThrow()
        - Arrays.stream(draw.b).mapToDouble(i -> toB[w][i]).average().orElseThrow();
  }

  private static Measured effect(double[][] toA, double[][] toB, Draw draw) {
    double[] x = Arrays.stream(draw.x).mapToDouble(w -> association(toA, toB, draw, w)).toArray();
    double[] y = Arrays.stream(draw.y).mapToDouble(w -> association(toA, toB, draw, w)).toArray();
    double[] both = DoubleStream.concat(Arrays.stream(x), Arrays.stream(y)).toArray();
    double mean = Arrays.stream(both).average().orElseThrow();
    double deviation = Math.sqrt(Arrays.stream(both).map(s -> (s - mean) * (s - mean)).sum() / (both.length - 1));
    if (!(deviation > 1e-12)) {
      return Measured.undetermined("all targets are associated alike, or an embedding is zero");
    }
    return Measured.of((Arrays.stream(x).average().orElseThrow() - Arrays.stream(y).average().orElseThrow())
        / deviation);
  }

  /** Over all splits into the sizes of X and Y if they are few, else over drawn ones. */
  private static double p(double[] s, int first, Rng rng) {
    double observed = Arrays.stream(s, 0, first).sum() - 1e-12 * Arrays.stream(s).map(Math::abs).sum(); // rounding
    double splits = 1;
    for (int i = 0; i < first; i++) {
      splits = splits * (s.length - i) / (i + 1);
    }
    if (splits <= EXACT) {
      return count(s, 0, first, 0, observed) / Math.rint(splits);
    }
    int atLeast = 1; // the observed split is one of them
    for (int i = 1; i < SAMPLED; i++) {
      int[] order = rng.permutation(s.length);
      atLeast += Arrays.stream(order, 0, first).mapToDouble(w -> s[w]).sum() >= observed ? 1 : 0;
    }
    return (double) atLeast / SAMPLED;
  }

  /** How many choices of so many from s[start ..], added to a sum, reach the observed. */
  private static int count(double[] s, int start, int choose, double sum, double observed) {
    if (choose == 0) {
      return sum >= observed ? 1 : 0;
    }
    int found = 0;
    for (int i = start; i <= s.length - choose; i++) {
      found += count(s, i + 1, choose - 1, sum + s[i], observed);
    }
    return found;
  }
}
