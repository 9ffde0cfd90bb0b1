// Inference with weights from a file, on a plain class path with the jars of tensor, autograd and Jackson's core alone
// and in a small heap. The vector module is not needed, and makes large products faster where it is there.
//
//   java -Xmx64m -cp "fairness/target/app/*" examples/Embed.java weights.safetensors

import evenhand.autograd.Grad;
import evenhand.autograd.Var;
import evenhand.autograd.io.Safetensors;
import evenhand.autograd.models.Mlp;
import evenhand.tensor.Device;
import evenhand.tensor.Rng;
import evenhand.tensor.Tensor;

void main(String[] args) {
  var model = Mlp.of(new Rng(0), Device.cpu(), 3, 16, 1);
  try (var file = Safetensors.open(Path.of(args[0]))) {
    model.parameters().forEach((name, weight) -> weight.value().copyFrom(file.tensor(name, Device.cpu())));
  }
  Tensor x = Tensor.of(new float[] {2, 2, 1, -2, -2, 0}, 2, 3);
  float[] p = Grad.without(() -> model.forward(Var.of(x)).sigmoid().value()).toFloats();
  IO.println("probabilities " + Arrays.toString(p));
}
