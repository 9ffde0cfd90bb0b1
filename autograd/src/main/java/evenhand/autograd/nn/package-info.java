/**
 * What networks are made of.
 *
 * <p><b>Functions</b> on {@link evenhand.autograd.Var}s, as static methods: {@link evenhand.autograd.nn.Activations},
 * {@link evenhand.autograd.nn.Losses}, {@link evenhand.autograd.nn.Norms}, {@link evenhand.autograd.nn.Pooling} (with
 * {@link evenhand.autograd.nn.PoolWindow}), {@link evenhand.autograd.nn.Convolutions} (and linear maps),
 * {@link evenhand.autograd.nn.Attention}. Their options are records with {@code defaults()} and {@code with..} methods,
 * and mean what PyTorch's mean.
 *
 * <p><b>Layers</b> are functions with parameters, {@link evenhand.autograd.nn.Layer}: mostly records of
 * {@link evenhand.autograd.Var}s with a factory {@code of(rng, device, sizes)} that draws initial values
 * ({@link evenhand.autograd.nn.Init}). {@link evenhand.autograd.nn.Linear}, {@link evenhand.autograd.nn.Conv2d},
 * {@link evenhand.autograd.nn.BatchNorm}, {@link evenhand.autograd.nn.LayerNorm},
 * {@link evenhand.autograd.nn.Embedding}, {@link evenhand.autograd.nn.SelfAttention} have parameters,
 * {@link evenhand.autograd.nn.Dropout} has a random stream, {@link evenhand.autograd.nn.Layers} are the rest.
 * {@link evenhand.autograd.nn.Sequential} and {@link evenhand.autograd.nn.Residual} put them together. Whether a pass
 * is for training is an argument, {@link evenhand.autograd.nn.Phase}.
 */
package evenhand.autograd.nn;
