package evenhand.tensor;

import evenhand.tensor.cpu.CpuBackend;
import evenhand.tensor.cpu.ReferenceBackend;
import evenhand.tensor.spi.Backend;
import evenhand.tensor.spi.DeviceProvider;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A place where tensors live and are computed. */
public final class Device implements AutoCloseable {
  /** One kind of device as this machine offers it: its name and a line on what it is or why it is not there. */
  public record Offer(String name, boolean available, String status) {}

  private static final class Shared {
    static final Device CPU = new Device(new CpuBackend(Runtime.getRuntime().availableProcessors()));
    static final Device REFERENCE = new Device(new ReferenceBackend());
  }

  private final Backend backend;

  /** A device that runs on the given backend; closing the device closes it. */
  public Device(Backend backend) {
    this.backend = backend;
  }

  /** The fast CPU device on all processors, shared and never closed. */
  public static Device cpu() {
    return Shared.CPU;
  }

  /** A fast CPU device of its own on so many threads, the caller's included. Results do not depend on the number. */
  public static Device cpu(int threads) {
    return new Device(new CpuBackend(threads));
  }

  /** The reference CPU device: plain loops in double precision, slow and right. */
  public static Device reference() {
    return Shared.REFERENCE;
  }

  /**
   * The device of a name: {@code cpu}, {@code reference}, one of a plug-in such as {@code cuda}, or {@code auto}, the
   * fastest one present.
   *
   * @throws IllegalArgumentException if there is no such device here, saying why
   */
  public static Device open(String name, int threads) {
    return switch (name) {
      case "cpu" -> cpu(threads);
      case "reference" -> reference();
      case "auto" -> providers().stream()
          .filter(DeviceProvider::automatic)
          .flatMap(provider -> provider.open().stream())
          .findFirst()
          .map(Device::new)
          .orElseGet(() -> cpu(threads));
      default -> {
        DeviceProvider provider = providers().stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("device " + name + " is unknown; choose one of auto, "
                + String.join(", ", offers().stream().map(Offer::name).toList())));
        yield new Device(provider.open()
            .orElseThrow(
                () -> new IllegalArgumentException("device " + name + " cannot be used: " + provider.status())));
      }
    };
  }

  /** The same device by the project's own kernels alone, where it uses a vendor's library as well; to be closed. */
  public static Optional<Device> openPlain(Device device) {
    Optional<Device> plain = providers().stream()
        .filter(provider -> provider.name().equals(device.name()))
        .flatMap(provider -> provider.openPlain().stream())
        .map(Device::new).findFirst();
    plain.filter(same -> same.description().equals(device.description())).ifPresent(Device::close);
    return plain.filter(other -> !other.description().equals(device.description()));
  }

  /** What this machine offers: what {@code auto} chooses from, best first, then what must be asked for by name. */
  public static List<Offer> offers() {
    var plugged = providers().stream().collect(Collectors.partitioningBy(DeviceProvider::automatic,
        Collectors.mapping(Device::offer, Collectors.toList())));
    var own = List.of(cpu(), reference()).stream()
        .map(device -> new Offer(device.name(), true, device.description()));
    return Stream.of(plugged.get(true).stream(), own, plugged.get(false).stream()).flatMap(offer -> offer).toList();
  }

  /** Opens a plug-in's device to see whether it can be used, and closes it again. */
  static Offer offer(DeviceProvider provider) {
    Optional<Backend> backend = provider.open();
    backend.ifPresent(Backend::close);
    return new Offer(provider.name(), backend.isPresent(), provider.status());
  }

  private static List<DeviceProvider> providers() {
    return ServiceLoader.load(DeviceProvider.class, Device.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparingInt(DeviceProvider::priority).reversed())
        .toList();
  }

  /** Short name, as in {@code --device}. */
  public String name() {
    return backend.name();
  }

  /** One line about the hardware and the code path in use. */
  public String description() {
    return backend.description();
  }

  /** The primitives of this device, for code that adds operations. */
  public Backend backend() {
    return backend;
  }

  /** A float32 tensor of the given numbers, row by row; without a shape, a vector. */
  public Tensor tensor(float[] values, int... shape) {
    return upload(DType.FLOAT32, values, values.length, shape.length == 0 ? Shape.of(values.length) : Shape.of(shape));
  }

  /** An int32 tensor of the given numbers, row by row; without a shape, a vector. */
  public Tensor tensor(int[] values, int... shape) {
    return upload(DType.INT32, values, values.length, shape.length == 0 ? Shape.of(values.length) : Shape.of(shape));
  }

  private Tensor upload(DType dtype, Object values, int length, Shape shape) {
    if (shape.size() != length) {
      throw new IllegalArgumentException(
          "tensor: " + length + " values do not fill shape " + shape + " of " + shape.size() + " elements");
    }
    Tensor out = empty(dtype, shape);
    backend.upload(values, out.storage(), length);
    return out;
  }

  /** A float32 scalar. */
  public Tensor scalar(double value) {
    return full(value, Shape.SCALAR);
  }

  /** A float32 tensor of zeros. */
  public Tensor zeros(int... shape) {
    return full(0, Shape.of(shape));
  }

  /** A float32 tensor of ones. */
  public Tensor ones(int... shape) {
    return full(1, Shape.of(shape));
  }

  /** A float32 tensor of one value. */
  public Tensor full(double value, Shape shape) {
    if (shape.size() == 1) {
      return upload(DType.FLOAT32, new float[]{(float) value}, 1, shape);
    }
    return scalar(value).expand(shape).copy(); // filled on the device: one number travels
  }

  /** The int32 numbers {@code 0 .. n - 1}; n at least 0. */
  public Tensor range(int n) {
    int[] values = new int[Shape.of(n).size()];
    Arrays.setAll(values, i -> i);
    return tensor(values, n);
  }

  /** A tensor with undefined contents. */
  public Tensor empty(DType dtype, Shape shape) {
    return new Tensor(this, Scope.register(backend.allocate(dtype, shape.size())), shape);
  }

  /** Gives threads and memory back; the shared devices ignore it. */
  @Override
  public void close() {
    if (this != Shared.REFERENCE && this != Shared.CPU) {
      backend.close();
    }
  }

  @Override
  public String toString() {
    return name();
  }
}
