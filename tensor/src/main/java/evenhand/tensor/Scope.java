package evenhand.tensor;

import evenhand.tensor.spi.Storage;
import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of work whose tensors give their memory back at its end.
 *
 * <p>Optional: without a scope, tensors live until the garbage collector finds them. A training loop opens one per
 * step, so that the next step finds warm memory:
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *   Tensor loss = scope.keep(step(batch));   // outlives the scope
 * }
 * }</pre>
 *
 * <p>A scope sees only tensors made by its own thread. Using a tensor after its scope has closed is an error that says
 * so; it never reads foreign numbers.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

  private final Scope outer;
  private final List<Storage> storages = new ArrayList<>();

  private Scope(Scope outer) {
    this.outer = outer;
  }

  /** Opens a scope on this thread; scopes nest. */
  public static Scope open() {
    Scope scope = new Scope(CURRENT.get());
    CURRENT.set(scope);
    return scope;
  }

  /**
   * Lets a tensor outlive this scope and returns it.
   *
   * <p>If it was made in this scope or in one opened within it, it then belongs to the enclosing one, if any. Else it
   * outlives this scope anyway.
   *
   * @throws IllegalStateException if this scope is closed, or was opened by another thread
   */
  public Tensor keep(Tensor tensor) {
    Scope maker = null; // of the scopes from the innermost one to this, the one that made the tensor
    Scope scope = CURRENT.get();
    for (; scope != null && scope != this; scope = scope.outer) {
      maker = maker == null && scope.storages.contains(tensor.storage()) ? scope : maker;
    }
    if (scope == null) {
      throw new IllegalStateException(
          "scope.keep: the scope is not open on this thread; keep a tensor before its scope closes, on its thread");
    }
    if ((maker == null ? this : maker).storages.remove(tensor.storage()) && outer != null) {
      outer.storages.add(tensor.storage());
    }
    return tensor;
  }

  static Storage register(Storage storage) {
    Scope scope = CURRENT.get();
    if (scope != null) {
      scope.storages.add(storage);
    }
    return storage;
  }

  /**
   * Gives back the memory of every tensor made since the scope was opened and not kept.
   *
   * @throws IllegalStateException if an inner scope is still open, or the thread is another one
   */
  @Override
  public void close() {
    if (CURRENT.get() != this) {
      throw new IllegalStateException(
          "scope closed out of order: close inner scopes first, on the thread that opened them");
    }
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
    storages.forEach(Storage::release);
  }
}
