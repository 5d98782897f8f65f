import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import WebSocket from "ws";

import { ImEngine, ImErrorCode, ImMessageLevel, ImSortType } from "../src/index.js";
import { Service, token } from "./service.js";

let service;
const engines = [];
before(async () => (service = await Service.start()));
after(async () => {
  for (const engine of engines) await engine.unInit();
  await service.stop();
});

const GIFT = { Weight: 1_000_000 };
const comment = (data, more = {}) => ({ groupId: "g", type: 10001, data, ...more });

/** The next event of a kind, as the list of its values. */
const next = (emitter, event, wanted = () => true) =>
  new Promise((resolve, reject) => {
    const heard = (...values) => {
      if (!wanted(...values)) return;
      clearTimeout(timer);
      emitter.off(event, heard);
      resolve(values);
    };
    const timer = setTimeout(() => reject(new Error(`no ${event} in 15 s`)), 15_000);
    emitter.on(event, heard);
  });

async function engineOf(app, userId, { role, timestamp, endpoint = service.url, heartbeatTimeout } = {}) {
  const engine = new ImEngine();
  engines.push(engine);
  await engine.init({ endpoint, appId: app.AppId, appSign: app.AppSign, heartbeatTimeout, WebSocket });
  await engine.login({ user: { userId, userExtension: `I am ${userId}` }, userAuth: token(app, userId, { role, timestamp }) });
  return engine;
}

const refused = (promise, code) => assert.rejects(promise, (error) => error.code === code, `not refused with ${code}`);

/** Waits until the server has noticed that a link is down, or up. */
async function online(app, user, up) {
  for (let left = 400; left > 0; left -= 1) {
    const { sessions } = await service.control("overview");
    if (sessions.some((session) => session.app === app.AppId && session.user === user && session.linkUp === up)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${user}'s link was never ${up ? "up" : "down"}`);
}

/** A way to the server that can be cut. */
async function tunnel(to) {
  const { hostname, port } = new URL(to);
  const open = new Set();
  let closed = false;
  const server = createServer((near) => {
    if (closed) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one);
      one.on("error", () => {}).on("close", () => (open.delete(one), other.destroy())).pipe(other);
    }
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    enter: () => ((closed = true), open.forEach((socket) => socket.destroy())),
    leave: () => (closed = false),
    end: () => (open.forEach((socket) => socket.destroy()), server.close()),
  };
}

describe("life of a session", () => {
  test("states are refused with the documented codes", async () => {
    const app = await service.show();
    const engine = new ImEngine();
    const login = { user: { userId: "ada" }, userAuth: token(app, "ada") };
    await refused(engine.login(login), ImErrorCode.WRONG_STATE);
    await refused(engine.init({ appId: "a", appSign: "b" }), ImErrorCode.BAD_PARAMETER);
    const config = { endpoint: service.url, appId: app.AppId, appSign: app.AppSign, WebSocket };
    await engine.init(config);
    await refused(engine.init(config), ImErrorCode.WRONG_STATE);
    await refused(engine.getGroupManager().joinGroup("g"), ImErrorCode.NOT_LOGIN);
    const events = [];
    for (const name of ["connecting", "connectsuccess", "connectfailed", "disconnect"]) {
      engine.on(name, (value) => events.push(value?.code ? [name, value.code] : value ? [name, value] : [name]));
    }
    await refused(engine.login({ ...login, userAuth: token(app, "eve") }), ImErrorCode.FORBIDDEN);
    assert.equal(engine.isLogin(), false);
    await engine.login(login);
    await refused(engine.login(login), ImErrorCode.ALREADY_LOGIN);
    assert.deepEqual([engine.isLogin(), engine.isLogout(), engine.getCurrentUserId()], [true, false, "ada"]);
    await refused(engine.getGroupManager().joinGroup("none"), ImErrorCode.NO_GROUP);
    await engine.logout();
    assert.equal(engine.getCurrentUserId(), undefined);
    await refused(engine.logout(), ImErrorCode.NOT_LOGIN);
    assert.deepEqual(events, [
      ["connecting"], ["connectfailed", 403], ["connecting"], ["connectsuccess"], ["disconnect", 1],
    ]);
    await engine.unInit();
    assert.equal(ImEngine.createEngine(), ImEngine.createEngine());
  });

  test("a second device ends the first, and a deleted group tells its members", async () => {
    const app = await service.show();
    const first = await engineOf(app, "ada");
    const bob = await engineOf(app, "bob");
    await bob.getGroupManager().joinGroup("g");
    const gone = next(first, "disconnect");
    await engineOf(app, "ada");
    assert.deepEqual(await gone, [4]);
    assert.equal(first.isLogin(), false);
    const exit = next(bob.getGroupManager(), "exit");
    await service.call("DeleteLiveMessageGroup", { AppId: app.AppId, GroupId: "g", OperatorId: "host" });
    assert.deepEqual(await exit, ["g", 1]);
  });
});

describe("groups and messages", () => {
  test("members see each other, and what is said", async () => {
    const app = await service.show();
    const [ada, host] = [await engineOf(app, "ada"), await engineOf(app, "host")];
    const [groups, messages] = [ada.getGroupManager(), ada.getMessageManager()];
    const info = await groups.joinGroup("g");
    assert.deepEqual([info.creator, info.statistics.onlineCount, info.isBigGroup], ["host", 1, false]);
    // The notice of her own joining comes behind its answer, and may come this late.
    const change = next(groups, "memberchange", (group, count) => count === 2);
    await host.getGroupManager().joinGroup("g");
    assert.deepEqual(await change, ["g", 2, [{ userId: "host" }], [], false]);
    const got = next(messages, "recvgroupmessage");
    const id = await host.getMessageManager().sendGroupMessage(comment("hello", { level: ImMessageLevel.MEDIUM, repeatCount: 3 }));
    const [message, groupId] = await got;
    assert.equal(groupId, "g");
    assert.deepEqual(
      [message.messageId, message.data, message.level, message.totalMsgs, message.sender],
      [id, "hello", 2, 3, { userId: "host", userExtension: "I am host" }],
    );
    const direct = next(messages, "recvc2cmessage");
    await host.getMessageManager().sendC2cMessage({ receiverId: "ada", type: 10001, data: "psst" });
    assert.equal((await direct)[0].data, "psst");
    // The call waits for the client's acknowledgement, which the client sends by itself.
    await service.call("SendLiveMessageUser", {
      AppId: app.AppId, SenderId: "host", ReceiverId: "ada", MsgType: 10001, Body: "sure", HighReliability: true,
    });
    const recalled = next(messages, "deletegroupmessage");
    await host.getMessageManager().deleteMessage({ groupId: "g", messageId: id });
    assert.deepEqual(await recalled, [id, "g"]);
    assert.deepEqual((await messages.listRecentMessage({ groupId: "g" })).messageList, []);
    const page = { groupId: "g", sortType: ImSortType.DESC, pageSize: 10 };
    assert.equal((await messages.listHistoryMessage(page)).hasMore, false);
    await refused(messages.listMessage(page), ImErrorCode.FORBIDDEN);
    assert.equal((await host.getMessageManager().listMessage(page)).hasMore, false);
    await refused(messages.deleteMessage({ groupId: "g", messageId: "x".repeat(200) }), ImErrorCode.BAD_PARAMETER);
    await groups.leaveGroup("g");
    await refused(messages.sendGroupMessage(comment("x")), ImErrorCode.NOT_JOINED);
  });

  test("a heartbeat's answer comes behind everything that was sent before", async () => {
    const app = await service.show();
    const [ada, bob] = [await engineOf(app, "ada"), await engineOf(app, "bob")];
    for (const engine of [ada, bob]) await engine.getGroupManager().joinGroup("g");
    const heard = [];
    ada.getMessageManager().on("recvgroupmessage", (message) => heard.push(message.data));
    for (const data of ["one", "two", "three"]) await bob.getMessageManager().sendGroupMessage(comment(data));
    await ada.heartbeat();
    assert.deepEqual(heard, ["one", "two", "three"]);
    await ada.logout();
    await refused(ada.heartbeat(), ImErrorCode.NOT_LOGIN);
  });

  test("a text that is cut in the middle of an emoji, or has a control character, is refused or sent, and settles", async () => {
    const app = await service.show();
    const ada = await engineOf(app, "ada");
    await ada.getGroupManager().joinGroup("g");
    const heard = next(ada.getMessageManager(), "recvgroupmessage");
    const send = (data) => ada.getMessageManager().sendGroupMessage(comment(data));
    await refused(send("party 🎉".slice(0, 7)), ImErrorCode.PARSE);
    await send("bell \u0007, tab \t, line \n, 🎉");
    assert.equal((await heard)[0].data, "bell \u0007, tab \t, line \n, 🎉");
  });

  test("staff mutes, changes information, and lists", async () => {
    const app = await service.show();
    const [ada, host] = [await engineOf(app, "ada"), await engineOf(app, "host")];
    const boss = await engineOf(app, "boss", { role: "admin" });
    const groups = host.getGroupManager();
    for (const engine of [ada, host]) await engine.getGroupManager().joinGroup("g");
    const muted = next(ada.getGroupManager(), "mutechange");
    await groups.muteUser({ groupId: "g", userList: ["ada"] });
    assert.deepEqual((await muted)[1].muteUserList, ["ada"]);
    await refused(ada.getMessageManager().sendGroupMessage(comment("x")), ImErrorCode.MUTED);
    assert.deepEqual((await groups.listMuteUsers("g")).muteUserList, ["ada"]);
    await groups.cancelMuteUser({ groupId: "g", userList: ["ada"] });
    await groups.muteAll("g");
    await groups.cancelMuteAll("g");
    const info = next(ada.getGroupManager(), "infochange");
    await groups.modifyGroup({ groupId: "g", groupMeta: "tonight" });
    assert.equal((await info)[1].groupMeta, "tonight");
    assert.equal((await ada.getGroupManager().queryGroup("g")).groupMeta, "tonight");
    assert.equal((await groups.listGroupUser({ groupId: "g", pageSize: 1 })).hasMore, true);
    assert.equal((await groups.listRecentGroupUser("g")).total, 2);
    const made = await boss.getGroupManager().createGroup({ groupName: "another" });
    assert.equal(made.alreadyExist, false);
    await boss.getGroupManager().closeGroup(made.groupId);
    await refused(boss.getGroupManager().joinGroup(made.groupId), ImErrorCode.GROUP_DELETED);
    await service.control("faults", { method: "joinGroup", fail: 412 });
    await refused(boss.getGroupManager().joinGroup("g"), ImErrorCode.BUSY);
    await fetch(`${service.url}/_claque/faults`, { method: "DELETE" });
  });

  test("what is shed is a success for its sender and missing for everybody", async () => {
    const app = await service.show();
    const ada = await engineOf(app, "ada");
    await ada.getGroupManager().joinGroup("g");
    let received = 0;
    ada.getMessageManager().on("recvgroupmessage", () => received++);
    const ids = await Promise.all(
      Array.from({ length: 120 }, (_, number) => ada.getMessageManager().sendGroupMessage(comment(`${number}`))),
    );
    assert.equal(new Set(ids).size, 120);
    await service.control("clock", { advance: "10s" });
    await ada.getGroupManager().queryGroup("g");
    const { shed } = await service.control("ledger?group=g");
    const own = shed.filter((entry) => ids.includes(entry.messageId));
    assert.equal(received + own.length, 120);
    // Fifty at once, and the newest of the type as the next second begins.
    assert.equal(received, 51);
    assert.match(own[0].rule, /\./);
  });
});

describe("a lost link", () => {
  test("comes back by itself with the HIGH messages that were missed, once each", async () => {
    const app = await service.show();
    const way = await tunnel(service.url);
    const ada = await engineOf(app, "ada", { endpoint: way.url });
    await ada.getGroupManager().joinGroup("g");
    const got = [];
    ada.getMessageManager().on("recvgroupmessage", (message) => got.push([message.data, message.recovered ?? false]));
    await service.send(app, "before", GIFT);
    await ada.getGroupManager().queryGroup("g");
    way.enter();
    await next(ada, "connectfailed");
    assert.equal(ada.isLogin(), true);
    await refused(ada.getGroupManager().queryGroup("g"), ImErrorCode.NO_SESSION);
    await service.send(app, "comment");
    await service.send(app, "gift", GIFT);
    const back = next(ada, "reconnectsuccess");
    way.leave();
    const [groups] = await back;
    assert.deepEqual(groups.map((group) => group.groupId), ["g"]);
    await service.send(app, "after");
    await ada.getGroupManager().queryGroup("g");
    await ada.reconnect();
    await service.send(app, "last", GIFT);
    await ada.getGroupManager().queryGroup("g");
    assert.deepEqual(got, [["before", false], ["gift", true], ["after", false], ["last", false]]);
    await ada.unInit();
    way.end();
  });

  test("asks for a fresh token when the old one has expired meanwhile", async () => {
    const app = await service.show();
    const { unixSeconds } = await service.control("clock");
    const way = await tunnel(service.url);
    const ada = await engineOf(app, "ada", { endpoint: way.url, timestamp: unixSeconds + 30 });
    let asked = 0;
    ada.on("tokenexpired", (callback) => {
      asked += 1;
      callback(null, token(app, "ada", { timestamp: unixSeconds + 3600 }));
    });
    way.enter();
    await next(ada, "connectfailed");
    await service.control("clock", { advance: "31s" });
    const back = next(ada, "reconnectsuccess");
    way.leave();
    await back;
    assert.equal(asked, 1);
    const told = next(ada, "tokenexpired");
    await service.control("clock", { advance: "1h" });
    await told;
    assert.equal(ada.isLogin(), true, "the link stays");
    await ada.unInit();
    way.end();
  });

  test("ends the session when nobody has a fresh token, or when it comes too late", async () => {
    const app = await service.show();
    const { unixSeconds } = await service.control("clock");
    for (const [timestamp, away] of [[unixSeconds + 10, "20s"], [undefined, "100s"]]) {
      const way = await tunnel(service.url);
      const ada = await engineOf(app, "ada", { endpoint: way.url, timestamp });
      way.enter();
      await next(ada, "connectfailed");
      await online(app, "ada", false);
      await service.control("clock", { advance: away });
      const gone = next(ada, "disconnect");
      way.leave();
      assert.deepEqual(await gone, [3]);
      assert.equal(ada.isLogin(), false);
      way.end();
    }
  });

  test("comes back after a restart of the server", async () => {
    const directory = mkdtempSync(join(tmpdir(), "claque-js-"));
    const durable = await Service.start("--data", directory);
    const app = await durable.show();
    const ada = await engineOf(app, "ada", { endpoint: durable.url });
    await ada.getGroupManager().joinGroup("g");
    const got = next(ada.getMessageManager(), "recvgroupmessage");
    await durable.send(app, "first", GIFT);
    await got;
    const back = next(ada, "reconnectsuccess");
    await durable.stop();
    await durable.launch(new URL(durable.url).host, ["--data", directory]);
    const [groups] = await back;
    assert.equal(groups[0].statistics.onlineCount, 1);
    const again = next(ada.getMessageManager(), "recvgroupmessage");
    await durable.send(app, "second", GIFT);
    assert.equal((await again)[0].data, "second");
    await ada.unInit();
    await durable.stop();
    rmSync(directory, { recursive: true });
  });
});
