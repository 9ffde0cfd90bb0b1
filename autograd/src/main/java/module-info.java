/** Reverse-mode automatic differentiation to any order; layers, losses, optimizers, models, safetensors. */
module evenhand.autograd {
  requires com.fasterxml.jackson.core;
  requires transitive evenhand.tensor;

  exports evenhand.autograd;
  exports evenhand.autograd.io;
  exports evenhand.autograd.models;
  exports evenhand.autograd.nn;
  exports evenhand.autograd.optim;
}
