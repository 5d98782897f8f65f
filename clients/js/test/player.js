// Plays the session that every client library plays, over this library's own methods, and writes down what it received.
// clients/session/README.md says what a step means and how it is written.

import { ClaqueError, ImError, next } from "../src/node/index.js";

const FAR = 4_000_000_000;

/** Names of the values that an event's listeners are given, as the protocol has them. */
export const EVENTS = {
  engine: { disconnect: ["code"], reconnectsuccess: ["groups"], tokenexpired: [] },
  groups: {
    memberchange: ["groupId", "memberCount", "joinUsers", "leaveUsers", "isBigGroup"],
    exit: ["groupId", "reason"],
    mutechange: ["groupId", "status"],
    infochange: ["groupId", "info"],
    like: ["groupId", "likeCount"],
  },
  messages: {
    recvgroupmessage: ["message", "groupId"],
    recvc2cmessage: ["message"],
    deletegroupmessage: ["messageId", "groupId"],
    deletec2cmessage: ["messageId"],
  },
};

/** Methods that take one ID where the protocol has an object. */
export const BY_GROUP = new Set([
  "closeGroup", "joinGroup", "leaveGroup", "queryGroup", "listRecentGroupUser", "muteAll", "cancelMuteAll", "listMuteUsers",
]);
/** Methods that give the ID alone. */
const GIVES_ID = new Set(["sendGroupMessage", "sendC2cMessage"]);

export class Player {
  #world;
  #options;
  #known = {};
  #clients = new Map();
  #lines = [];

  constructor(world, options) {
    this.#world = world;
    this.#options = options;
  }

  /** The transcript of a session. */
  async play(session) {
    await this.#world.reset({ unixSeconds: session.unixSeconds });
    try {
      for (const step of session.steps) await this.#step(step);
    } finally {
      for (const { engine } of this.#clients.values()) await engine.unInit();
    }
    return `${this.#lines.join("\n").trim()}\n`;
  }

  /** Parameters with variables and numbers filled in. */
  #given(value, n) {
    if (Array.isArray(value)) return value.map((inner) => this.#given(inner, n));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.#given(inner, n)]));
    }
    if (typeof value !== "string") return value;
    const text = value.replaceAll("{n}", n);
    return text.startsWith("$") ? this.#known[text.slice(1)] : text;
  }

  /** A value as the transcript has it. */
  #shown(value) {
    const names = new Map(Object.entries(this.#known).map(([name, known]) => [known, `$${name}`]));
    const named = (inner) => {
      if (Array.isArray(inner)) return inner.map(named);
      if (inner !== null && typeof inner === "object") {
        const there = Object.entries(inner).filter(([, each]) => each !== null && each !== undefined);
        // Names are ASCII, so that this order is that of their bytes.
        return Object.fromEntries(there.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, named(each)]));
      }
      return names.get(inner) ?? inner;
    };
    return JSON.stringify(named(value));
  }

  /** Does what may be refused, and writes down what came of it. */
  async #settle(step, n, line, act) {
    let result;
    try {
      result = await act();
    } catch (error) {
      if (!(error instanceof ImError || error instanceof ClaqueError)) throw error;
      if (error.code !== step.refused) throw new Error(`${line}: refused with ${error.code}: ${error.message}`);
      this.#lines.push(`${line} refused ${error.code}${error.status ? ` ${error.status}` : ""}`);
      return;
    }
    if (step.refused !== undefined) throw new Error(`${line}: not refused with ${step.refused}`);
    for (const [name, field] of Object.entries(step.save ?? {})) this.#known[name.replaceAll("{n}", n)] = result[field];
    this.#lines.push(`${line} ${this.#shown(result)}`);
  }

  async #login(name, { userId = name, userExtension, role = "", expires = FAR, token }) {
    const { app, appKey, appSign } = this.#known;
    const { engine, groups, messages, heard } = this.#newClient();
    await engine.init({ endpoint: this.#world.audienceUrl, appId: app, appSign, ...this.#options });
    const userAuth = this.#world.token(userId, { role, timestamp: expires, app: { AppId: app, AppKey: appKey } });
    await engine.login({ user: { userId, userExtension }, userAuth: { ...userAuth, ...(token && { token }) } });
    this.#clients.set(name, { engine, groups, messages, heard });
    return {};
  }

  #newClient() {
    const engine = new this.#options.ImEngine();
    const parts = { engine, groups: engine.getGroupManager(), messages: engine.getMessageManager() };
    const heard = [];
    for (const [part, events] of Object.entries(EVENTS)) {
      for (const [event, fields] of Object.entries(events)) {
        const named = (values) => Object.fromEntries(fields.map((field, at) => [field, values[at]]));
        parts[part].on(event, (...values) => heard.push([event, named(values)]));
      }
    }
    parts.engine.on("tokenexpired", (callback) => callback("this viewer gets no other"));
    parts.groups.on("statistics", (groupId, counts) => heard.push(["statistics", { groupId, ...counts }]));
    return { ...parts, heard };
  }

  async #ask(name, method, given) {
    if (method === "login") return this.#login(name, given);
    const client = this.#clients.get(name);
    const part = [client.engine, client.groups, client.messages].find((one) => typeof one[method] === "function");
    const result = await part[method](BY_GROUP.has(method) ? given.groupId : given);
    return GIVES_ID.has(method) ? { messageId: result } : result ?? {};
  }

  #writeEvents(name) {
    for (const [event, fields] of this.#clients.get(name).heard.splice(0)) {
      this.#lines.push(`  ${name} ${event} ${this.#shown(fields)}`);
    }
  }

  /** Waits until a client has received something that it may have received before. */
  async #waitFor(name, event) {
    const { engine, heard } = this.#clients.get(name);
    if (!heard.some(([its]) => its === event)) await next(engine, event, { within: 10_000 });
  }

  async #step(step) {
    const app = this.#known.app;
    if ("say" in step) this.#lines.push("", `# ${step.say}`);
    else if ("call" in step) {
      await this.#settle(step, 0, `call ${step.call}`, async () => {
        const { RequestId, ...answer } = await this.#world.call(step.call, this.#given(step.with ?? {}, 0));
        return answer;
      });
    } else if ("client" in step) {
      for (let n = 1; n <= (step.repeat ?? 1); n += 1) {
        const act = () => this.#ask(step.client, step.do, this.#given(step.with ?? {}, n));
        await this.#settle(step, n, `${step.client} ${step.do}`, act);
      }
    } else if ("clock" in step) {
      await this.#world.clock.advance(step.clock);
      this.#lines.push(`clock ${step.clock}`);
    } else if ("events" in step || "skip" in step) {
      for (const name of step.events ?? step.skip) {
        const { engine, heard } = this.#clients.get(name);
        await engine.heartbeat();
        if ("events" in step) this.#writeEvents(name);
        else heard.length = 0;
      }
    } else if ("outage" in step) {
      await this.#world.outage(step.outage, step.down, { AppId: app });
      this.#lines.push(`outage ${step.outage} ${step.down ? "begins" : "ends"}`);
    } else if ("back" in step) {
      await this.#waitFor(step.back, "reconnectsuccess");
      this.#lines.push(`${step.back} back`);
    } else if ("ended" in step) {
      await this.#waitFor(step.ended, "disconnect");
      this.#lines.push(`${step.ended} ended`);
      this.#writeEvents(step.ended);
    } else if ("fault" in step) {
      await (step.fault === null ? this.#world.faults.clear() : this.#world.faults.set(step.fault));
      this.#lines.push(`fault ${this.#shown(step.fault)}`);
    } else if ("crowd" in step) {
      const { group, ...asked } = step.crowd;
      await this.#world.crowd(group, asked, { AppId: app });
      this.#lines.push(`crowd ${this.#shown(step.crowd)}`);
    } else if ("ledger" in step) {
      const shed = await this.#world.ledger.shed({ app, group: step.ledger });
      this.#lines.push(`ledger ${step.ledger}`, ...shed.map((entry) => `  shed ${this.#shown(entry)}`));
    } else throw new Error(`no such step: ${JSON.stringify(step)}`);
  }
}
