// What the server refuses, and what went wrong on the way to it.

/** A refusal of the server, or of its control API. */
export class ClaqueError extends Error {
  /**
   * @param {string} message a sentence
   * @param {{ code?: string, status?: number, requestId?: string, recommend?: string, cause?: unknown }} [details]
   */
  constructor(message, { code = "", status = 0, requestId = "", recommend = "", cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ClaqueError";
    /** The documented code of a refused call, such as `InputInvalid`; empty for the control API. */
    this.code = code;
    /** HTTP status; 0 where there was no answer. */
    this.status = status;
    /** ID of the refused call. */
    this.requestId = requestId;
    /** What the refusal recommends. */
    this.recommend = recommend;
  }
}

// Node 20 has the symbol, but not in the contexts that Jest makes for tests.
if (Symbol.asyncDispose === undefined) {
  Object.defineProperty(Symbol, "asyncDispose", { value: Symbol.for("Symbol.asyncDispose") });
}
