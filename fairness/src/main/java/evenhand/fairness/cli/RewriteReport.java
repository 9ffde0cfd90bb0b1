package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.gradiend.EncoderReport;
import evenhand.fairness.gradiend.Feature;
import evenhand.fairness.gradiend.Goal;
import evenhand.fairness.gradiend.Gradiend;
import evenhand.fairness.gradiend.LanguageRewriter;
import evenhand.fairness.gradiend.Reading;
import evenhand.fairness.gradiend.RewriteSearch;
import evenhand.fairness.report.TextTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What {@code rewrite} says of the encoder, the choice, and the probabilities before and after. */
final class RewriteReport {
  private final LanguageRewriter.Result result;
  private final Goal goal;
  private final List<String> classes;
  private final List<String> words;
  private final String where;

  RewriteReport(LanguageRewriter.Result result, Goal goal, Feature feature) {
    this.result = result;
    this.goal = goal;
    this.classes = feature.classes();
    boolean gender = feature instanceof Feature.Gender;
    this.words = gender ? List.of("she", "he") : classes;
    this.where = gender ? "names" : "texts";
  }

  /** The encoder on names and patterns that it was not trained on. */
  List<String> encoder() {
    List<String> out = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (Gradiend.SeedReport seed : result.fit().seeds()) {
      rows.add(row("seed " + seed.seed() + (seed.converged() ? "" : ", not converged"), seed.encoder()));
    }
    rows.add(row("without answers' rows", result.encoders().withoutAnswers()));
    result.encoders().otherWords().ifPresent(report -> rows.add(row("on his, her, him", report)));
    out.add(
        "The feature, on " + where + (where.equals("names") ? " and patterns" : "") + " that it was not trained on:");
    out.add("");
    out.addAll(new TextTable(List.of("encoder", "Pearson", "sign", "3 classes", "h " + classes.getFirst(),
        "h " + classes.getLast(), "|h| neutral"),
        rows).lines(Terminal.width()));
    out.add("");
    out.addAll(TextTable.wrapped("sign: share of texts with the right sign of h. 3 classes: mean recall of "
        + classes.getFirst() + ", neutral and " + classes.getLast()
        + " texts with thresholds at +-0.5. The lines below the seeds are of seed "
        + result.fit().bestSeed().seed() + ", the best on validation.", Terminal.width()));
    return out;
  }

  private static List<String> row(String name, EncoderReport report) {
    return List.of(name, number(report.pearson()), number(report.signAccuracy()), number(report.balancedAccuracy()),
        number(report.meanFirst()), number(report.meanSecond()), number(report.meanAbsoluteNeutral()));
  }

  /** The choice and what it changed. */
  List<String> rewrite(RewriteSearch.Candidate chosen) {
    List<String> out = new ArrayList<>(List.of(""));
    out.addAll(TextTable.wrapped(String.format(Locale.ROOT, "Chosen of %d rewrites: h %.3f, alpha %.3g, which moves the"
        + " weights by %.3g of their length.", result.outcome().tried().size(), chosen.h(), chosen.alpha(),
        chosen.size()), Terminal.width()));
    out.add("");
    Reading base = result.base();
    Reading now = result.rewritten().get(goal);
    List<List<String>> rows = new ArrayList<>();
    for (int of = 0; of < classes.size(); of++) {
      int label = of == 0 ? 1 : -1;
      for (int word = 0; word < words.size(); word++) {
        rows.add(List.of("P(" + words.get(word) + "), " + classes.get(of) + " " + where,
            number(base.probability(label, word)), number(now.probability(label, word))));
      }
    }
    String share = words.getFirst() + "'s share";
    rows.add(List.of("gap of " + share, number(base.gap()), number(now.gap())));
    if (base.share(0).isPresent()) {
      rows.add(List.of(share + ", neutral", number(base.share(0)), number(now.share(0))));
    }
    if (result.baseAllNames() != base) {
      rows.add(List.of("gap with all names", number(result.baseAllNames().gap()),
          number(result.rewrittenAllNames().get(goal).gap())));
    }
    rows.add(List.of("language-model loss", number(base.loss()), String.format(Locale.ROOT, "%.3f (%+.2f%%)",
        now.loss(), 100 * (now.loss() / base.loss() - 1))));
    out.addAll(new TextTable(List.of("on unseen " + where, "before", "after"), rows).lines(Terminal.width()));
    out.add("");
    out.addAll(TextTable.wrapped(String.format(Locale.ROOT,
        "%s: P(%s) / (P(%s) + P(%s)); gap: at %s %s less at %s %s.", share, words.getFirst(), words.getFirst(),
        words.getLast(), classes.getFirst(), where, classes.getLast(), where), Terminal.width()));
    return out;
  }

  /** All of it for other programs. */
  ObjectNode json(RewriteSearch.Candidate chosen, Path target) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("model", target.toString()).put("goal", goal.word(classes));
    classes.forEach(root.putArray("classes")::add);
    ArrayNode seeds = root.putArray("seeds");
    for (Gradiend.SeedReport seed : result.fit().seeds()) {
      ObjectNode node = seeds.addObject();
      node.put("seed", seed.seed()).put("validation", seed.validation()).put("best_step", seed.bestStep())
          .put("converged", seed.converged());
      node.set("encoder", json(seed.encoder()));
    }
    root.set("encoder_without_answers", json(result.encoders().withoutAnswers()));
    result.encoders().otherWords().ifPresent(report -> root.set("encoder_other_words", json(report)));
    root.putObject("choice").put("h", chosen.h()).put("alpha", chosen.alpha()).put("size", chosen.size())
        .put("tried", result.outcome().tried().size()).put("discarded", result.outcome().discarded());
    root.set("before", json(result.base()));
    root.set("after", json(result.rewritten().get(goal)));
    root.set("before_all_names", json(result.baseAllNames()));
    root.set("after_all_names", json(result.rewrittenAllNames().get(goal)));
    ObjectNode tensors = root.putObject("tensor_shares");
    result.tensors().forEach(tensors::put);
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
    put(node, "share_first_class", reading.share(1));
    put(node, "share_second_class", reading.share(-1));
    put(node, "share_neutral", reading.share(0));
    for (Reading.Measure measure : Reading.Measure.values()) {
      ObjectNode index = node.putObject(measure.name().toLowerCase(Locale.ROOT) + "_index");
      for (Goal each : Goal.values()) {
        index.put(each.word(), reading.index(each, measure));
      }
    }
    return node;
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
