package evenhand.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import evenhand.tensor.DType;
import evenhand.tensor.Device;
import evenhand.tensor.Scope;
import evenhand.tensor.Tensor;
import org.junit.jupiter.api.Test;

class BufferPoolTests {
  @Test
  void sizeClassesAreEighthsOfPowersOfTwo() {
    assertThat(BufferPool.sizeClass(256)).isEqualTo(256);
    assertThat(BufferPool.sizeClass(257)).isEqualTo(288);
    assertThat(BufferPool.sizeClass(4098)).isEqualTo(4608);
    for (int length = 256; length < 1 << 30; length += 1 + length / 7) {
      assertThat(BufferPool.sizeClass(length)).isBetween(length, length + length / 8);
      assertThat(BufferPool.sizeClass(BufferPool.sizeClass(length))).isEqualTo(BufferPool.sizeClass(length));
    }
    assertThat(BufferPool.sizeClass(Integer.MAX_VALUE - 64)).isEqualTo(Integer.MAX_VALUE - 64);
  }

  @Test
  void whatIsGivenBackIsTakenAgainOnce() {
    BufferPool pool = new BufferPool();
    Object array = pool.take(DType.FLOAT32, 1000);
    assertThat(pool.take(DType.FLOAT32, 1000)).isNotSameAs(array);
    pool.giveBack(array);
    assertThat(pool.take(DType.FLOAT32, 2000)).isNotSameAs(array);
    assertThat(pool.take(DType.FLOAT32, 1010)).as("of the same size class").isSameAs(array);
    assertThat(pool.take(DType.FLOAT32, 1000)).isNotSameAs(array);
  }

  @Test
  void noMoreThanTheLimitIsKept() {
    BufferPool pool = new BufferPool(4L * 2500);
    Object first = pool.take(DType.FLOAT32, 1024);
    Object second = pool.take(DType.FLOAT32, 1024);
    Object third = pool.take(DType.FLOAT32, 1024);
    pool.giveBack(first);
    pool.giveBack(second);
    pool.giveBack(third);
    assertThat(pool.take(DType.FLOAT32, 1024)).isSameAs(second);
    assertThat(pool.take(DType.FLOAT32, 1024)).isSameAs(first);
    assertThat(pool.take(DType.FLOAT32, 1024)).isNotSameAs(third);
  }

  @Test
  void aClosedDeviceHoldsOnToNothing() {
    Device device = Device.cpu(1);
    float[] held = step(device);
    device.close();
    assertThat(step(device)).isNotSameAs(held);
  }

  @Test
  void theNextStepOfALoopFindsTheMemoryOfTheLast() {
    try (Device device = Device.cpu(1)) {
      float[] first = step(device);
      for (int i = 0; i < 5; i++) {
        assertThat(step(device)).isSameAs(first);
      }
    }
  }

  private static float[] step(Device device) {
    try (Scope _ = Scope.open()) {
      return HostStorage.floats(device.ones(20, 50));
    }
  }

  @Test
  void keptMemoryIsNotReused() {
    try (Device device = Device.cpu(1)) {
      Tensor kept;
      try (Scope scope = Scope.open()) {
        kept = scope.keep(device.ones(1000));
      }
      assertThat(step(device)).isNotSameAs(HostStorage.floats(kept));
    }
  }
}
