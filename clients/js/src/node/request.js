// One request over HTTP. Not `fetch`: that takes half of a first test's time to load, is missing where a test runner imitates
// a browser, and does not let a signed call say its host.

import http from "node:http";
import https from "node:https";

import { ClaqueError } from "./errors.js";

/**
 * Sends a request and reads the whole answer.
 * @param {URL} url
 * @param {{ method: string, headers?: Record<string, string>, body?: string, within: number }} request `within` milliseconds
 * @returns {Promise<{ status: number, text: string }>}
 */
export function send(url, { method, headers, body = "", within }) {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === "https:" ? https : http;
    const length = method === "GET" ? undefined : { "content-length": String(Buffer.byteLength(body)) };
    // A connection of its own: one that was shared may have been closed meanwhile, and a signed call is not sent twice.
    const asked = request(url, { method, agent: false, headers: { ...headers, ...length } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (more) => (text += more));
      answer.on("end", () => (clearTimeout(timer), resolve({ status: answer.statusCode ?? 0, text })));
      answer.on("error", fail);
    });
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${within / 1000} s`)), within);
    function fail(/** @type {any} */ cause) {
      clearTimeout(timer);
      reject(new ClaqueError(`${method} ${url}: ${cause.message || cause.code}`, { cause }));
    }
    asked.on("error", fail).end(body);
  });
}
