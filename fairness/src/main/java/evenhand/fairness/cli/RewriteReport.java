package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.gradiend.EncoderReport;
import evenhand.fairness.gradiend.Goal;
import evenhand.fairness.gradiend.Gradiend;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.gradiend.Reading;
import evenhand.fairness.gradiend.RewriteSearch;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Rng;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What {@code rewrite} says: the encoder, the choice, probabilities and texts before and after. */
final class RewriteReport {
  private static final int CONTINUED = 24; // tokens
  private static final List<String> PROMPTS = List.of("Anna was sad because", "Tim was sad because",
      "The teacher was happy because");

  private final LanguageRewriter.Result result;
  private final Goal goal;
  private final TextModel text;
  private final List<String> prompts;

  RewriteReport(LanguageRewriter.Result result, Goal goal, TextModel text, List<String> prompts) {
    this.result = result;
    this.goal = goal;
    this.text = text;
    this.prompts = prompts.isEmpty() ? PROMPTS : prompts;
  }

  /** The encoder on names and patterns that it was not trained on. */
  List<String> encoder() {
    List<String> out = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (Gradiend.SeedReport seed : result.fit().seeds()) {
      rows.add(row("seed " + seed.seed() + (seed.converged() ? "" : ", not converged"), seed.encoder()));
    }
    rows.add(row("without answers' rows", result.encoders().withoutAnswers()));
    rows.add(row("on his, her, him", result.encoders().otherWords()));
    out.add("The feature, on names and patterns that it was not trained on:");
    out.add("");
    out.addAll(new TextTable(List.of("encoder", "Pearson", "sign", "3 classes", "h female", "h male", "|h| neutral"),
        rows).lines(Terminal.width()));
    out.add("");
    out.addAll(TextTable.wrapped("sign: share of texts with the right sign of h. 3 classes: mean recall of female,"
        + " neutral and male texts with thresholds at +-0.5. The lines below the seeds are of seed "
        + result.fit().bestSeed().seed() + ", the best on validation.", Terminal.width()));
    return out;
  }

  private static List<String> row(String name, EncoderReport report) {
    return List.of(name, number(report.pearson()), number(report.signAccuracy()), number(report.balancedAccuracy()),
        number(report.meanFirst()), number(report.meanSecond()), number(report.meanAbsoluteNeutral()));
  }

  /** The choice and what it changed. */
  List<String> rewrite(RewriteSearch.Candidate chosen, List<String> before, List<String> after) {
    List<String> out = new ArrayList<>(List.of(""));
    out.addAll(TextTable.wrapped(String.format(Locale.ROOT, "Chosen of %d rewrites: h %.3f, alpha %.3g, which moves the"
        + " weights by %.3g of their length.", result.outcome().tried().size(), chosen.h(), chosen.alpha(),
        chosen.size()), Terminal.width()));
    out.add("");
    Reading base = result.base();
    Reading now = result.rewritten().get(goal);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("P(she), female names", number(base.probability(1, 0)), number(now.probability(1, 0))));
    rows.add(List.of("P(he), female names", number(base.probability(1, 1)), number(now.probability(1, 1))));
    rows.add(List.of("P(she), male names", number(base.probability(-1, 0)), number(now.probability(-1, 0))));
    rows.add(List.of("P(he), male names", number(base.probability(-1, 1)), number(now.probability(-1, 1))));
    rows.add(List.of("gap of she's share", number(base.gap()), number(now.gap())));
    rows.add(List.of("she's share, neutral", number(base.share(0)), number(now.share(0))));
    rows.add(List.of("gap with all names", number(result.baseAllNames().gap()),
        number(result.rewrittenAllNames().get(goal).gap())));
    rows.add(List.of("language-model loss", number(base.loss()), String.format(Locale.ROOT, "%.3f (%+.2f%%)",
        now.loss(), 100 * (now.loss() / base.loss() - 1))));
    out.addAll(new TextTable(List.of("on unseen names and patterns", "before", "after"), rows).lines(Terminal.width()));
    out.add("");
    out.addAll(TextTable.wrapped("she's share: P(she) / (P(she) + P(he)); gap: at female names less at male names.",
        Terminal.width()));
    for (int i = 0; i < before.size(); i++) {
      out.add("");
      out.addAll(TextTable.wrapped("before: " + before.get(i), Terminal.width()));
      out.addAll(TextTable.wrapped("after:  " + after.get(i), Terminal.width()));
    }
    return out;
  }

  /** How the model as it is now goes on with the prompts; what a masked one fills in. */
  List<String> continuations() {
    if (text.model().causal()) {
      return prompts.stream().map(prompt -> text.generate(prompt, CONTINUED, 0, new Rng(0)).replaceAll("\\s+", " "))
          .toList();
    }
    String mask = text.tokenizer().mask();
    return prompts.stream().map(prompt -> prompt.contains(mask) ? prompt : prompt + " " + mask + " smiled.")
        .map(prompt -> prompt.replace(mask, "[" + best(text.probabilities(prompt)) + "]")).toList();
  }

  private String best(double[] probabilities) {
    int best = 0;
    for (int i = 1; i < probabilities.length; i++) {
      best = probabilities[i] > probabilities[best] ? i : best;
    }
    return text.tokenizer().decode(best).strip();
  }

  /** All of it for other programs. */
  ObjectNode json(RewriteSearch.Candidate chosen, List<String> before, List<String> after, Path target) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("model", target.toString()).put("goal", goal.word());
    ArrayNode seeds = root.putArray("seeds");
    for (Gradiend.SeedReport seed : result.fit().seeds()) {
      ObjectNode node = seeds.addObject();
      node.put("seed", seed.seed()).put("validation", seed.validation()).put("best_step", seed.bestStep())
          .put("converged", seed.converged());
      node.set("encoder", json(seed.encoder()));
    }
    root.set("encoder_without_answers", json(result.encoders().withoutAnswers()));
    root.set("encoder_other_words", json(result.encoders().otherWords()));
    root.putObject("choice").put("h", chosen.h()).put("alpha", chosen.alpha()).put("size", chosen.size())
        .put("tried", result.outcome().tried().size()).put("discarded", result.outcome().discarded());
    root.set("before", json(result.base()));
    root.set("after", json(result.rewritten().get(goal)));
    root.set("before_all_names", json(result.baseAllNames()));
    root.set("after_all_names", json(result.rewrittenAllNames().get(goal)));
    ObjectNode tensors = root.putObject("tensor_shares");
    result.tensors().forEach(tensors::put);
    before.forEach(root.putArray("texts_before")::add);
    after.forEach(root.putArray("texts_after")::add);
    return root;
  }

  private static ObjectNode json(EncoderReport report) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    put(node, "pearson", report.pearson());
    put(node, "pearson_with_neutral", report.pearsonWithNeutral());
    node.put("sign_accuracy", report.signAccuracy()).put("better_sign_accuracy", report.betterSignAccuracy())
        .put("balanced_accuracy", report.balancedAccuracy()).put("mean_first", report.meanFirst())
        .put("mean_second", report.meanSecond()).put("mean_absolute", report.meanAbsolute())
        .put("mean_absolute_other", report.meanAbsoluteOther());
    put(node, "mean_absolute_neutral", report.meanAbsoluteNeutral());
    return node.put("rows", report.rows()).put("neutral_rows", report.neutralRows());
  }

  private static ObjectNode json(Reading reading) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("loss", reading.loss()).put("quality", reading.quality());
    put(node, "gap", reading.gap());
    put(node, "share_female_names", reading.share(1));
    put(node, "share_male_names", reading.share(-1));
    put(node, "share_neutral", reading.share(0));
    return node.put("bpi", reading.index(Goal.BALANCED)).put("fpi", reading.index(Goal.FIRST))
        .put("mpi", reading.index(Goal.SECOND));
  }

  private static void put(ObjectNode node, String name, OptionalDouble value) {
    if (value.isPresent()) {
      node.put(name, value.getAsDouble());
    } else {
      node.putNull(name);
    }
  }

  private static String number(OptionalDouble value) {
    return value.isPresent() ? number(value.getAsDouble()) : "-";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
