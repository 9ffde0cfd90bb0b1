/**
 * Ready-made networks, each a {@link evenhand.autograd.nn.Layer} with dotted parameter names.
 *
 * <p>{@link evenhand.autograd.models.LogisticRegression}, {@link evenhand.autograd.models.SoftmaxRegression},
 * {@link evenhand.autograd.models.Mlp} for rows of features; {@link evenhand.autograd.models.LeNet} and
 * {@link evenhand.autograd.models.ResNet} for images. All give logits, which the losses of
 * {@link evenhand.autograd.nn.Losses} take. {@link evenhand.autograd.models.MlpHessian} and
 * {@link evenhand.autograd.models.LinearHessian} multiply by the Hessian of their losses without a graph.
 *
 * <p><b>Language models.</b> {@link evenhand.autograd.models.HuggingFace} reads, makes and writes them; what comes is a
 * {@link evenhand.autograd.models.LanguageModel}, which takes {@link evenhand.autograd.models.TokenBatch}es of ids
 * (there are no words here) and keeps the {@link evenhand.autograd.models.ModelConfig} it was made from. One class a
 * design: {@link evenhand.autograd.models.Llama}, {@link evenhand.autograd.models.Gpt2} and, for BERT, RoBERTa and
 * DistilBERT, {@link evenhand.autograd.models.MaskedEncoder}, on top of
 * {@link evenhand.autograd.models.Pretrained}; they are built of {@link evenhand.autograd.models.MultiHead}, {@link evenhand.autograd.models.FeedForward} and
 * {@link evenhand.autograd.models.Rotary} (turned by {@link evenhand.autograd.models.RotaryFrequencies}), with parameters from {@link evenhand.autograd.models.Weights}.
 */
package evenhand.autograd.models;
