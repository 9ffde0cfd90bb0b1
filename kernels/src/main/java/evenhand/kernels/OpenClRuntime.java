package evenhand.kernels;

import static org.jocl.CL.CL_DEVICE_MAX_WORK_GROUP_SIZE;
import static org.jocl.CL.CL_DEVICE_NAME;
import static org.jocl.CL.CL_DEVICE_TYPE;
import static org.jocl.CL.CL_DEVICE_TYPE_ALL;
import static org.jocl.CL.CL_DEVICE_TYPE_CPU;
import static org.jocl.CL.CL_DEVICE_TYPE_GPU;
import static org.jocl.CL.CL_DEVICE_VERSION;
import static org.jocl.CL.CL_MAP_READ;
import static org.jocl.CL.CL_MAP_WRITE;
import static org.jocl.CL.CL_MEM_ALLOC_HOST_PTR;
import static org.jocl.CL.CL_MEM_READ_WRITE;
import static org.jocl.CL.CL_PROGRAM_BUILD_LOG;
import static org.jocl.CL.clBuildProgram;
import static org.jocl.CL.clCreateBuffer;
import static org.jocl.CL.clCreateCommandQueue;
import static org.jocl.CL.clCreateContext;
import static org.jocl.CL.clCreateKernel;
import static org.jocl.CL.clCreateProgramWithSource;
import static org.jocl.CL.clEnqueueBarrierWithWaitList;
import static org.jocl.CL.clEnqueueMapBuffer;
import static org.jocl.CL.clEnqueueMarkerWithWaitList;
import static org.jocl.CL.clEnqueueNDRangeKernel;
import static org.jocl.CL.clEnqueueReadBuffer;
import static org.jocl.CL.clEnqueueUnmapMemObject;
import static org.jocl.CL.clEnqueueWriteBuffer;
import static org.jocl.CL.clFlush;
import static org.jocl.CL.clGetDeviceIDs;
import static org.jocl.CL.clGetDeviceInfo;
import static org.jocl.CL.clGetPlatformIDs;
import static org.jocl.CL.clGetProgramBuildInfo;
import static org.jocl.CL.clReleaseContext;
import static org.jocl.CL.clReleaseEvent;
import static org.jocl.CL.clReleaseMemObject;
import static org.jocl.CL.clSetKernelArg;
import static org.jocl.CL.clWaitForEvents;

import evenhand.kernels.DriverLibrary.Refusal;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;

/**
 * OpenCL 1.2 through JOCL: one context, one in-order queue for both lanes, sources compiled at first use.
 *
 * <p>Copies wait: JOCL gives each one that does not a native thread of its own, and PoCL crashed under these now and then.
 */
final class OpenClRuntime implements GpuRuntime {
  private static final String OPTIONS = "-cl-std=CL1.2";

  private record Block(cl_mem handle) implements Memory {}

  /** A mapped buffer of the host: drivers copy from and to it without a copy of their own. */
  private record Host(cl_mem handle, ByteBuffer mapped, MemorySegment numbers) implements Pinned {}

  private record Point(cl_event handle) implements Event {}

  private final cl_device_id device;
  private final cl_context context;
  private final cl_command_queue queue;
  private final List<Host> pinned = new ArrayList<>();
  private final Map<String, cl_program> programs = new HashMap<>();
  private final Map<Kernel, cl_kernel> kernels = new EnumMap<>(Kernel.class);
  private final String description;
  private boolean closed;

  private OpenClRuntime(cl_device_id device) {
    this.device = device;
    context = clCreateContext(new cl_context_properties(), 1, new cl_device_id[]{device}, null, null, null);
    queue = createQueue();
    description = text(device, CL_DEVICE_NAME) + ", " + text(device, CL_DEVICE_VERSION)
        + (type(device) == CL_DEVICE_TYPE_CPU ? ", a CPU; kernels verified by emulation"
            : "; kernels verified by emulation, not yet on such hardware");
  }

  @SuppressWarnings("deprecation") // of OpenCL 2.0; this is 1.2
  private cl_command_queue createQueue() {
    return clCreateCommandQueue(context, device, 0, null);
  }

  /**
   * The best device there is: a GPU before anything else, the first of equals.
   *
   * @throws Refusal if there is none that can be used
   */
  static OpenClRuntime open() {
    Natives.load(() -> CL.setExceptionsEnabled(true), "JOCL_2_0_6");
    try {
      cl_device_id best = devices().stream()
          .max(Comparator.comparing(candidate -> type(candidate) == CL_DEVICE_TYPE_GPU))
          .orElseThrow(() -> new Refusal("OpenCL reports no device; use --device cpu"));
      if (number(best, CL_DEVICE_MAX_WORK_GROUP_SIZE) < Kernel.WORKERS) {
        throw new Refusal(text(best, CL_DEVICE_NAME) + " has work-groups of fewer than " + Kernel.WORKERS
            + " work-items, which the kernels need; use --device cpu");
      }
      return new OpenClRuntime(best);
    } catch (CLException e) {
      throw new Refusal("OpenCL failed with " + e.getMessage() + "; check the driver with clinfo, or use --device cpu");
    }
  }

  private static List<cl_device_id> devices() {
    int[] count = new int[1];
    clGetPlatformIDs(0, null, count);
    cl_platform_id[] platforms = new cl_platform_id[count[0]];
    clGetPlatformIDs(platforms.length, platforms, null);
    return Stream.of(platforms).flatMap(platform -> {
      clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, null, count);
      cl_device_id[] devices = new cl_device_id[count[0]];
      clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, devices.length, devices, null);
      return Stream.of(devices);
    }).toList();
  }

  private static String text(cl_device_id device, int what) {
    byte[] bytes = new byte[1024];
    long[] length = new long[1];
    clGetDeviceInfo(device, what, bytes.length, Pointer.to(bytes), length);
    return new String(bytes, 0, (int) length[0] - 1, StandardCharsets.UTF_8).strip();
  }

  private static long number(cl_device_id device, int what) {
    long[] value = new long[1];
    clGetDeviceInfo(device, what, Sizeof.size_t, Pointer.to(value), null);
    return value[0];
  }

  private static long type(cl_device_id device) {
    return number(device, CL_DEVICE_TYPE) & (CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_GPU);
  }

  @Override
  public String name() {
    return "opencl";
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public synchronized Memory allocate(long bytes) {
    return make("allocate", () -> new Block(clCreateBuffer(context, CL_MEM_READ_WRITE, bytes, null, null)));
  }

  private <T> T make(String work, Supplier<T> call) {
    requireOpen();
    try {
      return call.get();
    } catch (CLException e) {
      if (e.getStatus() == CL.CL_INVALID_BUFFER_SIZE || e.getStatus() == CL.CL_MEM_OBJECT_ALLOCATION_FAILURE
          || e.getStatus() == CL.CL_OUT_OF_RESOURCES) {
        throw new NoRoom();
      }
      throw failed(work, e);
    }
  }

  @Override
  public synchronized void free(Memory memory) {
    clReleaseMemObject(((Block) memory).handle());
  }

  @Override
  public synchronized Pinned pin(long bytes) {
    return make("pin", () -> {
      cl_mem memory = clCreateBuffer(context, CL_MEM_ALLOC_HOST_PTR, bytes, null, null);
      ByteBuffer mapped = clEnqueueMapBuffer(queue, memory, true, CL_MAP_READ | CL_MAP_WRITE, 0,
          bytes, 0, null, null, null);
      Host host = new Host(memory, mapped, MemorySegment.ofBuffer(mapped));
      pinned.add(host);
      return host;
    });
  }

  @Override
  public synchronized void copyIn(Pinned source, long sourceAt, Memory target, long targetAt, long bytes) {
    run("copy to the device", () -> clEnqueueWriteBuffer(queue, ((Block) target).handle(), true,
        targetAt, bytes, pointer(source, sourceAt), 0, null, null));
  }

  @Override
  public synchronized void copyOut(Memory source, long sourceAt, Pinned target, long targetAt, long bytes) {
    run("copy from the device", () -> clEnqueueReadBuffer(queue, ((Block) source).handle(), true,
        sourceAt, bytes, pointer(target, targetAt), 0, null, null));
  }

  private static Pointer pointer(Pinned pinned, long at) {
    return Pointer.to(((Host) pinned).mapped()).withByteOffset(at);
  }

  @Override
  public synchronized void launch(Kernel kernel, int groups, Object... arguments) {
    run(kernel.entry(), () -> {
      cl_kernel function = kernels.computeIfAbsent(kernel, key -> clCreateKernel(
          programs.computeIfAbsent(key.family(), this::build), key.entry(), null));
      for (int i = 0; i < arguments.length; i++) {
        setArgument(function, i, arguments[i]);
      }
      clEnqueueNDRangeKernel(queue, function, 1, null, new long[]{(long) groups * Kernel.WORKERS},
          new long[]{Kernel.WORKERS}, 0, null, null);
    });
  }

  private static void setArgument(cl_kernel function, int index, Object argument) {
    switch (argument) {
      case Block block -> clSetKernelArg(function, index, Sizeof.cl_mem, Pointer.to(block.handle()));
      case Integer value -> clSetKernelArg(function, index, Sizeof.cl_int, Pointer.to(new int[]{value}));
      case Long value -> clSetKernelArg(function, index, Sizeof.cl_ulong, Pointer.to(new long[]{value}));
      case Float value -> clSetKernelArg(function, index, Sizeof.cl_float, Pointer.to(new float[]{value}));
      case int[] words -> clSetKernelArg(function, index, bytes(words.length), Pointer.to(words));
      case float[] words -> clSetKernelArg(function, index, bytes(words.length), Pointer.to(words));
      default -> throw new IllegalArgumentException("no kernel argument of " + argument.getClass().getName());
    }
  }

  private cl_program build(String family) {
    String source = KernelSources.openCl(family);
    cl_program program = clCreateProgramWithSource(context, 1, new String[]{source}, null, null);
    try {
      clBuildProgram(program, 1, new cl_device_id[]{device}, OPTIONS, null, null);
    } catch (CLException e) {
      throw new IllegalStateException("device opencl: the driver cannot compile the kernels of " + family + " ("
          + e.getMessage() + "): " + log(program) + "; update the driver, or use --device cpu", e);
    }
    return program;
  }

  private String log(cl_program program) {
    byte[] bytes = new byte[1 << 16];
    long[] length = new long[1];
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, bytes.length, Pointer.to(bytes), length);
    return new String(bytes, 0, (int) Math.max(length[0] - 1, 0), StandardCharsets.UTF_8).lines()
        .filter(line -> line.contains("error")).findFirst().orElse("no log");
  }

  private static long bytes(int words) {
    return (long) words * Integer.BYTES;
  }

  @Override
  public synchronized Event record(Lane lane) {
    return get("record", () -> {
      cl_event event = new cl_event();
      clEnqueueMarkerWithWaitList(queue, 0, null, event);
      clFlush(queue); // else a queue that waits for the event might wait for ever
      return new Point(event);
    });
  }

  @Override
  public synchronized void follow(Lane lane, Event event) {
    run("follow", () -> clEnqueueBarrierWithWaitList(queue, 1, new cl_event[]{((Point) event).handle()},
        null));
  }

  @Override
  public synchronized void await(Event event) {
    run("await", () -> clWaitForEvents(1, new cl_event[]{((Point) event).handle()}));
  }

  @Override
  public synchronized void release(Event event) {
    clReleaseEvent(((Point) event).handle());
  }

  @Override
  public synchronized void synchronize() {
    run("synchronize", () -> CL.clFinish(queue));
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("device opencl is closed; open it again with Device.open");
    }
  }

  private void run(String work, Runnable call) {
    get(work, () -> {
      call.run();
      return this;
    });
  }

  private <T> T get(String work, Supplier<T> call) {
    requireOpen();
    try {
      return call.get();
    } catch (CLException e) {
      throw failed(work, e);
    }
  }

  private static IllegalStateException failed(String work, CLException cause) {
    return new IllegalStateException("device opencl: " + work + " failed with " + cause.getMessage()
        + "; check the driver with clinfo, or use --device cpu", cause);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      pinned.forEach(host -> {
        clEnqueueUnmapMemObject(queue, host.handle(), host.mapped(), 0, null, null);
        clReleaseMemObject(host.handle());
      });
      kernels.values().forEach(CL::clReleaseKernel);
      programs.values().forEach(CL::clReleaseProgram);
      CL.clReleaseCommandQueue(queue);
      clReleaseContext(context);
    }
  }
}
