package evenhand.fairness.cli;

import evenhand.fairness.data.Nearest;
import evenhand.tensor.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code --device} and {@code --threads}. */
final class DeviceOptions {
  private static final List<String> ALWAYS = List.of("auto", "cpu", "reference");

  @Option(names = "--device", paramLabel = "NAME", defaultValue = "auto",
      description = "auto, cpu, reference, cuda or opencl (default: ${DEFAULT-VALUE}, the fastest one present).")
  private String device;

  @Option(names = "--threads", paramLabel = "N",
      description = "Threads of the CPU device (default: one per processor). Results do not depend on it.")
  private Optional<Integer> threads = Optional.empty();

  /** The device; to be closed. */
  Device open(CommandSpec spec) {
    int count = threads.orElseGet(() -> Runtime.getRuntime().availableProcessors());
    if (count < 1) {
      throw Failures.wrongUsage(spec, "--threads must be at least 1, got " + count);
    }
    if (!ALWAYS.contains(device)) {
      requireKnown(spec);
    }
    return Device.open(device, count);
  }

  private void requireKnown(CommandSpec spec) {
    List<String> known = new ArrayList<>(List.of("auto"));
    Device.offers().forEach(offer -> known.add(offer.name()));
    if (!known.contains(device)) {
      throw Failures.wrongUsage(spec, "--device " + device + " is unknown; " + Nearest.hint(device, known)
          + "choose one of " + String.join(", ", known));
    }
  }
}
