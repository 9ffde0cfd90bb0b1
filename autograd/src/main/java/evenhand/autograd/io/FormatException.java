package evenhand.autograd.io;

import java.nio.file.Path;

/** A file that is not what it should be: the message names the file, what is wrong, and what to do. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A fault of a file: {@code FILE: problem}, the problem ending in a remedy. */
  public FormatException(Path file, String problem) {
    super(file + ": " + problem);
  }

  /** A fault of a file found by a library. */
  public FormatException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
