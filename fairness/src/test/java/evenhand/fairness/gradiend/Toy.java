package evenhand.fairness.gradiend;

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Losses;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A language of 110 words: names 0-39 (he) and 40-79 (she), context words 80-109; a text is a name and three of these.
 *
 * <p>Model: logits U tanh(W1 mean(E[text]) + b1), outputs 0 he, 1 she, 2-9 other words, which depend on the first
 * context word. E is 110 x 16, W1 32 x 16, U 10 x 32 and frozen after pretraining: n = 2,304.
 */
final class Toy implements GradientProvider<Toy.Text> {
  static final int TRAINING_NAMES = 30;
  private static final int NAMES = 40;
  private static final int CONTEXT = 80;
  private static final int HE = 0;
  private static final int SHE = 1;

  /** Four words, and the label that is right: +1 she, -1 he. */
  record Text(int[] words, int label) {}

  private static final Device DEVICE = Device.cpu(1);
  private final Var embedding;
  private final Var hidden;
  private final Var bias;
  private final Var head;
  private final double factor;

  private Toy(Rng rng) {
    this.embedding = Var.parameter(rng.normal(DEVICE, 110, 16).times(0.5));
    this.hidden = Var.parameter(rng.normal(DEVICE, 32, 16).times(0.4));
    this.bias = Var.parameter(DEVICE.zeros(32));
    this.head = Var.parameter(rng.normal(DEVICE, 10, 32).times(0.3));
    this.factor = 1;
  }

  private Toy(Toy other, double factor) {
    this.embedding = other.embedding;
    this.hidden = other.hidden;
    this.bias = other.bias;
    this.head = other.head;
    this.factor = factor;
  }

  /** The same model with losses, and so gradients, times a factor. */
  Toy times(double by) {
    return new Toy(this, by);
  }

  /** A pretrained model. */
  static Toy pretrained(long seed) {
    Toy toy = new Toy(new Rng(seed).split("weights"));
    toy.pretrain(new Rng(seed).split("pretraining"));
    return toy;
  }

  private void pretrain(Rng rng) {
    List<Var> all = List.of(embedding, hidden, bias, head);
    for (int step = 0; step < 4000; step++) {
      try (Scope _ = Scope.open()) {
        List<Text> texts = new ArrayList<>();
        int[] labels = new int[64];
        for (int row = 0; row < labels.length; row++) {
          texts.add(corpus(rng, labels, row));
        }
        Var loss = Losses.crossEntropy(logits(texts), Var.of(DEVICE.tensor(labels)));
        List<Tensor> gradients = Grad.of(loss, all);
        for (int i = 0; i < all.size(); i++) {
          double rate = i == 0 ? 4.0 : 0.5;
          all.get(i).value().copyFrom(all.get(i).value().minus(gradients.get(i).times(rate)));
        }
      }
    }
  }

  private static Text corpus(Rng rng, int[] labels, int row) {
    int gender = rng.nextInt(2);
    int name = gender * NAMES + rng.nextInt(NAMES);
    int[] words = {name, context(rng), context(rng), context(rng)};
    int c1 = words[1] - CONTEXT;
    labels[row] = rng.nextDouble() < 0.3 ? 2 + c1 % 8 : gender;
    if (rng.nextDouble() < 0.25) {
      words[0] = words[1];
      double he = c1 < 5 ? 0.85 : c1 < 10 ? 0.15 : 0.62;
      labels[row] = rng.nextDouble() < he ? HE : SHE;
    }
    return new Text(words, 0);
  }

  private static int context(Rng rng) {
    return CONTEXT + rng.nextInt(30);
  }

  private Var logits(List<Text> texts) {
    int[] words = texts.stream().flatMapToInt(text -> IntStream.of(text.words())).toArray();
    Var x = embedding.indexSelect(0, Var.of(DEVICE.tensor(words))).reshape(texts.size(), 4, 16).mean(1);
    Var hid = x.matmul(hidden.transpose()).plus(bias).tanh();
    return hid.matmul(head.transpose());
  }

  @Override
  public Map<String, Var> parameters() {
    Map<String, Var> out = new LinkedHashMap<>();
    out.put("embedding", embedding);
    out.put("hidden", hidden);
    out.put("bias", bias);
    return out;
  }

  @Override
  public LossPair losses(List<Text> texts) {
    Var logits = logits(texts);
    int[] right = texts.stream().mapToInt(text -> text.label() > 0 ? SHE : HE).toArray();
    int[] opposite = IntStream.of(right).map(label -> 1 - label).toArray();
    return new LossPair(loss(logits, right), loss(logits, opposite));
  }

  private Var loss(Var logits, int[] labels) {
    return Losses.crossEntropy(logits, Var.of(DEVICE.tensor(labels))).times(factor);
  }

  /** Texts of either gender: 30 names each for training, 10 held out; with {@code swapped} the genders change roles. */
  FeatureData<Text> data(Rng rng, boolean swapped) {
    List<FeatureData.Labelled<Text>> validation = heldOut(rng.split("validation"), 100, swapped);
    List<FeatureData.Labelled<Text>> test = heldOut(rng.split("test"), 300, swapped);
    FeatureData.Draw<Text> training = (label, count, draw) -> IntStream.range(0, count)
        .mapToObj(_ -> text(swapped ? -label : label, draw.nextInt(TRAINING_NAMES), draw)).toList();
    return new FeatureData<>(List.of("she", "he"), training, validation, test,
        new FeatureData.Neutral<>(List.of(), List.of()));
  }

  private static List<FeatureData.Labelled<Text>> heldOut(Rng rng, int count, boolean swapped) {
    return IntStream.range(0, count).mapToObj(i -> {
      int label = i % 2 == 0 ? 1 : -1;
      return new FeatureData.Labelled<>(text(label, TRAINING_NAMES + rng.nextInt(10), rng), swapped ? -label : label);
    }).toList();
  }

  private static Text text(int label, int name, Rng rng) {
    return new Text(new int[]{(label > 0 ? NAMES : 0) + name, context(rng), context(rng), context(rng)}, label);
  }

  /** 30 prompts without a name; quality is the accuracy among outputs 2-9 on 200 named texts. */
  Reading read() {
    try (Scope _ = Scope.open()) {
      List<Text> prompts = IntStream.range(0, 30)
          .mapToObj(c -> new Text(new int[]{CONTEXT + c, CONTEXT + c, CONTEXT + (c + 7) % 30,
              CONTEXT + (c + 13) % 30}, 0))
          .toList();
      float[] p = logits(prompts).softmax(1).value().toFloats();
      List<Reading.Prompt> out = IntStream.range(0, 30)
          .mapToObj(i -> new Reading.Prompt(0, new double[]{p[i * 10 + SHE], p[i * 10 + HE]})).toList();
      Rng rng = new Rng(11);
      List<Text> named = IntStream.range(0, 200).mapToObj(i -> text(i % 2 == 0 ? 1 : -1, rng.nextInt(40), rng))
          .toList();
      float[] scores = logits(named).value().slice(1, 2, 10).toFloats();
      long right = IntStream.range(0, 200).filter(i -> best(scores, i * 8) == (named.get(i).words()[1] - CONTEXT) % 8)
          .count();
      return new Reading(out, right / 200.0, 1);
    }
  }

  private static int best(float[] scores, int from) {
    return IntStream.range(0, 8).reduce(0, (a, b) -> scores[from + b] > scores[from + a] ? b : a);
  }

  /** Mean gap of P(he) and P(she) over the prompts. */
  static double gap(Reading reading) {
    return reading.prompts().stream().mapToDouble(prompt -> Math.abs(prompt.p()[0] - prompt.p()[1])).average()
        .orElseThrow();
  }
}
