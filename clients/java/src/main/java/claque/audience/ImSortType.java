package claque.audience;

/** Orders of lists: oldest first, and newest first. */
public final class ImSortType {
  public static final int ASC = 0;
  public static final int DESC = 1;

  private ImSortType() {}
}
