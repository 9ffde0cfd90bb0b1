/**
 * Shapes, tensors, random numbers and the CPU engine, with no dependency at all.
 *
 * <p>The vector module is optional: without it the program runs on scalar loops and says so once.
 */
module evenhand.tensor {
  requires static jdk.incubator.vector;

  exports evenhand.tensor;
  exports evenhand.tensor.check;
  exports evenhand.tensor.spi;

  uses evenhand.tensor.spi.DeviceProvider;
}
