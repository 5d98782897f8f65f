package claque.junit;

import claque.audience.Events;
import claque.audience.ImEngine;
import claque.audience.ImException;
import claque.audience.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An engine with the events that nobody has looked at yet. */
public final class Viewer extends ImEngine {
  /** Events that are kept; the oldest give way. */
  private static final int EVENTS_MAX = 100_000;

  /** Longest wait for an event. */
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final BlockingQueue<Events.Event> events = new LinkedBlockingQueue<>(EVENTS_MAX);

  /** An engine that is not initialised yet. */
  public Viewer() {
    on(this::keep);
  }

  private void keep(Events.Event event) {
    while (!events.offer(event)) events.poll();
  }

  /** Every event that the server has sent so far and nobody has looked at. */
  public List<Events.Event> drain() {
    try {
      if (isLogin()) settle();
    } catch (ImException ended) {
      // A session that ends meanwhile, or has no link, has no more to tell.
    }
    List<Events.Event> all = new ArrayList<>();
    events.drainTo(all);
    return all;
  }

  /** Waits for the next event of a kind, and passes over those before it. */
  public <E extends Events.Event> E next(Class<E> kind) {
    long until = System.nanoTime() + WITHIN.toNanos();
    List<String> passed = new ArrayList<>();
    try {
      while (true) {
        Events.Event event = events.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (event == null) {
          throw new AssertionError("no " + kind.getSimpleName() + " within " + WITHIN + "; there were " + passed);
        }
        if (kind.isInstance(event)) return kind.cast(event);
        passed.add(event.name());
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + kind.getSimpleName(), error);
    }
  }

  /** Waits for the next group message, and passes over other events. */
  public Types.Message nextMessage() {
    return next(Events.RecvGroupMessage.class).message;
  }
}
