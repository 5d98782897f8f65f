// The session that the client libraries of all languages play: their transcripts are equal, byte for byte.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import WebSocket from "ws";

import { ImEngine, startClaque } from "../src/node/index.js";
import { Player } from "./player.js";
import "./binary.js";

const of = (name) => readFile(new URL(`../../session/${name}`, import.meta.url), "utf8");

test("the session's transcript is that of every other client library", async () => {
  const claque = await startClaque();
  try {
    const world = await claque.world();
    const session = JSON.parse(await of("session.json"));
    const played = await new Player(world, { WebSocket, ImEngine }).play(session);
    assert.deepEqual(played.split("\n"), (await of("transcript.txt")).split("\n"));
    assert.equal(played, await of("transcript.txt"));
  } finally {
    await claque.stop();
  }
});
