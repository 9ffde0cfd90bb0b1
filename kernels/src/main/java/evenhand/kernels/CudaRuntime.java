package evenhand.kernels;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;

import evenhand.kernels.DriverLibrary.Refusal;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** The CUDA driver through JCuda: the first device, a stream for each lane, the PTX of the jar. */
final class CudaRuntime implements GpuRuntime {
  private static final String JCUDA = "12.6.0"; // in the name of its native library
  private static final int LEAST_CAPABILITY = 7; // Volta, as the PTX's target says
  private static final int NON_BLOCKING = 1; // a stream that the default one does not hold up
  private static final int DISABLE_TIMING = 2;

  private record Block(CUdeviceptr handle) implements Memory {}

  private record Host(Pointer handle, MemorySegment numbers) implements Pinned {}

  private record Point(CUevent handle) implements Event {}

  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final Map<Lane, CUstream> streams = new EnumMap<>(Lane.class);
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<Kernel, CUfunction> functions = new EnumMap<>(Kernel.class);
  private final List<Pointer> pinned = new ArrayList<>();
  private final String label;
  private Optional<Cublas> cublas = Optional.empty();
  private String productsBy = "by its own kernels";
  private boolean closed;

  private CudaRuntime() {
    cuInit(0);
    cuDeviceGet(device, 0);
    byte[] name = new byte[256];
    cuDeviceGetName(name, name.length, device);
    int major = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    String text = new String(name, StandardCharsets.UTF_8);
    label = text.substring(0, Math.max(text.indexOf(0), 0)) + ", compute capability " + major + "." + minor;
    if (major < LEAST_CAPABILITY) {
      throw new Refusal(label + ", but the kernels need " + LEAST_CAPABILITY + ".0; use --device cpu");
    }
    cuDevicePrimaryCtxRetain(context, device);
  }

  /** What can fail once the context is held: streams, and a first module, which shows whether the driver takes it. */
  private void prepare(boolean vendorProducts) {
    cuCtxSetCurrent(context);
    for (Lane lane : Lane.values()) {
      CUstream stream = new CUstream();
      cuStreamCreate(stream, NON_BLOCKING);
      streams.put(lane, stream);
    }
    modules.computeIfAbsent(Kernel.FILL_BITS.family(), this::load);
    if (vendorProducts) {
      try {
        cublas = Optional.of(Cublas.open(streams.get(Lane.WORK), JCUDA));
        productsBy = "by cuBLAS " + cublas.get().version();
      } catch (Refusal refusal) {
        productsBy += ", as " + refusal.getMessage();
      }
    }
  }

  private int attribute(int what) {
    int[] value = new int[1];
    cuDeviceGetAttribute(value, what, device);
    return value[0];
  }

  /**
   * The first device.
   *
   * @param vendorProducts whether matrix products are cuBLAS's, if it is there
   * @throws Refusal if it cannot be used
   */
  static CudaRuntime open(boolean vendorProducts) {
    Natives.load(() -> JCudaDriver.setExceptionsEnabled(true), "JCudaDriver-" + JCUDA);
    try {
      CudaRuntime runtime = new CudaRuntime();
      try {
        runtime.prepare(vendorProducts);
        return runtime;
      } catch (RuntimeException e) {
        try {
          runtime.close();
        } catch (RuntimeException second) {
          e.addSuppressed(second);
        }
        throw e;
      }
    } catch (CudaException e) {
      throw new Refusal("CUDA failed with " + e.getMessage() + "; " + remedy(e) + ", or use --device cpu");
    }
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public String description() {
    return label + ", matrix products " + productsBy + "; kernels verified by emulation, not yet on such hardware";
  }

  @Override
  public synchronized Memory allocate(long bytes) {
    return make("allocate", () -> {
      CUdeviceptr handle = new CUdeviceptr();
      cuMemAlloc(handle, bytes);
      return new Block(handle);
    });
  }

  private <T> T make(String work, Supplier<T> call) {
    try {
      enter();
      return call.get();
    } catch (CudaException e) {
      if (is(e, CUresult.CUDA_ERROR_OUT_OF_MEMORY)) {
        throw new NoRoom();
      }
      throw failed(work, e);
    }
  }

  @Override
  public synchronized void free(Memory memory) {
    run("free", () -> cuMemFree(((Block) memory).handle()));
  }

  @Override
  public synchronized Pinned pin(long bytes) {
    return make("pin", () -> {
      Pointer memory = new Pointer();
      cuMemHostAlloc(memory, bytes, 0);
      pinned.add(memory);
      return new Host(memory, MemorySegment.ofBuffer(memory.getByteBuffer(0, bytes)));
    });
  }

  @Override
  public synchronized void copyIn(Pinned source, long sourceAt, Memory target, long targetAt, long bytes) {
    run("copy to the device", () -> cuMemcpyHtoDAsync(((Block) target).handle().withByteOffset(targetAt),
        ((Host) source).handle().withByteOffset(sourceAt), bytes, streams.get(Lane.COPIES)));
  }

  @Override
  public synchronized void copyOut(Memory source, long sourceAt, Pinned target, long targetAt, long bytes) {
    run("copy from the device", () -> cuMemcpyDtoHAsync(((Host) target).handle().withByteOffset(targetAt),
        ((Block) source).handle().withByteOffset(sourceAt), bytes, streams.get(Lane.WORK)));
  }

  @Override
  public synchronized void launch(Kernel kernel, int groups, Object... arguments) {
    run(kernel.entry(), () -> {
      CUfunction function = functions.computeIfAbsent(kernel, this::function);
      Pointer[] pointers = new Pointer[arguments.length];
      for (int i = 0; i < pointers.length; i++) {
        pointers[i] = argument(arguments[i]);
      }
      cuLaunchKernel(function, groups, 1, 1, Kernel.WORKERS, 1, 1, 0, streams.get(Lane.WORK),
          Pointer.to(pointers), null);
    });
  }

  private static Pointer argument(Object argument) {
    return switch (argument) {
      case Block block -> Pointer.to(block.handle());
      case Integer value -> Pointer.to(new int[]{value});
      case Long value -> Pointer.to(new long[]{value});
      case Float value -> Pointer.to(new float[]{value});
      case int[] words -> Pointer.to(words);
      case float[] words -> Pointer.to(words);
      default -> throw new IllegalArgumentException("no kernel argument of " + argument.getClass().getName());
    };
  }

  private CUfunction function(Kernel kernel) {
    CUfunction function = new CUfunction();
    cuModuleGetFunction(function, modules.computeIfAbsent(kernel.family(), this::load), kernel.entry());
    return function;
  }

  private CUmodule load(String family) {
    CUmodule module = new CUmodule();
    // As text with a zero at its end. The call that takes a fat binary never stores JCuda's handle.
    cuModuleLoadData(module, (KernelSources.text(family + ".ptx") + "\0").getBytes(StandardCharsets.US_ASCII));
    return module;
  }

  @Override
  public Optional<VendorProducts> products() {
    return cublas.map(library -> (m, n, k, count, a, b, out) -> {
      synchronized (this) {
        run("matrix product", () -> library.multiply(m, n, k, count, a, b, out, memory -> ((Block) memory).handle()));
      }
    });
  }

  @Override
  public synchronized Event record(Lane lane) {
    return get("record", () -> {
      CUevent event = new CUevent();
      cuEventCreate(event, DISABLE_TIMING);
      Point point = new Point(event);
      try {
        cuEventRecord(event, streams.get(lane));
      } catch (CudaException e) {
        release(point);
        throw e;
      }
      return point;
    });
  }

  @Override
  public synchronized void follow(Lane lane, Event event) {
    run("follow", () -> cuStreamWaitEvent(streams.get(lane), ((Point) event).handle(), 0));
  }

  @Override
  public synchronized void await(Event event) {
    run("await", () -> cuEventSynchronize(((Point) event).handle()));
  }

  @Override
  public synchronized void release(Event event) {
    try {
      enter();
      cuEventDestroy(((Point) event).handle());
    } catch (CudaException _) {
      // The device has failed, which the work that waits for it tells; the event goes with the context.
    }
  }

  @Override
  public synchronized void synchronize() {
    run("synchronize", JCudaDriver::cuCtxSynchronize);
  }

  /** Makes the context this thread's: tensors may be used by any thread. */
  private void enter() {
    if (closed) {
      throw new IllegalStateException("device cuda is closed; open it again with Device.open");
    }
    cuCtxSetCurrent(context);
  }

  private void run(String work, Runnable call) {
    get(work, () -> {
      call.run();
      return this;
    });
  }

  private <T> T get(String work, Supplier<T> call) {
    try {
      enter();
      return call.get();
    } catch (CudaException e) {
      throw failed(work, e);
    }
  }

  /** JCuda's exceptions carry the name of the result alone. */
  private static boolean is(CudaException exception, int result) {
    return String.valueOf(exception.getMessage()).contains(CUresult.stringFor(result));
  }

  private static IllegalStateException failed(String work, CudaException cause) {
    return new IllegalStateException("device cuda: " + work + " failed with " + cause.getMessage() + "; "
        + remedy(cause) + ", or use --device cpu", cause);
  }

  private static String remedy(CudaException cause) {
    return is(cause, CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION) ? "update the NVIDIA driver"
        : is(cause, CUresult.CUDA_ERROR_OUT_OF_MEMORY) ? "end what else uses the device's memory (see nvidia-smi)"
            : "check the driver with nvidia-smi";
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    try {
      run("close", () -> {
        cublas.ifPresent(Cublas::close);
        pinned.forEach(JCudaDriver::cuMemFreeHost);
        modules.values().forEach(JCudaDriver::cuModuleUnload);
        streams.values().forEach(JCudaDriver::cuStreamDestroy);
      });
    } finally {
      closed = true;
      cuDevicePrimaryCtxRelease(device); // takes along what a failed device did not give back
    }
  }
}
