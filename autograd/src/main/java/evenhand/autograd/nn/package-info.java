/**
 * What networks are made of.
 *
 * <p>Functions on {@link evenhand.autograd.Var}s, as static methods: {@link evenhand.autograd.nn.Activations},
 * {@link evenhand.autograd.nn.Losses}, {@link evenhand.autograd.nn.Norms}, {@link evenhand.autograd.nn.Pooling},
 * {@link evenhand.autograd.nn.Convolutions} (and linear maps), {@link evenhand.autograd.nn.Attention}. Their options are
 * records with {@code defaults()} and {@code with..} methods, and mean what PyTorch's mean.
 */
package evenhand.autograd.nn;
