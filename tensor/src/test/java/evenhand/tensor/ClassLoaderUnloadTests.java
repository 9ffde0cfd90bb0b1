package evenhand.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An application that embedded the engine can be unloaded: no thread stays, and nothing holds its classes. */
@Timeout(120)
class ClassLoaderUnloadTests {
  @Test
  void aClosedDeviceLeavesNoThreadAndNoClass() throws Exception {
    assertUnloads(true);
  }

  /** Its threads end by themselves when they have been idle for 5 s. */
  @Test
  void aForgottenDeviceLeavesNoThreadAndNoClass() throws Exception {
    assertUnloads(false);
  }

  private static void assertUnloads(boolean close) throws Exception {
    List<Thread> before = workers();
    WeakReference<ClassLoader> unloaded = used(close, before);
    assertThat(within(60, () -> before.containsAll(workers()))).as("threads left: %s", workers()).isTrue();
    assertThat(within(60, () -> {
      System.gc();
      return unloaded.refersTo(null);
    })).as("the class loader is held by something").isTrue();
  }

  /** Uses the engine in a class loader of its own, from a thread of its own, as an application server does. */
  private static WeakReference<ClassLoader> used(boolean close, List<Thread> before) throws Exception {
    URL classes = Device.class.getProtectionDomain().getCodeSource().getLocation();
    try (var loader = new URLClassLoader(new URL[]{classes}, ClassLoader.getPlatformClassLoader())) {
      Throwable[] failure = new Throwable[1];
      Thread application = new Thread(() -> {
        try {
          work(loader, close, before);
        } catch (ReflectiveOperationException | AssertionError thrown) {
          failure[0] = thrown;
        }
      });
      application.start();
      application.join();
      assertThat(failure[0]).isNull();
      return new WeakReference<>(loader);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A product of two matrices of ones [500, 500], each of whose elements is 500, on three threads. */
  private static void work(ClassLoader loader, boolean close, List<Thread> before) throws ReflectiveOperationException {
    Class<?> type = loader.loadClass(Device.class.getName());
    assertThat(type).isNotSameAs(Device.class);
    Object device = type.getMethod("cpu", int.class).invoke(null, 3);
    Object ones = type.getMethod("ones", int[].class).invoke(device, new int[]{500, 500});
    Object product = ones.getClass().getMethod("matmul", ones.getClass()).invoke(ones, ones);
    assertThat((float[]) ones.getClass().getMethod("toFloats").invoke(product)).containsOnly(500);
    assertThat(before.containsAll(workers())).as("it used threads of its own").isFalse();
    if (close) {
      type.getMethod("close").invoke(device);
    }
  }

  private static List<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("evenhand-"))
        .toList();
  }

  private static boolean within(int seconds, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      Thread.sleep(50);
    }
    return condition.getAsBoolean();
  }
}
