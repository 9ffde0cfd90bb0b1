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

  /** The names of devices, for completion. */
  static final class Names extends Words {
    Names() {
      super(() -> List.of("auto", "cpu", "reference", "cuda", "opencl"));
    }
  }

  @Option(names = "--device", paramLabel = "DEVICE", defaultValue = "auto", completionCandidates = Names.class,
      description = "auto, cpu, reference, cuda or opencl (default: ${DEFAULT-VALUE}, the fastest one present).")
  private String device;

  @Option(names = "--threads", paramLabel = "N",
      description = "Threads of the CPU device (default: one per processor). Results do not depend on it.")
  private Optional<Integer> threads = Optional.empty();

  /**
   * A device for work in parts that run side by side.
   *
   * @param parts how many at a time
   */
  record Divided(Device device, int parts) implements AutoCloseable {
    @Override
    public void close() {
      device.close();
    }
  }

  /** The device; to be closed. */
  Device open(CommandSpec spec) {
    return open(spec, threads(spec));
  }

  /**
   * The device for so many parts; by default, as many as it has threads if it is a CPU, which the parts then share, and
   * else one.
   */
  Divided open(CommandSpec spec, Optional<Integer> parts) {
    int all = threads(spec);
    Device whole = open(spec, all);
    boolean cpu = ALWAYS.contains(whole.name());
    int count = parts.orElse(cpu ? all : 1);
    if (!cpu && count > 1) {
      whole.close();
      throw Failures.wrongUsage(spec, "--jobs " + count + " needs a CPU; " + whole.name() + " takes one run at a time");
    }
    if (count == 1 || !whole.name().equals("cpu")) {
      return new Divided(whole, count);
    }
    whole.close();
    return new Divided(Device.cpu(Math.max(1, all / count)), count);
  }

  private int threads(CommandSpec spec) {
    int count = threads.orElseGet(() -> Runtime.getRuntime().availableProcessors());
    if (count < 1) {
      throw Failures.wrongUsage(spec, "--threads must be at least 1, got " + count);
    }
    return count;
  }

  private Device open(CommandSpec spec, int count) {
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
