package claque.junit;

import com.google.gson.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A live-stream interactive messaging service of one's own, with its own clock, state, ledger and keys. All worlds of a process are in
 * one server, which ends with the process. Its binary is the one that the environment names in CLAQUE_BIN, else {@code claque} in
 * PATH; CLAQUE_URL names a server that runs already.
 */
public final class World implements AutoCloseable {
  private final String name;
  private final String url;
  private final String accessKeyId;
  private final String accessKeySecret;
  private final String account;
  private final String audience;
  private final String control;
  private final Clock clock = new Clock(this);
  private final Ledger ledger = new Ledger(this);
  private final Faults faults = new Faults(this);
  /** What leaves with the world, the newest first. */
  private final Deque<Runnable> leaving = new ConcurrentLinkedDeque<>();

  /** How a world begins. */
  public static final class Options {
    private final Map<String, Object> asked = new LinkedHashMap<>(Map.of("clock", "manual"));
    private final Map<String, String> readings = new TreeMap<>();
    private final Map<String, Object> limits = new TreeMap<>();

    /** Its name; else the server gives one. */
    public Options name(String name) {
      asked.put("name", name);
      return this;
    }

    /** Another reading of a point that the documents leave open: {@code claque readings} lists them. */
    public Options reading(String id, String value) {
      readings.put(id, value);
      return this;
    }

    /** A bound, such as {@code group_members_max}: {@code control("limits", null)} lists them. */
    public Options limit(String name, Object value) {
      limits.put(name, value);
      return this;
    }

    /** When it begins, cut to the second; else now. */
    public Options time(Instant begin) {
      asked.put("unixSeconds", begin.getEpochSecond());
      return this;
    }

    /** Lets its clock run as fast as the wall; else it stands until it is moved. */
    public Options runningClock() {
      asked.put("clock", "real");
      return this;
    }
  }

  private World(JsonObject made) {
    name = made.get("world").getAsString();
    url = made.get("endpoint").getAsString().replaceFirst("/$", "");
    accessKeyId = made.get("accessKeyId").getAsString();
    accessKeySecret = made.get("accessKeySecret").getAsString();
    account = made.get("account").getAsString();
    audience = made.get("audience").getAsString();
    control = made.get("control").getAsString();
  }

  /** Makes a world whose clock stands; {@link #close} ends it. */
  public static World open() {
    return open(new Options());
  }

  /** Makes a world; {@link #close} ends it. */
  public static World open(Options options) {
    options.asked.put("readings", options.readings);
    options.asked.put("limits", options.limits);
    return new World(Server.control("POST", Server.url() + "/_claque/", "worlds", options.asked));
  }

  /** Ends the world; its viewers leave first. */
  @Override
  public void close() {
    try {
      for (Runnable each = leaving.pollFirst(); each != null; each = leaving.pollFirst()) each.run();
    } finally {
      Server.control("DELETE", Server.url() + "/_claque/", "worlds/" + name, null);
    }
  }

  void leaves(Runnable with) {
    leaving.addFirst(with);
  }

  /** Its name in the server. */
  public String name() {
    return name;
  }

  /** What SDKs are given: host and port. */
  public String endpoint() {
    return url.substring(url.indexOf("://") + 3);
  }

  /** The endpoint with its scheme. */
  public String url() {
    return url;
  }

  /** Signs calls, and says which world is meant. */
  public String accessKeyId() {
    return accessKeyId;
  }

  /** Signs calls. */
  public String accessKeySecret() {
    return accessKeySecret;
  }

  /** The ID of the account that the key belongs to. */
  public String account() {
    return account;
  }

  /** Where audience clients connect to. */
  public String audience() {
    return audience;
  }

  /** This world's clock. */
  public Clock clock() {
    return clock;
  }

  /** This world's ledger. */
  public Ledger ledger() {
    return ledger;
  }

  /** This world's faults. */
  public Faults faults() {
    return faults;
  }

  /** Creates an application. */
  public App app(String name) {
    Answer answer = call("CreateLiveMessageApp", Map.of("AppName", name));
    return app(answer.text("AppId"), answer.text("AppKey"), answer.text("AppSign"));
  }

  /** An application that was created otherwise, as by the back end under test. */
  public App app(String id, String key, String sign) {
    return new App(this, id, key, sign);
  }

  /**
   * Calls a documented operation.
   *
   * @param parameters by their documented names; lists and maps are sent as JSON
   * @throws CallException where it is refused
   */
  public Answer call(String operation, Map<String, ?> parameters) {
    return callWith(accessKeySecret, operation, parameters);
  }

  Answer callWith(String secret, String operation, Map<String, ?> parameters) {
    HttpResponse<String> answer =
        Server.send(
            HttpRequest.newBuilder(URI.create(url + "/"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(signed(secret, operation, parameters))));
    JsonObject body = Server.GSON.fromJson(answer.body(), JsonObject.class);
    if (answer.statusCode() == 200) return new Answer(body);
    Answer refused = new Answer(body);
    throw new CallException(
        operation, answer.statusCode(), refused.text("Code"), refused.text("Message"), refused.text("RequestId"));
  }

  /** The parameters with a signature of RPC 1.0. */
  private String signed(String secret, String operation, Map<String, ?> parameters) {
    Map<String, String> all = new TreeMap<>();
    all.put("Action", operation);
    all.put("Version", "2016-11-01");
    all.put("Format", "JSON");
    all.put("AccessKeyId", accessKeyId);
    all.put("SignatureMethod", "HMAC-SHA1");
    all.put("SignatureVersion", "1.0");
    all.put("SignatureNonce", UUID.randomUUID().toString());
    all.put("Timestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    parameters.forEach((name, value) -> all.put(name, value instanceof String ? (String) value : Server.GSON.toJson(value)));
    String query =
        all.entrySet().stream()
            .map(each -> escaped(each.getKey()) + "=" + escaped(each.getValue()))
            .collect(Collectors.joining("&"));
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec((secret + "&").getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
      byte[] signature = mac.doFinal(("POST&%2F&" + escaped(query)).getBytes(StandardCharsets.UTF_8));
      return query + "&Signature=" + escaped(Base64.getEncoder().encodeToString(signature));
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
  }

  /**
   * Asks the world's control API (crowd, outage, readings, callbacks, …).
   *
   * @param body null means GET
   */
  public Answer control(String path, Object body) {
    return control(body == null ? "GET" : "POST", path, body);
  }

  Answer control(String method, String path, Object body) {
    return new Answer(Server.control(method, control, path, body));
  }
}
