package claque.audience;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Tries again and again until a session is taken up or must be given up. */
final class ComeBack implements Runnable {
  /** First and longest wait between attempts. Unit: milliseconds. */
  private static final long FIRST_MS = 100;

  private static final long LONGEST_MS = 5_000;

  private final ImEngine engine;
  private final int epoch;

  ComeBack(ImEngine engine, int epoch) {
    this.engine = engine;
    this.epoch = epoch;
  }

  /** A refusal to take the session up. Only the server's own word is final; a link that broke under the question says nothing. */
  private static final class Failed extends Exception {
    final transient ImException refusal;
    final boolean isFinal;

    Failed(ImException refusal, boolean isFinal) {
      super(refusal);
      this.refusal = refusal;
      this.isFinal = isFinal;
    }
  }

  @Override
  public void run() {
    engine.wake.drainPermits();
    long until = System.nanoTime() + engine.worthTrying().toNanos();
    long wait = FIRST_MS;
    while (engine.isEpoch(epoch) && System.nanoTime() < until) {
      engine.listeners.tell(new Events.Connecting());
      try {
        takeUp();
        return;
      } catch (Failed failed) {
        if (!engine.isEpoch(epoch)) return;
        engine.listeners.tell(new Events.ConnectFailed(failed.refusal));
        if (isHopeless(failed)) break;
      }
      // Half of the wait is drawn, so that an audience does not come back all at once.
      long pause = wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2);
      try {
        engine.wake.tryAcquire(pause, TimeUnit.MILLISECONDS);
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
        return;
      }
      wait = Math.min(wait * 2, LONGEST_MS);
    }
    engine.end(epoch, ImEngine.TIMEOUT);
  }

  private boolean isHopeless(Failed failed) {
    if (!failed.isFinal) return false;
    int code = failed.refusal.code();
    return code == ImErrorCode.NO_SESSION || (code == ImErrorCode.FORBIDDEN && !engine.renew(epoch));
  }

  private void takeUp() throws Failed {
    Link opened;
    try {
      opened = engine.open(epoch);
    } catch (ImException refused) {
      throw new Failed(refused, false);
    }
    try {
      opened.ask("reconnect", engine.asReturn(), answer -> engine.resumed(engine.begin(opened, epoch, answer)));
    } catch (ImException refused) {
      boolean isFinal = opened.isUp();
      opened.drop(Link.CLOSED_NORMALLY, "refused");
      throw new Failed(refused, isFinal);
    }
  }
}
