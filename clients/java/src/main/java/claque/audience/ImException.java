package claque.audience;

/** A refusal: a documented code and a sentence. */
public final class ImException extends RuntimeException {
  private final int code;

  /**
   * @param code one of {@link ImErrorCode}
   * @param message a sentence
   */
  public ImException(int code, String message) {
    super(code + ": " + message);
    this.code = code;
  }

  /** One of {@link ImErrorCode}. */
  public int code() {
    return code;
  }
}
