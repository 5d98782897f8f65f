// Worlds in the hands of a test: what a back end's developer does all day.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import { ClaqueError, ImErrorCode, next, startClaque } from "../src/node/index.js";
import "./binary.js";

let claque;
before(async () => (claque = await startClaque()));
after(() => claque.stop());

const COMMENT = 10001;
const comment = (data) => ({ groupId: "show", type: COMMENT, data });
const refused = (code) => (error) => error instanceof ClaqueError && error.code === code;

/** A world with a group and its viewers. */
async function show(...users) {
  const world = await claque.world();
  await world.createGroup("show");
  return [world, ...(await Promise.all(users.map((user) => world.login(user, { groups: ["show"] }))))];
}

/** Sends more comments in one second than a group passes; gives their IDs. */
async function burst(engine, count = 60) {
  const ids = [];
  for (let n = 1; n <= count; n += 1) ids.push(await engine.getMessageManager().sendGroupMessage(comment(`c${n}`)));
  return ids;
}

describe("worlds", () => {
  test("share nothing: state, clock, faults, ledger, keys", async () => {
    const [one, ada] = await show("ada");
    const [other, its] = await show("ada");
    assert.notEqual(one.name, other.name);
    assert.equal(one.endpoint, other.endpoint);
    const before_ = await other.clock.now();
    await one.clock.advance("1d");
    assert.ok((await one.clock.now()) - (await other.clock.now()) > 86_000_000);
    assert.deepEqual(await other.clock.now(), before_);

    await one.faults.set({ method: "queryGroup", fail: 412 });
    await assert.rejects(ada.getGroupManager().queryGroup("show"), { code: ImErrorCode.BUSY });
    assert.equal((await its.getGroupManager().queryGroup("show")).statistics.onlineCount, 1);

    await burst(ada);
    await one.clock.advance("10s");
    assert.notEqual((await one.ledger.shed()).length, 0);
    await other.ledger.assertNothingShed();

    // A signed call finds its world by its key.
    const { AppId } = await one.createApp();
    const refused = other.call("DescribeLiveMessageApp", { AppId });
    await assert.rejects(refused, (error) => error instanceof ClaqueError && error.code !== "");
    assert.equal((await one.call("DescribeLiveMessageApp", { AppId })).AppId, AppId);
  });

  test("are many at once, and each is another", async () => {
    const worlds = await Promise.all(Array.from({ length: 50 }, () => claque.world()));
    assert.equal(new Set(worlds.map((world) => world.accessKeyId)).size, 50);
    await Promise.all(worlds.map((world) => world.delete()));
  });

  test("are made to measure", async () => {
    const options = { name: "measured", unixSeconds: 1_800_000_000, readings: { "shaper.window": "window-close" } };
    const world = await claque.world(options);
    assert.equal(world.name, "measured");
    assert.equal((await world.clock.now()).toISOString(), "2027-01-15T08:00:00.000Z");
    const { readings } = await world.control("readings");
    assert.equal(readings.find(({ id }) => id === "shaper.window").value, "window-close");
    await assert.rejects(claque.world({ clock: "sideways" }), /sideways/);
    await assert.rejects(claque.world({ readings: { "shaper.window": "ajar" } }), /shaper.window has no such alternative/);
  });

  test("end when they are deleted, and twice is no harm", async () => {
    const [world, ada] = await show("ada");
    await world.delete();
    await world.delete();
    assert.equal(ada.isLogin(), false);
    await assert.rejects(world.call("ListLiveMessageApps", { SortType: 1 }), ClaqueError);
    await assert.rejects(world.clock.now(), { name: "ClaqueError", status: 404 });
    const disposed = await claque.world();
    await disposed[Symbol.asyncDispose]();
    await assert.rejects(disposed.clock.now(), { status: 404 });
  });

  test("start over when they are reset", async () => {
    const [world, ada] = await show("ada");
    await world.faults.set({ operation: "CreateLiveMessageGroup", fail: "ServerError" });
    await world.reset({ unixSeconds: 1_800_000_000 });
    assert.equal(ada.isLogin(), false);
    assert.equal((await world.clock.now()).getTime(), 1_800_000_000_000);
    assert.throws(() => world.token("ada"), /createApp or createGroup first/);
    assert.equal((await world.createGroup("show")).AlreadyExists, false);
  });
});

describe("the clock", () => {
  test("stands still until it is moved, and runs when it is told to", async () => {
    const world = await claque.world();
    const begin = await world.clock.now();
    await world.clock.advance(1_500);
    await world.clock.advance("31d");
    assert.equal((await world.clock.now()) - begin, 1_500 + 31 * 86_400_000);
    const goal = new Date(begin.getTime() + 40 * 86_400_000);
    await world.clock.advanceTo(goal);
    assert.equal(Math.floor((await world.clock.now()) / 1000), Math.floor(goal / 1000));
    await assert.rejects(world.clock.advanceTo(begin), /time never goes back/);
    await world.clock.resume();
    assert.equal((await world.clock.read()).frozen, false);
    assert.equal((await world.clock.resume("10x")).speed.times, 10);
    assert.equal((await world.clock.freeze()).frozen, true);
    await assert.rejects(world.clock.advance("soon"), /span of time/);
  });

  test("of a real world runs by itself", async () => {
    const world = await claque.world({ clock: "real" });
    assert.equal((await world.clock.read()).frozen, false);
  });
});

describe("the ledger", () => {
  test("tells what was shed, when, in favour of what, under which rule", async () => {
    const [world, ada] = await show("ada");
    const heard = [];
    ada.getMessageManager().on("recvgroupmessage", (message) => heard.push(message.messageId));
    const ids = await burst(ada);
    await world.clock.advance("10s");
    await ada.heartbeat();
    const shed = await world.ledger.shed({ group: "show" });
    // Every message was passed or shed.
    assert.deepEqual([...heard, ...shed.map((entry) => entry.messageId)].toSorted(), ids.toSorted());
    const [first] = shed;
    assert.ok(ids.includes(first.messageId) && ids.includes(first.winner));

    const sentence = await world.ledger.explain(first.messageId);
    const pattern = /^(\w+) "c\d+" was shed at \d\d:\d\d:\d\d\.\d: outranked by (\w+) \(rule (shaper\.[a-z.-]+)\)$/;
    const [, messageId, winner, rule] = pattern.exec(sentence);
    assert.deepEqual([messageId, winner, rule], [first.messageId, first.winner, first.rule]);

    assert.equal((await world.ledger.assertShed(messageId, { rule, winner })).data, first.data);
    const failed = (text) => (error) => error.code === "ERR_ASSERTION" && error.message.includes(text);
    await assert.rejects(world.ledger.assertNotShed(messageId), failed(sentence));
    await assert.rejects(world.ledger.assertNothingShed(), failed(`${shed.length} messages were shed:\n  ${sentence}`));
    await assert.rejects(world.ledger.assertShed(messageId, { rule: "shaper.other" }), failed("expected under shaper.other"));
    await assert.rejects(world.ledger.assertShed(messageId, { winner: "nobody" }), failed("expected by nobody"));

    const passed = ids.find((id) => shed.every((entry) => entry.messageId !== id));
    await world.ledger.assertNotShed(passed);
    await world.ledger.assertDelivered(passed);
    const explained = await world.ledger.explain(passed);
    assert.match(explained, /^\w+ was delivered at \d\d:\d\d:\d\d\.\d to 1 members of show$/);
    await assert.rejects(world.ledger.assertShed(passed), failed(`${explained}; these were shed:\n  ${sentence}`));
    await assert.rejects(world.ledger.assertDelivered(messageId), failed(sentence));
    assert.deepEqual(await world.ledger.shed({ group: "elsewhere" }), []);
    assert.deepEqual(await world.ledger.overdue(), []);
  });

  test("has nothing to tell when nothing was lost", async () => {
    const [world] = await show();
    await world.ledger.assertNothingShed();
    const nowhere = /m1 is neither in the ledger nor among the 2000 newest events: it waits for a slot \(move the clock on\)/;
    await assert.rejects(world.ledger.assertDelivered("m1"), nowhere);
    await assert.rejects(world.ledger.assertShed("m1"), /m1 is neither in .*; nothing was shed$/);
    assert.equal(await world.ledger.find("m1"), undefined);
  });
});

describe("calls", () => {
  test("carry lists, truth values, signs and letters of every script", async () => {
    const [world] = await show();
    const { AppId } = await world.createApp();
    const GroupInfo = "a+b&c=d %20 ~*'()! 日本 🎉\n";
    await world.createGroup("g", { GroupInfo, Administrators: ["eve", "bob"] });
    const group = await world.call("DescribeLiveMessageGroup", { AppId, GroupId: "g" });
    assert.deepEqual([group.GroupInfo, group.AdminList.toSorted()], [GroupInfo, ["bob", "eve"]]);
    await world.call("ModifyLiveMessageGroup", { AppId, GroupId: "g", ModifyAdmin: true, AdminList: [], GroupInfo: undefined });
    const changed = await world.call("DescribeLiveMessageGroup", { AppId, GroupId: "g" });
    assert.deepEqual([changed.GroupInfo, changed.AdminList], [GroupInfo, []]);
  });

  test("that are refused say why, by the documented code", async () => {
    const world = await claque.world();
    const { AppId } = await world.createApp();
    await assert.rejects(world.call("DescribeLiveMessageGroup", { AppId, GroupId: "nowhere" }), (error) => {
      assert.deepEqual([error.name, error.code, error.status], ["ClaqueError", "ResourceNotExist", 404]);
      assert.match(error.requestId, /^[0-9A-F-]{36}$/);
      assert.match(error.message, /^DescribeLiveMessageGroup: ResourceNotExist: ./);
      return true;
    });
    await assert.rejects(world.call("MakeCoffee"), refused("InvalidAction.NotFound"));
  });

  test("fail on demand, until the faults are cleared", async () => {
    const world = await claque.world();
    await world.faults.set({ operation: "CreateLiveMessageApp", fail: "Throttling.User" });
    await assert.rejects(world.createApp(), refused("Throttling.User"));
    const [fault] = await world.faults.list();
    assert.deepEqual([fault.operation, fault.fail], ["CreateLiveMessageApp", "Throttling.User"]);
    await world.faults.set({ operation: "CreateLiveMessageApp", drop: true });
    await assert.rejects(world.createApp(), { name: "ClaqueError", status: 0 });
    await world.faults.set({ operation: "CreateLiveMessageApp", delay: 200 });
    const asked = performance.now();
    await world.createApp();
    assert.ok(performance.now() - asked >= 200);
    await world.faults.clear();
    assert.deepEqual(await world.faults.list(), []);
    await assert.rejects(world.faults.set({ operation: "MakeCoffee", fail: "Throttling.User" }), /MakeCoffee/);
  });
});

describe("viewers", () => {
  test("hear what the back end sends, and one another", async () => {
    const [world, ada, bob] = await show("ada", "bob");
    const [{ appId: AppId }] = (await world.control("groups")).groups;
    const heard = next(ada.getMessageManager(), "recvgroupmessage", { where: (message) => message.data === "hello" });
    await bob.getMessageManager().sendGroupMessage(comment("not this one"));
    await world.call("SendLiveMessageGroup", { AppId, GroupId: "show", SenderId: "host", MsgType: COMMENT, Body: "hello" });
    const [message, groupId] = await heard;
    assert.deepEqual([message.sender.userId, groupId], ["host", "show"]);
    const late = next(ada.getMessageManager(), "recvgroupmessage", { where: ({ data }) => data === "never", within: 100 });
    await bob.getMessageManager().sendGroupMessage(comment("again"));
    await assert.rejects(late, /no recvgroupmessage within 100 ms; 1 came that were not meant/);
  });

  test("have roles, and tokens that expire", async () => {
    const [world] = await show();
    const boss = await world.login("boss", { role: "admin", userExtension: "the boss" });
    assert.equal((await boss.getGroupManager().createGroup({ groupId: "foyer" })).alreadyExist, false);
    const ada = await world.login("ada");
    await assert.rejects(ada.getGroupManager().createGroup({ groupId: "mine" }), { code: ImErrorCode.FORBIDDEN });
    const now = Math.floor((await world.clock.now()) / 1000);
    await assert.rejects(world.login("eve", { timestamp: now - 1 }), { code: ImErrorCode.FORBIDDEN });
    const eve = await world.login("eve", { timestamp: now + 60 });
    const expired = next(eve, "tokenexpired");
    await world.clock.advance("61s");
    await expired;
  });

  test("meet a crowd", async () => {
    const [world, ada] = await show("ada");
    assert.equal((await world.crowd("show", { join: 2001 })).joined, 2001);
    assert.equal((await ada.getGroupManager().queryGroup("show")).isBigGroup, true);
    await assert.rejects(world.crowd("show", { join: 1e9 }), /at most 100000 at once/);
  });

  test("come back from an outage with what was HIGH", async () => {
    const [world, ada, bob] = await show("ada", "bob");
    const heard = [];
    ada.getMessageManager().on("recvgroupmessage", (message) => heard.push([message.data, message.recovered === true]));
    const lost = next(ada, "connecting");
    await world.outage("ada", true);
    await lost;
    await bob.getMessageManager().sendGroupMessage(comment("a comment"));
    await bob.getMessageManager().sendGroupMessage({ ...comment("a gift"), level: 1 });
    const back = next(ada, "reconnectsuccess", { within: 10_000 });
    await world.outage("ada", false);
    await back;
    await ada.heartbeat();
    assert.deepEqual(heard, [["a gift", true]]);
  });
});

test("callbacks are listed with what became of them, and sent again", async () => {
  const got = [];
  const receiver = createServer((request, answer) => {
    let body = "";
    request.on("data", (more) => (body += more)).on("end", () => (got.push(JSON.parse(body)), answer.end()));
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  try {
    const world = await claque.world();
    await world.createApp({ EventCallbackUrl: `http://127.0.0.1:${receiver.address().port}/events` });
    await world.login("ada");
    await world.clock.advance("1s");
    const [callback] = await world.callbacks.list();
    assert.equal(callback.delivered, true);
    assert.deepEqual(got, [callback.body]);
    await world.callbacks.replay(callback.number);
    for (let left = 200; left > 0 && got.length < 2; left -= 1) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(got, [callback.body, callback.body]);
    await assert.rejects(world.callbacks.replay(99), /no callback 99/);
  } finally {
    receiver.close();
  }
});
