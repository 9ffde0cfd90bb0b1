package evenhand.kernels;

import static jcuda.jcublas.JCublas2.cublasCreate;
import static jcuda.jcublas.JCublas2.cublasDestroy;
import static jcuda.jcublas.JCublas2.cublasGetVersion;
import static jcuda.jcublas.JCublas2.cublasSetStream;
import static jcuda.jcublas.JCublas2.cublasSgemmStridedBatched;

import evenhand.kernels.DriverLibrary.Refusal;
import evenhand.kernels.GpuRuntime.Memory;
import evenhand.kernels.VendorProducts.Operand;
import java.util.function.Function;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.runtime.cudaStream_t;

/** cuBLAS through JCublas, in the context that is current. Its products are float32 throughout, without TF32. */
final class Cublas {
  private static final Pointer ONE = Pointer.to(new float[]{1});
  private static final Pointer ZERO = Pointer.to(new float[]{0});

  private final cublasHandle handle = new cublasHandle();
  private final String version;

  private Cublas(CUstream stream) {
    cublasCreate(handle);
    try {
      cublasSetStream(handle, new cudaStream_t(stream));
      int[] number = new int[1];
      cublasGetVersion(handle, number);
      version = number[0] / 10_000 + "." + number[0] / 100 % 100;
    } catch (CudaException e) {
      close();
      throw e;
    }
  }

  /**
   * The library, its work on a stream.
   *
   * @throws Refusal if it is not there or fails
   */
  static Cublas open(CUstream stream, String jcuda) {
    // The C library first: without it JCublas would report on standard error.
    DriverLibrary.open(DriverLibrary.fileName("libcublas.so.12", "cublas64_12.dll", "libcublas.12.dylib"),
        "(install CUDA 12's cuBLAS for faster ones)");
    Natives.load(() -> JCublas2.setExceptionsEnabled(true), "JCublas2-" + jcuda);
    try {
      return new Cublas(stream);
    } catch (CudaException e) {
      throw new Refusal("cuBLAS failed with " + e.getMessage());
    }
  }

  String version() {
    return version;
  }

  /**
   * {@link VendorProducts#multiply}. A row-major matrix is its own transpose column by column, as cuBLAS reads it, so
   * {@code out^T = b^T a^T} is asked for: no copy, no transpose.
   */
  void multiply(int m, int n, int k, int count, Operand a, Operand b, Memory out,
      Function<Memory, CUdeviceptr> handles) {
    cublasSgemmStridedBatched(handle, operation(b), operation(a), n, m, k, ONE, start(b, handles), b.lead(), b.step(),
        start(a, handles), a.lead(), a.step(), ZERO, handles.apply(out), n, (long) m * n, count);
  }

  private static int operation(Operand operand) {
    return operand.transposed() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  private static Pointer start(Operand operand, Function<Memory, CUdeviceptr> handles) {
    return handles.apply(operand.memory()).withByteOffset((long) operand.offset() * Float.BYTES);
  }

  void close() {
    cublasDestroy(handle);
  }
}
