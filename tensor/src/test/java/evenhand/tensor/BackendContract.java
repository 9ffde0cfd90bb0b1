package evenhand.tensor;

/**
 * The suite that every device must pass: each primitive of {@link evenhand.tensor.spi.Backend} against plain loops in
 * double precision, over awkward sizes, empty and one-element tensors, views, NaN and infinity.
 *
 * <p>A device's own test extends this class and gives the device; the parts below hold the tests:
 *
 * <pre>{@code
 * class CpuBackendTests extends BackendContract {
 *   @Override
 *   public Device device() {
 *     return Device.cpu();
 *   }
 * }
 * }</pre>
 *
 * <p>Tolerances: none where IEEE 754 gives one answer (add, compare, copy, ..), a few roundings for functions, and
 * {@code max(4, sqrt(k))} roundings of the sum of magnitudes for a sum of k terms
 * (k if all terms are equal, whose roundings need not cancel).
 */
public abstract class BackendContract
    implements
      UnaryContract,
      BinaryContract,
      CopyContract,
      ReduceContract,
      MatmulContract,
      ConvContract,
      IndexContract,
      MemoryContract,
      UpdateContract,
      HessianContract,
      EncoderContract,
      GroupContract {
  /** For subclasses. */
  protected BackendContract() {}

  /** The device under test; the same one at each call, so that its memory is reused between tests. */
  @Override
  public abstract Device device();
}
