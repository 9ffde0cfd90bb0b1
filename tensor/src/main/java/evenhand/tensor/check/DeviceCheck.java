package evenhand.tensor.check;

import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/** Compares a device's work with the reference device's at awkward sizes, then times it at a large one. */
public final class DeviceCheck {
  private static final int[] SIZES = {1, 7, 33, 1000, 20_011};
  private static final int FIRST_TIMED = 1 << 14;
  private static final int LARGEST_TIMED = 1 << 25;
  private static final double LONG_ENOUGH = 0.01; // seconds of one run, to outweigh what a launch costs
  private static final double TIMED = 0.1; // seconds of all runs
  private static final int LEAST_RUNS = 3;
  private static final int MOST_RUNS = 50;
  private static final double ROUNDING = 0x1p-24;
  private static final double ROUNDINGS = 16; // of functions and steps of several operations

  private DeviceCheck() {}

  /** Told before each piece of work. */
  public interface Progress {
    void at(String work, int done, int of);
  }

  /**
   * What was found of one kind of work.
   *
   * @param problem what is wrong at which size; empty if the device agrees with the reference
   * @param speed at the largest size that was timed; empty if it failed
   */
  public record Finding(String work, Optional<String> problem, Optional<Speed> speed) {}

  /**
   * A median time.
   *
   * @param size about how many numbers an input had
   * @param seconds of one run
   * @param gigabytesPerSecond by the bytes that must move at the least
   * @param teraflops by the operations that are needed
   */
  public record Speed(int size, double seconds, double gigabytesPerSecond, double teraflops) {}

  /** All findings on a device; the first is a copy, whose speed is the measure of memory. */
  public record Report(String device, String description, List<Finding> findings) {
    /** Does the device agree with the reference in all? */
    public boolean passed() {
      return findings.stream().allMatch(finding -> finding.problem().isEmpty());
    }

    /** The device's own copy bandwidth in GB/s, if it can copy. */
    public Optional<Double> copyBandwidth() {
      return findings.getFirst().speed().map(Speed::gigabytesPerSecond);
    }
  }

  /**
   * Checks a device; whatever goes wrong is in the report.
   *
   * @param plain the same device by own kernels alone, if it uses a vendor's library: its products are timed besides
   */
  public static Report run(Device device, Optional<Device> plain, Progress progress) {
    List<Probe> probes = Probe.all();
    int all = probes.size() + (plain.isPresent() ? 1 : 0);
    List<Finding> findings = new ArrayList<>();
    for (Probe probe : probes) {
      progress.at(probe.name(), findings.size(), all);
      findings.add(finding(device, probe));
    }
    plain.ifPresent(own -> {
      progress.at("matmul by own kernels", findings.size(), all);
      findings.add(finding(own, Probe.matmul("matmul by own kernels")));
    });
    return new Report(device.name(), device.description(), findings);
  }

  static Finding finding(Device device, Probe probe) {
    try {
      for (int n : SIZES) {
        Optional<String> problem = difference(device, probe, n);
        if (problem.isPresent()) {
          return new Finding(probe.name(), problem, Optional.empty());
        }
      }
      return new Finding(probe.name(), Optional.empty(), Optional.of(speed(device, probe)));
    } catch (RuntimeException e) {
      return new Finding(probe.name(), Optional.of(String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          Optional.empty());
    }
  }

  /** Where a result is further from the reference's than roundings explain. */
  private static Optional<String> difference(Device device, Probe probe, int n) {
    try (Scope _ = Scope.open()) {
      List<Tensor> got = probe.preparation().on(device, n).get();
      List<Tensor> wanted = probe.preparation().on(Device.reference(), n).get();
      for (int result = 0; result < wanted.size(); result++) {
        double roundings = Math.max(ROUNDINGS, 4 * Math.sqrt(probe.terms().applyAsDouble(n)));
        Optional<String> problem = difference(numbers(got.get(result)), numbers(wanted.get(result)),
            roundings * ROUNDING);
        if (problem.isPresent()) {
          String where = "size " + n + ", result " + result;
          return problem.map(text -> where + text);
        }
      }
      return Optional.empty();
    }
  }

  private static double[] numbers(Tensor tensor) {
    if (tensor.dtype() == DType.INT32) {
      return Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
    }
    float[] floats = tensor.toFloats();
    double[] out = new double[floats.length];
    Arrays.setAll(out, i -> floats[i]);
    return out;
  }

  private static Optional<String> difference(double[] got, double[] wanted, double tolerance) {
    double allowed = tolerance * Arrays.stream(wanted).map(Math::abs).max().orElse(0);
    for (int i = 0; i < wanted.length; i++) {
      if (!(Math.abs(got[i] - wanted[i]) <= allowed)) { // also where it is NaN
        return Optional
            .of("[" + i + "] is " + got[i] + ", the reference has " + wanted[i] + ", allowed is a difference of "
                + allowed);
      }
    }
    return Optional.empty();
  }

  /** The time at the first size, from small to large, that takes long enough. */
  private static Speed speed(Device device, Probe probe) {
    for (int n = FIRST_TIMED;; n *= 2) {
      try (Scope _ = Scope.open()) {
        Supplier<List<Tensor>> work = probe.preparation().on(device, n);
        seconds(device, work); // compiles what it needs
        double once = DoubleStream.generate(() -> seconds(device, work)).limit(LEAST_RUNS).min().orElseThrow();
        if (once >= LONG_ENOUGH || n >= LARGEST_TIMED) {
          double median = median(device, work, once);
          return new Speed(n, median, probe.bytes().applyAsDouble(n) / median * 1e-9,
              probe.flops().applyAsDouble(n) / median * 1e-12);
        }
      }
    }
  }

  private static double median(Device device, Supplier<List<Tensor>> work, double once) {
    int runs = (int) Math.clamp(TIMED / once, LEAST_RUNS, MOST_RUNS);
    double[] times = new double[runs];
    for (int run = 0; run < runs; run++) {
      times[run] = seconds(device, work);
    }
    Arrays.sort(times);
    return times[runs / 2];
  }

  private static double seconds(Device device, Supplier<List<Tensor>> work) {
    try (Scope _ = Scope.open()) {
      device.backend().synchronize();
      long start = System.nanoTime();
      work.get();
      device.backend().synchronize();
      return (System.nanoTime() - start) * 1e-9;
    }
  }
}
