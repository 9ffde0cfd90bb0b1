package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeTests {
  private final Device device = Device.cpu();

  private Tensor numbered(int value) {
    return device.full(value, Shape.of(300));
  }

  private static void assertGone(Tensor tensor) {
    assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class).hasMessage(
        "a tensor was used after the Scope that made it had closed; let it outlive the scope with scope.keep(tensor)");
  }

  @Test
  void tensorsGoWhenTheirScopeClosesAndOthersStay() {
    Tensor before = numbered(1);
    Tensor inside;
    Tensor small;
    try (Scope _ = Scope.open()) {
      inside = before.plus(before);
      small = device.scalar(1);
      assertThat(inside.toFloats()).containsOnly(2f);
    }
    assertGone(inside);
    assertGone(inside.slice(0, 1, 2));
    assertGone(small);
    assertThat(before.toFloats()).containsOnly(1f);
    assertThat(numbered(3).toFloats()).containsOnly(3f); // without a scope nothing is taken back
  }

  @Test
  void whatIsKeptOutlivesItsScope() {
    Tensor kept;
    Tensor view;
    try (Scope scope = Scope.open()) {
      kept = scope.keep(numbered(1));
      view = scope.keep(numbered(2).slice(0, 10, 20)); // keeps the whole block behind the view
      numbered(3);
    }
    assertThat(kept.toFloats()).containsOnly(1f);
    assertThat(view.toFloats()).containsOnly(2f);
  }

  @Test
  void whatAnInnerScopeKeepsBelongsToTheOuterOne() {
    Tensor kept;
    Tensor twice;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        kept = inner.keep(numbered(1));
        twice = outer.keep(inner.keep(numbered(2)));
      }
      assertThat(kept.toFloats()).containsOnly(1f);
    }
    assertGone(kept);
    assertThat(twice.toFloats()).containsOnly(2f);
  }

  @Test
  void keepingWhatIsNotTheScopesChangesNothing() {
    Tensor free = numbered(1);
    try (Scope _ = Scope.open()) {
      Tensor outers = numbered(2);
      try (Scope inner = Scope.open()) {
        assertThat(inner.keep(free)).isSameAs(free);
        assertThat(inner.keep(outers)).isSameAs(outers);
      }
      assertThat(outers.toFloats()).containsOnly(2f);
    }
    assertThat(free.toFloats()).containsOnly(1f);
  }

  @Test
  void anOuterScopeKeepsWhatAnInnerOneMade() {
    Tensor kept;
    Tensor keptTwice;
    try (Scope outermost = Scope.open()) {
      try (Scope outer = Scope.open()) {
        try (Scope _ = Scope.open()) {
          kept = outer.keep(numbered(1));
          keptTwice = outermost.keep(outer.keep(numbered(2)));
        }
      }
      assertThat(kept.toFloats()).containsOnly(1f);
    }
    assertGone(kept);
    assertThat(keptTwice.toFloats()).containsOnly(2f);
  }

  @Test
  void onlyAnOpenScopeOfThisThreadKeeps() throws InterruptedException {
    Tensor tensor = numbered(1);
    String message = "scope.keep: the scope is not open on this thread;"
        + " keep a tensor before its scope closes, on its thread";
    List<Throwable> refused = new ArrayList<>();
    Scope scope = Scope.open();
    Thread.ofPlatform().start(() -> refused.add(catchThrowable(() -> scope.keep(tensor)))).join();
    scope.close();
    assertThat(refused.getFirst()).isInstanceOf(IllegalStateException.class).hasMessage(message);
    assertThatThrownBy(() -> scope.keep(tensor)).isInstanceOf(IllegalStateException.class).hasMessage(message);
  }

  @Test
  void scopesCloseInReverseOrder() {
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    Tensor tensor = numbered(1);
    String message = "scope closed out of order: close inner scopes first, on the thread that opened them";
    assertThatThrownBy(outer::close).isInstanceOf(IllegalStateException.class).hasMessage(message);
    assertThat(tensor.toFloats()).containsOnly(1f);
    inner.close();
    assertThatThrownBy(inner::close).isInstanceOf(IllegalStateException.class).hasMessage(message);
    outer.close();
    assertGone(tensor);
  }

  @Test
  void aScopeSeesOnlyItsOwnThread() throws InterruptedException {
    List<Tensor> made = new ArrayList<>();
    List<Throwable> refused = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Thread other = Thread.ofPlatform().start(() -> {
        made.add(numbered(4));
        refused.add(catchThrowable(scope::close));
      });
      other.join();
    }
    assertThat(refused.getFirst()).isInstanceOf(IllegalStateException.class);
    assertThat(made.getFirst().toFloats()).containsOnly(4f);
  }

  @Test
  void aFailureInsideClosesTheScope() {
    assertThatCode(() -> {
      try (Scope _ = Scope.open()) {
        numbered(1);
        throw new UnsupportedOperationException("on purpose");
      }
    }).isInstanceOf(UnsupportedOperationException.class);
    Tensor later = numbered(2);
    try (Scope _ = Scope.open()) {
      numbered(3);
    }
    assertThat(later.toFloats()).containsOnly(2f);
  }

  /** Random programs of opening, closing, making and keeping: a live tensor always holds what was written to it. */
  @Test
  void liveTensorsNeverShareMemory() {
    for (int seed = 0; seed < 30; seed++) {
      new Program(new Rng(seed)).run(400);
    }
  }

  /** A stack of scopes, each with the tensors that belong to it; the lowest level is outside of all. */
  private final class Program {
    private final Rng rng;
    private final Deque<Scope> scopes = new ArrayDeque<>();
    private final Deque<List<Filled>> levels = new ArrayDeque<>();
    private int made;

    private record Filled(Tensor tensor, int value) {}

    Program(Rng rng) {
      this.rng = rng;
      levels.push(new ArrayList<>());
    }

    void run(int steps) {
      for (int step = 0; step < steps; step++) {
        switch (rng.nextInt(6)) {
          case 0 -> open();
          case 1 -> close();
          case 2 -> keepOne();
          default -> make();
        }
        levels.forEach(level -> level.forEach(this::check));
      }
      while (!scopes.isEmpty()) {
        close();
      }
      levels.getFirst().forEach(this::check);
    }

    private void check(Filled filled) {
      float[] values = filled.tensor().toFloats();
      assertThat(values[0]).isEqualTo(filled.value());
      assertThat(values[values.length - 1]).isEqualTo(filled.value());
    }

    private void open() {
      scopes.push(Scope.open());
      levels.push(new ArrayList<>());
    }

    private void close() {
      if (!scopes.isEmpty()) {
        scopes.pop().close();
        levels.pop().forEach(filled -> assertGone(filled.tensor()));
      }
    }

    private void keepOne() {
      List<Filled> level = levels.getFirst();
      if (!scopes.isEmpty() && !level.isEmpty()) {
        Filled kept = level.remove(rng.nextInt(level.size()));
        scopes.getFirst().keep(kept.tensor());
        levels.pop();
        levels.getFirst().add(kept);
        levels.push(level);
      }
    }

    private void make() {
      int size = 1 + rng.nextInt(2) * 250 + rng.nextInt(100); // around the smallest pooled size, few size classes
      levels.getFirst().add(new Filled(device.full(++made, Shape.of(size)), made));
    }
  }
}
