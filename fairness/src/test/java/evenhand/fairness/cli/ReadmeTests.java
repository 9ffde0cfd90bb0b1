package evenhand.fairness.cli;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.fairness.data.Datasets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * What the README says to type works when pasted: each line of its {@code sh} blocks, in order, in one directory that
 * has the files which its text asks for; each of its {@code java} blocks.
 */
class ReadmeTests {
  private static final Path README = Path.of("").toAbsolutePath().getParent().resolve("README.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");
  private static final Pattern INLINE = Pattern.compile("(?s)`(\\./evenhand [^`]*)`");

  /** Lines that are not run here, and why; those after a study's data are run where the experiments are asked for. */
  private static final Map<Pattern, String> NOT_RUN = new LinkedHashMap<>();

  private static final Pattern LONG = Pattern
      .compile("--data (?!synthetic)\\S+|\\./evenhand study(?! -)|--sweep|--config|--check");

  static {
    NOT_RUN.put(Pattern.compile("^mvn "), "it is the build that this test is part of");
    NOT_RUN.put(Pattern.compile("^(bench/run|src-native/|make )"),
        "it takes minutes, and tools that are not everywhere");
    NOT_RUN.put(Pattern.compile("^java .*fairness/target/app"), "the jars are packaged after the tests; ExamplesTests");
    NOT_RUN.put(Pattern.compile("^(git clone|apt-get|cd) "), "it fetches, or is about the reader's own machine");
    NOT_RUN.put(Pattern.compile("\\b[A-Z]+_DIR\\b"), "it needs a model of the reader's own; RewriteCommandTests");
  }

  @TempDir
  private Path directory;

  private static List<String> blocks(String language) throws IOException {
    return BLOCK.matcher(Files.readString(README)).results().filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2)).toList();
  }

  /** Each command of the {@code sh} blocks, without its comment. */
  private static List<String> commands() throws IOException {
    return blocks("sh").stream().flatMap(block -> block.replace("\\\n", " ").lines())
        .map(line -> line.replaceFirst("(^|\\s+)#.*", "").strip()).filter(line -> !line.isEmpty()).toList();
  }

  private static Optional<String> reasonNotToRun(String command) {
    return NOT_RUN.entrySet().stream().filter(each -> each.getKey().matcher(command).find()).map(Map.Entry::getValue)
        .findFirst();
  }

  /** The files that the README's lines name, and {@code ./evenhand} on this test's class path. */
  @BeforeEach
  void files() throws IOException {
    StringBuilder people = new StringBuilder("age,gender,hired\n");
    StringBuilder predictions = new StringBuilder("y,p,gender\n");
    StringBuilder rows = new StringBuilder("skill,height,gender,hired,logit_no,logit_yes\n");
    StringBuilder unlabelled = new StringBuilder("skill,height,logit_no,logit_yes\n");
    Random random = new Random(5);
    for (int row = 0; row < 400; row++) {
      boolean woman = random.nextBoolean();
      double skill = random.nextGaussian();
      double height = random.nextGaussian() - (woman ? 1 : 0);
      boolean hired = skill + random.nextGaussian() > 0;
      double logit = 1.5 * skill - (woman ? 1 : 0);
      String gender = woman ? "woman" : "man";
      people.append(line("%d,%s,%s", 40 + Math.round(10 * skill), gender, hired ? "yes" : "no"));
      predictions.append(line("%d,%.4f,%s", hired ? 1 : 0, 1 / (1 + Math.exp(-logit)), gender));
      rows.append(line("%.4f,%.4f,%s,%s,0,%.4f", skill, height, gender, hired ? "yes" : "no", logit));
      unlabelled.append(line("%.4f,%.4f,0,%.4f", skill, height, logit));
    }
    Invocation.write(directory.resolve("people.csv"), people.toString());
    Invocation.write(directory.resolve("predictions.csv"), predictions.toString());
    Invocation.write(directory.resolve("rows.csv"), rows.toString());
    Invocation.write(directory.resolve("new.csv"), unlabelled.toString());
    Path launcher = Invocation.write(directory.resolve("evenhand"), """
        #!/bin/sh
        exec "%s" -XX:TieredStopAtLevel=1 --add-modules jdk.incubator.vector -cp "%s" %s "$@"
        """.formatted(Path.of(System.getProperty("java.home"), "bin", "java"), System.getProperty("java.class.path"),
        Main.class.getName()));
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format + "%n", values);
  }

  @Test
  void everyCommandRunsWhenPasted() throws IOException, InterruptedException {
    boolean experiments = Boolean.getBoolean("evenhand.experiments");
    List<String> run = new ArrayList<>();
    for (String command : commands()) {
      if (reasonNotToRun(command).isEmpty() && (experiments || !LONG.matcher(command).find())) {
        paste(command, experiments ? 600 : 60);
        run.add(command);
      }
    }
    assertThat(run).hasSizeGreaterThan(3);
  }

  private void paste(String command, int seconds) throws IOException, InterruptedException {
    Path log = directory.resolve("log.txt");
    Process shell = new ProcessBuilder("sh", "-c", command).directory(directory.toFile()).redirectErrorStream(true)
        .redirectOutput(log.toFile()).start();
    boolean ended = shell.waitFor(seconds, TimeUnit.SECONDS);
    if (!ended) {
      shell.descendants().forEach(ProcessHandle::destroy);
      shell.destroy();
    }
    assertThat(ended).as("%s takes more than %d seconds; see LONG", command, seconds).isTrue();
    assertThat(shell.exitValue()).as(command + "\n" + Files.readString(log)).isZero();
    assertThat(Files.readAllLines(log)).as(command).anyMatch(line -> !line.startsWith("WARNING"));
  }

  /** Also those that are not run, and those in the running text that have options: commands, options and data exist. */
  @Test
  void everyCommandIsUnderstood() throws IOException {
    Stream<String> inText = INLINE.matcher(Files.readString(README)).results().map(match -> match.group(1))
        .filter(command -> command.contains(" --"));
    List<String> all = Stream.concat(commands().stream(), inText).filter(each -> each.startsWith("./evenhand "))
        .toList();
    assertThat(all).hasSizeGreaterThan(5);
    for (String command : all) {
      String[] words = command.replace("TARGET", "equal_opportunity").replace("RATIO", "0.95").split("\\s+");
      new CommandLine(new EvenhandCommand()).parseArgs(List.of(words).subList(1, words.length).toArray(String[]::new));
      Pattern.compile("--data (\\S+)").matcher(command).results().map(data -> data.group(1))
          .filter(data -> !data.equals("tiny-language")).forEach(Datasets::find);
    }
  }

  /** The words that a fragment takes for granted, as its text says. */
  private static final String AROUND = """
      import evenhand.autograd.*;
      import evenhand.autograd.nn.*;
      import evenhand.autograd.optim.*;
      import evenhand.fairness.algorithms.*;
      import evenhand.fairness.data.*;
      import evenhand.tensor.*;

      Tensor logits(Layer model, Tensor x) {
        return model.forward(Var.of(x)).value();
      }

      void fragment(Device device, Rng rng, int rows, int[] y, Attribute groups, Tensor x, Tensor labels, Layer model,
          List<Var> parameters, Optimizer optimizer) {
      %s
      }

      void main() {}
      """;

  @Test
  void everyPieceOfJavaCompiles() throws IOException, InterruptedException {
    List<String> pieces = blocks("java");
    assertThat(pieces).isNotEmpty();
    for (int i = 0; i < pieces.size(); i++) {
      String piece = pieces.get(i);
      Path source = Invocation.write(directory.resolve("Piece" + i + ".java"),
          piece.contains("void main(") ? piece : AROUND.formatted(piece));
      var errors = new ByteArrayOutputStream();
      int code = ToolProvider.getSystemJavaCompiler().run(null, null, errors, "--release", "25", "-proc:none", "-cp",
          System.getProperty("java.class.path"), "-d", directory.toString(), source.toString());
      assertThat(code).as(piece + errors.toString(StandardCharsets.UTF_8)).isZero();
      if (piece.contains("void main(")) {
        paste("\"%s\" --add-modules jdk.incubator.vector -cp \"%s:%s\" Piece%d".formatted(
            Path.of(System.getProperty("java.home"), "bin", "java"), directory, System.getProperty("java.class.path"),
            i),
            60);
      }
    }
  }
}
