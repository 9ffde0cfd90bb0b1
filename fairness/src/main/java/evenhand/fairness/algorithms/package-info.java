/**
 * The debiasing methods, one file each, and what they share.
 *
 * <p>The map:
 *
 * <ul>
 *   <li>{@link evenhand.fairness.algorithms.Method}: what a method is; {@link evenhand.fairness.algorithms.Methods}
 *       finds them; {@link evenhand.fairness.algorithms.Configs} reads their settings from words;
 *   <li>{@link evenhand.fairness.algorithms.Task}: what a method is given; {@link
 *       evenhand.fairness.algorithms.Predictor}: what it gives back;
 *   <li>{@link evenhand.fairness.algorithms.Fitting}: the training loop that in-training methods share; {@link
 *       evenhand.fairness.algorithms.GapTraining}: batches by subgroup and the choice of an epoch, for methods with a gap
 *       in their loss, with its {@link evenhand.fairness.algorithms.Trajectory};
 *   <li>the methods: {@link evenhand.fairness.algorithms.Erm}, {@link evenhand.fairness.algorithms.Reweighing}, {@link
 *       evenhand.fairness.algorithms.GapRegularization}, {@link evenhand.fairness.algorithms.FairBatch} (its sampler,
 *       {@link evenhand.fairness.algorithms.FairBatchSampler}, works in a training loop of one's own), {@link
 *       evenhand.fairness.algorithms.DecisionRationaleAlignment}, {@link evenhand.fairness.algorithms.Adversarial}, {@link
 *       evenhand.fairness.algorithms.FairMixup}, {@link evenhand.fairness.algorithms.GroupDro}, {@link
 *       evenhand.fairness.algorithms.FastModelDebias} (which repairs a trained model), {@link
 *       evenhand.fairness.algorithms.ThresholdOptimizer}, {@link evenhand.fairness.algorithms.RuleEraser} (which corrects
 *       a model's outputs, by {@link evenhand.fairness.erase}).
 * </ul>
 */
package evenhand.fairness.algorithms;
