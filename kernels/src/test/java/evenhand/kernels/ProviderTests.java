package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import evenhand.kernels.DriverLibrary.Refusal;
import evenhand.tensor.Device;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.DeviceProvider;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Assumptions;
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
      var backend = provider.open();
      backend.ifPresent(Backend::close);
      assertThat(provider.status()).isNotBlank().doesNotContain("\n");
      assertThat(backend.isPresent() || provider.status().contains("--device cpu")).as(provider.status()).isTrue();
    }
  }

  @Test
  void openingAnAbsentDeviceSaysWhyNot() {
    Assumptions.assumeTrue(String.valueOf(System.getenv("OCL_ICD_VENDORS")).endsWith("absent"),
        "only where the build hides every OpenCL driver");
    assertThatThrownBy(() -> Device.open("opencl", 1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device opencl cannot be used: " + new OpenClProvider().status());
  }

  @Test
  void aProcessorIsNoGraphicsDevice() {
    var gpu = new OpenClProvider.Named("Device A", false);
    var cpu = new OpenClProvider.Named("CPU B", true);
    assertThat(OpenClProvider.names(List.of(cpu, gpu))).containsExactly("Device A");
    assertThat(OpenClProvider.names(List.of(cpu))).containsExactly("CPU B (a CPU, which --device auto does not take)");
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
      assertThat(CudaProvider.devices(driver.library())).containsExactly("NVIDIA A", "NVIDIA B");
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
      assertThat(DriverLibrary.search(() -> CudaProvider.devices(driver.library())).refusal())
          .isEqualTo("the driver has no function cuInit; update it, or use --device cpu");
    }
  }

  @Test
  void openClDevicesOfAllPlatformsAreNamed() {
    try (var driver = new EmulatedDriver()) {
      driver.openClDevices("Device A", "CPU B");
      assertThat(OpenClProvider.devices(driver.library())).containsExactly(
          new OpenClProvider.Named("Device A", false), new OpenClProvider.Named("CPU B", true));
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
    assertThat(DriverLibrary.search(() -> {
      throw new UnsatisfiedLinkError("first\nsecond");
    }).refusal()).isEqualTo("the search failed with UnsatisfiedLinkError: first; use --device cpu");
  }
}
