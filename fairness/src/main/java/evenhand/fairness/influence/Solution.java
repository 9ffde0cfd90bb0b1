package evenhand.fairness.influence;

/**
 * What a solver of {@code (H + damping I) x = b} found.
 *
 * @param x the solution, one number per parameter
 * @param residual {@code |(H + damping I) x - b| / |b|}, computed anew from x; 0 for b = 0
 * @param iterations Hessian-vector products that the iteration took; the parameter count for a dense Hessian
 * @param damping what was added to the diagonal, chosen by the caller or by the solver
 * @param verdict whether x can be relied upon
 */
public record Solution(double[] x, double residual, int iterations, double damping, Verdict verdict) {
  /** How a solve ended. */
  public enum Verdict {
    /** The residual is within the tolerance. */
    CONVERGED,
    /** The best answer there was, finite but short of the tolerance: allow more iterations or raise the damping. */
    STALLED,
    /** The iteration ran away; its answer is never returned, and {@link SolverException} carries the verdict. */
    DIVERGED
  }
}
