package claque.junit;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What nobody else learns: which messages were shed in silence, and what won their places. */
public final class Ledger {
  /** Entries that one message of an assertion names. */
  private static final int LISTED_MAX = 10;

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  private final World world;

  Ledger(World world) {
    this.world = world;
  }

  /** A message that the frequency control took out: its sender was answered with success. */
  public static final class Shed {
    public long atMicros;
    public long submittedMicros;
    public String appId;
    public String groupId;
    public String messageId;
    public long type;
    public String level;
    public long weight;
    public String sender;
    public String data;
    /** The documented rule that decided: {@code claque rules RULE} prints its sentence. */
    public String rule;
    /** The message that was delivered in its place; null: none, or not yet. */
    public String winner;

    /** When it was shed. */
    public Instant at() {
      return Instant.EPOCH.plus(atMicros, ChronoUnit.MICROS);
    }

    @Override
    public String toString() {
      String why = winner == null ? "nothing was delivered in its place" : "outranked by " + winner;
      return messageId + " (\"" + data + "\", type " + type + ", level " + level + ", from " + sender + " to group " + groupId
          + ") was shed at " + TIME.format(at()) + ": " + why + " (" + rule + ")";
    }
  }

  private static final class Read {
    List<Shed> shed;
  }

  /** Every shed message, oldest first. */
  public List<Shed> shed() {
    return Server.GSON.fromJson(world.control("ledger", null).json(), Read.class).shed;
  }

  /** The entry of a message, if it was shed. */
  public Optional<Shed> shedOf(String messageId) {
    return shed().stream().filter(entry -> entry.messageId.equals(messageId)).findFirst();
  }

  /** Fails if any message was shed. */
  public void assertNothingShed() {
    assertShed(0);
  }

  /** Fails unless so many messages were shed. */
  public void assertShed(int count) {
    List<Shed> entries = shed();
    if (entries.size() != count) {
      throw new AssertionError(entries.size() + " messages were shed, expected " + count + listed(entries));
    }
  }

  /** Fails if a message was shed, and says why it was. */
  public void assertNotShed(String messageId) {
    shedOf(messageId).ifPresent(entry -> { throw new AssertionError(entry.toString()); });
  }

  /** Fails unless a message was shed. */
  public void assertWasShed(String messageId) {
    List<Shed> entries = shed();
    if (entries.stream().noneMatch(entry -> entry.messageId.equals(messageId))) {
      throw new AssertionError(messageId + " was not shed" + listed(entries));
    }
  }

  private static String listed(List<Shed> entries) {
    if (entries.isEmpty()) return ": nothing was";
    String some = entries.stream().limit(LISTED_MAX).map(entry -> "\n  " + entry).collect(Collectors.joining());
    int more = entries.size() - LISTED_MAX;
    return ":" + some + (more > 0 ? "\n  … and " + more + " more" : "");
  }
}
