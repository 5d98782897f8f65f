// A call of a documented operation, signed as the current SDKs do (ACS3-HMAC-SHA256).

import { createHash, createHmac, randomUUID } from "node:crypto";

import { ClaqueError } from "./errors.js";
import { send } from "./request.js";

const ALGORITHM = "ACS3-HMAC-SHA256";
const VERSION = "2016-11-01";
const ANSWER_WITHIN_MS = 60_000;

const sha256 = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex");

/**
 * The form of some parameters: lists and maps as JSON, as the current SDKs write them; what is undefined or null is not sent.
 * @param {Record<string, unknown>} parameters
 * @returns {string}
 */
function form(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null);
  const text = (/** @type {unknown} */ value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return new URLSearchParams(given.map(([name, value]) => [name, text(value)])).toString();
}

/**
 * The headers of a signed call.
 * @param {{ accessKeyId: string, accessKeySecret: string }} key
 * @param {string} host
 * @param {string} operation
 * @param {string} body
 * @returns {Record<string, string>}
 */
function signed(key, host, operation, body) {
  /** @type {Record<string, string>} */
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    host,
    "x-acs-action": operation,
    "x-acs-content-sha256": sha256(body),
    "x-acs-date": new Date().toISOString().replace(/\.\d+/, ""),
    "x-acs-signature-nonce": randomUUID(),
    "x-acs-version": VERSION,
  };
  const names = Object.keys(headers);
  const canonical = [
    "POST", "/", "", ...names.map((name) => `${name}:${headers[name]}`), "", names.join(";"), sha256(body),
  ].join("\n");
  const signature = createHmac("sha256", key.accessKeySecret).update(`${ALGORITHM}\n${sha256(canonical)}`).digest("hex");
  const credential = `Credential=${key.accessKeyId},SignedHeaders=${names.join(";")},Signature=${signature}`;
  return { ...headers, authorization: `${ALGORITHM} ${credential}` };
}

/**
 * Calls an operation.
 * @param {string} endpoint `http://127.0.0.1:8787`
 * @param {{ accessKeyId: string, accessKeySecret: string }} key
 * @param {string} operation `CreateLiveMessageGroup`
 * @param {Record<string, unknown>} parameters by their documented names
 * @returns {Promise<any>} the answer, by the documented names
 */
export async function call(endpoint, key, operation, parameters) {
  const url = new URL(endpoint);
  const body = form(parameters);
  const headers = signed(key, url.host, operation, body);
  const { status, text } = await send(url, { method: "POST", headers, body, within: ANSWER_WITHIN_MS });
  if (status === 200) return JSON.parse(text);
  let refusal;
  try {
    refusal = JSON.parse(text);
  } catch {
    throw new ClaqueError(`${operation}: status ${status}: ${text.slice(0, 200)}`, { status });
  }
  throw new ClaqueError(`${operation}: ${refusal.Code}: ${refusal.Message}`, {
    code: refusal.Code, status, requestId: refusal.RequestId, recommend: refusal.Recommend,
  });
}
