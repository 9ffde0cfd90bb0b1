package evenhand.autograd.fuzz;

import java.lang.reflect.Constructor;

/** What Jazzer calls, in a process of its own: one target of a {@link FuzzContract}. */
public final class JazzerEntry {
  private static FuzzTarget target;

  private JazzerEntry() {}

  /** Finds the target: the contract's class and the target's name, blanks as underscores. */
  public static void fuzzerInitialize(String[] args) throws ReflectiveOperationException {
    Constructor<?> contract = Class.forName(args[0]).getDeclaredConstructor();
    contract.setAccessible(true);
    target = ((FuzzContract) contract.newInstance()).targets().stream()
        .filter(each -> each.name().replace(' ', '_').equals(args[1])).findFirst().orElseThrow();
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    target.takenUnmeasured(bytes); // the heap's size bounds memory here
  }
}
