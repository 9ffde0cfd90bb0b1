package evenhand.bench;

import java.util.Arrays;
import java.util.concurrent.Phaser;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the machine can do: fused multiply-adds from registers, reading, copying.
 *
 * <p>Run beside other benchmarks, whose GFLOP/s and GB/s over these are shares of the limit. Each thread has loops and
 * arrays of its own; nothing of the engine is used.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
public class Limits {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();
  private static final int STEPS = 5_000_000; // milliseconds, against which waking a thread is nothing
  private static final int CHAINS = 12; // latency 4, two units: eight chains are needed
  private static final int NUMBERS = 100_000_000;
  private static final int STRETCH = 1 << 16;

  /** Threads at work. */
  @Param("1")
  public int threads;

  private final Phaser phaser = new Phaser(1);
  private volatile IntConsumer work;
  private volatile boolean done;
  private float[][] from;
  private float[][] to;
  private float[] results;

  /** Starts the threads and fills the arrays. */
  @Setup
  public void setUp() {
    results = new float[threads * 64]; // each thread's in a line of its own
    from = new float[threads][NUMBERS / threads / (4 * STRETCH) * 4 * STRETCH];
    to = new float[threads][from[0].length];
    for (float[] array : from) {
      Arrays.fill(array, 1e-3f);
    }
    phaser.bulkRegister(threads - 1);
    for (int i = 1; i < threads; i++) {
      int number = i;
      Thread.ofPlatform().daemon().start(() -> {
        for (phaser.arriveAndAwaitAdvance(); !done; phaser.arriveAndAwaitAdvance()) {
          work.accept(number);
          phaser.arriveAndAwaitAdvance();
        }
      });
    }
  }

  /** Ends the threads. */
  @TearDown
  public void tearDown() {
    done = true;
    phaser.arriveAndDeregister();
  }

  private void run(IntConsumer body) {
    work = body;
    phaser.arriveAndAwaitAdvance();
    body.accept(0);
    phaser.arriveAndAwaitAdvance();
  }

  /** Chains of fused multiply-adds in registers. */
  @Benchmark
  public float[] fma(Flops flops) {
    run(thread -> results[thread * 64] = chains(results[thread * 64]));
    flops.gflop += 2e-9 * CHAINS * LANES * STEPS * threads;
    return results;
  }

  private static float chains(float start) {
    FloatVector x = FloatVector.broadcast(FLOATS, start);
    FloatVector y = FloatVector.broadcast(FLOATS, 0.999f);
    FloatVector c0 = x;
    FloatVector c1 = x;
    FloatVector c2 = x;
    FloatVector c3 = x;
    FloatVector c4 = x;
    FloatVector c5 = x;
    FloatVector c6 = x;
    FloatVector c7 = x;
    FloatVector c8 = x;
    FloatVector c9 = x;
    FloatVector ca = x;
    FloatVector cb = x;
    for (int i = 0; i < STEPS; i++) {
      c0 = c0.fma(y, x);
      c1 = c1.fma(y, x);
      c2 = c2.fma(y, x);
      c3 = c3.fma(y, x);
      c4 = c4.fma(y, x);
      c5 = c5.fma(y, x);
      c6 = c6.fma(y, x);
      c7 = c7.fma(y, x);
      c8 = c8.fma(y, x);
      c9 = c9.fma(y, x);
      ca = ca.fma(y, x);
      cb = cb.fma(y, x);
    }
    return c0.add(c1).add(c2.add(c3)).add(c4.add(c5).add(c6.add(c7))).add(c8.add(c9).add(ca.add(cb))).lane(0);
  }

  /** Reads 100 million numbers, in four stretches at once, which was the fastest order found. */
  @Benchmark
  public float[] read(Traffic traffic) {
    run(thread -> results[thread * 64] = sum(from[thread]));
    traffic.gigabyte += 4e-9 * from[0].length * threads;
    return results;
  }

  private static float sum(float... x) {
    float total = 0;
    for (int at = 0; at < x.length; at += 4 * STRETCH) {
      total += stretches(x, at);
    }
    return total;
  }

  private static float stretches(float[] x, int at) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int i = at; i < at + STRETCH; i += LANES) {
      s0 = s0.add(FloatVector.fromArray(FLOATS, x, i));
      s1 = s1.add(FloatVector.fromArray(FLOATS, x, i + STRETCH));
      s2 = s2.add(FloatVector.fromArray(FLOATS, x, i + 2 * STRETCH));
      s3 = s3.add(FloatVector.fromArray(FLOATS, x, i + 3 * STRETCH));
    }
    return s0.add(s1).add(s2.add(s3)).lane(0);
  }

  /** Copies 100 million numbers as the JDK does it. */
  @Benchmark
  public float[][] copy(Traffic traffic) {
    run(thread -> System.arraycopy(from[thread], 0, to[thread], 0, to[thread].length));
    traffic.gigabyte += 8e-9 * from[0].length * threads;
    return to;
  }
}
