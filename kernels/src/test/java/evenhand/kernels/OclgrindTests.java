package evenhand.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Binary;
import evenhand.tensor.Conv;
import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Reduction;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.Unary;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.CellSums;
import evenhand.tensor.spi.GradientEncoder;
import evenhand.tensor.spi.HessianProducts;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Every kernel once in oclgrind, a simulator that reports overruns, races in local and global memory and barriers that
 * some work-items miss, with the source's line. It is slow, so sizes are the least that reach each kernel.
 *
 * <p>The build makes oclgrind the only OpenCL driver of this JVM; its log must stay empty.
 */
class OclgrindTests {
  private final Set<Kernel> launched = EnumSet.noneOf(Kernel.class);

  @Test
  void everyKernelIsCleanAndAnOverrunIsReported() throws Exception {
    Path log = Path.of(String.valueOf(System.getenv("OCLGRIND_LOG")));
    Assumptions.assumeTrue(new OpenClProvider().open().map(Backend::description).orElse("").startsWith("Oclgrind"),
        "oclgrind is not this run's OpenCL driver; see src-native/README.md");
    try (GpuRuntime runtime = recording(OpenClRuntime.open())) {
      Device device = new Device(new GpuBackend(runtime));
      List<Tensor> results = work(device);
      List<Tensor> expected = work(Device.reference());
      for (int i = 0; i < expected.size(); i++) {
        assertClose(i, results.get(i), expected.get(i));
      }
      largeTiles(device, runtime);
      assertThat(launched).as("kernels that ran").containsExactlyInAnyOrder(Kernel.values());
      assertThat(Files.readString(log)).as("oclgrind's log").isEmpty();
      Rungs.record("oclgrind", launched);
      System.out.println("oclgrind: " + launched.size() + " kernels, nothing to report");

      GpuRuntime.Memory memory = runtime.allocate(40);
      runtime.launch(Kernel.FILL_BITS, 1, memory, 7, 11); // planted: one number too many
      runtime.synchronize();
      assertThat(Files.readString(log)).contains("Invalid write of size 4").contains("fill_bits");
    }
  }

  /** Matrices that have tiles enough for these would take minutes. */
  private static void largeTiles(Device device, GpuRuntime runtime) {
    GpuQueue queue = new GpuQueue(runtime);
    Tensor x = new Rng(1).uniform(device, 5, 7);
    Tensor out = device.empty(DType.FLOAT32, Shape.of(5, 5));
    new GpuProducts(queue, new GpuReductions(queue)).matmul(x, x.transpose(), out, true);
    assertThat(out.toFloats()).containsExactly(x.matmul(x.transpose()).toFloats(), within(1e-4f));
  }

  private GpuRuntime recording(GpuRuntime runtime) {
    return (GpuRuntime) Proxy.newProxyInstance(GpuRuntime.class.getClassLoader(), new Class<?>[]{GpuRuntime.class},
        (_, method, arguments) -> {
          if (method.getName().equals("launch")) {
            launched.add((Kernel) arguments[0]);
          }
          return method.invoke(runtime, arguments);
        });
  }

  private static void assertClose(int which, Tensor got, Tensor wanted) {
    assertThat(got.shape()).isEqualTo(wanted.shape());
    if (wanted.dtype() == DType.INT32) {
      assertThat(got.toInts()).as("result %d", which).containsExactly(wanted.toInts());
    } else {
      assertThat(got.toFloats()).as("result %d", which).containsExactly(wanted.toFloats(), within(1e-4f));
    }
  }

  /** Results that between them need every kernel. */
  private static List<Tensor> work(Device device) {
    Tensor x = new Rng(1).uniform(device, 5, 7).plus(device.scalar(0.5));
    Tensor whole = x.times(9).to(DType.INT32);
    List<Tensor> out = new ArrayList<>(List.of(x, whole, whole.to(DType.FLOAT32)));
    for (Unary op : Unary.values()) {
      out.add(x.transpose().apply(op));
    }
    for (Binary op : Binary.values()) {
      out.add(x.apply(op, x.slice(0, 1, 2)));
    }
    out.add(whole.apply(Binary.MUL, whole));
    out.add(x.apply(Binary.GT, device.scalar(1)).where(x, x.apply(Unary.NEG)));
    reductions(device, out);
    out.add(x.matmul(x.transpose()));
    Tensor image = new Rng(2).uniform(device, 1, 2, 5, 5);
    Tensor weight = new Rng(3).uniform(device, 3, 2, 3, 3);
    Tensor maps = image.conv2d(weight, Conv.of(2, 1));
    out.addAll(List.of(maps, maps.conv2dInput(weight, Conv.of(2, 1), image.shape()),
        image.conv2dWeight(maps, Conv.of(2, 1), weight.shape())));
    indexing(device, x, whole, out);
    updates(device, out);
    fused(device, out);
    return out;
  }

  private static void fused(Device device, List<Tensor> out) {
    Tensor x = new Rng(7).uniform(device, 17, 3);
    Tensor w = new Rng(8).uniform(device, 2, 4);
    Tensor v = new Rng(9).uniform(device, 2, 4);
    Tensor one = device.zeros(4);
    Tensor two = device.zeros(2, 4);
    device.backend().logisticHvp(x, w.slice(0, 0, 1).reshape(4), v.slice(0, 0, 1).reshape(4), one);
    device.backend().softmaxHvp(x, w, v, two);
    layer(device, out);
    var weight = GradientEncoder.Trained.of(List.of(w.copy()));
    var bias = GradientEncoder.Trained.of(List.of(v.copy()));
    var signal = GradientEncoder.Signal.difference(List.of(v), List.of(w));
    var settings = new Backend.AdamStep(0.1, 0.9, 0.999, 1e-8, 0.01, true);
    double dot = device.backend().encode(List.of(w), signal);
    var decoded = device.backend().decoderStep(weight, bias, signal, 0.5, 8, settings, 1);
    device.backend().encoderStep(weight, signal, 0.5, settings, 2);
    Tensor theta = device.zeros(2, 4);
    device.backend().rewrite(List.of(theta), List.of(w), Optional.of(List.of(v)), 0.5, 2, Optional.empty());
    double[] influence = device.backend().neuronInfluence(w, List.of(v)).groups().getFirst();
    out.addAll(List.of(one, two, weight.values().getFirst(), bias.values().getFirst(), theta));
    out.add(device.tensor(new float[]{(float) dot, (float) decoded.loss(), (float) decoded.slope(),
        (float) influence[0], (float) influence[1]}));
  }

  /** A layer forward and backward, above another one. */
  private static void layer(Device device, List<Tensor> out) {
    Tensor x = new Rng(10).uniform(device, 5, 3);
    Tensor w = new Rng(11).uniform(device, 4, 3);
    Tensor b = new Rng(12).uniform(device, 4);
    Tensor h = device.zeros(5, 4);
    Tensor rh = device.zeros(5, 4);
    var layer = new HessianProducts.RLayer(w, b, w, b, HessianProducts.Activation.TANH);
    device.backend().rForward(layer, x, Optional.of(x), false, h, rh);
    var gradient = new HessianProducts.Slopes(device.zeros(4, 3), device.zeros(4));
    var product = new HessianProducts.Slopes(device.zeros(4, 3), device.zeros(4));
    var below = new HessianProducts.Below(HessianProducts.Activation.TANH, device.zeros(5, 3), device.zeros(5, 3),
        false);
    device.backend().rBackward(layer, x, Optional.of(x), h, rh, Optional.of(gradient), product, Optional.of(below));
    out.addAll(List.of(h, rh, gradient.weight(), gradient.bias(), product.weight(), product.bias(), below.d(),
        below.rd()));
  }

  private static void reductions(Device device, List<Tensor> out) {
    Tensor row = new Rng(4).uniform(device, 2, 70);
    for (Reduction op : Reduction.values()) {
      out.add(row.reduce(op, false, 1));
      out.add(row.reduce(op, false, 0));
    }
  }

  private static void indexing(Device device, Tensor x, Tensor whole, List<Tensor> out) {
    Tensor index = device.tensor(new int[]{4, 0, 4, 2}, 4, 1).expand(x.slice(0, 0, 4).shape());
    out.add(x.gather(0, index));
    out.add(x.scatterAdd(0, index, x));
    out.add(whole.scatterAdd(0, index, whole));
    Tensor wide = device.full(1, Shape.of(2, 260)); // so many lines that each is walked
    Tensor first = device.full(0, Shape.of(1, 260)).to(DType.INT32);
    out.add(wide.scatterAdd(0, first, wide));
    out.add(wide.to(DType.INT32).scatterAdd(0, first, wide.to(DType.INT32)));
  }

  private static void updates(Device device, List<Tensor> out) {
    Tensor w = new Rng(5).uniform(device, 9);
    Tensor g = new Rng(6).uniform(device, 9);
    Tensor m = device.zeros(9);
    Tensor v = device.zeros(9);
    device.backend().sgd(w, g, m, 0.1, 0.9, 0.01, true);
    device.backend().adam(w, g, m, v, new Backend.AdamStep(0.1, 0.9, 0.999, 1e-8, 0.01, true), 1);
    CellSums sums = device.backend().cellSums(w, g.apply(Binary.GT, device.scalar(0.5)),
        new int[]{0, 1, 2, 3, 4, 0, 1, -1, 0}, 5);
    out.addAll(List.of(w, m, v));
    for (int cell = 0; cell < 5; cell++) {
      out.add(device.tensor(new float[]{sums.count()[cell], (float) sums.loss()[cell], (float) sums.score()[cell]}));
    }
  }
}
