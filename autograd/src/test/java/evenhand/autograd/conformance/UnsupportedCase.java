package evenhand.autograd.conformance;

/** A case asks for an operator, or an argument of one, that is not there. */
final class UnsupportedCase extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnsupportedCase(String message) {
    super(message);
  }
}
