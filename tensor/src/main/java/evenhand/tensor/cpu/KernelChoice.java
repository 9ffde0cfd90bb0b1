package evenhand.tensor.cpu;

/** Finds out, once, which inner loops this JVM can run. */
final class KernelChoice {
  private static final class Best {
    static final Kernels KERNELS = choose();
  }

  private KernelChoice() {}

  /** The vector loops, or the scalar ones where the vector module is absent. */
  static Kernels best() {
    return Best.KERNELS;
  }

  private static Kernels choose() {
    try {
      return new VectorKernels();
    } catch (LinkageError absent) { // its classes do not load without the module
      System.getLogger("evenhand.tensor").log(System.Logger.Level.WARNING, "CPU vector kernels are off:"
          + " module jdk.incubator.vector is not readable. Start Java with --add-modules jdk.incubator.vector");
      return new ScalarKernels();
    }
  }
}
