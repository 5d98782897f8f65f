// The types are held to docs/asyncapi.yaml, which a test of the server holds to the server: fields of results and events, names
// of parameters and which of them must be given. A compiler compares them, so that nothing is written down twice.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { parse } from "yaml";

import { BY_GROUP, EVENTS } from "./player.js";

const here = fileURLToPath(new URL("./", import.meta.url));
const { components } = parse(readFileSync(join(here, "../../../docs/asyncapi.yaml"), "utf8"));
const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "..", "bin", "tsc");

/** What an event says and its listeners are not given as a value of its own. */
const NO_VALUE = new Set(["event", "acknowledge"]);
/** Fields that this library adds. */
const OUR_OWN = { Message: ["recovered"] };
const SHAPES = ["User", "UserAuth", "GroupInfo", "UserPage", "MessagePage", "MuteState", "Info", "Message"];

let folder;
before(() => (folder = mkdtempSync(join(here, "types-"))));
after(() => rmSync(folder, { recursive: true }));

/** A schema as a type. */
function typeOf(schema) {
  if (schema.$ref) return `Protocol.${schema.$ref.split("/").at(-1)}`;
  if (schema.enum) return schema.enum.every((value) => typeof value === "number") ? "number" : "string";
  if (schema.type === "array") return `${typeOf(schema.items)}[]`;
  if (schema.type === "integer") return "number";
  if (schema.type !== "object") return schema.type;
  if (schema.additionalProperties) return `Record<string, ${typeOf(schema.additionalProperties)}>`;
  const must = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {});
  return `{ ${fields.map(([name, field]) => `${name}${must.has(name) ? "" : "?"}: ${typeOf(field)}`).join("; ")} }`;
}

const listed = (names) => names.map((name) => JSON.stringify(name)).join(" | ") || "never";

/** What must hold, one line each. */
function* demands() {
  for (const name of SHAPES) {
    yield `Same<Omit<T.${name}, ${listed(OUR_OWN[name] ?? [])}>, Protocol.${name}>`;
  }
  for (const [part, type] of [["engine", "EngineEvents"], ["groups", "GroupEvents"], ["messages", "MessageEvents"]]) {
    for (const [event, fields] of Object.entries(EVENTS[part])) {
      const message = components.messages[event];
      if (!message) continue;
      const { properties } = message.payload;
      const said = Object.keys(properties).filter((name) => !NO_VALUE.has(name));
      assert.deepEqual(said.toSorted(), fields.toSorted(), `${event} has other fields`);
      // A listener of tokenexpired is given what it answers with.
      if (event !== "tokenexpired") yield `Same<T.${type}["${event}"], [${fields.map((name) => typeOf(properties[name])).join(", ")}]>`;
    }
  }
  for (const [part, type] of [["groups", "ImGroupManager"], ["messages", "ImMessageManager"]]) {
    for (const method of METHODS[part]) {
      const { properties = {}, required = [] } = components.schemas[`${method}Params`];
      if (BY_GROUP.has(method)) assert.deepEqual(Object.keys(properties), ["groupId"], method);
      else yield `Takes<Parameters<M.${type}["${method}"]>[0], ${listed(Object.keys(properties))}, ${listed(required)}>`;
    }
  }
}

const METHODS = {
  groups: [
    "createGroup", "closeGroup", "joinGroup", "leaveGroup", "queryGroup", "modifyGroup", "listRecentGroupUser", "listGroupUser",
    "muteAll", "cancelMuteAll", "muteUser", "cancelMuteUser", "listMuteUsers",
  ],
  messages: ["sendGroupMessage", "sendC2cMessage", "listRecentMessage", "listMessage", "listHistoryMessage", "deleteMessage"],
};

function compiled(lines) {
  const head = `
import type * as T from "../../src/types.js";
import type * as M from "../../src/managers.js";
type Is<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
type Own<T> = { [K in keyof T as K extends "recovered" ? never : K]: T[K] extends object | undefined ? Deep<T[K]> : T[K] };
type Deep<T> = T extends (infer E)[] ? Deep<E>[] : T extends object ? Own<T> : T;
type Same<A, B> = Is<Deep<A>, Deep<B>>;
type Musts<T> = keyof { [K in keyof T as {} extends Pick<T, K> ? never : K]: 1 };
type Takes<P, Names, Required> = [Is<keyof NonNullable<P>, Names>, Is<Musts<NonNullable<P>>, Required>] extends [true, true] ? true : false;
declare namespace Protocol {
${SHAPES.map((name) => `  type ${name} = ${typeOf(components.schemas[name])};`).join("\n")}
}
const holds = <X extends true>(): X | undefined => undefined;
`;
  const file = join(folder, "held.mts");
  writeFileSync(file, head + lines.map((line) => `holds<${line}>();\n`).join(""));
  const options = ["--ignoreConfig", "--noEmit", "--strict", "--noImplicitAny", "false", "--allowJs", "--target", "es2022", "--module", "nodenext", "--types", "", "--lib", "es2023,dom"];
  return spawnSync(process.execPath, [tsc, ...options, file], { encoding: "utf8" });
}

test("results, events and parameters are those of the protocol", () => {
  const lines = [...demands()];
  assert.ok(lines.length > 25, `${lines.length} demands`);
  const { status, stdout } = compiled(lines);
  const wrong = [...stdout.matchAll(/held\.mts\((\d+),/g)].map(([, line]) => readFileSync(join(folder, "held.mts"), "utf8").split("\n")[line - 1]);
  assert.equal(status, 0, `${wrong.join("\n")}\n${stdout}`);
});

test("a field that has another name, type or need is noticed", () => {
  const wrong = [
    "Same<T.Info, { groupMeta: string; admins: string[] }>",
    "Same<T.Info, { groupMeta: string; adminList: number[] }>",
    "Same<T.User, { userId: string; userExtension: string }>",
    'Takes<Parameters<M.ImMessageManager["deleteMessage"]>[0], "groupId" | "messageId", "groupId">',
    'Takes<Parameters<M.ImMessageManager["deleteMessage"]>[0], "groupId", "groupId">',
  ];
  const { stdout } = compiled(wrong);
  assert.equal(stdout.match(/error TS2344/g)?.length, wrong.length, stdout);
});
