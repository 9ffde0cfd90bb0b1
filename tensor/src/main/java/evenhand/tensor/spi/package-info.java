/**
 * The contract of a device: {@link evenhand.tensor.spi.Backend} does the work, {@link evenhand.tensor.spi.Storage}
 * holds the numbers, {@link evenhand.tensor.spi.DeviceProvider} makes a device known.
 *
 * <p>A backend's fused work comes in three families, each with default bodies made of primitives:
 * {@link evenhand.tensor.spi.HessianProducts}, {@link evenhand.tensor.spi.GradientEncoder} and
 * {@link evenhand.tensor.spi.GroupStatistics}.
 *
 * <p>A backend sees tensors whose shapes have been checked and whose operands have been broadcast, so it has no shape
 * logic of its own; {@code BackendContract} in the test-jar is the suite that it must pass.
 */
package evenhand.tensor.spi;
