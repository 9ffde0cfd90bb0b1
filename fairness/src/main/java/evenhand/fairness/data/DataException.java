package evenhand.fairness.data;

/** Data that cannot be used as it is; the message is one line that names the place, the cause and the remedy. */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A fault of the data or of what was asked of it. */
  public DataException(String message) {
    super(oneLine(message));
  }

  /** A fault of the data with what was caught underneath. */
  public DataException(String message, Throwable cause) {
    super(oneLine(message), cause);
  }

  /** Names and values come from files: line breaks and terminal codes in them become spaces. */
  private static String oneLine(String message) {
    return message.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ");
  }
}
