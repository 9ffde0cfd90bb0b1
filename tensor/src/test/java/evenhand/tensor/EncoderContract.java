package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.spi.Backend.AdamStep;
import evenhand.tensor.spi.GradientEncoder.Decoded;
import evenhand.tensor.spi.GradientEncoder.Encoded;
import evenhand.tensor.spi.GradientEncoder.EncoderDecoder;
import evenhand.tensor.spi.GradientEncoder.Mask;
import evenhand.tensor.spi.GradientEncoder.Signal;
import evenhand.tensor.spi.GradientEncoder.Trained;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The gradient encoder, over lists of tensors, against double loops over all their numbers in one vector. */
public interface EncoderContract {
  /** Shapes of a model: awkward, empty, of one number, larger than a block of any kind, more than a launch takes. */
  List<Shape> MODEL = List.of(Shape.of(7), Shape.of(13, 17), Shape.of(0, 3), Shape.of(1), Shape.of(70001),
      Shape.of(3, 5, 2), Shape.of(257), Shape.of(2, 1), Shape.of(1025), Shape.of(9, 3), Shape.of(0), Shape.of(33));

  /** A large epsilon keeps the update smooth, so that rounding shows as rounding. */
  AdamStep ADAM = new AdamStep(0.01, 0.9, 0.999, 0.1, 0.05, true);

  Device device();

  private static int size() {
    return MODEL.stream().mapToInt(Shape::size).sum();
  }

  /** One vector as tensors of the model's shapes. */
  private List<Tensor> split(double... values) {
    List<Tensor> parts = new ArrayList<>();
    int at = 0;
    for (Shape shape : MODEL) {
      float[] part = Host.floats(Arrays.copyOfRange(values, at, at + shape.size()));
      parts.add(device().tensor(part, shape.dims()));
      at += shape.size();
    }
    return parts;
  }

  private static double[] join(List<Tensor> parts) {
    return parts.stream().flatMapToDouble(part -> DoubleStream.of(Host.read(part))).toArray();
  }

  private double[] numbers(int seed) {
    return Host.random(seed, -1, 1, size());
  }

  private static void assertClose(String what, List<Tensor> parts, double[] expected, double tolerance) {
    Host.assertClose(what, parts.getFirst().device().tensor(Host.floats(join(parts))), expected,
        i -> tolerance * (1 + Math.abs(expected[i])));
  }

  /** {@code scale (plus - minus)}. */
  private static double[] signal(double[] plus, double[] minus, double scale) {
    double[] out = new double[plus.length];
    Arrays.setAll(out, i -> scale * (plus[i] - minus[i]));
    return out;
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  @Test
  default void encodeIsASumInDouble() {
    double[] w = numbers(1);
    double[] plus = numbers(2);
    double[] minus = numbers(3);
    Signal difference = Signal.difference(split(plus), split(minus)).withScale(3);
    double magnitude = 6.0 * size();
    assertThat(device().backend().encode(split(w), Signal.of(split(plus))))
        .isCloseTo(dot(w, plus), within(1e-3 * Host.EPS * magnitude)); // products are exact in double
    assertThat(device().backend().encode(split(w), difference))
        .isCloseTo(dot(w, signal(plus, minus, 3)), within(0.1 * Host.EPS * magnitude)); // differences are rounded
    // a float32 sum of these would keep nothing of the ones
    double[] large = Host.repeat(1, size());
    large[3] = 1 << 28;
    assertThat(device().backend().encode(split(large), Signal.of(split(Host.repeat(1, size())))))
        .isEqualTo((1 << 28) + size() - 1.0);
    assertThat(device().backend().encode(List.of(), Signal.of(List.of()))).isZero();
  }

  /** AdamW on one vector in double. */
  final class Vector {
    private final double[] w;
    private final double[] m;
    private final double[] v;

    Vector(double... w) {
      this.w = w.clone();
      this.m = new double[w.length];
      this.v = new double[w.length];
    }

    void move(IntToDoubleFunction gradient, int t) {
      for (int i = 0; i < w.length; i++) {
        double g = gradient.applyAsDouble(i);
        m[i] = ADAM.beta1() * m[i] + (1 - ADAM.beta1()) * g;
        v[i] = ADAM.beta2() * v[i] + (1 - ADAM.beta2()) * g * g;
        double mean = m[i] / (1 - Math.pow(ADAM.beta1(), t));
        double square = v[i] / (1 - Math.pow(ADAM.beta2(), t));
        w[i] = w[i] * (1 - ADAM.rate() * ADAM.weightDecay())
            - ADAM.rate() * mean / (Math.sqrt(square) + ADAM.epsilon());
      }
    }
  }

  private void assertMoved(String what, Trained actual, Vector expected) {
    double each = 64 * Host.EPS;
    assertClose(what, actual.values(), expected.w, each);
    assertClose("first moment of " + what, actual.means(), expected.m, each);
    assertClose("second moment of " + what, actual.squares(), expected.v, each);
  }

  /** Three steps of factual source and difference target, with the sum and the mean over n as loss. */
  @Test
  default void stepsFollowTheirFormulas() {
    for (double lossScale : new double[]{1, size()}) {
      double[] plus = numbers(1);
      double[] minus = numbers(2);
      double[] small = Arrays.stream(numbers(3)).map(x -> x / Math.sqrt(size())).toArray();
      Vector encoder = new Vector(Host.floats64(small));
      Vector decoder = new Vector(numbers(4));
      Vector bias = new Vector(numbers(5));
      double[] b = {0.125};
      Vector offset = new Vector(b);
      EncoderDecoder model = new EncoderDecoder(Trained.of(split(encoder.w)),
          Trained.of(List.of(device().tensor(Host.floats(b), 1))), Trained.of(split(decoder.w)),
          Trained.of(split(bias.w)));
      for (int t = 1; t <= 3; t++) {
        double scale = 1 + 0.1 * t;
        Signal source = Signal.of(split(plus)).withScale(scale);
        Signal target = Signal.difference(split(plus), split(minus)).withScale(scale);
        Encoded found = device().backend().encoderDecoderStep(model, source, target, lossScale, ADAM, t);
        double h = Math.tanh(scale * dot(encoder.w, plus) + offset.w[0]);
        double[] r = signal(plus, minus, -scale);
        Arrays.setAll(r, i -> r[i] + h * decoder.w[i] + bias.w[i]);
        double k = 2 * lossScale / size();
        double da = k * dot(r, decoder.w) * (1 - h * h);
        assertThat(found.h()).isCloseTo(h, within(1e-5));
        assertThat(found.loss()).isCloseTo(dot(r, r) / size(), within(1e-5));
        encoder.move(i -> da * scale * plus[i], t);
        offset.move(i -> da, t);
        decoder.move(i -> k * h * r[i], t);
        bias.move(i -> k * r[i], t);
      }
      assertMoved("encoder", model.encoder(), encoder);
      assertMoved("decoder", model.decoder(), decoder);
      assertMoved("decoder bias", model.decoderBias(), bias);
      assertMoved("encoder bias", model.encoderBias(), offset);
    }
  }

  /** {@code loss = |r|^2 / n} and {@code slope = lossScale dL/dh}, against a difference quotient. */
  @Test
  default void theDecodersSlopeIsTheDerivativeOfItsLoss() {
    double[] target = numbers(1);
    double[] losses = new double[2];
    double slope = 0;
    for (int side = 0; side < 3; side++) {
      Trained weight = Trained.of(split(numbers(2)));
      Trained bias = Trained.of(split(numbers(3)));
      Decoded decoded = device().backend().decoderStep(weight, bias, Signal.of(split(target)), 0.3 + 0.1 * (side - 1),
          7, ADAM, 1);
      if (side == 1) {
        slope = decoded.slope();
      } else {
        losses[side / 2] = decoded.loss();
      }
    }
    assertThat(slope).isCloseTo(7 * (losses[1] - losses[0]) / 0.2, within(1e-5)); // exact: the loss is a parabola
  }

  /** A target that is met: no gradient, and only the weight decay moves. */
  @Test
  default void equalGradientsTeachNothing() {
    double[] g = numbers(1);
    Trained weight = Trained.of(split(Host.repeat(0, size())));
    Trained bias = Trained.of(split(Host.repeat(0, size())));
    Decoded decoded = device().backend().decoderStep(weight, bias, Signal.difference(split(g), split(g)), 0.5, 1, ADAM,
        1);
    assertThat(decoded).isEqualTo(new Decoded(0, 0));
    assertThat(join(weight.values())).containsOnly(0);
    assertThat(join(bias.squares())).containsOnly(0);
  }

  @Test
  default void stepsLeaveTheGradientsAlone() {
    double[] plus = numbers(1);
    double[] minus = numbers(2);
    Signal signal = Signal.difference(split(plus), split(minus));
    EncoderDecoder model = new EncoderDecoder(Trained.of(split(numbers(3))), Trained.of(List.of(device().zeros(1))),
        Trained.of(split(numbers(4))), Trained.of(split(numbers(5))));
    device().backend().encoderDecoderStep(model, signal, signal, 1, ADAM, 1);
    assertThat(join(signal.plus())).isEqualTo(plus);
    assertThat(join(signal.minus().orElseThrow())).isEqualTo(minus);
  }

  @Test
  default void rewriteMovesAlongTheDecoder() {
    double[] theta = numbers(1);
    double[] w = numbers(2);
    double[] b = numbers(3);
    for (boolean masked : new boolean[]{false, true}) {
      for (boolean biased : new boolean[]{false, true}) {
        List<Tensor> moved = split(theta);
        Optional<Mask> mask = masked ? Optional.of(new Mask(split(w), 0.75)) : Optional.empty();
        device().backend().rewrite(moved, split(w), biased ? Optional.of(split(b)) : Optional.empty(), -0.5, 2, mask);
        double[] expected = new double[theta.length];
        Arrays.setAll(expected, i -> masked && Math.abs(w[i]) < 0.75 ? theta[i]
            : theta[i] + 2 * (-0.5 * w[i] + (biased ? b[i] : 0)));
        assertClose("rewrite", moved, expected, 8 * Host.EPS);
      }
    }
  }

  @Test
  default void rewriteByNothingChangesNoBit() {
    double[] theta = numbers(1);
    List<Tensor> moved = split(theta);
    device().backend().rewrite(moved, split(numbers(2)), Optional.of(split(numbers(3))), 1, 0, Optional.empty());
    assertThat(join(moved)).isEqualTo(theta);
  }

  @Test
  default void rewriteWorksOnViews() {
    Tensor storage = device().ones(3, 4);
    Tensor direction = device().tensor(new float[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3, 4);
    device().backend().rewrite(List.of(storage.transpose()), List.of(direction.transpose()), Optional.empty(), 1, 2,
        Optional.empty());
    Host.assertSame("view", storage, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25);
  }

  @Test
  default void theLargestAreCountedOverAllTensors() {
    double[] w = numbers(1);
    double[] sorted = Arrays.stream(w).map(Math::abs).sorted().toArray();
    for (int k : new int[]{1, 2, 17, 5000, size() - 1, size()}) {
      assertThat(Mask.ofLargest(split(w), k).threshold()).isEqualTo(sorted[sorted.length - k]);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> Mask.ofLargest(split(w), 0))
        .withMessageContaining("choose 1 .. " + size());
    assertThatIllegalArgumentException().isThrownBy(() -> Mask.ofLargest(split(w), size() + 1L));
  }

  @Test
  default void listsThatDoNotFitAreNamed() {
    List<Tensor> model = List.of(device().zeros(3), device().zeros(2, 2));
    List<Tensor> shorter = List.of(device().zeros(3));
    List<Tensor> other = List.of(device().zeros(3), device().zeros(4));
    Trained trained = Trained.of(model);
    assertThatIllegalArgumentException().isThrownBy(() -> device().backend().encode(model, Signal.of(shorter)))
        .withMessageContaining("1 tensors given for 2");
    assertThatIllegalArgumentException().isThrownBy(() -> Signal.difference(model, other))
        .withMessageContaining("tensor 1 has shape [4], expected [2, 2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> device().backend().decoderStep(trained, trained, Signal.of(other), 0, 1, ADAM, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> device().backend().encoderStep(trained, Signal.of(shorter), 0, ADAM, 1));
    assertThatIllegalArgumentException().isThrownBy(
        () -> device().backend().rewrite(model, other, Optional.empty(), 1, 1, Optional.empty()));
    assertThatIllegalArgumentException().isThrownBy(() -> new EncoderDecoder(trained, trained, trained, trained));
  }
}
