package claque.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import claque.junit.World;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.ToNumberPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The story that the SDKs of every language play (tests/sdk/story.json), and the judge of their answers. */
final class Story {
  static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

  /** An SDK with a secret. */
  interface Sdk {
    /** Calls an operation; parameters are texts, numbers, truth values, lists and maps. Gives the answer's fields. */
    JsonElement call(String operation, Map<String, Object> parameters) throws Exception;
  }

  /** Makes an SDK that talks to a world. */
  interface Maker {
    Sdk make(World world, String secret) throws Exception;
  }

  /** A documented refusal, as an SDK reports it. */
  static final class Refused extends Exception {
    private final Integer status;
    private final String code;

    /** The status is null where the SDK tells none. */
    Refused(Integer status, String code) {
      super(status + " " + code);
      this.status = status;
      this.code = code;
    }
  }

  private final World world;
  private final Sdk sdk;
  private final Map<String, String> known = new HashMap<>();
  private final Set<String> operations = new HashSet<>();
  private int checks;

  private Story(World world, Sdk sdk) {
    this.world = world;
    this.sdk = sdk;
  }

  /** Plays the story with an SDK, and prints what it counted. */
  static void play(String name, World world, Maker maker) throws Exception {
    Story story = new Story(world, maker.make(world, world.accessKeySecret()));
    JsonArray steps = JsonParser.parseString(Files.readString(Path.of("../../tests/sdk/story.json"))).getAsJsonArray();
    for (JsonElement step : steps) story.step(step.getAsJsonObject());
    Sdk wrong = maker.make(world, "wrong");
    Map<String, Object> app = Map.of("AppId", story.known.get("app"));
    Refused refused = assertThrows(Refused.class, () -> wrong.call("DescribeLiveMessageApp", app));
    assertEquals(wrongSecret(refused.code), refused.code, "a wrong secret");
    assertEquals(54, story.operations.size(), "operations");
    System.out.printf(
        "%s: %d steps, %d operations, %d checks%n", name, steps.size(), story.operations.size(), story.checks + 2);
  }

  /** Some SDKs compare the string to sign with their own, and find that only the secret can differ. */
  private static String wrongSecret(String code) {
    return "SDK.InvalidAccessKeySecret".equals(code) ? code : "SignatureDoesNotMatch";
  }

  private void step(JsonObject step) throws Exception {
    JsonObject with = filled(step.get("with")).getAsJsonObject();
    if (step.has("control")) {
      world.control(step.get("control").getAsString(), with);
      return;
    }
    String operation = step.get("call").getAsString();
    operations.add(operation);
    Map<String, Object> parameters = new LinkedHashMap<>();
    with.entrySet().forEach(each -> parameters.put(each.getKey(), GSON.fromJson(each.getValue(), Object.class)));
    if (step.has("refused")) {
      JsonObject expected = step.getAsJsonObject("refused");
      Refused refused = assertThrows(Refused.class, () -> sdk.call(operation, parameters), operation);
      assertEquals(expected.get("code").getAsString(), refused.code, operation);
      if (refused.status != null) assertEquals(expected.get("status").getAsInt(), refused.status, operation);
      checks += refused.status == null ? 1 : 2;
      return;
    }
    check(step, operation, call(operation, parameters));
  }

  private JsonElement call(String operation, Map<String, Object> parameters) throws Exception {
    try {
      return sdk.call(operation, parameters);
    } catch (Refused refused) {
      return fail(operation + " is refused", refused);
    }
  }

  private void check(JsonObject step, String operation, JsonElement body) {
    assertNotNull(field(body, "RequestId"), operation + ": no request ID");
    checks++;
    if (step.has("expect")) {
      for (Map.Entry<String, JsonElement> each : step.getAsJsonObject("expect").entrySet()) {
        JsonElement seen = field(body, each.getKey());
        assertEquals(plain(filled(each.getValue())), plain(seen), operation + ": " + each.getKey() + " of " + body);
        checks++;
      }
    }
    if (step.has("save")) {
      step.getAsJsonObject("save").entrySet().forEach(
          each -> known.put(each.getKey(), field(body, each.getValue().getAsString()).getAsString()));
    }
  }

  /** Values compare by what they mean: 3 and 3.0 are one number. */
  private static Object plain(JsonElement value) {
    return GSON.fromJson(value, Object.class);
  }

  private JsonElement filled(JsonElement value) {
    if (value.isJsonObject()) {
      JsonObject full = new JsonObject();
      value.getAsJsonObject().entrySet().forEach(each -> full.add(each.getKey(), filled(each.getValue())));
      return full;
    }
    boolean variable = value.isJsonPrimitive() && value.getAsString().startsWith("$");
    return variable ? new JsonPrimitive(known.get(value.getAsString().substring(1))) : value;
  }

  /** What is at a path; typed answers have their fields in lower case at the beginning. */
  static JsonElement field(JsonElement body, String path) {
    JsonElement value = body;
    for (String name : path.split("\\.")) {
      if (value == null) return null;
      if (value.isJsonArray()) {
        int at = Integer.parseInt(name);
        value = at < value.getAsJsonArray().size() ? value.getAsJsonArray().get(at) : null;
      } else {
        JsonObject fields = value.getAsJsonObject();
        String typed = Character.toLowerCase(name.charAt(0)) + name.substring(1);
        value = fields.has(name) ? fields.get(name) : fields.get(typed);
      }
    }
    return value;
  }

  /** Whether an operation is of the current family, whose parameters are in the query. */
  static boolean isLive(String operation) {
    return operation.contains("Live");
  }

  /** Lists and maps as JSON, as the current SDKs send them. */
  static Object asJson(Object value) {
    return value instanceof Map || value instanceof Iterable ? GSON.toJson(value) : value;
  }
}
