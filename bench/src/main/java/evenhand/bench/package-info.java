/**
 * JMH benchmarks. {@code bench/run} builds and runs them; what was measured, predicted and tried is in {@code
 * NOTES.md}.
 *
 * <p>Each class measures one piece of work. A benchmark of a peer stands in {@code src/peers} under the same class name
 * with the peer's name behind it, does the same work, and runs in the same JMH run.
 *
 * <p>{@link evenhand.bench.AdultAlignment} is an experiment, run by name: two methods at matched average precision.
 */
package evenhand.bench;
