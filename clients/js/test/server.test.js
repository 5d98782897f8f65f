// Servers for tests: found, started, and stopped whatever becomes of those who started them.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { connectClaque, startClaque } from "../src/node/index.js";
import "./binary.js";

const library = new URL("../src/node/index.js", import.meta.url).href;
const launcher = fileURLToPath(new URL("../bin/claque.js", import.meta.url));
const binary = process.env.CLAQUE_BIN;

let scratch;
before(() => (scratch = mkdtempSync(join(tmpdir(), "claque-"))));
after(() => rmSync(scratch, { recursive: true }));

/** Whether somebody listens there. */
const listens = (url) =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on("connect", () => (socket.destroy(), resolve(true))).on("error", () => resolve(false));
  });

async function gone(url) {
  for (let left = 100; left > 0; left -= 1) {
    if (!(await listens(url))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} still listens`);
}

/** Runs a program that uses the library until it says something, or to its end; what it said. */
const program = (text, env = {}) =>
  spawn(process.execPath, ["--input-type=module", "-e", `import * as claque from ${JSON.stringify(library)};${text}`], {
    env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"],
  });
const firstWord = async (child) => {
  for await (const chunk of child.stdout) return chunk.toString().trim();
  throw new Error("it said nothing");
};

describe("a server ends", () => {
  test("when it is stopped; twice is no harm", async () => {
    const claque = await startClaque();
    const world = await claque.world();
    await world.login("ada");
    assert.equal(await listens(claque.url), true);
    await claque.stop();
    assert.equal(await listens(claque.url), false);
    await claque.stop();
    await world.delete();
  });

  test("when it is disposed of", async () => {
    const claque = await startClaque();
    await claque[Symbol.asyncDispose]();
    assert.equal(await listens(claque.url), false);
  });

  test("when the process that started it is killed", async () => {
    const child = program("console.log((await claque.startClaque()).url); setInterval(() => {}, 1000);");
    const url = await firstWord(child);
    assert.equal(await listens(url), true);
    child.kill("SIGKILL");
    await gone(url);
  });

  test("with a process that forgot to stop it, which it does not keep from ending", async () => {
    const child = program("const s = await claque.startClaque(); await s.world(); console.log(s.url);");
    const exited = new Promise((resolve) => child.on("exit", resolve));
    const url = await firstWord(child);
    assert.equal(await exited, 0);
    await gone(url);
  });
});

describe("a server that cannot start", () => {
  test("says what it was told", async () => {
    await assert.rejects(startClaque({ args: ["--reading", "no.such=thing"] }), /no\.such/);
    await assert.rejects(startClaque({ args: ["--no-such-option"] }), /--no-such-option/);
  });

  test("is not waited for when there is no such program", async () => {
    await assert.rejects(startClaque({ binary: join(scratch, "missing") }), /ENOENT/);
    const silent = join(scratch, "silent");
    writeFileSync(silent, "#!/bin/sh\nexit 3\n");
    chmodSync(silent, 0o755);
    await assert.rejects(startClaque({ binary: silent }), /silent: ended with 3 before it was ready/);
  });
});

describe("the program", () => {
  const found = (env) => {
    const text = `import { findBinary } from ${JSON.stringify(new URL("../src/node/binary.js", import.meta.url).href)};
      try { console.log(findBinary()); } catch (error) { console.log(error.message); }`;
    const options = { env: { CLAQUE_BIN: "", PATH: "", ...env }, encoding: "utf8" };
    return spawnSync(process.execPath, ["--input-type=module", "-e", text], options).stdout.trim();
  };

  test("is what CLAQUE_BIN names, before what is on the PATH", () => {
    const folder = join(scratch, "path");
    mkdirSync(folder);
    symlinkSync(binary, join(folder, "claque"));
    assert.equal(found({ PATH: `/nowhere:${folder}` }), join(folder, "claque"));
    assert.equal(found({ PATH: folder, CLAQUE_BIN: binary }), binary);
    assert.match(found({ PATH: folder, CLAQUE_BIN: "/no/such" }), /CLAQUE_BIN is \/no\/such, which is no program/);
  });

  test("that is nowhere is missed by name, with the ways out", () => {
    assert.match(found({}), /package claque-\w+-\w+ is not installed, and claque is not on the PATH; build it/);
  });

  test("runs as `npx claque` with its arguments, its output and its status", () => {
    const run = (...args) => spawnSync(process.execPath, [launcher, ...args], { encoding: "utf8" });
    assert.match(run("--version").stdout, /^claque \d+\.\d+\.\d+\n$/);
    assert.equal(run("--version").status, 0);
    assert.equal(run("no-such-command").status, 2);
    const env = { ...process.env, CLAQUE_BIN: "/no/such" };
    const missed = spawnSync(process.execPath, [launcher, "--version"], { encoding: "utf8", env });
    assert.deepEqual([missed.status, missed.stderr.startsWith("claque: CLAQUE_BIN is /no/such")], [2, true]);
  });

  test("is told what its launcher is told", async () => {
    const child = spawn(process.execPath, [launcher, "serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
    const exited = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
    const url = (await firstWord(child)).replace("ready ", "");
    child.kill("SIGTERM");
    assert.equal(await exited, 0);
    assert.equal(await listens(url), false);
  });
});

describe("a server that runs already", () => {
  const started = (...args) => startClaque({ args: ["--access-key", "testid:testsecret", ...args] });

  test("is used, and left as it was but for the worlds made there", async () => {
    const server = await started();
    try {
      const claque = await connectClaque({ url: server.url });
      const world = await claque.world();
      await world.createGroup("show");
      await claque.stop();
      assert.equal(await listens(server.url), true);
      await assert.rejects(world.clock.now(), { status: 404 });
      await (await server.world()).delete();
    } finally {
      await server.stop();
    }
  });

  test("has a world from the start, which a key leads into", async () => {
    const server = await started("--frozen");
    try {
      const claque = await connectClaque({ url: server.url });
      const world = claque.defaultWorld({ accessKeyId: "testid", accessKeySecret: "testsecret" });
      await world.createGroup("show");
      const ada = await world.login("ada", { groups: ["show"] });
      assert.equal(ada.isLogin(), true);
      await claque.stop();
      assert.equal(ada.isLogin(), false);
      assert.throws(() => claque.defaultWorld({ accessKeyId: "testid", accessKeySecret: "" }), /accessKeySecret/);
    } finally {
      await server.stop();
    }
  });

  test("may have a control token, and says so when it is missing", async () => {
    const server = await started("--control-token", "s3cret");
    try {
      await assert.rejects(connectClaque({ url: server.url }), /control token/);
      const claque = await connectClaque({ url: server.url, token: "s3cret" });
      const world = await claque.world();
      assert.ok((await world.clock.now()) instanceof Date);
      // Neither the back end nor its audience knows of that token.
      await world.createGroup("show");
      assert.equal((await world.login("ada", { groups: ["show"] })).isLogin(), true);
      await claque.stop();
    } finally {
      await server.stop();
    }
    await assert.rejects(connectClaque({ url: server.url }), /ECONNREFUSED/);
    await assert.rejects(connectClaque({}), /CLAQUE_URL is not set/);
  });
});
