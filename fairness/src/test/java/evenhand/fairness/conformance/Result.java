package evenhand.fairness.conformance;

import java.util.List;

/**
 * The outcome of one conformance case.
 *
 * @param name of the case
 * @param failures one line for each result that differs from its reference; empty if the case passed
 */
public record Result(String name, List<String> failures) {
  /** Whether every result agrees. */
  public boolean passed() {
    return failures.isEmpty();
  }
}
