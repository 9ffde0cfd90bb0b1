package evenhand.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The bill of materials has no parent to take its version and list from, so both are compared here. */
class BillOfMaterialsTests {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static List<String> all(String tag, Path pom) throws IOException {
    return Pattern.compile("<" + tag + ">([^<]+)</" + tag + ">").matcher(Files.readString(pom)).results()
        .map(match -> match.group(1)).toList();
  }

  @Test
  void versionAndModulesAreThoseOfTheBuild() throws IOException {
    Path bom = ROOT.resolve("bom/pom.xml");
    assertThat(all("version", bom).getFirst()).isEqualTo(all("version", ROOT.resolve("pom.xml")).getFirst());
    List<String> modules = all("module", ROOT.resolve("pom.xml")).stream()
        .filter(module -> !List.of("bom", "bench").contains(module)).map(module -> "evenhand-" + module).toList();
    assertThat(all("artifactId", bom)).first().isEqualTo("evenhand-bom");
    assertThat(all("artifactId", bom).stream().skip(1).filter(id -> !id.endsWith("-plugin")).toList())
        .isEqualTo(modules);
  }
}
