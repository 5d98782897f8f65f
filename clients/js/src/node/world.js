// A world: a service of its own, with what a test does to it and asks of it.

import { createHash } from "node:crypto";

import { ImEngine } from "../engine.js";
import { call } from "./call.js";
import { ClaqueError } from "./errors.js";
import { Callbacks, Clock, Faults } from "./hands.js";
import { Ledger } from "./ledger.js";

/** @typedef {import("./control.js").Control} Control */
/** @typedef {import("./types.js").App} App */
/** @typedef {import("./types.js").Group} Group */
/** @typedef {import("./types.js").TokenOptions} TokenOptions */
/** @typedef {import("./types.js").LoginOptions} LoginOptions */
/** @typedef {import("../types.js").UserAuth} UserAuth */

/** Tokens expire behind every jump of the clock: the last second of the year 9999. Unit: UNIX seconds. */
const FAR_FUTURE = 253_402_300_799;

/** A world of a server. */
export class World {
  #control;
  #end;
  /** @type {App | undefined} */
  #app;
  /** @type {Set<ImEngine>} */
  #viewers = new Set();
  #left = false;

  /**
   * @internal
   * @param {{ world: string, accessKeyId: string, accessKeySecret: string, account?: string }} made
   * @param {Control} control the world's own
   * @param {string} audience where its audience side is
   * @param {() => Promise<void>} end
   */
  constructor(made, control, audience, end) {
    this.#control = control;
    this.#end = end;
    /** Its name. */
    this.name = made.world;
    /** Where calls go: `http://127.0.0.1:43210`. The access key says which world is meant. */
    this.endpoint = control.url.origin;
    this.accessKeyId = made.accessKeyId;
    this.accessKeySecret = made.accessKeySecret;
    /** ID of the account that the access key belongs to. */
    this.account = made.account ?? "";
    /** What audience clients take as `endpoint`: `ws://127.0.0.1:43210/_claque/worlds/w1/audience`. */
    this.audienceUrl = new URL(audience, control.url).href.replace(/^http/, "ws");
    this.clock = new Clock(control);
    this.ledger = new Ledger(control);
    this.faults = new Faults(control);
    this.callbacks = new Callbacks(control);
  }

  /**
   * Calls a documented operation, signed with the world's access key.
   * @param {string} operation `CreateLiveMessageGroup`
   * @param {Record<string, unknown>} [parameters] by their documented names
   * @returns {Promise<any>} the answer, by the documented names; a refusal is a `ClaqueError` with the documented `code`
   */
  call(operation, parameters = {}) {
    return call(this.endpoint, this, operation, parameters);
  }

  /**
   * Asks the world's control API: GET without a body, POST with one, unless a method is named.
   * @param {string} path `overview`, `crowd`, `limits`
   * @param {object} [body]
   * @param {string} [method]
   * @returns {Promise<any>}
   */
  control(path, body, method) {
    return this.#control.ask(path, body, method);
  }

  /**
   * Creates an application. The newest one is the world's, which the other methods mean unless they are given another.
   * @param {Record<string, unknown>} [parameters] of `CreateLiveMessageApp`
   * @returns {Promise<App>}
   */
  async createApp(parameters = {}) {
    this.#app = await this.call("CreateLiveMessageApp", { AppName: "show", ...parameters });
    return /** @type {App} */ (this.#app);
  }

  /**
   * Creates a group in the world's application, which is created if there is none.
   * @param {string} [groupId]
   * @param {Record<string, unknown>} [parameters] of `CreateLiveMessageGroup`
   * @returns {Promise<Group>}
   */
  async createGroup(groupId = "show", parameters = {}) {
    const { AppId } = await this.#theApp();
    const made = await this.call("CreateLiveMessageGroup", { AppId, GroupId: groupId, CreatorId: "host", ...parameters });
    return { AppId, ...made };
  }

  /**
   * The token with which a user logs on, as the application's back end makes it.
   * @param {string} userId
   * @param {TokenOptions} [options]
   * @returns {UserAuth}
   */
  token(userId, { role = "", timestamp = FAR_FUTURE, nonce = "AK", app = this.#app } = {}) {
    if (!app) throw new ClaqueError("token: the world has no application; createApp or createGroup first");
    const parts = `${app.AppId}${app.AppKey}${userId}${nonce}${timestamp}${role}`;
    return { nonce, timestamp, role, token: createHash("sha256").update(parts).digest("hex") };
  }

  /**
   * Logs a viewer on, and joins groups.
   * @param {string} userId
   * @param {LoginOptions} [options]
   * @returns {Promise<ImEngine>} logged off with the world
   */
  async login(userId, { groups = [], app, role, timestamp, userExtension, ...more } = {}) {
    const { AppId, AppKey, AppSign } = app ?? (await this.#theApp());
    const engine = new ImEngine();
    const socket = more.WebSocket ?? globalThis.WebSocket ?? (await webSocketOfPackage());
    await engine.init({ ...more, endpoint: this.audienceUrl, appId: AppId, appSign: AppSign, WebSocket: socket });
    const userAuth = this.token(userId, { role, timestamp, app: { AppId, AppKey } });
    await engine.login({ user: { userId, userExtension }, userAuth });
    this.#viewers.add(engine);
    for (const groupId of groups) await engine.getGroupManager().joinGroup(groupId);
    return engine;
  }

  /**
   * Cuts a viewer's link and keeps it down (`true`), or lets the viewer come back (`false`).
   * @param {string} userId
   * @param {boolean} down
   * @param {{ AppId: string }} [app]
   * @returns {Promise<void>}
   */
  async outage(userId, down, app) {
    const { AppId } = app ?? (await this.#theApp());
    await this.#control.ask("outage", { app: AppId, user: userId, down });
  }

  /**
   * Lets virtual members of a group join, leave or chat: `crowd("show", { join: 2500 })`. `claque ctl crowd --help` has more.
   * @param {string} group
   * @param {Record<string, unknown>} asked
   * @param {{ AppId: string }} [app]
   * @returns {Promise<any>} what came of it
   */
  async crowd(group, asked, app) {
    const { AppId } = app ?? (await this.#theApp());
    return this.#control.ask("crowd", { app: AppId, group, ...asked });
  }

  /**
   * Starts over with an empty service; links end, faults are gone.
   * @param {{ unixSeconds?: number, readings?: Record<string, string>, limits?: Record<string, unknown> }} [options]
   * @returns {Promise<void>}
   */
  async reset(options = {}) {
    await this.#logOff();
    await this.#control.ask("reset", options);
    this.#app = undefined;
  }

  /**
   * Deletes the world. Once is enough; twice does no harm.
   * @returns {Promise<void>}
   */
  async delete() {
    if (this.#left) return;
    this.#left = true;
    await this.#logOff();
    await this.#end();
  }

  /** @returns {Promise<void>} */
  [Symbol.asyncDispose]() {
    return this.delete();
  }

  async #logOff() {
    for (const engine of this.#viewers) await engine.unInit();
    this.#viewers.clear();
  }

  /** @returns {Promise<App>} */
  async #theApp() {
    return this.#app ?? this.createApp();
  }
}

async function webSocketOfPackage() {
  try {
    return (await import("ws")).WebSocket;
  } catch (cause) {
    throw new ClaqueError("this Node has no WebSocket: `npm install --save-dev ws`, or Node 22", { cause });
  }
}
