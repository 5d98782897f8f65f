// One WebSocket: requests with answers, events, heartbeats.

import { ImError, ImErrorCode } from "./common.js";

/** A link that neither opens nor fails within this span is given up. Unit: milliseconds. */
const OPEN_WITHIN_MS = 10_000;
/** A request that is not answered within this span is refused, unless the configuration says otherwise. */
const ANSWER_WITHIN_MS = 30_000;

/** One connection to the audience endpoint. */
export class Link {
  #socket;
  #next = 1;
  #pending = new Map();
  #beat;
  #silence;
  #closed = false;
  /** Unit: milliseconds. */
  answerWithin = ANSWER_WITHIN_MS;
  /** @type {import("./record.js").Recorder | undefined} */
  #recorder;
  /** @type {(event: object) => void} */
  onEvent = () => {};
  /** @type {(code: number, reason: string) => void} */
  onClose = () => {};

  /**
   * @param {any} socket a WebSocket, the runtime's or a package's
   * @param {import("./record.js").Recorder} [recorder]
   */
  constructor(socket, recorder) {
    this.#socket = socket;
    this.#recorder = recorder;
    recorder?.link("up");
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code, reason }) => this.#end(code, reason);
    socket.onerror = () => this.#end(1006, "the connection failed");
  }

  /**
   * Opens a link.
   * @param {new (url: string) => any} WebSocketClass
   * @param {string} url
   * @param {import("./record.js").Recorder} [recorder]
   * @returns {Promise<Link>}
   */
  static open(WebSocketClass, url, recorder) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocketClass(url);
      const fail = (text) => reject(new ImError(ImErrorCode.TEMPORARY, text));
      const timer = setTimeout(() => {
        socket.close();
        fail(`${url} did not answer in ${OPEN_WITHIN_MS / 1000} s`);
      }, OPEN_WITHIN_MS);
      socket.onopen = () => {
        clearTimeout(timer);
        resolve(new Link(socket, recorder));
      };
      socket.onerror = socket.onclose = () => {
        clearTimeout(timer);
        fail(`${url} cannot be reached`);
      };
    });
  }

  /** Whether it is up. */
  get up() {
    return !this.#closed;
  }

  /**
   * Asks, and gives the result. It settles in every case: by the answer, by the end of the link, or when the time is up.
   * @param {string} method
   * @param {object} [params]
   * @param {(result: any) => void} [first] runs before any event behind the answer is looked at
   * @returns {Promise<any>}
   */
  ask(method, params = {}, first = () => {}) {
    if (this.#closed) return Promise.reject(new ImError(ImErrorCode.NO_SESSION, "the link is down"));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const late = () => {
        const text = `${method}: no answer within ${this.answerWithin / 1000} s`;
        this.#settle(id, (waiting) => waiting.reject(new ImError(ImErrorCode.TEMPORARY, text)));
      };
      this.#pending.set(id, { method, first, resolve, reject, timer: setTimeout(late, this.answerWithin) });
      let text;
      try {
        text = JSON.stringify({ id, method, params });
      } catch (error) {
        this.#settle(id, (waiting) => waiting.reject(new ImError(ImErrorCode.BAD_PARAMETER, `${method}: ${error.message}`)));
        return;
      }
      this.#recorder?.sent(JSON.parse(text));
      try {
        this.#socket.send(text);
      } catch (error) {
        this.#settle(id, (waiting) => waiting.reject(new ImError(ImErrorCode.NO_SESSION, `${method}: ${error.message}`)));
      }
    });
  }

  /** Ends the wait for an answer, once. */
  #settle(id, how) {
    const waiting = this.#pending.get(id);
    if (waiting === undefined) return;
    this.#pending.delete(id);
    clearTimeout(waiting.timer);
    how(waiting);
  }

  /** Ends every wait for an answer. */
  #settleAll(error) {
    for (const id of [...this.#pending.keys()]) this.#settle(id, (waiting) => waiting.reject(error));
  }

  /**
   * Sends heartbeats, three in each timeout; a server that is silent for a whole timeout is taken for gone.
   * @param {number} seconds the heartbeat timeout
   */
  keepAlive(seconds) {
    const timeout = seconds * 1000;
    this.#silence = Date.now();
    clearInterval(this.#beat);
    this.#beat = setInterval(() => {
      if (Date.now() - this.#silence > timeout) this.drop(1006, "no heartbeat came back");
      else this.ask("heartbeat").catch(() => {});
    }, timeout / 3);
    // In Node, heartbeats alone keep no process running.
    this.#beat.unref?.();
  }

  /**
   * Ends the link here and now, whatever the other side says.
   * @param {number} code
   * @param {string} reason
   */
  drop(code, reason) {
    if (this.#closed) return;
    this.#socket.close();
    this.#end(code, reason);
  }

  #take(data) {
    this.#silence = Date.now();
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return this.drop(1002, "a frame that is no JSON");
    }
    if (frame === null || typeof frame !== "object") return this.drop(1002, "a frame that is no object");
    this.#recorder?.received(frame);
    if (typeof frame.event === "string") return this.onEvent(frame);
    return this.#settle(frame.id ?? this.#onlyRequest(), ({ first, resolve, reject }) => {
      if (frame.error) return reject(new ImError(frame.error.code, frame.error.message));
      try {
        first(frame.result);
      } catch (error) {
        return reject(new ImError(ImErrorCode.PARSE, `an answer that cannot be understood: ${error.message}`));
      }
      return resolve(frame.result);
    });
  }

  /** The request that an answer without an ID belongs to, if only one can be meant. Heartbeats cannot be misread. */
  #onlyRequest() {
    const open = [...this.#pending].filter(([, waiting]) => waiting.method !== "heartbeat");
    return open.length === 1 ? open[0][0] : undefined;
  }

  #end(code, reason) {
    if (this.#closed) return;
    this.#closed = true;
    this.#recorder?.link("lost");
    clearInterval(this.#beat);
    this.#socket.onmessage = this.#socket.onclose = null;
    // A socket that is closed before it has opened reports that as an error.
    this.#socket.onerror = () => {};
    // First what waits, whatever those who hear of the end make of it.
    this.#settleAll(new ImError(ImErrorCode.NO_SESSION, `the link was lost before the answer came: ${reason || code}`));
    this.onClose(code, reason);
  }

  /**
   * Refuses what still waits for an answer.
   * @param {ImError} error
   */
  refusePending(error) {
    this.#settleAll(error);
  }
}
