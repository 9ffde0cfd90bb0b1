package evenhand.fairness.cli;

import evenhand.fairness.data.DataFiles;
import evenhand.fairness.text.AssociationTest;
import evenhand.fairness.text.BiasBenchmarks;
import evenhand.fairness.text.CrowsPairs;
import evenhand.fairness.text.StereoSet;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Published benchmarks of bias in language models, each from its own file. */
final class BenchmarkOptions {
  @Option(names = "--crows-pairs", paramLabel = "FILE",
      description = "CrowS-Pairs: crows_pairs_anonymized.csv. Ideal 50.")
  private Optional<Path> crowsPairs = Optional.empty();

  @Option(names = "--stereoset", paramLabel = "FILE",
      description = "StereoSet: dev.json, of which the intra-sentence part is used. Ideal: ss 50, lms and icat 100.")
  private Optional<Path> stereoSet = Optional.empty();

  @Option(names = "--association", paramLabel = "FILE", split = ",",
      description = "WEAT or SEAT: JSON with targ1, targ2, attr1, attr2. Effect size, ideal 0. Repeatable.")
  private List<Path> associations = List.of();

  /** Those asked for. */
  BiasBenchmarks chosen() {
    Map<String, AssociationTest.Sets> tests = new LinkedHashMap<>();
    for (Path file : associations) {
      String name = String.valueOf(file.getFileName()).replaceFirst("\\.jsonl?$", "");
      if (tests.put(name, AssociationTest.read(file)) != null) {
        throw new IllegalArgumentException("--association names two files " + name + "; rename one");
      }
    }
    return new BiasBenchmarks(crowsPairs.map(CrowsPairs::read).orElse(List.of()),
        stereoSet.map(StereoSet::read).orElse(List.of()), tests);
  }

  /** Those asked for, else CrowS-Pairs if it is on this machine. */
  BiasBenchmarks chosenOrLocal() {
    BiasBenchmarks chosen = chosen();
    return chosen.isEmpty() ? new BiasBenchmarks(CrowsPairs.local(DataFiles.standard()).map(CrowsPairs::read)
        .orElse(List.of()), List.of(), Map.of()) : chosen;
  }

  /** Those asked for, else CrowS-Pairs, fetched if need be. */
  BiasBenchmarks chosenOrFetched() {
    BiasBenchmarks chosen = chosen();
    return chosen.isEmpty() ? new BiasBenchmarks(CrowsPairs.read(CrowsPairs.get(DataFiles.standard())), List.of(),
        Map.of()) : chosen;
  }
}
