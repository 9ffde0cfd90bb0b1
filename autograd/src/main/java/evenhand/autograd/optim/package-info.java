/**
 * Training: optimizers, batches and the loop.
 *
 * <p>{@link evenhand.autograd.optim.Optimizer} takes gradients and changes the parameters it was made with:
 * {@link evenhand.autograd.optim.Sgd}, {@link evenhand.autograd.optim.Adam}, {@link evenhand.autograd.optim.AdamW},
 * each exactly PyTorch's update, at a rate that a {@link evenhand.autograd.optim.Schedule} may vary.
 * {@link evenhand.autograd.optim.BatchSampler} says which rows each batch holds
 * ({@link evenhand.autograd.optim.ShuffledBatches}); {@link evenhand.autograd.optim.Training} is the loop over them. A
 * loop of one's own is as short:
 *
 * <pre>{@code
 * BatchSampler batches = new ShuffledBatches(rows, 100, rng.split("batches"), false);
 * List<Var> parameters = List.copyOf(model.parameters().values());
 * Optimizer optimizer = new Adam(parameters, Adam.Settings.defaults());
 * for (int epoch = 0; epoch < 20; epoch++) {
 *   for (int[] batch : batches.epoch()) {
 *     try (Scope _ = Scope.open()) {
 *       Tensor chosen = device.tensor(batch);
 *       Var logits = model.forward(Var.of(x.indexSelect(0, chosen)), Phase.TRAIN);
 *       Var loss = Losses.binaryCrossEntropyWithLogits(logits, Var.of(y.indexSelect(0, chosen)));
 *       optimizer.step(Grad.of(loss, parameters));
 *     }
 *   }
 * }
 * }</pre>
 */
package evenhand.autograd.optim;
