// The control API of a server, or of one of its worlds.

import { ClaqueError } from "./errors.js";
import { send } from "./request.js";

/** A request of the control API that takes longer is given up; moving the clock over much may take its time. */
const ANSWER_WITHIN_MS = 120_000;

/** What asks the control API below one address. */
export class Control {
  #headers;

  /**
   * @param {URL} url ends with a slash
   * @param {string} [token] the control token, if the server has one
   */
  constructor(url, token) {
    /** Where it is. */
    this.url = url;
    this.#headers = token ? { authorization: `Bearer ${token}` } : undefined;
  }

  /**
   * The control API below a path of this one's server.
   * @param {string} path
   * @returns {Control}
   */
  below(path) {
    const below = new Control(new URL(path, this.url));
    below.#headers = this.#headers;
    return below;
  }

  /**
   * Asks: GET without a body, POST with one, unless a method is named.
   * @param {string} path below this one's address: `clock`, `ledger?group=show`
   * @param {object} [body]
   * @param {string} [method]
   * @returns {Promise<any>}
   */
  async ask(path, body, method = body === undefined ? "GET" : "POST") {
    const url = new URL(path, this.url);
    const request = { method, headers: this.#headers, body: body && JSON.stringify(body), within: ANSWER_WITHIN_MS };
    const { status, text } = await send(url, request);
    if (status >= 200 && status < 300) return text === "" ? undefined : JSON.parse(text);
    let said = text;
    try {
      said = JSON.parse(text).error ?? text;
    } catch {
      // Whatever stands between here and the server answers as it likes.
    }
    throw new ClaqueError(`${method} ${url.pathname}: ${said || status}`, { status });
  }
}
