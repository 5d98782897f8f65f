// What every part of the client needs: errors, events, the numbers of the documented client.

/** Documented error codes. Codes 601 and 603 are the client's own; the server says the others. */
export const ImErrorCode = Object.freeze({
  ALREADY_LOGIN: 304,
  BAD_PARAMETER: 400,
  FORBIDDEN: 403,
  NO_SESSION: 404,
  BUSY: 412,
  RECEIVER_OFFLINE: 424,
  NOT_JOINED: 425,
  NO_GROUP: 440,
  GROUP_DELETED: 441,
  MUTED: 442,
  LIMIT_REACHED: 443,
  MAY_NOT_JOIN: 450,
  TEMPORARY: 500,
  WRONG_STATE: 601,
  NOT_LOGIN: 602,
  FORMER_SESSION: 603,
  PARSE: 604,
});

/** Levels of a group message. Shaping prefers HIGH to MEDIUM to NORMAL; only HIGH comes back after a lost link. */
export const ImMessageLevel = Object.freeze({ NORMAL: 0, HIGH: 1, MEDIUM: 2 });

/** Orders of lists. */
export const ImSortType = Object.freeze({ ASC: 0, DESC: 1 });

/** A refusal: a documented code and a sentence. */
export class ImError extends Error {
  /**
   * @param {number} code one of {@link ImErrorCode}
   * @param {string} message a sentence
   */
  constructor(code, message) {
    super(message);
    this.name = "ImError";
    this.code = code;
  }
}

/**
 * Listeners by event. A listener that throws stops neither the others nor the client.
 * @template {Record<string, any[]>} Events what the listeners of each event are given
 */
export class Emitter {
  /** @type {Map<PropertyKey, any[]>} */
  #listeners = new Map();

  /**
   * Calls `listener` at every such event.
   * @template {keyof Events} K
   * @param {K} event
   * @param {(...values: Events[K]) => void} listener
   * @returns {this}
   */
  on(event, listener) {
    const list = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...list, listener]);
    return this;
  }

  /**
   * Calls `listener` at the next such event only.
   * @template {keyof Events} K
   * @param {K} event
   * @param {(...values: Events[K]) => void} listener
   * @returns {this}
   */
  once(event, listener) {
    const one = (/** @type {Events[K]} */ ...values) => {
      this.off(event, one);
      listener(...values);
    };
    one.of = listener;
    return this.on(event, one);
  }

  /**
   * Takes a listener away; all of an event, or all, when none is named.
   * @template {keyof Events} K
   * @param {K} [event]
   * @param {(...values: Events[K]) => void} [listener]
   * @returns {this}
   */
  off(event, listener) {
    if (event === undefined) this.#listeners.clear();
    else if (listener === undefined) this.#listeners.delete(event);
    else {
      const rest = (this.#listeners.get(event) ?? []).filter((its) => its !== listener && its.of !== listener);
      this.#listeners.set(event, rest);
    }
    return this;
  }

  /** Forgets every listener. */
  removeAllListeners() {
    this.off();
  }

  /**
   * How many listeners an event has.
   * @param {keyof Events} event
   * @returns {number}
   */
  listenerCount(event) {
    return this.#listeners.get(event)?.length ?? 0;
  }

  /**
   * @protected
   * @template {keyof Events} K
   * @param {K} event
   * @param {Events[K]} values
   */
  emit(event, ...values) {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(...values);
      } catch (error) {
        // As with any callback: the mistake is reported where uncaught errors are, and nobody else suffers from it.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
