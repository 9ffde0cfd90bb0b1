package evenhand.tensor.cpu;

/** The fast CPU device. */
public final class CpuBackend extends ReferenceBackend {
  private final int threads;

  /** A device on so many threads, the caller's included. */
  public CpuBackend(int threads) {
    this.threads = threads;
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return "reference loops for now, " + threads + " threads";
  }
}
