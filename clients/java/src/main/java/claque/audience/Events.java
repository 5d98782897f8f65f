package claque.audience;

import java.util.List;
import java.util.Map;

/** What an engine tells. Names and fields are the documented client's. */
public final class Events {
  private Events() {}

  /** Something that happened. */
  public abstract static class Event {
    private final transient String name;

    Event(String name) {
      this.name = name;
    }

    /** The documented name. */
    public final String name() {
      return name;
    }
  }

  /** The engine tries to reach the server. */
  public static final class Connecting extends Event {
    Connecting() {
      super("connecting");
    }
  }

  /** The link is up. */
  public static final class ConnectSuccess extends Event {
    ConnectSuccess() {
      super("connectsuccess");
    }
  }

  /** An attempt failed. */
  public static final class ConnectFailed extends Event {
    public final transient ImException error;

    ConnectFailed(ImException error) {
      super("connectfailed");
      this.error = error;
    }
  }

  /** The session has ended: 1 own logout, 2 kicked, 3 timeout or other, 4 logged on elsewhere. */
  public static final class Disconnect extends Event {
    public int code;

    Disconnect() {
      super("disconnect");
    }

    Disconnect(int code) {
      this();
      this.code = code;
    }
  }

  /** The session was taken up again, and this is the state of its groups. */
  public static final class ReconnectSuccess extends Event {
    public final List<Types.GroupInfo> groups;

    ReconnectSuccess(List<Types.GroupInfo> groups) {
      super("reconnectsuccess");
      this.groups = groups;
    }
  }

  /** The session's token has expired. The link stays up; coming back after its loss needs a fresh one. */
  public static final class TokenExpired extends Event {
    TokenExpired() {
      super("tokenexpired");
    }
  }

  /** A group message. */
  public static final class RecvGroupMessage extends Event {
    public String groupId;
    public Types.Message message;

    RecvGroupMessage() {
      super("recvgroupmessage");
    }
  }

  /** A message to this user alone. */
  public static final class RecvC2cMessage extends Event {
    public Types.Message message;

    RecvC2cMessage() {
      super("recvc2cmessage");
    }
  }

  /** A group message was recalled. */
  public static final class DeleteGroupMessage extends Event {
    public String groupId;
    public String messageId;

    DeleteGroupMessage() {
      super("deletegroupmessage");
    }
  }

  /** A message to this user was recalled. The name is Claque's own. */
  public static final class DeleteC2cMessage extends Event {
    public String messageId;

    DeleteC2cMessage() {
      super("deletec2cmessage");
    }
  }

  /** Members came or went. The lists are empty in a supergroup. */
  public static final class MemberChange extends Event {
    public String groupId;
    public long memberCount;
    public List<Types.User> joinUsers;
    public List<Types.User> leaveUsers;
    public boolean isBigGroup;

    MemberChange() {
      super("memberchange");
    }
  }

  /** This user is out of a group: 1 it was dissolved, 2 kicked. */
  public static final class Exit extends Event {
    public String groupId;
    public int reason;

    Exit() {
      super("exit");
    }
  }

  /** The mutes of a group changed. */
  public static final class MuteChange extends Event {
    public String groupId;
    public Types.MuteState status;

    MuteChange() {
      super("mutechange");
    }
  }

  /** Extension information or administrators of a group changed. */
  public static final class InfoChange extends Event {
    public String groupId;
    public Types.Info info;

    InfoChange() {
      super("infochange");
    }
  }

  /** Counters of a group, broadcast on demand of the older family. The name is Claque's own. */
  public static final class StatisticsChange extends Event {
    public String groupId;
    public long onlineCount;
    public long pv;

    StatisticsChange() {
      super("statistics");
    }
  }

  /** Likes of a group, broadcast on demand of the older family. The name is Claque's own. */
  public static final class Like extends Event {
    public String groupId;
    public long likeCount;

    Like() {
      super("like");
    }
  }

  /** What was missed; passed on as {@link RecvGroupMessage}. */
  static final class Recovered extends Event {
    String groupId;
    List<Types.Message> messages;

    Recovered() {
      super("recovered");
    }
  }

  /** What the server sends, by name. */
  static final Map<String, Class<? extends Event>> SENT =
      Map.ofEntries(
          Map.entry("disconnect", Disconnect.class),
          Map.entry("tokenexpired", TokenExpired.class),
          Map.entry("recvgroupmessage", RecvGroupMessage.class),
          Map.entry("recvc2cmessage", RecvC2cMessage.class),
          Map.entry("deletegroupmessage", DeleteGroupMessage.class),
          Map.entry("deletec2cmessage", DeleteC2cMessage.class),
          Map.entry("memberchange", MemberChange.class),
          Map.entry("exit", Exit.class),
          Map.entry("mutechange", MuteChange.class),
          Map.entry("infochange", InfoChange.class),
          Map.entry("statistics", StatisticsChange.class),
          Map.entry("like", Like.class),
          Map.entry("recovered", Recovered.class));
}
