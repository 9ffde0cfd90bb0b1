package evenhand.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts arithmetic, so that JMH prints a benchmark's GFLOP/s beside its operations a second. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Flops {
  /** Floating-point operations in 1e9; a multiplication and an addition are two. */
  public double gflop;
}
