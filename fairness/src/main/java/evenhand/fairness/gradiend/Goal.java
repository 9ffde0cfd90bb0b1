package evenhand.fairness.gradiend;

import java.util.List;
import java.util.Locale;

/** What a rewrite is to make of a model. */
public enum Goal {
  /** Neither class is preferred where the text speaks for neither: the balanced prediction index, BPI. */
  BALANCED,
  /** The first class's words are preferred (the female prediction index, FPI, of she and he). */
  FIRST,
  /** The second class's words are preferred (the male prediction index, MPI). */
  SECOND;

  /** As on the command line: {@code balanced}, or the class. */
  public String word(List<String> classes) {
    return switch (this) {
      case BALANCED -> word();
      case FIRST -> classes.getFirst();
      case SECOND -> classes.getLast();
    };
  }

  /** In words for any classes. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
