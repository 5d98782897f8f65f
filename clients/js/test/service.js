// A server of one's own, and the calls of the documented server side, signed by hand.

import { spawn } from "node:child_process";
import { createHash, createHmac, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";

export const binary = process.env.CLAQUE_BIN ?? fileURLToPath(new URL("../../../target/debug/claque", import.meta.url));
const key = { id: "testid", secret: "testsecret" };
const FAR = 4_000_000_000;

const escaped = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

export const token = (app, userId, { role = "", timestamp = FAR } = {}) => {
  const made = createHash("sha256").update(`${app.AppId}${app.AppKey}${userId}AK${timestamp}${role}`).digest("hex");
  return { nonce: "AK", timestamp, role, token: made };
};

/** A running server. */
export class Service {
  /** Starts one on a free port, its clock standing still. */
  static async start(...more) {
    const service = new Service();
    await service.launch("127.0.0.1:0", more);
    return service;
  }

  async launch(listen, more = []) {
    const options = ["serve", "--frozen", "--listen", listen, "--access-key", `${key.id}:${key.secret}`, ...more];
    this.child = spawn(binary, options, { env: { ...process.env, RUST_LOG: "warn" }, stdio: ["ignore", "pipe", "inherit"] });
    this.exited = new Promise((resolve) => this.child.once("exit", resolve));
    for await (const chunk of this.child.stdout) {
      const ready = /^ready (\S+)$/m.exec(chunk.toString());
      if (ready) {
        this.url = ready[1];
        // What it may print from here on is nobody's.
        this.child.stdout.resume?.();
        return;
      }
    }
    throw new Error(`${binary} ended before it was ready`);
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.exited;
  }

  /** A documented operation, parameter scheme, GET. */
  async call(Action, parameters) {
    const all = {
      Action,
      Version: "2016-11-01",
      Format: "JSON",
      AccessKeyId: key.id,
      SignatureMethod: "HMAC-SHA1",
      SignatureVersion: "1.0",
      SignatureNonce: randomUUID(),
      Timestamp: new Date().toISOString().replace(/\.\d+/, ""),
      ...parameters,
    };
    const query = Object.keys(all).sort().map((name) => `${escaped(name)}=${escaped(String(all[name]))}`).join("&");
    const signed = createHmac("sha1", `${key.secret}&`).update(`GET&%2F&${escaped(query)}`).digest("base64");
    const answer = await fetch(`${this.url}/?${query}&Signature=${escaped(signed)}`);
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${Action}: ${body.Code}: ${body.Message}`);
    return body;
  }

  async control(path, body) {
    const answer = await fetch(`${this.url}/_claque/${path}`, body && { method: "POST", body: JSON.stringify(body) });
    const object = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${object.error}`);
    return object;
  }

  /** An application with a group `g`. */
  async show() {
    const app = await this.call("CreateLiveMessageApp", { AppName: "show" });
    await this.call("CreateLiveMessageGroup", { AppId: app.AppId, GroupId: "g", CreatorId: "host" });
    return app;
  }

  send(app, Body, more = {}) {
    const with_ = { AppId: app.AppId, GroupId: "g", SenderId: "host", MsgType: 10001, Body, ...more };
    return this.call("SendLiveMessageGroup", with_);
  }
}
