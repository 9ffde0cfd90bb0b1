package evenhand.fairness.influence;

/** A solve without an answer; the message names the solver, the step, the damping and the remedy. */
public final class SolverException extends ArithmeticException {
  private static final long serialVersionUID = 1L;

  /** With what happened and what helps. */
  SolverException(String message) {
    super(message);
  }

  /** Always {@link Solution.Verdict#DIVERGED}: other answers are returned. */
  public Solution.Verdict verdict() {
    return Solution.Verdict.DIVERGED;
  }
}
