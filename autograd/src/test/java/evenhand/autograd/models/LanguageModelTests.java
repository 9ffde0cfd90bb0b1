package evenhand.autograd.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class LanguageModelTests {
  static final List<String> ARCHITECTURES = TinyModels.ARCHITECTURES;

  private static final int[] SHORT = {3, 30, 7};
  private static final int[] LONG = {5, 9, 2, 11, 4, 8, 28};

  private final Device device = Device.cpu();

  private LanguageModel tiny(String architecture) {
    return TinyModels.create(TinyModels.config(architecture), device);
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void paddingChangesNothing(String architecture) {
    LanguageModel model = tiny(architecture);
    TokenBatch padded = TokenBatch.padded(List.of(SHORT, LONG), 1);
    float[] alone = model.logits(TokenBatch.of(SHORT)).value().toFloats();
    float[] together = model.logits(padded).value().slice(0, 0, 1).slice(1, 0, SHORT.length).toFloats();
    assertClose(together, alone, 1e-5);
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void onlyMaskedModelsSeeWhatFollows(String architecture) {
    LanguageModel model = tiny(architecture);
    int[] changed = LONG.clone();
    changed[6] = 12;
    Tensor before = model.logits(TokenBatch.of(LONG)).value().slice(1, 0, 6);
    Tensor after = model.logits(TokenBatch.of(changed)).value().slice(1, 0, 6);
    assertThat(model.causal()).isEqualTo(!architecture.endsWith("MaskedLM"));
    if (model.causal()) {
      assertThat(after.toFloats()).containsExactly(before.toFloats());
    } else {
      float[] old = before.toFloats();
      float[] now = after.toFloats();
      assertThat(IntStream.range(0, 31).mapToDouble(i -> Math.abs(old[i] - now[i])).max().orElseThrow())
          .as("largest change at the first position").isGreaterThan(1e-3);
    }
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void logitsAtSomePositionsAreThoseOfAll(String architecture) {
    LanguageModel model = tiny(architecture);
    TokenBatch batch = TokenBatch.padded(List.of(SHORT, LONG), 1);
    float[] all = model.logits(batch).value().toFloats();
    float[] some = model.logitsAt(batch, 9, 2).value().toFloats();
    assertClose(Arrays.copyOfRange(some, 0, 31), Arrays.copyOfRange(all, 9 * 31, 10 * 31), 1e-5);
    assertClose(Arrays.copyOfRange(some, 31, 62), Arrays.copyOfRange(all, 2 * 31, 3 * 31), 1e-5);
  }

  /** The loss is -mean log softmax(logits)[label], worked out here in double precision. */
  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void lossIsTheMeanOverLabels(String architecture) {
    LanguageModel model = tiny(architecture);
    TokenBatch batch = TokenBatch.padded(List.of(SHORT, LONG), 1);
    int[] labels = new int[14];
    Arrays.fill(labels, LanguageModel.IGNORED);
    labels[2] = 17;
    labels[8] = 30;
    float[] logits = model.logits(batch).value().toFloats();
    int ahead = model.causal() ? 1 : 0;
    double expected = (surprise(logits, 2 - ahead, 17) + surprise(logits, 8 - ahead, 30)) / 2;
    assertThat((double) model.loss(batch, labels).item()).isCloseTo(expected, Offset.offset(1e-5));
  }

  private static double surprise(float[] logits, int position, int label) {
    double total = IntStream.range(0, 31).mapToDouble(i -> Math.exp(logits[position * 31 + i])).sum();
    return Math.log(total) - logits[position * 31 + label];
  }

  /** The change of the loss along a direction, by a central difference, is gradient times direction. */
  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void gradientOfEveryParameterIsTheSlope(String architecture) {
    for (boolean tied : new boolean[]{true, false}) {
      ModelConfig config = TinyModels.config(architecture).with("tie_word_embeddings", tied);
      LanguageModel model = TinyModels.create(config, device);
      TokenBatch batch = TokenBatch.padded(List.of(SHORT, LONG), 1);
      int[] labels = {3, 30, 7, -100, -100, -100, -100, 5, 9, 2, 11, 4, 8, 28};
      Map<String, Var> parameters = model.parameters();
      List<Tensor> gradients = Grad.of(model.loss(batch, labels), List.copyOf(parameters.values()));
      int i = 0;
      for (Map.Entry<String, Var> entry : parameters.entrySet()) {
        Tensor weight = entry.getValue().value();
        Tensor gradient = gradients.get(i++);
        double squared = gradient.times(gradient).sum().item();
        double step = 0.01 / Math.max(Math.sqrt(squared), 1e-2);
        Tensor start = weight.copy();
        weight.copyFrom(start.plus(gradient.times(step)));
        double up = model.loss(batch, labels).item();
        weight.copyFrom(start.minus(gradient.times(step)));
        double down = model.loss(batch, labels).item();
        weight.copyFrom(start);
        assertThat((up - down) / (2 * step)).as(architecture + " " + entry.getKey())
            .isCloseTo(squared, Offset.offset(0.02 * squared + 2e-4 * Math.sqrt(squared) + 1e-6));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void untiedHeadIsAWeightOfItsOwn(String architecture) {
    ModelConfig config = TinyModels.config(architecture);
    int tied = HuggingFace.create(config.with("tie_word_embeddings", true), new Rng(1), device)
        .parameters().size();
    int untied = HuggingFace.create(config.with("tie_word_embeddings", false), new Rng(1), device)
        .parameters().size();
    assertThat(untied).isEqualTo(tied + 1);
  }

  @Test
  void whatDoesNotFitTheModelIsNamed() {
    LanguageModel model = tiny("LlamaForCausalLM");
    assertThatThrownBy(() -> model.logits(TokenBatch.of(3, 31)))
        .hasMessageContaining("row 0 has id 31 at position 1").hasMessageContaining("31 tokens");
    assertThatThrownBy(() -> model.logits(TokenBatch.of(new int[17]))).hasMessageContaining("17 tokens")
        .hasMessageContaining("at most 16");
    assertThatThrownBy(() -> TokenBatch.padded(List.of(), 0)).hasMessageContaining("0 rows");
    assertThatThrownBy(() -> model.loss(TokenBatch.of(1, 2), new int[]{5, -100})).hasMessageContaining("first tokens");
    assertThatThrownBy(() -> model.loss(TokenBatch.of(1, 2), new int[]{5})).hasMessageContaining("1 labels for 2");
    TokenBatch typed = new TokenBatch(1, 2, new int[2], new int[]{1, 1}, new int[]{0, 2});
    assertThatThrownBy(() -> tiny("BertForMaskedLM").logits(typed)).hasMessageContaining("token type 2 at position 1");
    assertThat(tiny("RobertaForMaskedLM").maxLength()).isEqualTo(16); // 18 positions, two of them before the first
  }

  @Test
  void rowsKnowTheirLength() {
    TokenBatch batch = TokenBatch.padded(List.of(SHORT, LONG), 1);
    assertThat(batch.length(0)).isEqualTo(3);
    assertThat(batch.last(0)).isEqualTo(2);
    assertThat(batch.last(1)).isEqualTo(13);
    assertThat(batch.ids()).containsExactly(3, 30, 7, 1, 1, 1, 1, 5, 9, 2, 11, 4, 8, 28);
  }

  private static void assertClose(float[] got, float[] wanted, double tolerance) {
    assertThat(got).hasSameSizeAs(wanted);
    for (int i = 0; i < got.length; i++) {
      assertThat((double) got[i]).isCloseTo(wanted[i], Offset.offset(tolerance * Math.max(1, Math.abs(wanted[i]))));
    }
  }
}
