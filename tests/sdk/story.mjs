// The story that every SDK plays, and the judge of its answers. The endpoint and the key come from the environment, as
// `claque serve --exec` sets them.

import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";

export const HOST = process.env.CLAQUE_ENDPOINT;
export const SCHEME = process.env.CLAQUE_URL.split("://")[0];
export const KEY_ID = process.env.CLAQUE_ACCESS_KEY_ID;
export const SECRET = process.env.CLAQUE_ACCESS_KEY_SECRET;
// Only the calls, whatever they are answered: for a recording that is to be judged, and made again, without the control API.
const CALLS_ONLY = process.env.CLAQUE_STORY === "calls";
export const CA = process.env.CLAQUE_CA ? fs.readFileSync(process.env.CLAQUE_CA, "utf8") : undefined;

export class Refused extends Error {
  constructor(status, code) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

function control(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, ca: CA };
  return new Promise((done, failed) => {
    const library = SCHEME === "https" ? https : http;
    const request = library.request(`${SCHEME}://${HOST}/_claque/${path}`, options, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => (answer.statusCode === 200 ? done(JSON.parse(text)) : failed(new Error(text))));
    });
    request.on("error", failed);
    request.end(JSON.stringify(body));
  });
}

function filled(value, known) {
  if (typeof value === "string" && value.startsWith("$")) return known[value.slice(1)] ?? (CALLS_ONLY ? "none" : undefined);
  if (value && typeof value === "object" && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, known)]));
  }
  return value;
}

const field = (body, path) => path.split(".").reduce((inner, name) => inner[name], body);

async function refusal(sdk, action, parameters) {
  try {
    await sdk.call(action, parameters);
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  assert.fail(`${action} was accepted`);
}

export async function play(name, make) {
  const sdk = make(SECRET);
  const steps = JSON.parse(fs.readFileSync(new URL("story.json", import.meta.url), "utf8"));
  const known = {};
  const actions = new Set();
  for (const step of steps) {
    const parameters = filled(step.with, known);
    if (step.control) {
      if (!CALLS_ONLY) await control(step.control, parameters);
      continue;
    }
    actions.add(step.call);
    if (CALLS_ONLY) {
      try {
        const body = await sdk.call(step.call, parameters);
        for (const [variable, path] of Object.entries(step.save ?? {})) known[variable] = field(body, path);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
      continue;
    }
    if (step.refused) {
      const { status, code } = await refusal(sdk, step.call, parameters);
      assert.equal(code, step.refused.code, step.call);
      // One of the SDKs tells no status.
      if (status !== undefined) assert.equal(status, step.refused.status, step.call);
      continue;
    }
    const body = await sdk.call(step.call, parameters);
    assert.ok(body.RequestId, `${step.call}: no request ID`);
    for (const [path, expected] of Object.entries(step.expect ?? {})) {
      assert.deepEqual(field(body, path), filled(expected, known), `${step.call}: ${path}`);
    }
    for (const [variable, path] of Object.entries(step.save ?? {})) known[variable] = field(body, path);
  }
  const wrong = await refusal(make("wrong"), "DescribeLiveMessageApp", { AppId: known.app });
  assert.equal(wrong.code, "SignatureDoesNotMatch");
  assert.equal(actions.size, 54);
  console.error(`${name} over ${SCHEME}: ${steps.length} steps, ${actions.size} operations`);
}
