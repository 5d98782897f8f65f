package claque.junit;

import java.time.Duration;
import java.util.Map;

/** What befalls calls, and requests of audience clients, until it is cleared. */
public final class Faults {
  private final World world;

  Faults(World world) {
    this.world = world;
  }

  /** Calls of an operation are answered with a documented code. */
  public void failOperation(String operation, String code) {
    set(Map.of("operation", operation, "fail", code));
  }

  /** Answers of an operation are delayed. */
  public void delayOperation(String operation, Duration delay) {
    set(Map.of("operation", operation, "delay", Clock.micros(delay)));
  }

  /** Calls of an operation are not answered. */
  public void dropOperation(String operation) {
    set(Map.of("operation", operation, "drop", true));
  }

  /** Requests of audience clients are answered with a documented code. */
  public void failMethod(String method, int code) {
    set(Map.of("method", method, "fail", code));
  }

  /** Answers to requests of audience clients are delayed. */
  public void delayMethod(String method, Duration delay) {
    set(Map.of("method", method, "delay", Clock.micros(delay)));
  }

  /** Requests of audience clients are not answered. */
  public void dropMethod(String method) {
    set(Map.of("method", method, "drop", true));
  }

  private void set(Map<String, Object> fault) {
    world.control("faults", fault);
  }

  /** Ends all faults. */
  public void clear() {
    world.control("DELETE", "faults", null);
  }
}
