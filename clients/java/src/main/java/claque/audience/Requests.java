package claque.audience;

import java.util.List;

/** What methods with more than one parameter are asked with. What is null is not sent. */
public final class Requests {
  private Requests() {}

  /** For {@code createGroup}; without an ID, the service makes one. */
  public static final class CreateGroup {
    public String groupId;
    public String groupName;
    public String groupMeta;
  }

  /** For {@code modifyGroup}; what is null stays. */
  public static final class ModifyGroup {
    public final String groupId;
    public String groupMeta;
    public List<String> admins;

    public ModifyGroup(String groupId) {
      this.groupId = groupId;
    }
  }

  /** For {@code listGroupUser}. */
  public static final class ListGroupUser {
    public final String groupId;
    public Integer sortType;
    public Long nextPageToken;
    public Integer pageSize;

    public ListGroupUser(String groupId) {
      this.groupId = groupId;
    }
  }

  /** For {@code sendGroupMessage}. */
  public static final class SendGroupMessage {
    public final String groupId;
    public final long type;
    public final String data;
    /** One of {@link ImMessageLevel}. */
    public Integer level;
    /** What it adds to the counter of its type; null: 1. */
    public Integer repeatCount;
    public Boolean noStorage;
    public Boolean noCache;
    public Boolean skipMuteCheck;
    public Boolean skipAudit;

    public SendGroupMessage(String groupId, long type, String data) {
      this.groupId = groupId;
      this.type = type;
      this.data = data;
    }
  }

  /** For {@code sendC2cMessage}. */
  public static final class SendC2cMessage {
    public final String receiverId;
    public final long type;
    public final String data;
    public Boolean skipAudit;

    public SendC2cMessage(String receiverId, long type, String data) {
      this.receiverId = receiverId;
      this.type = type;
      this.data = data;
    }
  }

  /** For {@code listRecentMessage}: below a sequence number, if one is given. */
  public static final class ListRecentMessage {
    public final String groupId;
    public Long seqnum;
    public Integer pageSize;

    public ListRecentMessage(String groupId) {
      this.groupId = groupId;
    }
  }

  /** For {@code listMessage} and {@code listHistoryMessage}. */
  public static final class ListMessage {
    public final String groupId;
    /** The only type wanted; null: all. */
    public Long type;
    public Integer sortType;
    public Long nextPageToken;
    public Integer pageSize;
    /** Unit: UNIX seconds. */
    public Long beginTime;
    /** Unit: UNIX seconds. */
    public Long endTime;

    public ListMessage(String groupId) {
      this.groupId = groupId;
    }
  }
}
