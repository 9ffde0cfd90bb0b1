package evenhand.fairness.cli;

import evenhand.autograd.fuzz.FuzzContract;
import evenhand.autograd.fuzz.FuzzTarget;
import evenhand.fairness.data.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Files of settings, {@code study --config}: YAML and properties. */
class HostileSettingsTests extends FuzzContract {
  @Override
  public List<FuzzTarget> targets() {
    String nested = "a".repeat(2000) + ":\n" + " b".repeat(2).strip() + "\n";
    StringBuilder wide = new StringBuilder("set:\n  " + "a".repeat(4000) + ":\n"); // each key below is longer than this
    for (int i = 0; i < 2000; i++) {
      wide.append("    k").append(i).append(": 1\n");
    }
    String laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n";
    return List.of(
        target("settings YAML", "study.yaml", "seeds: 5\nmethods: [erm, fairbatch]\nset: {fairbatch: {alpha: 0.01}}\n",
            List.of(nested, wide.toString(), laughs, "[".repeat(5000), "? ".repeat(2000), "!!java.net.URL [x]\n", "")),
        target("settings properties", "study.properties", "seeds = 5\nfairbatch.alpha = 0.01\n",
            List.of("seeds = \\u00", "\\", "=")));
  }

  private static FuzzTarget target(String name, String fileName, String valid, List<String> others) {
    Path file = FuzzTarget.scratch().resolve(fileName);
    CommandSpec study = new CommandLine(new EvenhandCommand()).getSubcommands().get("study").getCommandSpec();
    return FuzzTarget.text(name, valid, others, Set.of(DataException.class, IllegalArgumentException.class), bytes -> {
      Files.write(file, bytes);
      try {
        StudyConfig.expanded(new String[]{"study", "--config", file.toString()}, study);
      } catch (IllegalArgumentException e) {
        if (!e.getMessage().startsWith(file.toString())) {
          throw new AssertionError("not a refusal of this file: " + e, e);
        }
        throw e;
      }
    });
  }
}
