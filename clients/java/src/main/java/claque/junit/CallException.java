package claque.junit;

/** The refusal of an operation, with the fields of the documented envelope. */
public final class CallException extends RuntimeException {
  private final int status;
  private final String code;
  private final String requestId;

  CallException(String operation, int status, String code, String message, String requestId) {
    super(operation + ": " + status + " " + code + ": " + message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The documented code. */
  public String code() {
    return code;
  }

  /** The ID of the request. */
  public String requestId() {
    return requestId;
  }
}
