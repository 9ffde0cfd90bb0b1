package evenhand.tensor;

import evenhand.tensor.spi.Storage;
import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of work whose tensors give their memory back at its end.
 *
 * <p>Optional: without a scope, tensors live until the garbage collector finds them. A training loop opens one per step,
 * so that the next step finds warm memory:
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

  /** Lets a tensor outlive this scope (it then belongs to the enclosing one, if any) and returns it. */
  public Tensor keep(Tensor tensor) {
    if (storages.remove(tensor.storage()) && outer != null) {
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
