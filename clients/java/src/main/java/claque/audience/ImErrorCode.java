package claque.audience;

/** The documented error codes. {@link #WRONG_STATE} and {@link #FORMER_SESSION} are the client's own; the server says the others. */
public final class ImErrorCode {
  public static final int ALREADY_LOGIN = 304;
  public static final int BAD_PARAMETER = 400;
  public static final int FORBIDDEN = 403;
  public static final int NO_SESSION = 404;
  public static final int BUSY = 412;
  public static final int RECEIVER_OFFLINE = 424;
  public static final int NOT_JOINED = 425;
  public static final int NO_GROUP = 440;
  public static final int GROUP_DELETED = 441;
  public static final int MUTED = 442;
  public static final int LIMIT_REACHED = 443;
  public static final int MAY_NOT_JOIN = 450;
  public static final int TEMPORARY = 500;
  public static final int WRONG_STATE = 601;
  public static final int NOT_LOGIN = 602;
  public static final int FORMER_SESSION = 603;
  public static final int PARSE = 604;

  private ImErrorCode() {}
}
