package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.report.TextTable;
import evenhand.tensor.Device;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code devices}: what this machine offers, and why something is not available. */
@Command(name = "devices", header = "Shows what this machine offers, and why something is not available.", footer = {
    "%nExamples:", "  evenhand devices", "  evenhand study --device cpu --threads 1"})
final class DevicesCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Mixin
  private JsonOption json;

  @Override
  public void run() {
    json.requireWritable();
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
  }
}
