package evenhand.autograd.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GenerationTests {
  private static final int[] PROMPT = {3, 9};

  private final LanguageModel model = TinyModels.create(TinyModels.config("LlamaForCausalLM"), Device.cpu());

  private double[] nextProbabilities(int... text) {
    float[] logits = model.logitsAt(TokenBatch.of(text), text.length - 1).value().toFloats();
    double[] weights = new double[logits.length];
    Arrays.setAll(weights, i -> Math.exp(logits[i]));
    double total = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / total).toArray();
  }

  @Test
  void greedyTakesTheLargest() {
    int[] text = Generation.greedy(model, PROMPT, 5, Set.of());
    assertThat(text).hasSize(7).startsWith(3, 9);
    for (int length = 2; length < 7; length++) {
      double[] p = nextProbabilities(Arrays.copyOf(text, length));
      assertThat(p[text[length]]).isEqualTo(Arrays.stream(p).max().orElseThrow());
    }
    assertThat(Generation.greedy(model, PROMPT, 5, Set.of(text[3]))).hasSizeBetween(3, 4);
    assertThat(Generation.greedy(model, PROMPT, 100, Set.of())).hasSize(model.maxLength());
    assertThat(Generation.greedy(model, PROMPT, 0, Set.of())).containsExactly(PROMPT);
  }

  /** 2,000 draws: three standard deviations of a share p are 3 sqrt(p (1 - p) / 2000), at most .034. */
  @Test
  void samplesFollowTheProbabilities() {
    double[] p = nextProbabilities(PROMPT);
    double[] counts = new double[p.length];
    Rng rng = new Rng(5);
    for (int i = 0; i < 2000; i++) {
      counts[Generation.sample(model, PROMPT, 1, Set.of(), 1, rng)[2]]++;
    }
    for (int i = 0; i < p.length; i++) {
      assertThat(counts[i] / 2000).as("share of token " + i).isCloseTo(p[i], Offset.offset(0.034));
    }
  }

  @Test
  void coldSamplesAreGreedyAndSeedsRepeat() {
    assertThat(Generation.sample(model, PROMPT, 5, Set.of(), 1e-4, new Rng(1)))
        .containsExactly(Generation.greedy(model, PROMPT, 5, Set.of()));
    assertThat(Generation.sample(model, PROMPT, 8, Set.of(), 3, new Rng(2)))
        .containsExactly(Generation.sample(model, PROMPT, 8, Set.of(), 3, new Rng(2)))
        .isNotEqualTo(Generation.sample(model, PROMPT, 8, Set.of(), 3, new Rng(3)));
  }

  @Test
  void whatCannotBeContinuedIsRefused() {
    LanguageModel masked = TinyModels.create(TinyModels.config("BertForMaskedLM"), Device.cpu());
    assertThatThrownBy(() -> Generation.greedy(masked, PROMPT, 1, Set.of())).hasMessageContaining("masked model");
    assertThatThrownBy(() -> Generation.greedy(model, new int[0], 1, Set.of())).hasMessageContaining("no token");
    assertThatThrownBy(() -> Generation.sample(model, PROMPT, 1, Set.of(), 0, new Rng(1)))
        .hasMessageContaining("temperature 0");
  }
}
