package claque.junit;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

/** What an operation, or the control API, answered. */
public final class Answer {
  private final JsonObject fields;

  Answer(JsonObject fields) {
    this.fields = fields;
  }

  /** The whole, as JSON. */
  public JsonObject json() {
    return fields;
  }

  /** What is at a path of names and numbers, {@code MessageList.0.Body}; null: nothing is there. */
  public JsonElement get(String path) {
    JsonElement value = fields;
    for (String name : path.split("\\.")) {
      if (value != null && value.isJsonObject()) {
        value = value.getAsJsonObject().get(name);
      } else if (value != null && value.isJsonArray() && name.matches("\\d{1,9}")) {
        int at = Integer.parseInt(name);
        value = at < value.getAsJsonArray().size() ? value.getAsJsonArray().get(at) : null;
      } else {
        return null;
      }
    }
    return value == null || value.isJsonNull() ? null : value;
  }

  /** What is at a path, as text; null: nothing is there. */
  public String text(String path) {
    JsonElement value = get(path);
    if (value == null) return null;
    return value.isJsonPrimitive() ? value.getAsString() : Server.GSON.toJson(value);
  }

  @Override
  public String toString() {
    return Server.GSON.toJson(fields);
  }
}
