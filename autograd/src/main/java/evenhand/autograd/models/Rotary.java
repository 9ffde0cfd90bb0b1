package evenhand.autograd.models;

import evenhand.autograd.CustomOp;
import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.List;

/**
 * Rotary position embedding: the pair of elements (i, i + width / 2) of a head is turned by an angle that grows with
 * the position ({@link RotaryFrequencies}).
 *
 * <pre>  out = x * cos + swap(x) * sin,   swap(x) = (second half, first half),   sin negative in the first half</pre>
 *
 * <p>A rotation, so its derivative is the rotation back. Source: Su et al., RoFormer, 2021, in the layout of Llama.
 *
 * @param cos [length, width], as is sin
 */
record Rotary(Tensor cos, Tensor sin) implements CustomOp {
  /** For positions 0 .. length - 1, with the angle of each pair from one position to the next. */
  static Rotary of(Device device, int length, double[] frequencies) {
    int half = frequencies.length;
    int width = 2 * half;
    float[] cos = new float[length * width];
    float[] sin = new float[length * width];
    for (int i = 0; i < cos.length; i++) {
      double angle = i / width * frequencies[i % half];
      cos[i] = (float) Math.cos(angle);
      sin[i] = (float) (i % width < half ? -Math.sin(angle) : Math.sin(angle));
    }
    return new Rotary(device.tensor(cos, length, width), device.tensor(sin, length, width));
  }

  /** Turns {@code [.., length, width]}. */
  Var turn(Var x) {
    return Var.custom(this, x);
  }

  @Override
  public String name() {
    return "rotary";
  }

  @Override
  public Tensor forward(List<Tensor> operands) {
    Tensor x = operands.getFirst();
    int width = x.shape().dim(-1);
    Tensor swapped = Tensor.concat(-1, List.of(x.slice(-1, width / 2, width), x.slice(-1, 0, width / 2)));
    return x.times(cos).plus(swapped.times(sin));
  }

  @Override
  public Var backward(List<Var> operands, Var out, Var dOut, int operand) {
    return Var.custom(new Rotary(cos, sin.times(-1)), dOut);
  }
}
