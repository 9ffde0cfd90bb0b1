/**
 * Ready-made networks, each a {@link evenhand.autograd.nn.Layer} with dotted parameter names.
 *
 * <p>{@link evenhand.autograd.models.LogisticRegression}, {@link evenhand.autograd.models.SoftmaxRegression},
 * {@link evenhand.autograd.models.Mlp} for rows of features; {@link evenhand.autograd.models.LeNet} and
 * {@link evenhand.autograd.models.ResNet} for images. All give logits, which the losses of
 * {@link evenhand.autograd.nn.Losses} take.
 */
package evenhand.autograd.models;
