// The engine: one session, its link, and what happens when the link is lost.

import { Emitter, ImError, ImErrorCode } from "./common.js";
import { Link } from "./link.js";
import { ImGroupManager, ImMessageManager } from "./managers.js";
import { Recorder } from "./record.js";

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").User} User */
/** @typedef {import("./types.js").UserAuth} UserAuth */
/** @typedef {import("./types.js").EngineEvents} EngineEvents */

/** First and longest wait between attempts to come back. Unit: milliseconds. */
const BACKOFF_MS = { first: 100, longest: 5_000 };
/** A fresh token that the application does not give within this span is given up. Unit: milliseconds. */
const TOKEN_WITHIN_MS = 30_000;
/** Reasons of `disconnect`. */
const REASON = { own: 1, kicked: 2, timeout: 3, elsewhere: 4 };
/** WebSocket close code of a link that the server ended on purpose. */
const CLOSED_ON_PURPOSE = 1000;

/** Where the audience side of an endpoint is. */
function audienceUrl(endpoint) {
  const url = new URL(/^\w+:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`);
  url.protocol = { "http:": "ws:", "https:": "wss:" }[url.protocol] ?? url.protocol;
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new ImError(ImErrorCode.BAD_PARAMETER, `endpoint: ${endpoint} is neither http, https, ws nor wss`);
  }
  // A world's side is below the world's address; that of the server itself is at the top.
  return new URL("audience", url).href;
}

/**
 * The engine.
 *
 * Events: `connecting()`, `connectsuccess()`, `connectfailed(error)`, `disconnect(code)` with code 1 (own logout), 2
 * (kicked), 3 (timeout or other), 4 (logged on elsewhere), `reconnectsuccess(groupInfos)`, and `tokenexpired(callback)`,
 * whose listener calls `callback(error)` or `callback(null, userAuth)`.
 * @extends {Emitter<EngineEvents>}
 */
export class ImEngine extends Emitter {
  /** @type {ImEngine | undefined} */
  static #only;

  /** @type {Config} none before `init` and after `unInit` */
  #config;
  #url = "";
  /** @type {Link | undefined} */
  #link;
  /** Writes down this session's frames. @type {Recorder | undefined} */
  #recorder;
  /** @type {User} */
  #user;
  /** @type {UserAuth} */
  #auth;
  #renewed = false;
  #session = "";
  #heartbeat = 0;
  /** Counts logons: what belongs to a former one must not touch the present one. */
  #epoch = 0;
  #comingBack = false;
  #wake = () => {};
  /** Ends the wait for a fresh token. */
  #giveUp = () => {};
  /** Callers that wait for the link to be back. */
  #returns = [];
  /** How far the messages of each group have come. */
  #cursors = new Map();
  #groups = new ImGroupManager((method, params) => this.#ask(method, params));
  #messages = new ImMessageManager((method, params) => this.#ask(method, params));

  /**
   * The one engine of this program, made at the first call.
   * @returns {ImEngine}
   */
  static createEngine() {
    ImEngine.#only ??= new ImEngine();
    return ImEngine.#only;
  }

  /**
   * Whether this runtime has a WebSocket of its own.
   * @returns {boolean}
   */
  static isSupport() {
    return typeof globalThis.WebSocket === "function";
  }

  /**
   * Takes the configuration.
   * @param {Config} config
   * @returns {Promise<void>}
   */
  async init(config) {
    if (this.#config) throw new ImError(ImErrorCode.WRONG_STATE, "init was called already; unInit first");
    for (const name of ["endpoint", "appId", "appSign"]) {
      if (!config?.[name]) throw new ImError(ImErrorCode.BAD_PARAMETER, `init: ${name} is missing`);
    }
    if (!(config.WebSocket ?? globalThis.WebSocket)) {
      const text = "this runtime has no WebSocket: give one as config.WebSocket (Node 20: that of the package ws)";
      throw new ImError(ImErrorCode.WRONG_STATE, text);
    }
    this.#url = audienceUrl(config.endpoint);
    this.#config = { ...config };
  }

  /** Logs off and forgets configuration and listeners. */
  async unInit() {
    if (this.isLogin()) await this.logout();
    this.#config = /** @type {any} */ (undefined);
    for (const emitter of [this, this.#groups, this.#messages]) emitter.removeAllListeners();
  }

  /**
   * Logs on with a token of the application's server.
   * @param {{ user: User, userAuth: UserAuth }} request
   * @returns {Promise<void>}
   */
  async login({ user, userAuth }) {
    if (!this.#config) throw new ImError(ImErrorCode.WRONG_STATE, "init first");
    if (this.#session) throw new ImError(ImErrorCode.ALREADY_LOGIN, "already logged on");
    const epoch = ++this.#epoch;
    this.#user = user;
    this.#auth = userAuth;
    const { record, recordClockErrorMs: clockErrorMs, appId } = this.#config;
    this.#recorder = record && new Recorder(record, { appId, userId: user.userId, clockErrorMs });
    this.emit("connecting");
    let link;
    try {
      link = await this.#open(epoch);
      await link.ask("login", this.#credentials(), (answer) => this.#begin(link, answer));
    } catch (error) {
      link?.drop(1000, "the logon was refused");
      this.#recorder?.end();
      this.emit("connectfailed", error);
      throw error;
    }
    this.emit("connectsuccess");
  }

  /**
   * Logs off.
   * @returns {Promise<void>}
   */
  async logout() {
    if (!this.#session) throw new ImError(ImErrorCode.NOT_LOGIN, "not logged on");
    const link = this.#link;
    if (link?.up) await link.ask("logout").catch(() => {});
    this.#end(REASON.own);
  }

  /**
   * Drops the link, if there is one, and comes back at once.
   * @returns {Promise<void>} when the link is back
   */
  async reconnect() {
    if (!this.#session) throw new ImError(ImErrorCode.NOT_LOGIN, "not logged on");
    /** @type {Promise<void>} */
    const back = new Promise((resolve, reject) => this.#returns.push({ resolve, reject }));
    if (this.#comingBack) this.#wake();
    else this.#link?.drop(4000, "a new link was asked for");
    await back;
  }

  /**
   * Asks for a sign of life. Everything that the session was sent before has been heard when it comes. Claque's own.
   * @returns {Promise<void>}
   */
  async heartbeat() {
    await this.#ask("heartbeat", {});
  }

  /** @returns {boolean} whether a session lives, with its link up or on its way back */
  isLogin() {
    return this.#session !== "";
  }

  /** @returns {boolean} */
  isLogout() {
    return !this.isLogin();
  }

  /** @returns {string | undefined} */
  getCurrentUserId() {
    return this.isLogin() ? this.#user.userId : undefined;
  }

  /** @returns {ImGroupManager} */
  getGroupManager() {
    return this.#groups;
  }

  /** @returns {ImMessageManager} */
  getMessageManager() {
    return this.#messages;
  }

  #credentials() {
    const { appId, appSign, heartbeatTimeout } = this.#config;
    return { appId, appSign, heartbeatTimeout, user: this.#user, userAuth: this.#auth, acknowledges: true };
  }

  async #open(epoch) {
    const link = await Link.open(this.#config.WebSocket ?? globalThis.WebSocket, this.#url, this.#recorder);
    const seconds = this.#config?.answerTimeout ?? 0;
    if (seconds > 0) link.answerWithin = seconds * 1000;
    link.onEvent = (event) => epoch === this.#epoch && this.#take(event);
    // A link that never became the session's ends without consequence.
    link.onClose = (code) => link === this.#link && this.#lost(code);
    return link;
  }

  #begin(link, answer) {
    this.#link = link;
    this.#session = answer.session;
    this.#heartbeat = answer.heartbeatTimeout;
    link.keepAlive(this.#heartbeat);
    for (const group of answer.groups) {
      if (!this.#cursors.has(group.groupId)) this.#cursors.set(group.groupId, group.seqnum);
    }
  }

  /** The session is over, here. */
  #end(reason) {
    if (!this.#session) return;
    this.#epoch += 1;
    this.#session = "";
    this.#comingBack = false;
    this.#cursors.clear();
    this.#link?.refusePending(new ImError(ImErrorCode.FORMER_SESSION, "the session has ended"));
    this.#link?.drop(1000, "logged off");
    this.#link = undefined;
    this.#recorder?.end();
    this.#wake();
    this.#giveUp();
    const error = new ImError(ImErrorCode.NO_SESSION, `the session has ended: ${reason}`);
    for (const { reject } of this.#returns.splice(0)) reject(error);
    this.emit("disconnect", reason);
  }

  async #ask(method, params) {
    if (!this.#config) throw new ImError(ImErrorCode.WRONG_STATE, "init first");
    if (!this.#session) throw new ImError(ImErrorCode.NOT_LOGIN, "not logged on");
    if (!this.#link?.up) throw new ImError(ImErrorCode.NO_SESSION, "the link is lost; the client is coming back");
    return this.#link.ask(method, params, (result) => {
      if (method === "joinGroup") this.#seen(result);
      if (method === "leaveGroup") this.#cursors.delete(params.groupId);
    });
  }

  #take(event) {
    switch (event.event) {
      case "disconnect":
        return this.#end(event.code);
      case "tokenexpired":
        // The link goes on; the fresh token is for coming back after its loss.
        this.#renew().catch(() => {});
        return undefined;
      case "recvgroupmessage":
        this.#seen(event.message);
        return this.#messages.tell(event);
      case "recovered":
        for (const message of event.messages) {
          this.#seen(message);
          const { groupId } = event;
          this.#messages.tell({ event: "recvgroupmessage", groupId, message: { ...message, recovered: true } });
        }
        return undefined;
      case "recvc2cmessage":
        if (event.acknowledge) this.#link?.ask("acknowledge", { ticket: event.acknowledge }).catch(() => {});
        return this.#messages.tell(event);
      case "deletegroupmessage":
      case "deletec2cmessage":
        return this.#messages.tell(event);
      case "exit":
        this.#cursors.delete(event.groupId);
        return this.#groups.tell(event);
      default:
        return this.#groups.tell(event);
    }
  }

  #seen({ groupId, seqnum }) {
    this.#cursors.set(groupId, Math.max(seqnum, this.#cursors.get(groupId) ?? 0));
  }

  /**
   * Asks the application for a fresh token.
   * @returns {Promise<void>}
   */
  #renew() {
    return new Promise((resolve, reject) => {
      if (this.listenerCount("tokenexpired") === 0) {
        reject(new ImError(ImErrorCode.FORBIDDEN, "the token has expired and nobody listens to tokenexpired"));
        return;
      }
      const text = `no fresh token within ${TOKEN_WITHIN_MS / 1000} s`;
      const timer = setTimeout(() => reject(new ImError(ImErrorCode.FORBIDDEN, text)), TOKEN_WITHIN_MS);
      this.#giveUp = () => {
        clearTimeout(timer);
        reject(new ImError(ImErrorCode.FORMER_SESSION, "the session has ended"));
      };
      this.emit("tokenexpired", (error, auth) => {
        clearTimeout(timer);
        if (error || !auth) return reject(new ImError(ImErrorCode.FORBIDDEN, `no fresh token: ${error ?? "none given"}`));
        this.#auth = auth;
        this.#renewed = true;
        return resolve();
      });
    });
  }

  #lost(code) {
    this.#link = undefined;
    if (!this.#session) return;
    // The server said goodbye: this session has a newer link somewhere.
    if (code === CLOSED_ON_PURPOSE) this.#end(REASON.elsewhere);
    else this.#comeBack(this.#epoch);
  }

  /** Tries again and again until the session is taken up or must be given up. */
  async #comeBack(epoch) {
    if (this.#comingBack) return;
    this.#comingBack = true;
    let wait = BACKOFF_MS.first;
    // The server keeps the session for one timeout behind the one in which it noticed the loss.
    const until = Date.now() + 2 * this.#heartbeat * 1000;
    while (epoch === this.#epoch && Date.now() < until) {
      this.emit("connecting");
      try {
        return await this.#takeUp(epoch);
      } catch (error) {
        if (epoch !== this.#epoch) return undefined;
        this.emit("connectfailed", error);
        if (error.code === ImErrorCode.NO_SESSION && error.final) break;
        if (error.code === ImErrorCode.FORBIDDEN && !(await this.#renew().then(() => true, () => false))) break;
      }
      // Half of the wait is drawn, so that an audience does not come back all at once.
      const span = wait / 2 + Math.random() * (wait / 2);
      /** @type {Promise<void>} */
      const pause = new Promise((resolve) => {
        const timer = setTimeout(resolve, span);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
      await pause;
      wait = Math.min(wait * 2, BACKOFF_MS.longest);
    }
    if (epoch === this.#epoch) this.#end(REASON.timeout);
    return undefined;
  }

  async #takeUp(epoch) {
    const link = await this.#open(epoch);
    if (epoch !== this.#epoch) return link.drop(1000, "too late");
    const cursors = [...this.#cursors].map(([groupId, seqnum]) => ({ groupId, seqnum }));
    const fresh = this.#renewed ? this.#credentials() : undefined;
    try {
      await link.ask("reconnect", { session: this.#session, cursors, fresh }, (answer) => this.#resume(link, answer));
    } catch (error) {
      // Only the server's own word is final; a link that broke under the question says nothing.
      error.final = link.up;
      if (link.up) link.drop(1000, "refused");
      throw error;
    }
    return undefined;
  }

  #resume(link, answer) {
    this.#comingBack = false;
    this.#renewed = false;
    this.#begin(link, answer);
    const joined = new Set(answer.groups.map((group) => group.groupId));
    for (const groupId of this.#cursors.keys()) if (!joined.has(groupId)) this.#cursors.delete(groupId);
    for (const { resolve } of this.#returns.splice(0)) resolve();
    this.emit("connectsuccess");
    this.emit("reconnectsuccess", answer.groups);
  }
}
