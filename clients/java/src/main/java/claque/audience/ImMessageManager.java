package claque.audience;

import claque.audience.Types.MessagePage;
import java.util.Map;

/** Messages: the documented methods, each one request. They return when the answer is there. */
public final class ImMessageManager {
  private final ImEngine engine;

  ImMessageManager(ImEngine engine) {
    this.engine = engine;
  }

  private static final class Sent {
    String messageId;
  }

  /**
   * Sends to a group that was joined. A message that shaping sheds later is a success too: its sender learns nothing.
   *
   * @return the message ID
   */
  public String sendGroupMessage(Requests.SendGroupMessage request) {
    return engine.ask("sendGroupMessage", request, Sent.class).messageId;
  }

  /**
   * Sends to one user.
   *
   * @return the message ID
   */
  public String sendC2cMessage(Requests.SendC2cMessage request) {
    return engine.ask("sendC2cMessage", request, Sent.class).messageId;
  }

  /** The newest messages of the cache, newest first. */
  public MessagePage listRecentMessage(Requests.ListRecentMessage request) {
    return engine.ask("listRecentMessage", request, MessagePage.class);
  }

  /** Stored messages. For the group's staff. */
  public MessagePage listMessage(Requests.ListMessage request) {
    return engine.ask("listMessage", request, MessagePage.class);
  }

  /** Stored messages, also of a group that was not joined. At most two calls a second. */
  public MessagePage listHistoryMessage(Requests.ListMessage request) {
    return engine.ask("listHistoryMessage", request, MessagePage.class);
  }

  /** Recalls a message: one's own, or any as the group's staff. */
  public void deleteMessage(String groupId, String messageId) {
    engine.ask("deleteMessage", Map.of("groupId", groupId, "messageId", messageId), Object.class);
  }
}
