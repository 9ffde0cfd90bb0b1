package evenhand.fairness.cli;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Words that an option takes, for completion by the shell. */
abstract class Words implements Iterable<String> {
  private final List<String> words;

  Words(List<String> words) {
    this.words = new ArrayList<>(words);
  }

  @Override
  public Iterator<String> iterator() {
    return words.iterator();
  }
}
