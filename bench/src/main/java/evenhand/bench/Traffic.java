package evenhand.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts bytes, so that JMH prints a benchmark's GB/s beside its operations a second. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Traffic {
  /** Bytes read and written by design in 1e9; a line that is fetched in order to be written is not counted twice. */
  public double gigabyte;
}
