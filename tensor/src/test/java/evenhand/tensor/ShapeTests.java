package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTests {
  @Test
  void sizesAndAxes() {
    Shape shape = Shape.of(2, 3, 4);
    assertThat(shape.rank()).isEqualTo(3);
    assertThat(shape.size()).isEqualTo(24);
    assertThat(shape.dim(-1)).isEqualTo(4);
    assertThat(shape.axis(-3)).isZero();
    assertThat(shape.contiguousStrides()).containsExactly(12, 4, 1);
    assertThat(shape).hasToString("[2, 3, 4]");
    assertThat(shape.with(-2, 7)).isEqualTo(Shape.of(2, 7, 4)).hasSameHashCodeAs(Shape.of(2, 7, 4));
    assertThat(Shape.of()).isEqualTo(Shape.SCALAR);
    assertThat(Shape.SCALAR.size()).isEqualTo(1);
    assertThat(Shape.SCALAR).hasToString("[]");
    assertThatThrownBy(() -> shape.dim(3)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape [2, 3, 4] has no axis 3; it has 3 axes");
    assertThatThrownBy(() -> Shape.of(2, -1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape [2, -1] has a negative axis");
  }

  @Test
  void shapesDoNotShareTheirArray() {
    int[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.dims()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void sizesBeyondAnArrayAreRefusedHoweverLarge() {
    assertThat(Shape.of(1 << 15, 1 << 15).size()).isEqualTo(1 << 30);
    for (int[] dims : new int[][]{{1 << 16, 1 << 15}, {1 << 20, 1 << 20}, {1 << 20, 1 << 20, 1 << 30},
        {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE}, {1 << 30, 1 << 30, 1 << 4, 1 << 30}}) {
      assertThatThrownBy(() -> Shape.of(dims)).as("%s", dims).isInstanceOf(IllegalArgumentException.class)
          .hasMessageEndingWith("has more than 2^31 - 2^16 elements; split it into several tensors");
    }
  }

  @Test
  void anAxisOfSizeZeroMakesAShapeEmptyHoweverLargeTheOthers() {
    assertThat(Shape.of(1 << 30, 0, 1 << 30).size()).isZero();
    assertThat(Shape.of(0).size()).isZero();
  }

  @Test
  void reducedAxesAreDroppedOrKeptAsOne() {
    Shape shape = Shape.of(2, 3, 4);
    assertThat(shape.reduced(new int[]{1}, false)).isEqualTo(Shape.of(2, 4));
    assertThat(shape.reduced(new int[]{0, -1}, true)).isEqualTo(Shape.of(1, 3, 1));
    assertThat(shape.reduced(new int[]{0, 1, 2}, false)).isEqualTo(Shape.SCALAR);
    assertThat(shape.reduced(new int[]{}, false)).isEqualTo(shape);
  }

  @Test
  void broadcastAlignsAtTheLastAxis() {
    assertBroadcast(Shape.of(3, 4), Shape.of(4), Shape.of(3, 4));
    assertBroadcast(Shape.of(3, 1), Shape.of(1, 4), Shape.of(3, 4));
    assertBroadcast(Shape.SCALAR, Shape.of(2, 3), Shape.of(2, 3));
    assertBroadcast(Shape.of(1), Shape.of(0), Shape.of(0));
    assertBroadcast(Shape.of(5, 1, 7), Shape.of(6, 1), Shape.of(5, 6, 7));
  }

  private static void assertBroadcast(Shape left, Shape right, Shape result) {
    assertThat(Shape.broadcast("add", left, right)).isEqualTo(result);
    assertThat(Shape.broadcast("add", right, left)).isEqualTo(result);
  }

  @Test
  void shapesThatDoNotBroadcastAreRefusedWithAHint() {
    assertThatThrownBy(() -> Shape.broadcast("add", Shape.of(32, 10), Shape.of(32)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("add: shapes [32, 10] and [32] do not broadcast at axis 1 (10 against 32);"
            + " reshape the right operand to [32, 1] to apply it per row");
    assertThatThrownBy(() -> Shape.broadcast("mul", Shape.of(32), Shape.of(32, 10)))
        .hasMessageEndingWith("; reshape the left operand to [32, 1] to apply it per row");
    assertThatThrownBy(() -> Shape.broadcast("sub", Shape.of(2), Shape.of(3)))
        .hasMessage("sub: shapes [2] and [3] do not broadcast at axis 0 (2 against 3);"
            + " give both the same size there, or size 1");
    assertThatThrownBy(() -> Shape.broadcast("sub", Shape.of(0), Shape.of(2)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reshapedWorksOutOneSize() {
    Shape shape = Shape.of(4, 6);
    assertThat(shape.reshaped(-1)).isEqualTo(Shape.of(24));
    assertThat(shape.reshaped(2, -1, 3)).isEqualTo(Shape.of(2, 4, 3));
    assertThat(Shape.SCALAR.reshaped(1, -1)).isEqualTo(Shape.of(1, 1));
    assertThat(Shape.of(0, 3).reshaped(3, -1)).isEqualTo(Shape.of(3, 0));
    assertThatThrownBy(() -> shape.reshaped(5, 5)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("reshape: [4, 6] has 24 elements, [5, 5] has 25");
    assertThatThrownBy(() -> shape.reshaped(5, -1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("reshape: [4, 6] has 24 elements, [5, -1] has a multiple of 5");
    assertThatThrownBy(() -> shape.reshaped(-1, -1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("reshape: [-1, -1] has negative sizes; one may be -1, to be worked out");
  }

  @Test
  void noShapeIsSoLargeThatRoundingUpToAChunkLeavesInt() {
    int largest = Integer.MAX_VALUE - (1 << 16) + 1;
    assertThat(Shape.of(largest).size()).isEqualTo(largest);
    assertThatThrownBy(() -> Shape.of(largest + 1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape [2147418113] has more than 2^31 - 2^16 elements; split it into several tensors");
    assertThatThrownBy(() -> Shape.SCALAR.reshaped(1 << 16, 1 << 16, 1 << 16, 1 << 16, -1)) // 2^64 is no 0
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("[65536, 65536, 65536, 65536, -1]");
  }
}
