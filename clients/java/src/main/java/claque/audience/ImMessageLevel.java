package claque.audience;

/** Levels of a group message. Shaping prefers HIGH to MEDIUM to NORMAL; only HIGH comes back after a lost link. */
public final class ImMessageLevel {
  public static final int NORMAL = 0;
  public static final int HIGH = 1;
  public static final int MEDIUM = 2;

  private ImMessageLevel() {}
}
