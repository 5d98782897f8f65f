// What a client sent and received, as lines that `claque audit` judges (docs/audit-format.md).

/** This client's clock is taken to be wrong by so much at the most, where nothing else is said. Unit: milliseconds. */
const CLOCK_ERROR_MS = 1_000;
/** Stands where a secret stood. `claque audit` knows it. */
const leftOut = (what) => `left out: ${what}`;

/** A frame without the token that proves who the user is. */
function withoutSecrets(frame) {
  const params = frame.params;
  if (frame.method === "reconnect" && params?.fresh) {
    return { ...frame, params: { ...params, fresh: withoutSecrets({ method: "login", params: params.fresh }).params } };
  }
  if (frame.method !== "login" || params === undefined) return frame;
  const userAuth = { ...params.userAuth, token: leftOut("token") };
  return { ...frame, params: { ...params, appSign: leftOut(`sign of ${params.appId}`), userAuth } };
}

/** Writes one client's lines. */
export class Recorder {
  /** @type {((line: string) => void) | undefined} */
  #write;
  #about;
  #source;
  #error;
  #from;

  /**
   * @param {(line: string) => void} write takes one line, its end included
   * @param {{ appId: string, userId: string, clockErrorMs?: number }} about
   */
  constructor(write, { appId, userId, clockErrorMs = CLOCK_ERROR_MS }) {
    this.#write = write;
    this.#from = Date.now() * 1000;
    this.#source = `${userId} ${this.#from} ${Math.random().toString(36).slice(2, 8)}`;
    this.#about = { id: this.#source, app: appId, user: userId };
    this.#error = Math.round(clockErrorMs * 1000);
    this.#line({ header: { version: 1, clockErrorMicros: this.#error } });
  }

  /** @param {object} frame */
  sent(frame) {
    this.#seen({ sent: withoutSecrets(frame) });
  }

  /** @param {object} frame */
  received(frame) {
    this.#seen({ received: frame });
  }

  /** @param {"up" | "lost"} link */
  link(link) {
    this.#seen({ link });
  }

  /** The session is over: nothing of it is missing. */
  end() {
    // By a clock that may be wrong, what is certainly within is shorter by twice that error.
    const slack = 2 * this.#error;
    const [from, to] = [this.#from - slack, Date.now() * 1000 + slack];
    this.#line({ complete: { client: this.#about.id, from, to } });
    this.#write = undefined;
  }

  #seen(what) {
    this.#line({ at: Date.now() * 1000, client: { ...this.#about, ...what } });
  }

  #line(what) {
    try {
      this.#write?.(`${JSON.stringify({ source: this.#source, ...what })}\n`);
    } catch (error) {
      // The client goes on; a recording in which something is missing must not claim to be whole.
      this.#write = undefined;
      console.warn(`the recording of ${this.#source} ends here: ${error?.message ?? error}`);
    }
  }
}
