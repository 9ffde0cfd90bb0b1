package evenhand.kernels;

import evenhand.tensor.Device;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.DeviceProvider;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;

/** A provider's device for tests, opened once; tests that need it are skipped with the reason where it is absent. */
final class OpenDevice {
  private final DeviceProvider provider;
  private final Optional<Device> device;

  OpenDevice(DeviceProvider provider) {
    this(provider, DeviceProvider::open);
  }

  /** With a choice between {@link DeviceProvider#open} and {@link DeviceProvider#openPlain}. */
  OpenDevice(DeviceProvider provider, Function<DeviceProvider, Optional<Backend>> opening) {
    this.provider = provider;
    device = opening.apply(provider).map(Device::new);
    System.out.println("tests on " + provider.name() + ": " + device.map(Device::description)
        .orElseGet(() -> "skipped, " + provider.status()));
  }

  void require() {
    Assumptions.assumeTrue(device.isPresent(), provider::status);
  }

  /** Leaves what ran for the matrix of kernels and rungs, if this device is that rung's. */
  void record(String rung, String description) {
    device.filter(open -> open.description().contains(description))
        .ifPresent(open -> Rungs.record(rung, ((GpuBackend) open.backend()).launched()));
  }

  Device get() {
    return device.orElseThrow();
  }
}
