package evenhand.kernels;

import evenhand.kernels.GpuRuntime.Event;
import evenhand.kernels.GpuRuntime.Lane;
import evenhand.kernels.GpuRuntime.Memory;
import evenhand.kernels.GpuRuntime.Pinned;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Pinned memory of the host through which arrays travel, so that the device copies while Java goes on.
 *
 * <p>Uploads fill a ring of slots from end to end; only who comes around to a slot whose copies are not done waits.
 * Downloads take turns with two slots: one is emptied while the next is filled.
 */
final class GpuStaging implements AutoCloseable {
  static final int SLOT = 1 << 20; // bytes
  private static final int UPLOAD_SLOTS = 4;
  private static final int DOWNLOAD_SLOTS = 2;
  private static final int ALIGNMENT = 64;

  /** A slot, and the event after which it may be filled anew. */
  private record Slot(Pinned pinned, Optional<Event> done) {}

  private final GpuRuntime runtime;
  private final List<Slot> uploads = new ArrayList<>();
  private final List<Pinned> downloads = new ArrayList<>();
  private int current; // slot of uploads
  private int filled = SLOT; // bytes of it

  GpuStaging(GpuRuntime runtime) {
    this.runtime = runtime;
  }

  /** Queues copies of the first numbers of an array, which may change afterwards. */
  void upload(Object source, Memory target, int length) {
    MemorySegment numbers = segment(source);
    long bytes = length * size(source);
    for (long at = 0; at < bytes;) {
      if (filled >= SLOT) {
        nextSlot();
      }
      Pinned pinned = uploads.get(current).pinned();
      int part = (int) Math.min(bytes - at, SLOT - filled);
      MemorySegment.copy(numbers, at, pinned.numbers(), filled, part);
      runtime.copyIn(pinned, filled, target, at, part);
      filled += (part + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      at += part;
    }
  }

  /** Goes on to the slot that was filled longest ago, once its copies are done. */
  private void nextSlot() {
    if (uploads.size() < UPLOAD_SLOTS) {
      Pinned fresh = pin();
      markFull();
      current = uploads.size();
      uploads.add(new Slot(fresh, Optional.empty()));
    } else {
      markFull();
      int next = (current + 1) % UPLOAD_SLOTS;
      Slot oldest = uploads.get(next);
      oldest.done().ifPresent(runtime::await);
      oldest.done().ifPresent(runtime::release);
      uploads.set(next, new Slot(oldest.pinned(), Optional.empty()));
      current = next;
    }
    filled = 0;
  }

  private void markFull() {
    if (!uploads.isEmpty() && uploads.get(current).done().isEmpty()) { // else an earlier try failed after this
      uploads.set(current, new Slot(uploads.get(current).pinned(), Optional.of(runtime.record(Lane.COPIES))));
    }
  }

  private Pinned pin() {
    try {
      return runtime.pin(SLOT);
    } catch (GpuRuntime.NoRoom _) {
      throw new IllegalStateException("device " + runtime.name() + " has no room for " + (SLOT >> 20)
          + " MiB of pinned memory; free memory of the host, or use --device cpu");
    }
  }

  /** Fills an array with numbers of the device, and waits for them. */
  void download(Memory source, Object target, int length) {
    MemorySegment numbers = segment(target);
    long bytes = length * size(target);
    while (downloads.size() < DOWNLOAD_SLOTS) {
      downloads.add(pin());
    }
    long slots = (bytes + SLOT - 1) / SLOT;
    Deque<Event> filling = new ArrayDeque<>();
    try {
      for (long slot = 0; slot <= slots; slot++) {
        if (slot < slots) {
          long at = slot * SLOT;
          runtime.copyOut(source, at, downloads.get((int) (slot % DOWNLOAD_SLOTS)), 0, Math.min(bytes - at, SLOT));
          filling.add(runtime.record(Lane.WORK));
        }
        if (slot > 0) {
          long at = (slot - 1) * SLOT;
          runtime.await(filling.element());
          runtime.release(filling.remove());
          MemorySegment.copy(downloads.get((int) ((slot - 1) % DOWNLOAD_SLOTS)).numbers(), 0, numbers, at,
              Math.min(bytes - at, SLOT));
        }
      }
    } finally {
      filling.forEach(runtime::release);
    }
  }

  private static long size(Object array) {
    return array instanceof long[] ? Long.BYTES : Integer.BYTES;
  }

  private static MemorySegment segment(Object array) {
    return switch (array) {
      case float[] floats -> MemorySegment.ofArray(floats);
      case int[] ints -> MemorySegment.ofArray(ints);
      case long[] longs -> MemorySegment.ofArray(longs);
      default -> throw new IllegalArgumentException("no transfer of " + array.getClass().getName());
    };
  }

  /** Releases the events; the memory is the runtime's. */
  @Override
  public void close() {
    for (Slot slot : uploads) {
      slot.done().ifPresent(runtime::release);
    }
    uploads.clear();
    filled = SLOT;
  }
}
