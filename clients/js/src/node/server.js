// A server for tests: started on a free port, or one that runs already. Its worlds are what tests live in.

import { spawn } from "node:child_process";

import { findBinary } from "./binary.js";
import { Control } from "./control.js";
import { ClaqueError } from "./errors.js";
import { World } from "./world.js";

/** @typedef {import("./types.js").StartOptions} StartOptions */
/** @typedef {import("./types.js").ConnectOptions} ConnectOptions */
/** @typedef {import("./types.js").WorldOptions} WorldOptions */
/** @typedef {import("./types.js").AccessKey} AccessKey */

const READY_WITHIN_MS = 10_000;
/** a server that was asked to end is waited for this long before it is killed. */
const GRACE_MS = 5_000;
/** Characters of the server's log that are kept for error texts. */
const LOG_CHARACTERS = 16_000;
/**
 * What the server runs beside itself. It reads from a pipe whose other end this process alone holds: when this process ends,
 * however it does, the kernel closes the pipe, the command ends, and the server with it.
 */
const GUARD = "cat <&3 >/dev/null";

/** A server. */
export class Claque {
  #control;
  /** Ends the server, where it was started here. */
  #end;
  #stopped = false;
  /** @type {Set<World>} */
  #worlds = new Set();

  /**
   * @internal
   * @param {Control} control
   * @param {() => Promise<void>} [end]
   */
  constructor(control, end) {
    this.#control = control;
    this.#end = end;
    /** Where it listens: `http://127.0.0.1:43210`. */
    this.url = control.url.origin;
  }

  /**
   * Makes a world: a service of its own, with its own clock, state, readings, ledger, faults and access key.
   * @param {WorldOptions} [options]
   * @returns {Promise<World>}
   */
  async world(options = {}) {
    const made = await this.#control.ask("worlds", { clock: "manual", ...options });
    // The server knows itself by another address than we do, where a container's port is mapped to another.
    const path = new URL(made.control, this.url).pathname;
    const world = new World(made, this.#control.below(path), "audience", async () => {
      this.#worlds.delete(world);
      // Worlds end with their server.
      if (this.#stopped && this.#end) return;
      await this.#control.ask(`worlds/${made.world}`, undefined, "DELETE");
    });
    this.#worlds.add(world);
    return world;
  }

  /**
   * The world that is there from the start, with a key that the server was started with: `--access-key ID:SECRET`, or those
   * that `claque serve --exec` hands on.
   * @param {Partial<AccessKey>} [key]
   * @returns {World}
   */
  defaultWorld({ accessKeyId = process.env.CLAQUE_ACCESS_KEY_ID, accessKeySecret = process.env.CLAQUE_ACCESS_KEY_SECRET } = {}) {
    if (!accessKeyId || !accessKeySecret) throw new ClaqueError("defaultWorld: name accessKeyId and accessKeySecret");
    const made = { world: "default", accessKeyId, accessKeySecret };
    const world = new World(made, this.#control, "/audience", async () => void this.#worlds.delete(world));
    this.#worlds.add(world);
    return world;
  }

  /**
   * Ends the worlds that were made here, and the server if it was started here. Once is enough; twice does no harm.
   * @returns {Promise<void>}
   */
  async stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const world of this.#worlds) await world.delete();
    await this.#end?.();
  }

  /** @returns {Promise<void>} */
  [Symbol.asyncDispose]() {
    return this.stop();
  }
}

/**
 * Starts a server on a free port of this machine. It ends with `stop()`, and with this process whatever becomes of it.
 * @param {StartOptions} [options]
 * @returns {Promise<Claque>}
 */
export async function startClaque({ binary = findBinary(), args = [], log = "keep" } = {}) {
  const options = ["serve", "--listen", "127.0.0.1:0", "--exec", GUARD, ...args];
  const env = { ...process.env, RUST_LOG: process.env.RUST_LOG ?? "warn" };
  // A group of its own: a key pressed at the terminal is for the tests, which may still want to look at their world.
  const child = spawn(binary, options, { env, detached: true, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const [, output, errors, guard] = /** @type {any[]} */ (child.stdio);
  // Its end is news to nobody here.
  guard.on("error", () => {});
  let said = "";
  errors.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    if (log === "inherit") process.stderr.write(text);
    said = (said + text).slice(-LOG_CHARACTERS);
  });
  /** @type {Promise<number | null>} */
  const exited = new Promise((resolve) => child.once("close", resolve));
  const end = async () => {
    guard.end();
    child.ref();
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await exited;
    clearTimeout(timer);
  };
  try {
    const url = await ready(child, output, exited, () => said);
    // Nobody needs to wait for it: neither a test that forgot to stop it, nor its runner.
    for (const handle of [child, output, errors, guard]) handle.unref();
    return new Claque(new Control(new URL("/_claque/", url), controlToken(args)), end);
  } catch (error) {
    await end();
    throw error;
  }
}

/** The token among the arguments, or in the environment, where the server looks too. */
function controlToken(/** @type {string[]} */ args) {
  const at = args.indexOf("--control-token");
  return at < 0 ? process.env.CLAQUE_CONTROL_TOKEN : args[at + 1];
}

/**
 * Waits for the line that says where the server listens.
 * @param {import("node:child_process").ChildProcess} child
 * @param {import("node:stream").Readable} output
 * @param {Promise<number | null>} exited
 * @param {() => string} said
 * @returns {Promise<string>}
 */
function ready(child, output, exited, said) {
  return new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ text) => {
      clearTimeout(timer);
      reject(new ClaqueError(`${child.spawnfile}: ${text}${said() && `\n${said()}`}`));
    };
    const timer = setTimeout(() => fail(`not ready within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    let text = "";
    output.setEncoding("utf8").on("data", (more) => {
      text = (text + more).slice(-LOG_CHARACTERS);
      const line = /^ready (\S+)$/m.exec(text);
      if (!line) return;
      clearTimeout(timer);
      resolve(line[1]);
    });
    child.once("error", (error) => fail(error.message));
    exited.then((status) => fail(`ended with ${status} before it was ready`));
  });
}

/**
 * A server that runs already: in a container, or as the parent of this process (`claque serve --exec`).
 * @param {ConnectOptions} [options]
 * @returns {Promise<Claque>}
 */
export async function connectClaque({ url = process.env.CLAQUE_URL, token = process.env.CLAQUE_CONTROL_TOKEN } = {}) {
  if (!url) throw new ClaqueError("connectClaque: no url, and CLAQUE_URL is not set");
  const control = new Control(new URL("/_claque/", url), token);
  await control.ask("version");
  return new Claque(control);
}
