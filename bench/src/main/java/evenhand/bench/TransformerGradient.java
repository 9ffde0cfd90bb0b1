package evenhand.bench;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.models.HuggingFace;
import evenhand.autograd.models.LanguageModel;
import evenhand.autograd.models.ModelConfig;
import evenhand.autograd.models.TokenBatch;
import evenhand.autograd.nn.Losses;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A pair of GRADIEND's gradients of a small Llama, of stories260k's sizes with random weights: one forward pass of 32
 * texts of 48 tokens, and two backward passes, for two labels of the last position; operations are pairs.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class TransformerGradient {
  private static final int ROWS = 32;
  private static final int COLUMNS = 48;
  private static final int VOCABULARY = 512;

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  /** Where the head scores tokens: at the labelled positions alone, as GRADIEND does, or at all. */
  @Param({"labelled", "all"})
  public String head;

  private Device device;
  private LanguageModel model;
  private List<Var> parameters;
  private TokenBatch batch;
  private Var factual;
  private Var counterfactual;

  /** Draws weights and texts. */
  @Setup
  public void setUp() {
    Rng rng = new Rng(1);
    device = Device.cpu(threads);
    model = HuggingFace.create(ModelConfig.of(Map.of("architectures", List.of("LlamaForCausalLM"), "vocab_size",
        VOCABULARY, "hidden_size", 64, "intermediate_size", 172, "num_hidden_layers", 5, "num_attention_heads", 8,
        "num_key_value_heads", 4, "tie_word_embeddings", true)), rng, device);
    parameters = List.copyOf(model.parameters().values());
    int[] ids = IntStream.range(0, ROWS * COLUMNS).map(_ -> rng.nextInt(VOCABULARY)).toArray();
    int[] mask = new int[ids.length];
    Arrays.fill(mask, 1);
    batch = new TokenBatch(ROWS, COLUMNS, ids, mask, new int[ids.length]);
    factual = labels(rng);
    counterfactual = labels(rng);
  }

  private Var labels(Rng rng) {
    return at(IntStream.range(0, ROWS).map(_ -> rng.nextInt(VOCABULARY)).toArray());
  }

  private Var at(int[] values) {
    return Var.of(device.tensor(values, values.length));
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** Forward, backward, backward. */
  @Benchmark
  public float pair() {
    try (Scope _ = Scope.open()) {
      int[] last = IntStream.range(0, ROWS).map(batch::last).toArray();
      Var logits = head.equals("labelled") ? model.logitsAt(batch, last)
          : model.logits(batch).reshape(ROWS * COLUMNS, VOCABULARY).indexSelect(0, at(last));
      List<?> first = Grad.of(Losses.crossEntropy(logits, factual), parameters);
      List<?> second = Grad.of(Losses.crossEntropy(logits, counterfactual), parameters);
      return logits.value().size() + first.size() + second.size();
    }
  }
}
