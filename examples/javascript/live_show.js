// A small live show, tested: the official SDK core for the back end, the JavaScript client for its viewers.
//
//     npm --prefix examples/javascript install
//     claque serve --listen 127.0.0.1:0 --exec 'node examples/javascript/live_show.js'

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import popCore from "@alicloud/pop-core";
import { ImEngine } from "claque/audience";
import WebSocket from "ws";

const url = process.env.CLAQUE_URL;
const [COMMENT, GIFT] = [10001, 10002];

/** The tester's hand on the server: what `claque ctl` does too. */
async function control(path, body) {
  const answer = await fetch(`${url}/_claque/${path}`, body && { method: "POST", body: JSON.stringify(body) });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

const service = new popCore.RPCClient({
  accessKeyId: process.env.CLAQUE_ACCESS_KEY_ID,
  accessKeySecret: process.env.CLAQUE_ACCESS_KEY_SECRET,
  endpoint: url,
  apiVersion: "2016-11-01",
});
const call = (action, parameters) => service.request(action, parameters, { method: "POST" });
const comment = (data) => ({ groupId: "show", type: COMMENT, data });
const next = (emitter, event) => new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));

async function viewer(app, userId) {
  const token = createHash("sha256").update(`${app.AppId}${app.AppKey}${userId}AK4000000000`).digest("hex");
  const engine = new ImEngine();
  await engine.init({ endpoint: url, appId: app.AppId, appSign: app.AppSign, WebSocket });
  await engine.login({ user: { userId }, userAuth: { nonce: "AK", timestamp: 4000000000, role: "", token } });
  await engine.getGroupManager().joinGroup("show");
  const heard = [];
  engine.getMessageManager().on("recvgroupmessage", (message) => heard.push(message));
  return { engine, heard, groups: engine.getGroupManager(), messages: engine.getMessageManager() };
}

await control("clock", { freeze: true });

// The show, and three viewers.
const app = await call("CreateLiveMessageApp", { AppName: "evening" });
const show = { AppId: app.AppId, GroupId: "show" };
await call("CreateLiveMessageGroup", { ...show, CreatorId: "host" });
const [ada, bob, eve] = [await viewer(app, "ada"), await viewer(app, "bob"), await viewer(app, "eve")];
assert.equal((await call("DescribeLiveMessageGroup", show)).OnlineUserCounts, 3);

// A burst over the limit: every sender learns of success, and some comments are missing all the same.
const sent = await Promise.all(Array.from({ length: 120 }, (_, count) => bob.messages.sendGroupMessage(comment(`${count}`))));
await control("clock", { advance: "10s" });
await ada.groups.queryGroup("show");
const { shed } = await control("ledger?group=show");
assert.ok(ada.heard.length >= 50 && ada.heard.length < 120, `${ada.heard.length} were passed`);
assert.equal(ada.heard.length + shed.length, 120);
assert.ok(shed.every((entry) => sent.includes(entry.messageId)));
console.error(`burst: 120 sent, ${ada.heard.length} passed, ${shed.length} shed in silence under ${shed[0].rule}`);

// Ada's phone loses its connection; of what she misses, the gift comes back and the comment does not.
const lost = next(ada.engine, "connecting");
await control("outage", { app: app.AppId, user: "ada", down: true });
await lost;
for (const [Body, MsgType, Weight] of [["a comment", COMMENT, 5], ["a gift", GIFT, 1_000_000]]) {
  await call("SendLiveMessageGroup", { ...show, SenderId: "host", Body, MsgType, Weight });
}
const back = next(ada.engine, "reconnectsuccess");
await control("outage", { app: app.AppId, user: "ada", down: false });
await back;
await ada.groups.queryGroup("show");
assert.deepEqual(ada.heard.filter((message) => message.recovered).map((message) => message.data), ["a gift"]);
assert.ok(!ada.heard.some((message) => message.data === "a comment"));
console.error("outage: the gift came back, the comment did not");

// Eve is muted and notified of it.
const muted = next(eve.groups, "mutechange");
await call("AddLiveMessageGroupBand", { ...show, BannedUsers: ["eve"] });
assert.deepEqual((await muted)[1].muteUserList, ["eve"]);
await assert.rejects(eve.messages.sendGroupMessage(comment("let me speak")), { code: 442 });
console.error("mute: eve is refused with 442");

// A deleted group can be restored for thirty days, not for thirty-one.
const gone = next(bob.groups, "exit");
await call("DeleteLiveMessageGroup", { ...show, OperatorId: "host" });
assert.deepEqual(await gone, ["show", 1]);
await control("clock", { advance: "31d" });
await assert.rejects(call("RecoverLiveMessageDeletedGroup", show), { code: "ResourceNotExist" });
console.error("jump: after 31 days the group is gone for good");

for (const { engine } of [ada, bob, eve]) await engine.unInit();
