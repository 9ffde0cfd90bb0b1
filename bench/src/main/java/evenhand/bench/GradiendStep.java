package evenhand.bench;

import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Shape;
import evenhand.tensor.Tensor;
import evenhand.tensor.spi.Backend.AdamStep;
import evenhand.tensor.spi.GradientEncoder.Encoded;
import evenhand.tensor.spi.GradientEncoder.EncoderDecoder;
import evenhand.tensor.spi.GradientEncoder.Signal;
import evenhand.tensor.spi.GradientEncoder.Trained;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One AdamW step of the gradient encoder over n = 10 million weights, beside a plain copy.
 *
 * <p>The step moves 92 bytes a weight (source one gradient, target a difference), and {@code copy} as many in all, so
 * that the ratio of their rates is the share of the bandwidth of a copy.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class GradiendStep {
  private static final int BYTES = 92;
  private static final AdamStep ADAM = new AdamStep(1e-3, 0.9, 0.999, 1e-8, 1e-2, true);
  private static final List<Shape> SHAPES = Stream.concat(Stream.of(Shape.of(4000, 512), Shape.of(512)),
      Stream.generate(() -> Shape.of(512, 512)).limit(30)).toList(); // an embedding, a bias, 30 square layers

  /** Threads of the engine. */
  @Param("1")
  public int threads;

  private Device device;
  private EncoderDecoder model;
  private Signal source;
  private Signal target;
  private Tensor from;
  private Tensor to;
  private long n;
  private int step;

  /** Draws gradients and weights. */
  @Setup
  public void setUp() {
    Rng rng = new Rng(1);
    device = Device.cpu(threads);
    n = SHAPES.stream().mapToLong(Shape::size).sum();
    List<Tensor> factual = draw(rng, 1);
    List<Tensor> counterfactual = draw(rng, 1);
    double small = 1 / Math.sqrt(n);
    model = new EncoderDecoder(Trained.of(draw(rng, small)), Trained.of(List.of(device.zeros(1))),
        Trained.of(draw(rng, small)), Trained.of(draw(rng, small)));
    source = Signal.of(counterfactual);
    target = Signal.difference(factual, counterfactual);
    int copied = (int) (n * BYTES / (2 * Float.BYTES));
    from = device.zeros(copied);
    to = device.empty(DType.FLOAT32, Shape.of(copied));
  }

  private List<Tensor> draw(Rng rng, double scale) {
    return SHAPES.stream().map(shape -> rng.normal(device, shape.dims()).times(scale)).toList();
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    device.close();
  }

  /** Encode, decode, and move all parameters. */
  @Benchmark
  public Encoded step() {
    return device.backend().encoderDecoderStep(model, source, target, n, ADAM, ++step);
  }

  /** As many bytes, read and written. */
  @Benchmark
  public void copy() {
    to.copyFrom(from);
  }
}
