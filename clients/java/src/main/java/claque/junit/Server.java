package claque.junit;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The server of this process: the one that CLAQUE_URL names, else one of its own, which starts at first use. */
final class Server {
  static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** A server that is not ready within this span is given up. */
  private static final Duration READY_WITHIN = Duration.ofSeconds(10);

  /** How much of what the server says is kept for the case that it does not start. Unit: characters. */
  private static final int SAID_MAX = 16 << 10;

  /**
   * The server runs beside a shell that waits for the end of its input. Only this process holds the other end, so that the server
   * ends with it, whatever ends that.
   */
  private static final String GUARDED =
      "\"$0\" \"$@\" </dev/null & server=$!\n"
          + "exec >/dev/null\n"
          + "cat\n"
          + "kill \"$server\" 2>/dev/null\n"
          + "wait \"$server\"";

  private static String url;
  /** Held open for as long as the process lives. */
  private static OutputStream lifeline;

  private Server() {}

  static synchronized String url() {
    if (url != null) return url;
    String running = System.getenv("CLAQUE_URL");
    if (running != null && !running.isEmpty()) {
      url = running.endsWith("/") ? running.substring(0, running.length() - 1) : running;
      return url;
    }
    String named = System.getenv("CLAQUE_BIN");
    url = start(named == null || named.isEmpty() ? "claque" : named);
    return url;
  }

  private static String start(String binary) {
    ProcessBuilder builder =
        new ProcessBuilder(
            "sh", "-c", GUARDED, binary, "serve", "--frozen", "--listen", "127.0.0.1:0", "--access-key", "testid:testsecret");
    builder.environment().put("RUST_LOG", "warn");
    StringBuffer said = new StringBuffer();
    try {
      Process process = builder.start();
      lifeline = process.getOutputStream();
      CompletableFuture<String> ready = new CompletableFuture<>();
      daemon(() -> readLines(process.getErrorStream(), line -> keep(said, line)));
      daemon(
          () -> {
            readLines(process.getInputStream(), line -> { if (line.startsWith("ready ")) ready.complete(line.substring(6)); });
            ready.completeExceptionally(new IOException("it ended before it was ready"));
          });
      return ready.get(READY_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (IOException | ExecutionException | TimeoutException error) {
      String hint = "install claque in PATH, or name the binary in CLAQUE_BIN";
      throw new IllegalStateException(binary + " cannot be started (" + hint + "): " + error + "\n" + said, error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + binary + " was starting", error);
    }
  }

  private interface Lines {
    void take(String line);
  }

  private static void readLines(java.io.InputStream from, Lines to) {
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) to.take(line);
    } catch (IOException ended) {
      // There is no more to be read.
    }
  }

  private static void keep(StringBuffer said, String line) {
    if (said.length() + line.length() < SAID_MAX) said.append(line).append('\n');
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "claque-server");
    thread.setDaemon(true);
    thread.start();
  }

  /** Asks the control API; a null body means that none is sent. */
  static JsonObject control(String method, String base, String path, Object body) {
    HttpRequest.BodyPublisher content =
        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(GSON.toJson(body));
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).method(method, content);
    if (body != null) request.header("Content-Type", "application/json");
    // What opens the control API of another machine; a server of one's own takes it from the environment, too.
    String token = System.getenv("CLAQUE_CONTROL_TOKEN");
    if (token != null && !token.isEmpty()) request.header("Authorization", "Bearer " + token);
    HttpResponse<String> answer = send(request);
    if (answer.statusCode() >= 300) throw new ControlException(answer.statusCode(), path, reason(answer.body()));
    return answer.body().isEmpty() ? new JsonObject() : GSON.fromJson(answer.body(), JsonObject.class);
  }

  private static String reason(String body) {
    try {
      return GSON.fromJson(body, JsonObject.class).get("error").getAsString();
    } catch (JsonParseException | NullPointerException | IllegalStateException | ClassCastException other) {
      return body;
    }
  }

  static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(request.timeout(Duration.ofMinutes(1)).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the server was asked", error);
    }
  }
}
