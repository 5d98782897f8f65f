package claque.junit;

import claque.audience.ImConfig;
import claque.audience.Types;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Map;

/** An application of a world. */
public final class App {
  /** The message type that {@link #send} uses: types above 10000 are the application's. */
  public static final long TYPE_OF_OWN = 10_001;

  /** Tokens outlive every test, unless a test says otherwise. */
  private static final Instant FAR_FUTURE = Instant.ofEpochSecond(4_000_000_000L);

  private final World world;
  private final String id;
  private final String key;
  private final String sign;

  App(World world, String id, String key, String sign) {
    this.world = world;
    this.id = id;
    this.key = key;
    this.sign = sign;
  }

  /** Its ID. */
  public String id() {
    return id;
  }

  /** Its secret, which tokens are made of. */
  public String key() {
    return key;
  }

  /** What clients are initialised with. */
  public String sign() {
    return sign;
  }

  /** Creates a group, whose owner is {@code host}. */
  public App group(String groupId) {
    world.call("CreateLiveMessageGroup", Map.of("AppId", id, "GroupId", groupId, "CreatorId", "host"));
    return this;
  }

  /**
   * Sends a message to a group, as the back end does. Its sender is {@code host}.
   *
   * @return the message ID
   */
  public String send(String groupId, String body) {
    Map<String, ?> parameters =
        Map.of("AppId", id, "GroupId", groupId, "SenderId", "host", "MsgType", TYPE_OF_OWN, "Body", body);
    return world.call("SendLiveMessageGroup", parameters).text("MsgTid");
  }

  /** The token that a back end hands out to a user. The role is empty, or {@code admin}. */
  public Types.UserAuth token(String userId, String role) {
    return token(userId, role, FAR_FUTURE);
  }

  /** A token that expires. */
  public Types.UserAuth token(String userId, String role, Instant expires) {
    String nonce = "AK";
    String made = id + key + userId + nonce + expires.getEpochSecond() + role;
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(made.getBytes(StandardCharsets.UTF_8));
      StringBuilder hex = new StringBuilder();
      for (byte each : hash) hex.append(String.format("%02x", each));
      return new Types.UserAuth(nonce, expires.getEpochSecond(), role, hex.toString());
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  /** What an engine of this application is initialised with. */
  public ImConfig config() {
    return new ImConfig(world.audience(), id, sign);
  }

  /** Logs a viewer on who is in a group. */
  public Viewer join(String groupId, String userId) {
    Viewer viewer = login(userId);
    viewer.getGroupManager().joinGroup(groupId);
    return viewer;
  }

  /** Logs a viewer on, who leaves with the world. */
  public Viewer login(String userId) {
    Viewer viewer = viewer(config());
    viewer.login(new Types.User(userId), token(userId, ""));
    return viewer;
  }

  /** A viewer with a configuration of the test's own, who is not logged on yet and leaves with the world. */
  public Viewer viewer(ImConfig config) {
    Viewer viewer = new Viewer();
    world.leaves(viewer::unInit);
    viewer.init(config);
    return viewer;
  }
}
