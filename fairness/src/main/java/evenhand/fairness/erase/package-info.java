/**
 * Debiasing a deployed model from its outputs alone: the Inference-Time Rule Eraser.
 *
 * <p>The map, in reading order:
 *
 * <ul>
 *   <li>{@link evenhand.fairness.erase.DeployedModel}: what can be asked; {@link
 *       evenhand.fairness.erase.OnnxModel} is one in a file; {@link evenhand.fairness.erase.QueryCount} counts and caps the asking; {@link
 *       evenhand.fairness.erase.Answers}, checked logits;
 *   <li>{@link evenhand.fairness.erase.Calibration}: rows, answers and groups that a correction is fitted on;
 *   <li>{@link evenhand.fairness.erase.EraserFit}: the fit, step by step, with {@link
 *       evenhand.fairness.erase.EraserSettings}; it uses {@link evenhand.fairness.erase.Temperature}, {@link
 *       evenhand.fairness.erase.Estimator} (their formulas: RuleEstimation), cross-validation for the choices, and
 *       PatchFit for {@link evenhand.fairness.erase.PatchKind};
 *   <li>{@link evenhand.fairness.erase.Eraser}: the result, which corrects answers; {@link
 *       evenhand.fairness.erase.EraserReport} says what it rests on; {@link evenhand.fairness.erase.PatchFiles} keeps it
 *       in a directory.
 * </ul>
 *
 * <p>Arrays of answers are {@code [rows][classes]} in double; everything holds for any number of classes.
 */
package evenhand.fairness.erase;
