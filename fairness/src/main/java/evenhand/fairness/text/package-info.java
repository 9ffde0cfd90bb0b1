/**
 * Language models in words: tokenizers, and measures of bias in what a model says.
 *
 * <p>{@link evenhand.fairness.text.TextModel} is a model with its {@link evenhand.fairness.text.Tokenizer}, read from
 * and written to Hugging Face directories.
 */
package evenhand.fairness.text;
