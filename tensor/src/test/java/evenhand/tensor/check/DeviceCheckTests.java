package evenhand.tensor.check;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import evenhand.tensor.cpu.ReferenceBackend;
import evenhand.tensor.spi.Backend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class DeviceCheckTests {
  /** Every kind of work, found to agree, with a speed that is a number; told one after the other. */
  @Test
  void theCpuAgreesInEverything() {
    List<String> told = new ArrayList<>();
    DeviceCheck.Report report = DeviceCheck.run(Device.cpu(), Optional.empty(), (work, done, of) -> {
      assertThat(done).isEqualTo(told.size()).isLessThan(of);
      told.add(work);
    });
    assertThat(report.findings()).extracting(DeviceCheck.Finding::work).isEqualTo(told).doesNotHaveDuplicates();
    assertThat(report.findings()).extracting(DeviceCheck.Finding::problem).containsOnly(Optional.empty());
    assertThat(report.passed()).isTrue();
    assertThat(report.copyBandwidth().orElseThrow()).isPositive();
    assertThat(report.findings()).allMatch(finding -> finding.speed().orElseThrow().gigabytesPerSecond() > 0);
  }

  /** A device whose sums are wrong by one part in a thousand, but only where there are more than 500 numbers. */
  @Test
  void aPlantedErrorIsFound() {
    Device wrong = new Device(altered("reduce", (backend, arguments) -> {
      Tensor out = (Tensor) arguments[3];
      if (((Tensor) arguments[1]).size() > 500) {
        backend.upload(new float[]{out.toFloats()[0] * 1.001f}, out.storage(), 1);
      }
    }));
    DeviceCheck.Finding sum = finding(wrong, "sum");
    assertThat(sum.problem().orElseThrow()).startsWith("size 1000, result 0[0] is ").contains("the reference has");
    assertThat(sum.speed()).isEmpty();
    assertThat(finding(wrong, "add").problem()).isEmpty();
  }

  @Test
  void aFailureIsAFindingNotAnEnd() {
    Device failing = new Device(altered("matmul", (_, _) -> {
      throw new IllegalStateException("device lost\nsecond line");
    }));
    assertThat(finding(failing, "matmul").problem()).contains("device lost");
  }

  private static DeviceCheck.Finding finding(Device device, String work) {
    return DeviceCheck.finding(device,
        Probe.all().stream().filter(probe -> probe.name().equals(work)).findFirst().orElseThrow());
  }

  /** The reference device with something done after one of its primitives. */
  private static Backend altered(String primitive, BiConsumer<Backend, Object[]> afterwards) {
    Backend reference = new ReferenceBackend();
    return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class},
        (_, method, arguments) -> {
          try {
            Object result = method.invoke(reference, arguments);
            if (method.getName().equals(primitive)) {
              afterwards.accept(reference, arguments);
            }
            return result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }
}
