package evenhand.fairness.cli;

import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/** Words that an option takes, for completion by the shell. */
abstract class Words implements Iterable<String> {
  private final Supplier<List<String>> words;

  /** The words are looked up when a script for completion asks for them, not whenever the program starts. */
  Words(Supplier<List<String>> words) {
    this.words = words;
  }

  @Override
  public Iterator<String> iterator() {
    return words.get().iterator();
  }
}
