package claque.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.fail;

import claque.audience.Events;
import claque.audience.ImException;
import claque.audience.ImGroupManager;
import claque.audience.ImMessageManager;
import claque.audience.Requests;
import claque.audience.Types;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.reflect.TypeToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Plays the session that every client library plays; clients/session says what its steps mean. */
class SessionTest {
  private static final Path FOLDER = Path.of("../session");
  private static final Set<String> LINKS_ONLY = Set.of("connecting", "connectsuccess", "connectfailed");
  private static final long UNTIL_MS = 20_000;

  private final Map<String, String> known = new HashMap<>();
  private final Map<String, Viewer> viewers = new HashMap<>();
  /** What a viewer received and is not written down yet. */
  private final Map<String, List<Events.Event>> unseen = new HashMap<>();
  private final List<String> lines = new ArrayList<>();
  private World world;

  @Test
  void isPlayedAsEverywhere() throws Exception {
    JsonObject session = JsonParser.parseString(Files.readString(FOLDER.resolve("session.json"))).getAsJsonObject();
    assertEquals(1, session.get("format").getAsInt(), "format");
    World.Options options = new World.Options().time(Instant.ofEpochSecond(session.get("unixSeconds").getAsLong()));
    try (World made = World.open(options)) {
      world = made;
      for (JsonElement step : session.getAsJsonArray("steps")) step(step.getAsJsonObject());
    }
    String played = String.join("\n", lines).strip() + "\n";
    String kept = Files.readString(FOLDER.resolve("transcript.txt"));
    String[] want = kept.split("\n", -1);
    String[] got = played.split("\n", -1);
    for (int at = 0; at < Math.min(want.length, got.length); at++) {
      assertEquals(want[at], got[at], "transcript.txt:" + (at + 1));
    }
    assertEquals(kept, played);
  }

  private void step(JsonObject step) throws InterruptedException {
    if (step.has("say")) {
      lines.add("\n# " + text(step, "say"));
    } else if (step.has("call")) {
      String operation = text(step, "call");
      settle(step, 0, "call " + operation, () -> call(operation, given(step.get("with"), 0).getAsJsonObject()));
    } else if (step.has("client")) {
      String name = text(step, "client");
      String method = text(step, "do");
      int repeat = step.has("repeat") ? step.get("repeat").getAsInt() : 1;
      for (int n = 1; n <= repeat; n++) {
        JsonElement with = step.has("with") ? given(step.get("with"), n) : new JsonObject();
        settle(step, n, name + " " + method, () -> ask(name, method, with.getAsJsonObject()));
      }
    } else if (step.has("clock")) {
      world.control("clock", Map.of("advance", text(step, "clock")));
      lines.add("clock " + text(step, "clock"));
    } else if (step.has("events")) {
      for (JsonElement name : step.getAsJsonArray("events")) show(name.getAsString());
    } else if (step.has("skip")) {
      for (JsonElement name : step.getAsJsonArray("skip")) drained(name.getAsString());
    } else {
      handle(step);
    }
  }

  /** What the tester's hand does to links, faults and crowds, and what it looks up. */
  private void handle(JsonObject step) throws InterruptedException {
    if (step.has("outage")) {
      boolean down = step.get("down").getAsBoolean();
      world.control("outage", Map.of("app", known.get("app"), "user", text(step, "outage"), "down", down));
      lines.add("outage " + text(step, "outage") + (down ? " begins" : " ends"));
    } else if (step.has("back")) {
      lines.add(text(step, "back") + " back");
      until(text(step, "back"), "reconnectsuccess");
    } else if (step.has("ended")) {
      lines.add(text(step, "ended") + " ended");
      until(text(step, "ended"), "disconnect");
      show(text(step, "ended"));
    } else if (step.has("crowd")) {
      JsonObject crowd = step.getAsJsonObject("crowd").deepCopy();
      lines.add("crowd " + shown(crowd));
      crowd.addProperty("app", known.get("app"));
      world.control("crowd", crowd);
    } else if (step.has("ledger")) {
      String group = text(step, "ledger");
      lines.add("ledger " + group);
      for (Ledger.Shed entry : world.ledger().shed()) {
        if (entry.groupId.equals(group)) lines.add("  shed " + shown(json(entry)));
      }
    } else if (step.has("fault")) {
      if (step.get("fault").isJsonNull()) world.faults().clear();
      else world.control("faults", step.get("fault"));
      lines.add("fault " + shown(step.get("fault")));
    } else {
      fail("no such step: " + step);
    }
  }

  /** Does what may be refused, and writes down what came of it. */
  private void settle(JsonObject step, int n, String line, Supplier<JsonElement> act) {
    String wanted = step.has("refused") ? text(step, "refused") : null;
    JsonElement result;
    try {
      result = act.get();
    } catch (CallException refused) {
      assertEquals(wanted, refused.code(), refused.getMessage());
      lines.add(line + " refused " + refused.code() + " " + refused.status());
      return;
    } catch (ImException refused) {
      assertEquals(wanted, String.valueOf(refused.code()), line + ": " + refused.getMessage());
      lines.add(line + " refused " + refused.code());
      return;
    }
    if (wanted != null) fail(line + ": not refused with " + wanted + ", but " + result);
    if (step.has("save")) {
      step.getAsJsonObject("save").entrySet().forEach(
          each ->
              known.put(
                  each.getKey().replace("{n}", String.valueOf(n)),
                  result.getAsJsonObject().get(each.getValue().getAsString()).getAsString()));
    }
    lines.add(line + " " + shown(result));
  }

  private JsonElement call(String operation, JsonObject with) {
    Map<String, ?> parameters = Server.GSON.fromJson(with, new TypeToken<Map<String, JsonElement>>() {}.getType());
    Map<String, Object> sent = new HashMap<>();
    parameters.forEach((name, value) -> sent.put(name, isText(value) ? ((JsonElement) value).getAsString() : value));
    JsonObject answer = world.call(operation, sent).json();
    answer.remove("RequestId");
    return answer;
  }

  private static boolean isText(Object value) {
    return value instanceof JsonPrimitive && ((JsonPrimitive) value).isString();
  }

  /** Waits for an event, which stays among those to be written down. */
  private void until(String name, String wanted) throws InterruptedException {
    List<Events.Event> told = unseen.computeIfAbsent(name, key -> new ArrayList<>());
    for (long began = System.currentTimeMillis(); System.currentTimeMillis() - began < UNTIL_MS; Thread.sleep(1)) {
      told.addAll(viewers.get(name).drain());
      if (told.stream().anyMatch(event -> event.name().equals(wanted))) return;
    }
    fail(name + ": no " + wanted + "; there were " + told);
  }

  private List<Events.Event> drained(String name) {
    List<Events.Event> all = unseen.computeIfAbsent(name, key -> new ArrayList<>());
    unseen.remove(name);
    all.addAll(viewers.get(name).drain());
    return all;
  }

  private void show(String name) {
    for (Events.Event event : drained(name)) {
      if (!LINKS_ONLY.contains(event.name())) lines.add("  " + name + " " + event.name() + " " + shown(json(event)));
    }
  }

  private static JsonElement json(Object value) {
    return Server.GSON.toJsonTree(value);
  }

  private static String text(JsonObject from, String name) {
    return from.get(name).getAsString();
  }

  /** Parameters with variables and numbers filled in. */
  private JsonElement given(JsonElement value, int n) {
    if (value.isJsonObject()) {
      JsonObject full = new JsonObject();
      value.getAsJsonObject().entrySet().forEach(each -> full.add(each.getKey(), given(each.getValue(), n)));
      return full;
    }
    if (value.isJsonArray()) {
      JsonArray full = new JsonArray();
      value.getAsJsonArray().forEach(each -> full.add(given(each, n)));
      return full;
    }
    if (!isText(value)) return value;
    String text = value.getAsString().replace("{n}", String.valueOf(n));
    return new JsonPrimitive(text.startsWith("$") ? known.get(text.substring(1)) : text);
  }

  /** A value as the transcript has it. */
  private String shown(JsonElement value) {
    Map<String, String> names = new HashMap<>();
    known.forEach((name, text) -> names.put(text, "$" + name));
    JsonElement shown = named(value, names);
    return shown.isJsonNull() ? "null" : Server.GSON.toJson(shown);
  }

  private static JsonElement named(JsonElement value, Map<String, String> names) {
    if (value.isJsonObject()) {
      JsonObject sorted = new JsonObject();
      for (String name : new TreeSet<>(value.getAsJsonObject().keySet())) {
        JsonElement inner = value.getAsJsonObject().get(name);
        if (!inner.isJsonNull()) sorted.add(name, named(inner, names));
      }
      return sorted;
    }
    if (value.isJsonArray()) {
      JsonArray all = new JsonArray();
      value.getAsJsonArray().forEach(each -> all.add(named(each, names)));
      return all;
    }
    if (value instanceof JsonNull || !isText(value)) return value;
    return new JsonPrimitive(names.getOrDefault(value.getAsString(), value.getAsString()));
  }

  private void login(String name, JsonObject with) {
    App app = world.app(known.get("app"), known.get("appKey"), known.get("appSign"));
    String userId = with.has("userId") ? text(with, "userId") : name;
    String role = with.has("role") ? text(with, "role") : "";
    Types.UserAuth auth =
        with.has("expires")
            ? app.token(userId, role, Instant.ofEpochSecond(with.get("expires").getAsLong()))
            : app.token(userId, role);
    if (with.has("token")) auth.token = text(with, "token");
    Viewer viewer = app.viewer(app.config());
    viewer.login(new Types.User(userId, with.has("userExtension") ? text(with, "userExtension") : null), auth);
    viewers.put(name, viewer);
  }

  /** Calls a method of the client by its documented name. */
  private JsonElement ask(String name, String method, JsonObject with) {
    if (method.equals("login")) {
      login(name, with);
      return new JsonObject();
    }
    Viewer viewer = viewers.get(name);
    assertNotNull(viewer, name);
    if (method.equals("logout")) {
      viewer.logout();
      return new JsonObject();
    }
    if (with.has("level") && text(with, "level").equals("HIGH")) with.addProperty("level", 1);
    Object result = method.contains("Message") ? message(viewer.getMessageManager(), method, with)
        : group(viewer.getGroupManager(), method, with);
    if (result instanceof String) return json(Map.of("messageId", result));
    return result == null ? new JsonObject() : json(result);
  }

  private static <R> R as(Class<R> kind, JsonObject with) {
    return Server.GSON.fromJson(with, kind);
  }

  private static List<String> users(JsonObject with) {
    List<String> all = new ArrayList<>();
    with.getAsJsonArray("userList").forEach(each -> all.add(each.getAsString()));
    return all;
  }

  private static Object group(ImGroupManager groups, String method, JsonObject with) {
    String group = with.has("groupId") ? text(with, "groupId") : null;
    switch (method) {
      case "createGroup": return groups.createGroup(as(Requests.CreateGroup.class, with));
      case "joinGroup": return groups.joinGroup(group);
      case "queryGroup": return groups.queryGroup(group);
      case "listRecentGroupUser": return groups.listRecentGroupUser(group);
      case "listGroupUser": return groups.listGroupUser(as(Requests.ListGroupUser.class, with));
      case "listMuteUsers": return groups.listMuteUsers(group);
      default:
    }
    switch (method) {
      case "closeGroup": groups.closeGroup(group); break;
      case "leaveGroup": groups.leaveGroup(group); break;
      case "modifyGroup": groups.modifyGroup(as(Requests.ModifyGroup.class, with)); break;
      case "muteAll": groups.muteAll(group); break;
      case "cancelMuteAll": groups.cancelMuteAll(group); break;
      case "muteUser": groups.muteUser(group, users(with)); break;
      case "cancelMuteUser": groups.cancelMuteUser(group, users(with)); break;
      default: fail("no method " + method);
    }
    return null;
  }

  private static Object message(ImMessageManager messages, String method, JsonObject with) {
    switch (method) {
      case "sendGroupMessage": return messages.sendGroupMessage(as(Requests.SendGroupMessage.class, with));
      case "sendC2cMessage": return messages.sendC2cMessage(as(Requests.SendC2cMessage.class, with));
      case "listRecentMessage": return messages.listRecentMessage(as(Requests.ListRecentMessage.class, with));
      case "listMessage": return messages.listMessage(as(Requests.ListMessage.class, with));
      case "listHistoryMessage": return messages.listHistoryMessage(as(Requests.ListMessage.class, with));
      case "deleteMessage": messages.deleteMessage(text(with, "groupId"), text(with, "messageId")); return null;
      default: return fail("no method " + method);
    }
  }
}
