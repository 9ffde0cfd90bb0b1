package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.kernels.DriverLibrary.Refusal;
import evenhand.tensor.Device;
import evenhand.tensor.spi.DeviceProvider;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ProviderTests {
  @Test
  void bothProvidersAreRegisteredCudaFirst() {
    assertThat(ServiceLoader.load(DeviceProvider.class)).extracting(DeviceProvider::name)
        .containsExactly("cuda", "opencl");
    assertThat(new CudaProvider().priority()).isGreaterThan(new OpenClProvider().priority());
  }

  @Test
  void statusIsOneLineWithARemedyOnAnyMachine() {
    for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class)) {
      assertThat(provider.status()).isNotBlank().doesNotContain("\n").contains("--device cpu");
      assertThat(provider.open()).isEmpty();
    }
  }

  @Test
  void openingSuchADeviceSaysWhyNot() {
    assertThatThrownBy(() -> Device.open("cuda", 1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device cuda cannot be used: " + new CudaProvider().status());
  }

  @Test
  void automaticChoiceStaysOnTheCpu() {
    try (Device device = Device.open("auto", 1)) {
      assertThat(device.name()).isEqualTo("cpu");
    }
  }

  @Test
  void absentLibraryIsNamedWithTheRemedy() {
    assertThatThrownBy(() -> DriverLibrary.open("libevenhand-absent.so.1", "(no driver); install it"))
        .isInstanceOf(Refusal.class)
        .hasMessage("libevenhand-absent.so.1 cannot be opened (no driver); install it");
  }

  @Test
  void cudaDevicesAreNamed() {
    try (var driver = new EmulatedDriver()) {
      driver.cudaDevices("NVIDIA A", "NVIDIA B");
      assertThat(DriverLibrary.status("CUDA", () -> CudaProvider.devices(driver.library())))
          .isEqualTo("found NVIDIA A, NVIDIA B; this version has no CUDA kernels yet, use --device cpu");
    }
  }

  @Test
  void cudaDriverWithoutDevice() {
    try (var driver = new EmulatedDriver()) {
      driver.function("cuInit", 100);
      assertThatThrownBy(() -> CudaProvider.devices(driver.library())).isInstanceOf(Refusal.class)
          .hasMessageStartingWith("the NVIDIA driver is there but reports no device; check nvidia-smi");
    }
  }

  @Test
  void cudaDriverThatCountsNoDevice() {
    try (var driver = new EmulatedDriver()) {
      driver.cudaDevices();
      assertThatThrownBy(() -> CudaProvider.devices(driver.library())).isInstanceOf(Refusal.class)
          .hasMessageStartingWith("the NVIDIA driver is there but reports no device");
    }
  }

  @Test
  void cudaDriverThatFails() {
    try (var driver = new EmulatedDriver()) {
      driver.function("cuInit", 803);
      assertThatThrownBy(() -> CudaProvider.devices(driver.library())).isInstanceOf(Refusal.class)
          .hasMessage("CUDA cuInit failed with error 803; check the driver with nvidia-smi, or use --device cpu");
    }
  }

  @Test
  void driverWithoutAFunction() {
    try (var driver = new EmulatedDriver()) {
      assertThat(DriverLibrary.status("CUDA", () -> CudaProvider.devices(driver.library())))
          .isEqualTo("the driver has no function cuInit; update it, or use --device cpu");
    }
  }

  @Test
  void openClDevicesOfAllPlatformsAreNamed() {
    try (var driver = new EmulatedDriver()) {
      driver.openClDevices("Device A", "Device B");
      assertThat(OpenClProvider.devices(driver.library())).containsExactly("Device A", "Device B");
    }
  }

  @Test
  void openClLoaderWithoutPlatform() {
    try (var driver = new EmulatedDriver()) {
      driver.openClDevices();
      assertThatThrownBy(() -> OpenClProvider.devices(driver.library())).isInstanceOf(Refusal.class)
          .hasMessageStartingWith("the OpenCL loader is there but no device is registered with it");
    }
  }

  @Test
  void unexpectedErrorsBecomeOneLine() {
    assertThat(DriverLibrary.status("CUDA", () -> {
      throw new UnsatisfiedLinkError("first\nsecond");
    })).isEqualTo("the search failed with UnsatisfiedLinkError: first; use --device cpu");
  }
}
