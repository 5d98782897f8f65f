package claque.audience;

import java.util.List;
import java.util.Map;

/** What the service tells of users, groups and messages. The fields bear their documented names; what is absent is null. */
public final class Types {
  private Types() {}

  /** A user. */
  public static final class User {
    public String userId;
    /** Said at the logon, and shown beside the user's messages. */
    public String userExtension;

    public User(String userId) {
      this.userId = userId;
    }

    public User(String userId, String userExtension) {
      this.userId = userId;
      this.userExtension = userExtension;
    }
  }

  /** What the application's back end hands out with a token. */
  public static final class UserAuth {
    public String nonce;
    /** Expiry of the token. Unit: UNIX seconds. */
    public Long timestamp;
    /** Empty, or {@code admin}. */
    public String role;
    public String token;

    public UserAuth(String nonce, Long timestamp, String role, String token) {
      this.nonce = nonce;
      this.timestamp = timestamp;
      this.role = role;
      this.token = token;
    }
  }

  /** The state of a group, as a member sees it. */
  public static final class GroupInfo {
    public String groupId;
    public String groupName;
    public String groupMeta;
    /** Unit: UNIX seconds. */
    public long createTime;
    public String creator;
    public List<String> admins;
    public Statistics statistics;
    public MuteStatus muteStatus;
    public boolean isBigGroup;
    /** Of the newest message; 0: none yet. */
    public long seqnum;
    /** Of the newest HIGH message; 0: none yet. */
    public long highIndex;
  }

  /** A group's counters. */
  public static final class Statistics {
    public long pv;
    public long onlineCount;
    public Map<String, Long> msgAmount;
  }

  /** Whether everybody, or this user, is muted. */
  public static final class MuteStatus {
    public boolean muteAll;
    public boolean muteSelf;
  }

  /** The answer to {@code createGroup}. */
  public static final class GroupCreated {
    public String groupId;
    public boolean alreadyExist;
  }

  /** A message to a group or, without the fields below {@link #level}, to one user. */
  public static final class Message {
    public String messageId;
    public long type;
    public User sender;
    public String data;
    /** Unit: UNIX seconds. */
    public long timestamp;
    public int level;
    public String groupId;
    /** Counts the group's messages. */
    public Long seqnum;
    /** Counts the group's HIGH messages. */
    public Long highIndex;
    public Long repeatCount;
    /** Running total of the type. */
    public Long totalMsgs;
    /** True where it was missed while the link was lost; else null. */
    public Boolean recovered;
  }

  /** A page of members. */
  public static final class UserPage {
    public List<User> userList;
    public long total;
    public long nextPageToken;
    public boolean hasMore;
  }

  /** A page of messages. */
  public static final class MessagePage {
    public List<Message> messageList;
    public long nextPageToken;
    public boolean hasMore;
  }

  /** Who is muted, and who is not while everybody is. */
  public static final class MuteState {
    public boolean muteAll;
    public List<String> muteUserList;
    public List<String> whiteUserList;
  }

  /** A group's extension information and administrators. */
  public static final class Info {
    public String groupMeta;
    public List<String> adminList;
  }
}
