package claque.audience;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Calls everybody who listens, one event after the other, on a thread of its own: a listener may call the engine's methods,
 * which wait. A listener that throws stops neither the others nor the engine.
 */
final class Listeners {
  /** Events that wait for slow listeners; beyond, nothing more is read from the link. */
  private static final int WAITING_MAX = 65_536;

  /** Longest wait for listeners that do not return, when the engine is put away. Unit: seconds. */
  private static final int END_WITHIN = 2;

  private final List<Consumer<Events.Event>> those = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>(WAITING_MAX);
  private Thread running;

  Runnable add(Consumer<Events.Event> listener) {
    those.add(listener);
    return () -> those.remove(listener);
  }

  void tell(Events.Event event) {
    put(() -> those.forEach(listener -> call(listener, event)));
  }

  private static void call(Consumer<Events.Event> listener, Events.Event event) {
    try {
      listener.accept(event);
    } catch (RuntimeException | AssertionError wrong) {
      // As with any callback: the mistake is reported where uncaught errors are.
      Thread current = Thread.currentThread();
      current.getUncaughtExceptionHandler().uncaughtException(current, wrong);
    }
  }

  /** Waits until every event sent so far has been listened to. */
  void settle() {
    if (Thread.currentThread() == running()) return;
    CompletableFuture<Void> mark = new CompletableFuture<>();
    put(() -> mark.complete(null));
    mark.join();
  }

  private synchronized Thread running() {
    return running;
  }

  private void put(Runnable work) {
    synchronized (this) {
      if (running == null) {
        running = Link.daemon(this::run);
        running.start();
      }
    }
    try {
      waiting.put(work);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (true) waiting.take().run();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells what waits, and then forgets every listener. */
  void end() {
    Thread thread = running();
    if (thread != null && thread != Thread.currentThread()) {
      CompletableFuture<Void> mark = new CompletableFuture<>();
      put(() -> mark.complete(null));
      mark.completeOnTimeout(null, END_WITHIN, TimeUnit.SECONDS).join();
    }
    those.clear();
    synchronized (this) {
      if (running != null) running.interrupt();
      running = null;
    }
  }
}
