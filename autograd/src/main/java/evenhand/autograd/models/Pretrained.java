package evenhand.autograd.models;

import evenhand.autograd.Var;
import java.util.Map;

/** What all models keep beside their layers. */
abstract sealed class Pretrained implements LanguageModel permits Gpt2, Llama, MaskedEncoder {
  private final ModelConfig json;
  private final Weights weights;
  private final boolean causal;
  private final int vocabulary;
  private final int maxLength;

  Pretrained(ModelConfig json, Weights weights, boolean causal, int vocabulary, int maxLength) {
    this.json = json;
    this.weights = weights;
    this.causal = causal;
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
  }

  @Override
  public final ModelConfig config() {
    return json;
  }

  @Override
  public final Map<String, Var> parameters() {
    return weights.parameters();
  }

  @Override
  public final boolean causal() {
    return causal;
  }

  @Override
  public final int vocabulary() {
    return vocabulary;
  }

  @Override
  public final int maxLength() {
    return maxLength;
  }
}
