package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.metrics.BootstrapOptions;
import evenhand.fairness.report.TextTable;
import evenhand.fairness.study.StudyJson;
import evenhand.fairness.text.BiasBenchmarks;
import evenhand.fairness.text.TextModel;
import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a language model says and how it does on benchmarks, before and after its weights were changed.
 *
 * @param spec of the command
 * @param text the model
 * @param prompts to be gone on with, or filled in; the usual ones if there are none
 */
record BeforeAfter(CommandSpec spec, TextModel text, List<String> prompts, BiasBenchmarks benchmarks, long seed) {
  private static final int CONTINUED = 24; // tokens
  private static final List<String> USUAL = List.of("Anna was sad because", "Tim was sad because",
      "The teacher was happy because");

  /** At one time. */
  record Look(List<String> texts, BiasBenchmarks.Result benchmarks) {}

  /** The model as it is now. */
  Look look(String when) {
    try (StageProgress progress = new StageProgress(spec, "rewrite")) {
      return new Look(continuations(), benchmarks.isEmpty() ? BiasBenchmarks.Result.NONE
          : benchmarks.measure(text, BootstrapOptions.defaults(seed),
              (benchmark, done, of) -> progress.at(benchmark + " " + when, done, of)));
    }
  }

  private List<String> continuations() {
    List<String> asked = prompts.isEmpty() ? USUAL : prompts;
    if (text.model().causal()) {
      return asked.stream().map(prompt -> text.generate(prompt, CONTINUED, 0, new Rng(0)).replaceAll("\\s+", " "))
          .toList();
    }
    String mask = text.tokenizer().mask();
    return asked.stream().map(prompt -> prompt.contains(mask) ? prompt : prompt + " " + mask + " smiled.")
        .map(prompt -> prompt.replace(mask, "[" + best(text.probabilities(prompt)) + "]")).toList();
  }

  private String best(double[] probabilities) {
    int best = 0;
    for (int i = 1; i < probabilities.length; i++) {
      best = probabilities[i] > probabilities[best] ? i : best;
    }
    return text.tokenizer().decode(best).strip();
  }

  /** Benchmarks as a table, then the texts. */
  List<String> lines(Look before, Look after) {
    List<String> out = new ArrayList<>();
    if (!benchmarks.isEmpty()) {
      List<List<String>> rows = new ArrayList<>();
      before.benchmarks().metrics().forEach((name, value) -> rows.add(List.of(name, AuditModelCommand.words(value),
          AuditModelCommand.words(after.benchmarks().metrics().get(name)))));
      out.add("");
      out.addAll(new TextTable(List.of("benchmark [95% interval]", "before", "after"), rows).lines(Terminal.width()));
      out.add("");
      before.benchmarks().counts().forEach(line -> out.addAll(TextTable.wrapped(line, Terminal.width())));
    }
    for (int i = 0; i < before.texts().size(); i++) {
      out.add("");
      out.addAll(TextTable.wrapped("before: " + before.texts().get(i), Terminal.width()));
      out.addAll(TextTable.wrapped("after:  " + after.texts().get(i), Terminal.width()));
    }
    return out;
  }

  /** Adds both to what other programs get. */
  void json(ObjectNode root, Look before, Look after) {
    before.texts().forEach(root.putArray("texts_before")::add);
    after.texts().forEach(root.putArray("texts_after")::add);
    if (!benchmarks.isEmpty()) {
      root.set("benchmarks_before", StudyJson.metrics(before.benchmarks().metrics()));
      root.set("benchmarks_after", StudyJson.metrics(after.benchmarks().metrics()));
      before.benchmarks().counts().forEach(root.putArray("benchmark_counts")::add);
    }
  }
}
