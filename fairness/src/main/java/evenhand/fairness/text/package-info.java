/**
 * Language models in words: tokenizers, and measures of bias in what a model says.
 *
 * <p>{@link evenhand.fairness.text.TextModel} is a model with its {@link evenhand.fairness.text.Tokenizer}, read from
 * and written to Hugging Face directories.
 *
 * <p>Measures, each from its published file: {@link evenhand.fairness.text.CrowsPairs} (which of two sentences is
 * likelier), {@link evenhand.fairness.text.StereoSet} (which of three words fills a gap), {@link
 * evenhand.fairness.text.AssociationTest} (WEAT and SEAT: which embeddings are near each other); {@link
 * evenhand.fairness.text.BiasBenchmarks} takes several at once.
 */
package evenhand.fairness.text;
