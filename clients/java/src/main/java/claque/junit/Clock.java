package claque.junit;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** A world's time, in the tester's hands. */
public final class Clock {
  private final World world;

  Clock(World world) {
    this.world = world;
  }

  /** The world's time. */
  public Instant now() {
    return Instant.EPOCH.plus(world.control("clock", null).get("nowMicros").getAsLong(), ChronoUnit.MICROS);
  }

  /** Moves the clock on. It returns when all that was due has been done, and its frames and callbacks have left. */
  public void advance(Duration span) {
    world.control("clock", Map.of("advance", micros(span)));
  }

  /** Moves the clock on to a time, which is cut to the second. */
  public void advanceTo(Instant when) {
    world.control("clock", Map.of("to", when.getEpochSecond()));
  }

  /** Lets the clock stand. */
  public void freeze() {
    world.control("clock", Map.of("freeze", true));
  }

  /** Lets the clock run as fast as the wall. */
  public void resume() {
    world.control("clock", Map.of("resume", true));
  }

  static String micros(Duration span) {
    return Math.addExact(Math.multiplyExact(span.getSeconds(), 1_000_000L), span.getNano() / 1_000) + "us";
  }
}
