package claque.junit;

/** A refusal of the control API. */
public final class ControlException extends RuntimeException {
  private final int status;

  ControlException(int status, String path, String reason) {
    super(path + ": " + status + ": " + reason);
    this.status = status;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }
}
