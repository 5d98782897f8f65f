// What a client records, and what `claque audit` makes of it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import WebSocket from "ws";

import { ImEngine } from "../src/index.js";
import { Service, binary, token } from "./service.js";

let service;
before(async () => (service = await Service.start()));
after(() => service.stop());

const fileOf = (name) => join(mkdtempSync(join(tmpdir(), "claque-record-")), name);
const heard = (engine) =>
  new Promise((resolve) => engine.getMessageManager().once("recvgroupmessage", (message) => resolve(message)));

/** A session of one viewer, written down. */
async function recorded(record) {
  const app = await service.show();
  const engine = new ImEngine();
  const config = { endpoint: service.url, appId: app.AppId, appSign: app.AppSign, WebSocket, record };
  await engine.init(config);
  const auth = token(app, "ada");
  await engine.login({ user: { userId: "ada" }, userAuth: auth });
  await engine.getGroupManager().joinGroup("g");
  const message = heard(engine);
  await engine.getMessageManager().sendGroupMessage({ groupId: "g", type: 10001, data: "hello" });
  await message;
  await engine.reconnect();
  await engine.logout();
  return { app, auth };
}

const audit = (file) => {
  const done = spawnSync(binary, ["audit", "--json", file], { encoding: "utf8" });
  return { status: done.status, rules: done.stdout && JSON.parse(done.stdout).rules, said: done.stderr };
};

test("what a client records audits clean, and holds no secret", async () => {
  const file = fileOf("ada.jsonl");
  const { app, auth } = await recorded((line) => appendFileSync(file, line));
  const text = readFileSync(file, "utf8");
  assert.ok(!text.includes(auth.token) && !text.includes(app.AppSign));
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.flatMap((line) => line.client?.link ?? []), ["up", "lost", "up", "lost"]);
  assert.ok(lines.at(-1).complete.client);
  const { status, rules, said } = audit(file);
  assert.equal(status, 0, said);
  assert.equal(rules["message.deliver.all-members"].verdict, "kept");
});

test("a message that comes back changed is flagged", async () => {
  const lines = [];
  await recorded((line) => lines.push(line));
  const file = fileOf("ada.jsonl");
  const changed = (line) => (line.includes("recvgroupmessage") ? line.replace("hello", "howdy") : line);
  writeFileSync(file, lines.map(changed).join(""));
  const { status, rules } = audit(file);
  assert.equal(status, 1);
  assert.equal(rules["message.deliver.all-members"].verdict, "broken");
});

test("a recording that cannot be written claims nothing and stops nobody", async () => {
  const lines = [];
  await recorded((line) => {
    if (lines.length === 3) throw new Error("the disk is full");
    lines.push(line);
  });
  assert.equal(lines.length, 3);
  assert.ok(!lines.some((line) => line.includes('"complete"')));
});
