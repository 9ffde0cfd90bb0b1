/**
 * GRADIEND: a feature of a model is learned from gradients, and the model is rewritten along it.
 *
 * <p>The map:
 *
 * <ul>
 *   <li>{@link evenhand.fairness.gradiend.GradientProvider}: a model whose rows have a right answer and one of the
 *       opposite class; {@link evenhand.fairness.gradiend.FeatureData}: such rows, split;
 *   <li>{@link evenhand.fairness.gradiend.Gradiend}: the method; it trains {@link
 *       evenhand.fairness.gradiend.FeatureNeuron} and measures it in an {@link
 *       evenhand.fairness.gradiend.EncoderReport};
 *   <li>{@link evenhand.fairness.gradiend.MeanDifference}: the same without training, to compare with;
 *   <li>{@link evenhand.fairness.gradiend.Rewrite} changes the weights, {@link
 *       evenhand.fairness.gradiend.RewriteSearch} chooses how far, by {@link evenhand.fairness.gradiend.Reading}s;
 *       {@link
 *       evenhand.fairness.gradiend.RewritePatch} keeps a direction in a file;
 *   <li>language models: {@link evenhand.fairness.gradiend.LanguageRewriter} does all of it for a {@link
 *       evenhand.fairness.gradiend.Feature}; texts come from {@link
 *       evenhand.fairness.gradiend.TextSources} by {@link evenhand.fairness.gradiend.PronounTexts} or {@link
 *       evenhand.fairness.gradiend.ProseTexts}, become tokens by {@link evenhand.fairness.gradiend.SlotEncoder} and
 *       gradients by {@link evenhand.fairness.gradiend.LanguageGradients}; {@link
 *       evenhand.fairness.gradiend.LanguageProbe} measures; {@link evenhand.fairness.gradiend.TinyLanguage} is a small
 *       model to try it on;
 *   <li>classifiers: {@link evenhand.fairness.gradiend.ClassifierGradients}.
 * </ul>
 */
package evenhand.fairness.gradiend;
