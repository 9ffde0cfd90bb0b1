package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.report.TextTable;
import evenhand.tensor.Device;
import evenhand.tensor.check.DeviceCheck;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code devices}: what this machine offers, and why something is not available; with {@code --check}, what it does. */
@Command(name = "devices", header = "Shows what this machine offers, and why something is not available.", footer = {
    "%nExamples:", "  evenhand devices", "  evenhand devices --check",
    "  evenhand devices --check --device cpu --json check.json"})
final class DevicesCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private JsonOption json;

  @Mixin
  private DeviceOptions device;

  @Option(names = "--check", description = "Compare the device (--device) with the reference device in all it can do, "
      + "and measure its speed; exit code 1 if they differ.")
  private boolean check;

  @Override
  public Integer call() {
    json.requireWritable();
    return check ? check() : list();
  }

  private int list() {
    List<Device.Offer> offers = Device.offers();
    // Offers come best first, and auto takes the best.
    String auto = offers.stream().filter(Device.Offer::available).findFirst().orElseThrow().name();
    PrintWriter words = json.words(spec);
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("auto", auto);
    ArrayNode nodes = root.putArray("devices");
    for (Device.Offer offer : offers) {
      TextTable
          .wrapped(offer.name() + (offer.available() ? ": " : ": not available, ") + offer.status(), Terminal.width())
          .forEach(words::println);
      nodes.addObject().put("name", offer.name()).put("available", offer.available()).put("status", offer.status());
    }
    words.println();
    words.println("--device auto takes " + auto + ".");
    json.write(spec, root);
    return ExitCode.OK;
  }

  private int check() {
    DeviceCheck.Report report;
    try (Device opened = device.open(spec)) {
      Optional<Device> plain = Device.openPlain(opened);
      try (StageProgress progress = new StageProgress(spec, "devices --check")) {
        report = DeviceCheck.run(opened, plain, (_, done, of) -> progress.at("checks", done, of));
      } finally {
        plain.ifPresent(Device::close);
      }
    }
    print(report, json.words(spec));
    json.write(spec, json(report));
    return report.passed() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static void print(DeviceCheck.Report report, PrintWriter words) {
    TextTable.wrapped(report.device() + ": " + report.description(), Terminal.width()).forEach(words::println);
    words.println();
    List<List<String>> rows = new ArrayList<>();
    for (DeviceCheck.Finding finding : report.findings()) {
      rows.add(List.of(finding.work(), finding.problem().isEmpty() ? "agrees" : "DIFFERS",
          cell(finding, "%.3f", speed -> speed.seconds() * 1e3),
          cell(finding, "%.2f", DeviceCheck.Speed::gigabytesPerSecond),
          cell(finding, "%.2f", speed -> speed.gigabytesPerSecond() / report.copyBandwidth().orElse(Double.NaN)),
          cell(finding, "%.4f", DeviceCheck.Speed::teraflops)));
    }
    new TextTable(List.of("work", "with reference", "ms", "GB/s", "of copy", "TFLOP/s"), rows).lines(Terminal.width())
        .forEach(words::println);
    words.println();
    report.findings().forEach(finding -> finding.problem().ifPresent(
        problem -> TextTable.wrapped(finding.work() + ": " + problem, Terminal.width()).forEach(words::println)));
    long wrong = report.findings().stream().filter(finding -> finding.problem().isPresent()).count();
    words.println(report.findings().size() - wrong + " kinds of work agree with the reference device, " + wrong
        + " do not.");
  }

  private interface Measure {
    double of(DeviceCheck.Speed speed);
  }

  private static String cell(DeviceCheck.Finding finding, String format, Measure measure) {
    return finding.speed().map(speed -> String.format(Locale.ROOT, format, measure.of(speed))).orElse("");
  }

  private static ObjectNode json(DeviceCheck.Report report) {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("device", report.device())
        .put("description", report.description()).put("passed", report.passed())
        .put("java", System.getProperty("java.version"))
        .put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    ArrayNode nodes = root.putArray("checks");
    for (DeviceCheck.Finding finding : report.findings()) {
      ObjectNode node = nodes.addObject().put("work", finding.work()).put("agrees", finding.problem().isEmpty());
      finding.problem().ifPresent(problem -> node.put("problem", problem));
      finding.speed().ifPresent(speed -> node.put("size", speed.size()).put("seconds", speed.seconds())
          .put("gigabytes_per_second", speed.gigabytesPerSecond()).put("teraflops", speed.teraflops()));
    }
    return root;
  }
}
