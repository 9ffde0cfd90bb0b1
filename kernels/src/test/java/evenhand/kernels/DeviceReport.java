package evenhand.kernels;

import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.Set;

/**
 * A program of its own for {@link AutoDeviceTests}: what a JVM finds, a line for each thing.
 *
 * <p>Its arguments are what the emulated driver plays, one after the other.
 */
final class DeviceReport {
  private DeviceReport() {}

  public static void main(String[] modes) {
    for (String mode : modes.length == 0 ? new String[]{""} : modes) {
      if (!mode.isEmpty()) {
        FakeCuda.mode(mode);
      }
      report(mode);
    }
  }

  private static void report(String mode) {
    try (Device auto = Device.open("auto", 1)) {
      System.out.println(mode + " auto: " + auto.name());
      System.out.println(mode + " bits: " + Arrays.hashCode(new Rng(1).normal(auto, 33).toFloats()));
    }
    for (String name : Set.of("cuda", "opencl")) {
      try (Device device = Device.open(name, 1)) {
        System.out.println(mode + " " + name + ": " + device.description());
      } catch (IllegalArgumentException e) {
        System.out.println(mode + " " + name + ": refused: " + e.getMessage());
      }
    }
    Device.offers().forEach(offer -> System.out.println(mode + " offer: " + offer));
  }
}
