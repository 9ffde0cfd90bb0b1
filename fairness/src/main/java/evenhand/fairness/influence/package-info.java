/**
 * Which training rows make a gap, and what a model would be without them.
 *
 * <p>The map, in reading order:
 *
 * <ul>
 *   <li>{@link evenhand.fairness.influence.Objective}: what the model was trained to minimise, as a sum over rows, with
 *       gradients and with products of its Hessian or Gauss-Newton matrix;
 *   <li>{@link evenhand.fairness.influence.TopLayers}: a model cut in two, frozen layers that make features once and the
 *       layers above, whose objective it is then;
 *   <li>{@link evenhand.fairness.influence.InverseHessian}: solvers for those products, {@link
 *       evenhand.fairness.influence.Cholesky}, {@link evenhand.fairness.influence.ConjugateGradient} and {@link
 *       evenhand.fairness.influence.Lissa}; a {@link evenhand.fairness.influence.Solution} has a residual and a
 *       verdict, and where there is none, a {@link evenhand.fairness.influence.SolverException} says what helps;
 *   <li>{@link evenhand.fairness.influence.Measure}: what is asked about: loss, soft demographic parity, soft equal
 *       opportunity, counterfactual bias, or a function of one's own;
 *   <li>{@link evenhand.fairness.influence.Influence}: of every training row on a measure, in one solve;
 *   <li>{@link evenhand.fairness.influence.LeaveOut}: the same by training again, with the rank correlation of the two,
 *       by a {@link evenhand.fairness.influence.Refit};
 *   <li>{@link evenhand.fairness.influence.Unlearning}: the step that removes rows, replaces them, or uses pairs.
 * </ul>
 *
 * <p>Sum form throughout: {@code H = sum over rows of the loss's Hessian + ridge I} with ridge = lambda * rows. A step
 * by the Hessian of the mean would be longer by the number of rows.
 */
package evenhand.fairness.influence;
