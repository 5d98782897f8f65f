// Groups and messages: the documented methods, each one request.

import { Emitter } from "./common.js";

/** @typedef {import("./types.js").GroupInfo} GroupInfo */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").UserPage} UserPage */
/** @typedef {import("./types.js").MessagePage} MessagePage */
/** @typedef {import("./types.js").MuteState} MuteState */
/** @typedef {import("./types.js").GroupEvents} GroupEvents */
/** @typedef {import("./types.js").MessageEvents} MessageEvents */

/**
 * Groups, members and mutes.
 *
 * Events: `memberchange(groupId, memberCount, joinUsers, leaveUsers, isBigGroup)`, `exit(groupId, reason)` with reason 1
 * (dissolved) or 2 (kicked), `mutechange(groupId, status)`, `infochange(groupId, info)`.
 * @extends {Emitter<GroupEvents>}
 */
export class ImGroupManager extends Emitter {
  #ask;

  /** @param {(method: string, params: object) => Promise<any>} ask */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  /**
   * Creates a group. Needs the role `admin`.
   * @param {{ groupId?: string, groupName?: string, groupMeta?: string }} [request]
   * @returns {Promise<{ groupId: string, alreadyExist: boolean }>}
   */
  createGroup(request = {}) {
    return this.#ask("createGroup", request);
  }

  /**
   * Dissolves a group. Needs the role `admin`.
   * @param {string} groupId
   * @returns {Promise<void>}
   */
  async closeGroup(groupId) {
    await this.#ask("closeGroup", { groupId });
  }

  /**
   * Joins a group.
   * @param {string} groupId
   * @returns {Promise<GroupInfo>}
   */
  joinGroup(groupId) {
    return this.#ask("joinGroup", { groupId });
  }

  /**
   * Leaves a group.
   * @param {string} groupId
   * @returns {Promise<void>}
   */
  async leaveGroup(groupId) {
    await this.#ask("leaveGroup", { groupId });
  }

  /**
   * Reads a group.
   * @param {string} groupId
   * @returns {Promise<GroupInfo>}
   */
  queryGroup(groupId) {
    return this.#ask("queryGroup", { groupId });
  }

  /**
   * Changes extension information or administrators; what is not named stays. For the group's staff.
   * @param {{ groupId: string, groupMeta?: string, admins?: string[] }} request
   * @returns {Promise<void>}
   */
  async modifyGroup(request) {
    await this.#ask("modifyGroup", request);
  }

  /**
   * The newest members and the member count.
   * @param {string} groupId
   * @returns {Promise<UserPage>}
   */
  listRecentGroupUser(groupId) {
    return this.#ask("listRecentGroupUser", { groupId });
  }

  /**
   * Members by joining time. For the group's staff.
   * @param {{ groupId: string, sortType?: number, nextPageToken?: number, pageSize?: number }} request
   * @returns {Promise<UserPage>}
   */
  listGroupUser(request) {
    return this.#ask("listGroupUser", request);
  }

  /**
   * Mutes everybody. For the group's staff.
   * @param {string} groupId
   * @returns {Promise<void>}
   */
  async muteAll(groupId) {
    await this.#ask("muteAll", { groupId });
  }

  /**
   * Lifts the mute of everybody. For the group's staff.
   * @param {string} groupId
   * @returns {Promise<void>}
   */
  async cancelMuteAll(groupId) {
    await this.#ask("cancelMuteAll", { groupId });
  }

  /**
   * Mutes users. For the group's staff.
   * @param {{ groupId: string, userList: string[] }} request
   * @returns {Promise<void>}
   */
  async muteUser(request) {
    await this.#ask("muteUser", request);
  }

  /**
   * Lifts the mute of users. For the group's staff.
   * @param {{ groupId: string, userList: string[] }} request
   * @returns {Promise<void>}
   */
  async cancelMuteUser(request) {
    await this.#ask("cancelMuteUser", request);
  }

  /**
   * The mute state. For the group's staff.
   * @param {string} groupId
   * @returns {Promise<MuteState>}
   */
  listMuteUsers(groupId) {
    return this.#ask("listMuteUsers", { groupId });
  }

  /** @internal */
  tell(event) {
    const { groupId } = event;
    switch (event.event) {
      case "memberchange":
        return this.emit(
          "memberchange",
          groupId,
          event.memberCount,
          event.joinUsers,
          event.leaveUsers,
          event.isBigGroup,
        );
      case "exit":
        return this.emit("exit", groupId, event.reason);
      case "mutechange":
        return this.emit("mutechange", groupId, event.status);
      case "infochange":
        return this.emit("infochange", groupId, event.info);
      case "like":
        return this.emit("like", groupId, event.likeCount);
      case "statistics":
        return this.emit("statistics", groupId, { onlineCount: event.onlineCount, pv: event.pv });
      default:
        return undefined;
    }
  }
}

/**
 * Messages.
 *
 * Events: `recvgroupmessage(message, groupId)`, `recvc2cmessage(message)`, `deletegroupmessage(messageId, groupId)`, and
 * `deletec2cmessage(messageId)`, which is this client's own. A HIGH message that was missed while the link was lost
 * comes as `recvgroupmessage` too, with `recovered: true`.
 * @extends {Emitter<MessageEvents>}
 */
export class ImMessageManager extends Emitter {
  #ask;

  /** @param {(method: string, params: object) => Promise<any>} ask */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  /**
   * Sends to one user.
   * @param {{ receiverId: string, type: number, data: string, skipAudit?: boolean }} request
   * @returns {Promise<string>} the message ID
   */
  async sendC2cMessage(request) {
    return (await this.#ask("sendC2cMessage", request)).messageId;
  }

  /**
   * Sends to a group that was joined. A message that shaping sheds later is a success too: its sender learns nothing.
   * @param {{
   *   groupId: string, type: number, data: string, level?: number, repeatCount?: number,
   *   noStorage?: boolean, noCache?: boolean, skipMuteCheck?: boolean, skipAudit?: boolean
   * }} request
   * @returns {Promise<string>} the message ID
   */
  async sendGroupMessage(request) {
    return (await this.#ask("sendGroupMessage", request)).messageId;
  }

  /**
   * The newest messages of the cache, newest first, below a sequence number if one is given.
   * @param {{ groupId: string, seqnum?: number, pageSize?: number }} request
   * @returns {Promise<MessagePage>}
   */
  listRecentMessage(request) {
    return this.#ask("listRecentMessage", request);
  }

  /**
   * Stored messages. For the group's staff.
   * @param {import("./types.js").ListRequest} request
   * @returns {Promise<MessagePage>}
   */
  listMessage(request) {
    return this.#ask("listMessage", request);
  }

  /**
   * Stored messages, also of a group that was not joined.
   * @param {import("./types.js").ListRequest} request
   * @returns {Promise<MessagePage>}
   */
  listHistoryMessage(request) {
    return this.#ask("listHistoryMessage", request);
  }

  /**
   * Recalls a message: one's own, or any as the group's staff.
   * @param {{ groupId: string, messageId: string }} request
   * @returns {Promise<void>}
   */
  async deleteMessage(request) {
    await this.#ask("deleteMessage", request);
  }

  /** @internal */
  tell(event) {
    switch (event.event) {
      case "recvgroupmessage":
        return this.emit("recvgroupmessage", event.message, event.groupId);
      case "recvc2cmessage":
        return this.emit("recvc2cmessage", event.message);
      case "deletegroupmessage":
        return this.emit("deletegroupmessage", event.messageId, event.groupId);
      case "deletec2cmessage":
        return this.emit("deletec2cmessage", event.messageId);
      default:
        return undefined;
    }
  }
}
