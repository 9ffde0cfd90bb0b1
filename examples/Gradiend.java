// GRADIEND (Drechsel and Herbold, ICLR 2026) from scratch: one neuron learns from a frozen model's gradients what it
// knows of a feature, here gender, and says along which direction the weights forget it. The model is a tiny one of
// next words, trained here: it has read "Anna .. she" and "Otto .. he", 48 names, and stereotypes of 12 activities.
//
//   java -cp "fairness/target/app/*" --add-modules jdk.incubator.vector examples/Gradiend.java

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.nn.Init;
import evenhand.autograd.nn.Losses;
import evenhand.autograd.optim.Adam;
import evenhand.autograd.optim.AdamW;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;

static final int NAMES = 48; // even numbers are women's names, odd ones men's
static final int ACTIVITIES = 12; // words 48 to 59
static final int SHE = 0; // of the 8 words that may come next: she, he, six that go with activities
static final int HE = 1;
static final int LEARNT = 36; // names for GRADIEND to learn from; the others only measure

/** Texts of two words, and the word that comes next. */
record Texts(int[] name, int[] activity, int[] next) {}

/** softmax(U tanh(W (e[name] + e[activity]))). GRADIEND changes W alone; the method itself takes all weights. */
record Model(Var e, Var w, Var u) {
  static Model of(Rng rng) {
    return new Model(Var.parameter(Init.normal(rng, Device.cpu(), 0, 0.5, NAMES + ACTIVITIES, 16)),
        Var.parameter(Init.normal(rng, Device.cpu(), 0, 0.3, 16, 32)),
        Var.parameter(Init.normal(rng, Device.cpu(), 0, 0.3, 32, 8)));
  }

  Var logits(Texts texts) {
    Var name = e.indexSelect(0, Var.of(Tensor.of(texts.name, texts.name.length)));
    Var activity = e.indexSelect(0, Var.of(Tensor.of(texts.activity, texts.activity.length)));
    return name.plus(activity).matmul(w).tanh().matmul(u);
  }

  Var loss(Texts texts) {
    return Losses.crossEntropy(logits(texts), Var.of(Tensor.of(texts.next, texts.next.length)));
  }
}

void main() {
  Rng rng = new Rng(11);
  Model model = Model.of(rng);
  Tensor weights = model.w.value();

  // 1. Train the model: after a name and an activity comes the pronoun, or in 3 of 10 texts a word of the activity.
  List<Var> all = List.of(model.e, model.w, model.u);
  var training = new Adam(all, Adam.Settings.defaults().withRate(0.01));
  for (int step = 0; step < 400; step++) {
    try (Scope _ = Scope.open()) {
      training.step(Grad.of(model.loss(texts(rng, 64, _ -> rng.nextInt(NAMES), 0.7)), all));
    }
  }
  Texts women = texts(rng, 200, _ -> LEARNT + 2 * rng.nextInt(6), 1); // names that GRADIEND never sees
  Texts men = texts(rng, 200, _ -> LEARNT + 2 * rng.nextInt(6) + 1, 1);
  Texts words = texts(rng, 400, _ -> rng.nextInt(LEARNT), 0);
  report("trained  ", model, women, men, words);
  double before = gap(model, women, men);

  // 2. Learn the feature. A step takes texts of one gender and two gradients of the frozen model for W: with the right
  // pronoun, g+, and with the other, g-. The neuron maps one to their difference through a single number h:
  //   h = tanh(<a, g-> + b),  h c + d ~ g+ - g-
  double scale = norm(pair(model, rng, 0)[1]) / Math.sqrt(weights.size()); // gradients are small: work in their size
  double width = 1 / Math.sqrt(weights.size());
  Var a = Var.parameter(Init.uniform(rng, Device.cpu(), -width, width, 16, 32));
  Var b = Var.parameter(Device.cpu().scalar(0));
  Var c = Var.parameter(Init.uniform(rng, Device.cpu(), -width, width, 16, 32));
  Var d = Var.parameter(Device.cpu().zeros(16, 32));
  List<Var> neuron = List.of(a, b, c, d);
  var optimizer = new AdamW(neuron, AdamW.defaults().withRate(0.003));
  for (int step = 0; step < 400; step++) {
    try (Scope _ = Scope.open()) {
      Tensor[] g = pair(model, rng, step % 2);
      Var target = Var.of(g[0].minus(g[1]).times(1 / scale));
      Var h = a.times(Var.of(g[1].times(1 / scale))).sum().plus(b).tanh();
      Var loss = h.times(c).plus(d).minus(target).square().mean();
      optimizer.step(Grad.of(loss, neuron));
      if (step % 100 == 99) {
        say("  step %d: loss %.3f", step + 1, loss.item());
      }
    }
  }

  // 3. What has it learnt? h of single texts with names it has not seen: near one end for women, near the other for men.
  for (int gender = 0; gender < 2; gender++) {
    int[] name = IntStream.range(0, 6).map(i -> LEARNT + 2 * i).toArray();
    int parity = gender;
    double[] h = IntStream.range(0, 60).mapToDouble(i -> {
      Tensor g = gradient(model, texts(rng, 1, _ -> name[i % 6] + parity, 1), true);
      return a.times(Var.of(g.times(1 / scale))).sum().plus(b).tanh().item();
    }).toArray();
    say("h of %s: mean %.3f, from %.3f to %.3f", gender == 0 ? "women's names" : "men's names",
        Arrays.stream(h).average().orElseThrow(), Arrays.stream(h).min().orElseThrow(),
        Arrays.stream(h).max().orElseThrow());
  }

  // 4. Rewrite: W + alpha (h c + d) for good. At h = 0 it is d, what both genders' differences have in common: the loss
  // of the right pronoun goes up and that of the other down. Names that may be learnt from choose alpha: the smallest
  // gap for which the other words are not told worse by a hundredth.
  Texts someWomen = texts(rng, 200, _ -> 2 * rng.nextInt(LEARNT / 2), 1);
  Texts someMen = texts(rng, 200, _ -> 2 * rng.nextInt(LEARNT / 2) + 1, 1);
  Tensor direction = d.value().times(1 / norm(d.value()));
  double allowed = known(model, words) - 0.01;
  Model best = model;
  for (double alpha = 2; alpha <= 10; alpha *= 1.25) {
    Model tried = new Model(model.e, Var.of(weights.plus(direction.times(alpha))), model.u);
    say("  alpha %6.3f: gap %.3f, right words %.3f", alpha, gap(tried, someWomen, someMen), known(tried, words));
    if (known(tried, words) >= allowed
        && Math.abs(gap(tried, someWomen, someMen)) < Math.abs(gap(best, someWomen, someMen))) {
      best = tried;
    }
  }
  report("rewritten", best, women, men, words);
  say("gap before %.3f after %.3f", before, gap(best, women, men));
}

/** g+ and g- of 16 texts of one gender. */
Tensor[] pair(Model model, Rng rng, int gender) {
  Texts texts = texts(rng, 16, _ -> 2 * rng.nextInt(LEARNT / 2) + gender, 1);
  return new Tensor[] {gradient(model, texts, false), gradient(model, texts, true)};
}

/** The loss's gradient for W, with the pronouns as they are or with the opposite ones. */
Tensor gradient(Model model, Texts texts, boolean opposite) {
  int[] next = Arrays.stream(texts.next).map(word -> opposite ? 1 - word : word).toArray();
  return Grad.of(model.loss(new Texts(texts.name, texts.activity, next)), List.of(model.w)).getFirst();
}

/** Random texts; with probability p the next word is the pronoun, else the activity's. */
Texts texts(Rng rng, int count, IntUnaryOperator names, double p) {
  int[] name = IntStream.range(0, count).map(names).toArray();
  int[] activity = IntStream.range(0, count).map(_ -> rng.nextInt(ACTIVITIES)).toArray();
  int[] next = IntStream.range(0, count)
      .map(i -> rng.nextDouble() < p ? name[i] % 2 == 0 ? SHE : HE : 2 + activity[i] % 6).toArray();
  return new Texts(name, Arrays.stream(activity).map(i -> NAMES + i).toArray(), next);
}

/** p(she) / (p(she) + p(he)), the mean over texts. */
double she(Model model, Texts texts) {
  Var pronouns = model.logits(texts).slice(1, 0, 2); // a softmax over the two is that share
  return pronouns.softmax(1).slice(1, SHE, SHE + 1).mean().item();
}

/** By how much more she is expected of women's names than of men's. */
double gap(Model model, Texts women, Texts men) {
  return she(model, women) - she(model, men);
}

/** How often the activity's word is the likeliest of the six. */
double known(Model model, Texts words) {
  float[] told = model.logits(words).slice(1, 2, 8).argmax(1).toFloat().value().toFloats();
  return IntStream.range(0, told.length).filter(i -> told[i] + 2 == words.next[i]).count() / (double) told.length;
}

double norm(Tensor x) {
  return Math.sqrt(x.times(x).sum().item());
}

void report(String name, Model model, Texts women, Texts men, Texts words) {
  say("%s: she is expected of women's names with %.3f, of men's with %.3f; right words %.3f", name, she(model, women),
      she(model, men), known(model, words));
}

void say(String format, Object... values) {
  IO.println(String.format(Locale.ROOT, format, values));
}
