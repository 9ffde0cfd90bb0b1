package evenhand.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a module's {@code provides} lines say on the module path, its {@code META-INF/services} files say on the class
 * path: the same implementations in the same order.
 */
class RegistryTests {
  private static final String SERVICES = "META-INF/services/";

  /** The modules of this project among the directories and jars of the class path. */
  static List<ModuleReference> modules() throws IOException {
    var descriptors = Collections.list(RegistryTests.class.getClassLoader().getResources("module-info.class"));
    return descriptors.stream()
        .map(url -> url.toString().replaceFirst("^jar:", "").replaceFirst("!?/module-info\\.class$", ""))
        .filter(root -> root.startsWith("file:"))
        .flatMap(root -> ModuleFinder.of(Path.of(URI.create(root))).findAll().stream())
        .filter(module -> module.descriptor().name().startsWith("evenhand."))
        .toList();
  }

  @Test
  void allModulesAreLookedAt() throws IOException {
    assertThat(modules()).extracting(module -> module.descriptor().name())
        .contains("evenhand.tensor", "evenhand.autograd", "evenhand.kernels");
  }

  @ParameterizedTest
  @MethodSource("modules")
  void modulePathAndClassPathAgree(ModuleReference module) throws IOException {
    Map<String, List<String>> provided = module.descriptor().provides().stream()
        .collect(Collectors.toMap(ModuleDescriptor.Provides::service, ModuleDescriptor.Provides::providers));
    assertThat(serviceFiles(module)).as(module.descriptor().name()).isEqualTo(provided);
  }

  private static Map<String, List<String>> serviceFiles(ModuleReference module) throws IOException {
    Map<String, List<String>> files = new TreeMap<>();
    try (ModuleReader reader = module.open()) {
      for (String name : reader.list().filter(name -> name.matches(SERVICES + "[^/]+")).toList()) {
        try (var in = reader.open(name).orElseThrow()) {
          String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          files.put(name.substring(SERVICES.length()), text.lines()
              .map(line -> line.replaceFirst("#.*", "").strip())
              .filter(line -> !line.isEmpty())
              .toList());
        }
      }
    }
    return files;
  }
}
