/** Reverse-mode automatic differentiation to any order; layers, losses, optimizers, models, safetensors. */
module evenhand.autograd {
  requires transitive evenhand.tensor;

  exports evenhand.autograd;
  exports evenhand.autograd.nn;
}
