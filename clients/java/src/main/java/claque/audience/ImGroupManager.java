package claque.audience;

import claque.audience.Types.GroupCreated;
import claque.audience.Types.GroupInfo;
import claque.audience.Types.MuteState;
import claque.audience.Types.UserPage;
import java.util.List;
import java.util.Map;

/** Groups, members and mutes: the documented methods, each one request. They return when the answer is there. */
public final class ImGroupManager {
  private final ImEngine engine;

  ImGroupManager(ImEngine engine) {
    this.engine = engine;
  }

  private static Map<String, String> in(String groupId) {
    return Map.of("groupId", groupId);
  }

  /** Creates a group. Needs the role admin. */
  public GroupCreated createGroup(Requests.CreateGroup request) {
    return engine.ask("createGroup", request, GroupCreated.class);
  }

  /** Dissolves a group. Needs the role admin. */
  public void closeGroup(String groupId) {
    engine.ask("closeGroup", in(groupId), Object.class);
  }

  /** Joins a group. */
  public GroupInfo joinGroup(String groupId) {
    return engine.ask("joinGroup", in(groupId), GroupInfo.class);
  }

  /** Leaves a group. */
  public void leaveGroup(String groupId) {
    engine.ask("leaveGroup", in(groupId), Object.class);
  }

  /** Reads a group. */
  public GroupInfo queryGroup(String groupId) {
    return engine.ask("queryGroup", in(groupId), GroupInfo.class);
  }

  /** Changes extension information or administrators. For the group's staff. */
  public void modifyGroup(Requests.ModifyGroup request) {
    engine.ask("modifyGroup", request, Object.class);
  }

  /** The newest members and the member count. */
  public UserPage listRecentGroupUser(String groupId) {
    return engine.ask("listRecentGroupUser", in(groupId), UserPage.class);
  }

  /** Members by joining time. For the group's staff. */
  public UserPage listGroupUser(Requests.ListGroupUser request) {
    return engine.ask("listGroupUser", request, UserPage.class);
  }

  /** Mutes everybody. For the group's staff. */
  public void muteAll(String groupId) {
    engine.ask("muteAll", in(groupId), Object.class);
  }

  /** Lifts the mute of everybody. For the group's staff. */
  public void cancelMuteAll(String groupId) {
    engine.ask("cancelMuteAll", in(groupId), Object.class);
  }

  /** Mutes users. For the group's staff. */
  public void muteUser(String groupId, List<String> userList) {
    engine.ask("muteUser", Map.of("groupId", groupId, "userList", userList), Object.class);
  }

  /** Lifts the mute of users. For the group's staff. */
  public void cancelMuteUser(String groupId, List<String> userList) {
    engine.ask("cancelMuteUser", Map.of("groupId", groupId, "userList", userList), Object.class);
  }

  /** The mute state. For the group's staff. */
  public MuteState listMuteUsers(String groupId) {
    return engine.ask("listMuteUsers", in(groupId), MuteState.class);
  }
}
