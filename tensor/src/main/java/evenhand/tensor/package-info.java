/**
 * Tensors of float32 and int32 on a device.
 *
 * <p>The map, in reading order:
 *
 * <ul>
 *   <li>{@link evenhand.tensor.Shape} and {@link evenhand.tensor.DType}: what a tensor looks like;
 *   <li>{@link evenhand.tensor.Tensor}: a strided view of a storage, and the operations on it;
 *   <li>{@link evenhand.tensor.Unary}, {@link evenhand.tensor.Binary}, {@link evenhand.tensor.Reduction}: the
 *       elementwise and reducing primitives, each with its scalar meaning;
 *   <li>{@link evenhand.tensor.Rng}: the one source of randomness, counter-based;
 *   <li>{@link evenhand.tensor.Device}: where tensors live; {@link evenhand.tensor.Scope}: how their memory is reused;
 *   <li>{@link evenhand.tensor.spi.Backend}: the short list of primitives that every device must have.
 * </ul>
 */
package evenhand.tensor;
