// Every request settles, whatever the server does: with a socket that does what each test says, and no server.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ImEngine, ImErrorCode } from "../src/index.js";
import { Link } from "../src/link.js";

/** A socket that opens at once and answers what `answer` says. */
class Socket {
  static last;
  static answer = () => undefined;
  sent = [];
  constructor(url) {
    this.url = url;
    Socket.last = this;
    queueMicrotask(() => this.onopen?.());
  }
  send(text) {
    const frame = JSON.parse(text);
    this.sent.push(frame);
    const answer = Socket.answer(frame);
    if (answer !== undefined) queueMicrotask(() => this.say(answer));
  }
  say(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
  close() {}
}

const SESSION = { session: "0-1-x", sid: "x", heartbeatTimeout: 99, groups: [] };
const logsOn = ({ id, method }) => (method === "login" ? { id, result: SESSION } : undefined);

async function link(within = 50) {
  Socket.answer = () => undefined;
  const made = await Link.open(Socket, "ws://nowhere/audience");
  made.answerWithin = within;
  return made;
}

async function engine(more = {}) {
  Socket.answer = logsOn;
  const made = new ImEngine();
  await made.init({ endpoint: "http://nowhere", appId: "a", appSign: "s", WebSocket: Socket, ...more });
  await made.login({ user: { userId: "ada" }, userAuth: { nonce: "", timestamp: 4e9, role: "", token: "t" } });
  return made;
}

/** What a promise comes to; a promise that is open for a second fails its test. */
async function settled(promise) {
  let timer;
  const open = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("it never settled")), 1_000)));
  const ended = promise.then((value) => ({ value }), (error) => ({ error }));
  try {
    return await Promise.race([ended, open]);
  } finally {
    clearTimeout(timer);
  }
}
const code = async (promise) => (await settled(promise)).error?.code;

describe("a request", () => {
  test("that is never answered is refused when the time is up", async () => {
    const made = await link();
    const { error } = await settled(made.ask("queryGroup", {}));
    assert.equal(error.code, ImErrorCode.TEMPORARY);
    assert.match(error.message, /queryGroup: no answer within 0.05 s/);
    // An answer that comes after all is nobody's.
    Socket.last.say({ id: 1, result: {} });
    assert.equal(made.up, true);
  });

  test("is refused when its link ends, however it ends", async () => {
    for (const end of [
      () => Socket.last.onclose({ code: 1006, reason: "" }),
      () => Socket.last.onerror({}),
      () => Socket.last.say("no JSON"),
      () => Socket.last.say("null"),
      () => Socket.last.say("7"),
    ]) {
      const made = await link(10_000);
      const asked = made.ask("queryGroup", {});
      end();
      assert.equal(await code(asked), ImErrorCode.NO_SESSION);
      assert.equal(await code(made.ask("queryGroup", {})), ImErrorCode.NO_SESSION);
    }
  });

  test("is refused when its link ends and a listener to that throws", async () => {
    const made = await link(10_000);
    const asked = made.ask("queryGroup", {});
    made.onClose = () => {
      throw new Error("a mistake");
    };
    assert.throws(() => Socket.last.onclose({ code: 1006, reason: "" }), /a mistake/);
    assert.equal(await code(asked), ImErrorCode.NO_SESSION);
  });

  test("that cannot be written is refused at once", async () => {
    const made = await link(10_000);
    const circle = {};
    circle.circle = circle;
    assert.equal(await code(made.ask("sendGroupMessage", circle)), ImErrorCode.BAD_PARAMETER);
    assert.equal(await code(made.ask("sendGroupMessage", { type: 1n })), ImErrorCode.BAD_PARAMETER);
    Socket.last.send = () => {
      throw new Error("closing");
    };
    assert.equal(await code(made.ask("queryGroup", {})), ImErrorCode.NO_SESSION);
  });

  test("that the server could not read is refused under its ID, or as the only one that can be meant", async () => {
    const made = await link(10_000);
    const [one, other] = [made.ask("sendGroupMessage", {}), made.ask("queryGroup", {})];
    const heartbeat = made.ask("heartbeat");
    Socket.last.say({ id: 1, error: { code: 604, message: "not a request" } });
    assert.equal(await code(one), ImErrorCode.PARSE);
    Socket.last.say({ id: null, error: { code: 604, message: "not a request" } });
    assert.equal(await code(other), ImErrorCode.PARSE);
    Socket.last.say({ id: 3, result: {} });
    assert.deepEqual(await settled(heartbeat), { value: {} });
  });

  test("is not mistaken for another where several can be meant: the time settles them", async () => {
    const made = await link();
    const asked = [made.ask("queryGroup", {}), made.ask("queryGroup", {})];
    Socket.last.say({ error: { code: 604, message: "not a request" } });
    for (const one of asked) assert.equal(await code(one), ImErrorCode.TEMPORARY);
  });

  test("whose answer cannot be understood is refused", async () => {
    const made = await engine();
    Socket.answer = ({ id }) => ({ id, result: null });
    assert.equal(await code(made.getGroupManager().joinGroup("g")), ImErrorCode.PARSE);
    await made.unInit();
  });
});

describe("the engine", () => {
  test("gives a logon up that is never answered", async () => {
    Socket.answer = () => undefined;
    const made = new ImEngine();
    await made.init({ endpoint: "http://nowhere", appId: "a", appSign: "s", WebSocket: Socket, answerTimeout: 0.05 });
    const login = made.login({ user: { userId: "ada" }, userAuth: {} });
    assert.equal(await code(login), ImErrorCode.TEMPORARY);
    assert.equal(made.isLogin(), false);
  });

  test("logs off a server that is silent", async () => {
    const made = await engine({ answerTimeout: 0.05 });
    assert.deepEqual(await settled(made.logout()), { value: undefined });
    assert.equal(made.isLogin(), false);
  });

  test("refuses what waits when the session ends", async () => {
    const made = await engine();
    const asked = made.getGroupManager().queryGroup("g");
    Socket.last.say({ event: "disconnect", code: 4 });
    assert.equal(await code(asked), ImErrorCode.FORMER_SESSION);
  });

  test("notifies a caller that waits for a return that there is none, listeners or not", async () => {
    const made = await engine();
    Socket.answer = ({ id, method }) => (method === "reconnect" ? { id, error: { code: 404, message: "gone" } } : undefined);
    const back = made.reconnect();
    made.removeAllListeners();
    assert.equal(await code(back), ImErrorCode.NO_SESSION);
  });

  test("is back for everybody who waits for it", async () => {
    const made = await engine();
    Socket.answer = ({ id, method }) => (method === "reconnect" ? { id, result: SESSION } : undefined);
    const back = [made.reconnect(), made.reconnect()];
    made.removeAllListeners();
    for (const one of back) assert.deepEqual(await settled(one), { value: undefined });
    Socket.last.say({ event: "disconnect", code: 1 });
  });
});

describe("where a link goes", () => {
  const sides = [
    ["http://127.0.0.1:8787", "ws://127.0.0.1:8787/audience"],
    ["127.0.0.1:8787", "ws://127.0.0.1:8787/audience"],
    ["https://stage.example/", "wss://stage.example/audience"],
    ["ws://127.0.0.1:8787/audience", "ws://127.0.0.1:8787/audience"],
    // A world is named by its path, whether its address or that of its audience side is given.
    ["http://127.0.0.1:8787/_claque/worlds/w1/", "ws://127.0.0.1:8787/_claque/worlds/w1/audience"],
    ["ws://127.0.0.1:8787/_claque/worlds/w1/audience", "ws://127.0.0.1:8787/_claque/worlds/w1/audience"],
  ];
  for (const [endpoint, url] of sides) {
    test(`${endpoint} means ${url}`, async () => {
      await engine({ endpoint });
      assert.equal(Socket.last.url, url);
      Socket.last.say({ event: "disconnect", code: 2 });
    });
  }

  test("an endpoint of another kind is refused by its name", async () => {
    const refused = new ImEngine().init({ endpoint: "ftp://stage", appId: "a", appSign: "s", WebSocket: Socket });
    assert.match((await settled(refused)).error.message, /ftp:\/\/stage is neither http, https, ws nor wss/);
  });
});

test("a session that has ended waits for no fresh token", async () => {
  const ada = await engine();
  // A listener that never answers keeps no process running once the session is over.
  ada.on("tokenexpired", () => {});
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  Socket.last.say({ event: "tokenexpired" });
  assert.equal(timers(), before + 1);
  Socket.last.say({ event: "disconnect", code: 2 });
  assert.equal(timers(), before);
});
