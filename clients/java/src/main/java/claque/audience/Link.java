package claque.audience;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** One WebSocket: requests with answers, events, heartbeats. */
final class Link implements WebSocket.Listener {
  static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  /** A link that neither opens nor fails within this span is given up. */
  private static final Duration OPEN_WITHIN = Duration.ofSeconds(10);

  /** The longest frame that is read: a page of a hundred of the longest messages has room in it. Unit: characters. */
  private static final int FRAME_MAX = 64 << 20;

  static final int CLOSED_NORMALLY = 1000;
  static final int CLOSED_FOR_NOBODY = 1006;
  static final int NEW_LINK_WANTED = 4000;

  private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(OPEN_WITHIN).build();
  private static final ScheduledExecutorService BEATS = Executors.newSingleThreadScheduledExecutor(Link::daemon);

  /** The opener of the link. */
  interface Owner {
    /** An event; called by the reader of the link. */
    void take(Link from, JsonObject frame);

    /** The link has ended with this close code. */
    void lost(Link was, int code);
  }

  /** A request without an answer so far. */
  private static final class Waiting {
    final String method;
    /** Runs before any frame behind the answer is looked at. */
    final Consumer<JsonElement> first;

    final CompletableFuture<JsonElement> outcome = new CompletableFuture<>();

    Waiting(String method, Consumer<JsonElement> first) {
      this.method = method;
      this.first = first;
    }
  }

  private final Duration answerWithin;
  private final Owner owner;
  private final Map<Long, Waiting> pending = new HashMap<>();
  private final StringBuilder text = new StringBuilder();
  private WebSocket socket;
  private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);
  private ScheduledFuture<?> beat;
  private boolean closed;
  private long next;
  private volatile long heardNanos = System.nanoTime();

  private Link(Duration answerWithin, Owner owner) {
    this.answerWithin = answerWithin;
    this.owner = owner;
  }

  static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "claque-audience");
    thread.setDaemon(true);
    return thread;
  }

  /** Opens a link, whose owner is notified of its events and its end. */
  static Link open(URI address, Duration answerWithin, Owner owner) {
    Link link = new Link(answerWithin, owner);
    try {
      HTTP.newWebSocketBuilder().connectTimeout(OPEN_WITHIN).buildAsync(address, link).get(
          OPEN_WITHIN.toMillis() + 1_000, TimeUnit.MILLISECONDS);
      return link;
    } catch (ExecutionException | TimeoutException error) {
      throw new ImException(ImErrorCode.TEMPORARY, address + " cannot be reached: " + error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new ImException(ImErrorCode.TEMPORARY, "interrupted while " + address + " was being reached");
    }
  }

  synchronized boolean isUp() {
    return !closed;
  }

  /** Asks, and waits. It settles in every case: by the answer, by the end of the link, or when the time is up. */
  JsonElement ask(String method, Object params, Consumer<JsonElement> first) {
    return ask(method, params, first, answerWithin);
  }

  JsonElement ask(String method, Object params, Consumer<JsonElement> first, Duration within) {
    Waiting waiting = new Waiting(method, first);
    long id = send(waiting, params);
    try {
      return waiting.outcome.get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException error) {
      throw refusal(error.getCause());
    } catch (TimeoutException | InterruptedException error) {
      if (error instanceof InterruptedException) Thread.currentThread().interrupt();
      if (claim(id) != null) {
        String why = error instanceof InterruptedException ? "interrupted" : "no answer within " + within;
        throw new ImException(ImErrorCode.TEMPORARY, method + ": " + why);
      }
      return settled(waiting);
    }
  }

  /** The answer is here all the same, and has had its consequences. */
  private static JsonElement settled(Waiting waiting) {
    try {
      return waiting.outcome.join();
    } catch (CompletionException error) {
      throw refusal(error.getCause());
    }
  }

  /** A refusal as the asking thread throws it, with that thread's own trace. */
  private static ImException refusal(Throwable cause) {
    if (!(cause instanceof ImException)) return new ImException(ImErrorCode.TEMPORARY, String.valueOf(cause));
    ImException told = (ImException) cause;
    told.setStackTrace(new Throwable().getStackTrace());
    return told;
  }

  /** Sends a request whose answer nobody waits for. */
  void tell(String method, Object params) {
    try {
      long id = send(new Waiting(method, result -> {}), params);
      BEATS.schedule(() -> claim(id), answerWithin.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ImException error) {
      // The link is down: its owner learns that by its end.
    }
  }

  private long send(Waiting waiting, Object params) {
    JsonObject frame = new JsonObject();
    frame.addProperty("method", waiting.method);
    frame.add("params", GSON.toJsonTree(params));
    long id;
    String whole;
    synchronized (this) {
      if (closed) throw new ImException(ImErrorCode.NO_SESSION, waiting.method + ": the link is down");
      id = ++next;
      frame.addProperty("id", id);
      whole = GSON.toJson(frame);
      if (!isSound(whole)) {
        throw new ImException(ImErrorCode.PARSE, waiting.method + ": a text is cut in the middle of a character");
      }
      pending.put(id, waiting);
      // One frame after the other: a WebSocket takes the next only when the last has left.
      sending = sending.handle((sent, error) -> null).thenCompose(sent -> socket.sendText(whole, true));
      sending.exceptionally(
          error -> {
            Waiting failed = claim(id);
            if (failed != null) {
              failed.outcome.completeExceptionally(
                  new ImException(ImErrorCode.NO_SESSION, failed.method + ": " + error));
            }
            return null;
          });
    }
    return id;
  }

  /** JSON cannot carry half of a pair of surrogates. */
  private static boolean isSound(String text) {
    for (int at = 0; at < text.length(); at++) {
      char unit = text.charAt(at);
      if (!Character.isSurrogate(unit)) continue;
      boolean paired =
          Character.isHighSurrogate(unit) && at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1));
      if (!paired) return false;
      at++;
    }
    return true;
  }

  /** Takes a request out of those that wait; its caller gives it its outcome. */
  private synchronized Waiting claim(long id) {
    return pending.remove(id);
  }

  /** Sends heartbeats, three in each timeout; a server that is silent for a whole timeout is taken for gone. */
  synchronized void keepAlive(Duration timeout) {
    if (closed) return;
    long every = Math.max(timeout.toMillis() / 3, 1);
    beat =
        BEATS.scheduleWithFixedDelay(
            () -> {
              if (System.nanoTime() - heardNanos > timeout.toNanos()) drop(CLOSED_FOR_NOBODY, "no heartbeat came back");
              else tell("heartbeat", Map.of());
            },
            every, every, TimeUnit.MILLISECONDS);
  }

  @Override
  public void onOpen(WebSocket opened) {
    synchronized (this) {
      socket = opened;
    }
    opened.request(1);
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
    if (text.length() + part.length() > FRAME_MAX) {
      drop(CLOSED_FOR_NOBODY, "a frame of more than " + FRAME_MAX + " characters");
      return null;
    }
    text.append(part);
    if (last) {
      String whole = text.toString();
      text.setLength(0);
      try {
        take(JsonParser.parseString(whole).getAsJsonObject());
      } catch (JsonParseException | IllegalStateException | ClassCastException error) {
        drop(CLOSED_FOR_NOBODY, "a frame that cannot be understood: " + error.getMessage());
        return null;
      }
    }
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    end(code, reason);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    end(CLOSED_FOR_NOBODY, String.valueOf(error));
  }

  private void take(JsonObject frame) {
    heardNanos = System.nanoTime();
    if (frame.has("event")) {
      owner.take(this, frame);
      return;
    }
    Waiting waiting = asked(frame.get("id"));
    if (waiting == null) return;
    JsonObject error = frame.getAsJsonObject("error");
    if (error != null) {
      waiting.outcome.completeExceptionally(
          new ImException(error.get("code").getAsInt(), error.get("message").getAsString()));
      return;
    }
    JsonElement result = frame.get("result");
    try {
      waiting.first.accept(result);
      waiting.outcome.complete(result);
    } catch (ImException refused) {
      waiting.outcome.completeExceptionally(refused);
    } catch (RuntimeException wrong) {
      String why = waiting.method + ": an answer that cannot be understood: " + wrong.getMessage();
      waiting.outcome.completeExceptionally(new ImException(ImErrorCode.PARSE, why));
    }
  }

  /** The request that an answer belongs to; one without an ID belongs to the only one that can be meant. */
  private synchronized Waiting asked(JsonElement id) {
    if (id != null && !id.isJsonNull()) return pending.remove(id.getAsLong());
    // Heartbeats cannot be misread.
    List<Long> open =
        pending.entrySet().stream()
            .filter(each -> !each.getValue().method.equals("heartbeat"))
            .map(Map.Entry::getKey)
            .collect(Collectors.toList());
    return open.size() == 1 ? pending.remove(open.get(0)) : null;
  }

  /** Ends the link here and now, whatever the other side says. */
  void drop(int code, String reason) {
    WebSocket dropped;
    synchronized (this) {
      dropped = socket;
    }
    if (code == CLOSED_FOR_NOBODY) dropped.abort();
    else dropped.sendClose(code, "").whenComplete((sent, error) -> dropped.abort());
    end(code, reason);
  }

  private void end(int code, String reason) {
    synchronized (this) {
      if (closed) return;
      closed = true;
      if (beat != null) beat.cancel(false);
    }
    // First what waits, whatever those who hear of the end make of it.
    String why = reason == null || reason.isEmpty() ? String.valueOf(code) : reason;
    refusePending(ImErrorCode.NO_SESSION, "the link was lost before the answer came: " + why);
    owner.lost(this, code);
  }

  /** Ends every wait for an answer. */
  void refusePending(int code, String why) {
    List<Waiting> all;
    synchronized (this) {
      all = List.copyOf(pending.values());
      pending.clear();
    }
    for (Waiting waiting : all) {
      waiting.outcome.completeExceptionally(new ImException(code, waiting.method + ": " + why));
    }
  }
}
