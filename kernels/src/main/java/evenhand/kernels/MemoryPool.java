package evenhand.kernels;

import evenhand.kernels.GpuRuntime.Memory;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Blocks of device memory that scopes and the garbage collector gave back, by size, for the next step to use.
 *
 * <p>A block may be handed out while the work of its last owner still waits: it carries the number of the last work that
 * used it, by which {@link GpuQueue} orders what comes next. Sizes are rounded up to eighths of a power of two. When the device has no room, idle blocks are freed, then
 * the collector is asked for tensors that nobody holds.
 */
final class MemoryPool implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final long SMALLEST = 256;
  private static final int MEBI = 1 << 20;

  private final GpuRuntime runtime;
  private final Map<Long, ArrayDeque<Block>> idle = new HashMap<>();
  private final Set<Block> lent = Collections.newSetFromMap(new IdentityHashMap<>());
  private long used;
  private boolean closed;

  MemoryPool(GpuRuntime runtime) {
    this.runtime = runtime;
  }

  /** A block over all its owners. */
  static final class Block {
    private final Memory memory;
    private long lastUse;

    private Block(Memory memory) {
      this.memory = memory;
    }

    Memory memory() {
      return memory;
    }

    /** Number of the last work that used it; 0 for none. Of {@link GpuQueue}, under its lock. */
    long lastUse() {
      return lastUse;
    }

    void usedAt(long use) {
      lastUse = use;
    }
  }

  /** A block on loan; given back once, by {@link Cleaner.Cleanable#clean} or when {@code owner} is unreachable. */
  record Loan(Block block, Cleaner.Cleanable giveBack) {}

  /**
   * Lends a block of at least so many bytes.
   *
   * @throws IllegalStateException if the device has no room for it
   */
  Loan lend(Object owner, long bytes) {
    long rounded = rounded(bytes);
    Block block = take(rounded);
    return new Loan(block, CLEANER.register(owner, () -> giveBack(block, rounded)));
  }

  private synchronized Block take(long bytes) {
    var free = idle.get(bytes);
    Block block = free != null && !free.isEmpty() ? free.pop() : allocate(bytes);
    lent.add(block);
    used += bytes;
    return block;
  }

  private Block allocate(long bytes) {
    for (int attempt = 0;; attempt++) {
      try {
        return new Block(runtime.allocate(bytes));
      } catch (GpuRuntime.NoRoom _) {
        if (attempt == 2) {
          throw new IllegalStateException("device " + runtime.name() + " has no room for " + mebibytes(bytes)
              + " more, with " + mebibytes(used) + " in use; use smaller batches, or --device cpu");
        }
        if (attempt == 1) {
          waitForCollector();
        }
        trim();
      }
    }
  }

  private void waitForCollector() {
    System.gc();
    try {
      wait(200); // lets the cleaner's thread in
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void giveBack(Block block, long bytes) {
    if (closed) {
      return; // closing has freed it
    }
    lent.remove(block);
    used -= bytes;
    idle.computeIfAbsent(bytes, size -> new ArrayDeque<>()).push(block);
  }

  private void trim() {
    if (idle.values().stream().anyMatch(blocks -> !blocks.isEmpty())) {
      runtime.synchronize(); // work that waits may use them
    }
    idle.values().forEach(blocks -> blocks.forEach(block -> runtime.free(block.memory())));
    idle.clear();
  }

  /** Frees every block, those on loan too; all work is done. */
  @Override
  public synchronized void close() {
    closed = true;
    idle.values().forEach(lent::addAll);
    idle.clear();
    lent.forEach(block -> runtime.free(block.memory()));
    lent.clear();
  }

  /** Bytes on loan. */
  synchronized long used() {
    return used;
  }

  static long rounded(long bytes) {
    long step = Math.max(Long.highestOneBit(bytes) >>> 3, SMALLEST);
    return Math.max((bytes + step - 1) / step * step, SMALLEST);
  }

  private static String mebibytes(long bytes) {
    return (bytes + MEBI - 1) / MEBI + " MiB";
  }
}
