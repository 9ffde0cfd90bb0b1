package evenhand.kernels;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoH;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;

import evenhand.kernels.DriverLibrary.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** The CUDA driver through JCuda: the first device, its primary context and default stream, the PTX of the jar. */
final class CudaRuntime implements GpuRuntime {
  private static final String JCUDA = "12.6.0"; // in the name of its native library
  private static final int LEAST_CAPABILITY = 7; // Volta, as the PTX's target says

  private record Block(CUdeviceptr handle) implements Memory {}

  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream(); // the default one: copies wait for launches, and the other way round
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<Kernel, CUfunction> functions = new EnumMap<>(Kernel.class);
  private final String description;
  private boolean closed;

  private CudaRuntime() {
    cuInit(0);
    cuDeviceGet(device, 0);
    byte[] name = new byte[256];
    cuDeviceGetName(name, name.length, device);
    int major = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    String text = new String(name, StandardCharsets.UTF_8);
    String label = text.substring(0, Math.max(text.indexOf(0), 0));
    if (major < LEAST_CAPABILITY) {
      throw new Refusal(label + " has compute capability " + major + "." + minor + ", the kernels need "
          + LEAST_CAPABILITY + ".0; use --device cpu");
    }
    cuDevicePrimaryCtxRetain(context, device);
    description = label + ", compute capability " + major + "." + minor
        + "; kernels verified by emulation, not yet on such hardware";
  }

  private int attribute(int what) {
    int[] value = new int[1];
    cuDeviceGetAttribute(value, what, device);
    return value[0];
  }

  /**
   * The first device.
   *
   * @throws Refusal if it cannot be used
   */
  static CudaRuntime open() {
    Natives.load(() -> JCudaDriver.setExceptionsEnabled(true), "JCudaDriver-" + JCUDA);
    try {
      return new CudaRuntime();
    } catch (CudaException e) {
      throw new Refusal(
          "CUDA failed with " + e.getMessage() + "; check the driver with nvidia-smi, or use --device cpu");
    }
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public synchronized Memory allocate(long bytes) {
    try {
      enter();
      CUdeviceptr handle = new CUdeviceptr();
      cuMemAlloc(handle, bytes);
      return new Block(handle);
    } catch (CudaException e) {
      if (is(e, CUresult.CUDA_ERROR_OUT_OF_MEMORY)) {
        throw new NoRoom();
      }
      throw failed("allocate", e);
    }
  }

  @Override
  public synchronized void free(Memory memory) {
    if (!closed) { // else the context took it along
      run("free", () -> cuMemFree(((Block) memory).handle()));
    }
  }

  @Override
  public synchronized void upload(Object source, Memory target, int length) {
    run("upload", () -> cuMemcpyHtoD(((Block) target).handle(), pointer(source), bytes(source, length)));
  }

  @Override
  public synchronized void download(Memory source, Object target, int length) {
    run("download", () -> cuMemcpyDtoH(pointer(target), ((Block) source).handle(), bytes(target, length)));
  }

  @Override
  public synchronized void launch(Kernel kernel, int groups, Object... arguments) {
    run(kernel.entry(), () -> {
      CUfunction function = functions.computeIfAbsent(kernel, this::function);
      Pointer[] pointers = new Pointer[arguments.length];
      for (int i = 0; i < pointers.length; i++) {
        pointers[i] = argument(arguments[i]);
      }
      cuLaunchKernel(function, groups, 1, 1, Kernel.WORKERS, 1, 1, 0, stream, Pointer.to(pointers), null);
    });
  }

  private static Pointer argument(Object argument) {
    return switch (argument) {
      case Block block -> Pointer.to(block.handle());
      case Integer value -> Pointer.to(new int[]{value});
      case Long value -> Pointer.to(new long[]{value});
      case Float value -> Pointer.to(new float[]{value});
      default -> pointer(argument);
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

  private static long bytes(Object array, int length) {
    return (long) length * (array instanceof long[] ? Long.BYTES : Integer.BYTES);
  }

  private static Pointer pointer(Object array) {
    return switch (array) {
      case float[] floats -> Pointer.to(floats);
      case int[] ints -> Pointer.to(ints);
      case long[] longs -> Pointer.to(longs);
      default -> throw new IllegalArgumentException("no way to pass " + array.getClass().getName());
    };
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
    try {
      enter();
      call.run();
    } catch (CudaException e) {
      throw failed(work, e);
    }
  }

  /** JCuda's exceptions carry the name of the result alone. */
  private static boolean is(CudaException exception, int result) {
    return String.valueOf(exception.getMessage()).contains(CUresult.stringFor(result));
  }

  private static IllegalStateException failed(String work, CudaException cause) {
    boolean old = is(cause, CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
    return new IllegalStateException("device cuda: " + work + " failed with " + cause.getMessage()
        + (old ? "; update the NVIDIA driver" : "; check the driver with nvidia-smi") + ", or use --device cpu", cause);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      modules.values().forEach(JCudaDriver::cuModuleUnload);
      cuDevicePrimaryCtxRelease(device);
    }
  }
}
