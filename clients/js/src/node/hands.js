// What a test does to its world: moves the clock, breaks calls, looks at callbacks.

/** @typedef {import("./control.js").Control} Control */
/** @typedef {import("./types.js").ClockState} ClockState */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {import("./types.js").Callback} Callback */

/** Milliseconds as the control API reads spans of time; texts such as `31d` stay. */
const span = (/** @type {string | number} */ given) => (typeof given === "number" ? `${Math.round(given * 1000)}us` : given);

/** The clock of a world. */
export class Clock {
  #control;

  /**
   * @internal
   * @param {Control} control
   */
  constructor(control) {
    this.#control = control;
  }

  /** @returns {Promise<ClockState>} */
  read() {
    return this.#control.ask("clock");
  }

  /**
   * The world's time.
   * @returns {Promise<Date>}
   */
  async now() {
    return new Date(Number((await this.read()).nowMicros) / 1000);
  }

  /**
   * Moves on. All that becomes due has been done, and left the server, when this is over.
   * @param {string | number} by `31d`, `1s`, `250ms`; a number is milliseconds
   * @returns {Promise<ClockState>}
   */
  advance(by) {
    return this.#control.ask("clock", { advance: span(by) });
  }

  /**
   * Moves on to a point of time, in whole seconds.
   * @param {Date} to
   * @returns {Promise<ClockState>}
   */
  advanceTo(to) {
    return this.#control.ask("clock", { to: Math.floor(to.getTime() / 1000) });
  }

  /**
   * Stands still from here on.
   * @returns {Promise<ClockState>}
   */
  freeze() {
    return this.#control.ask("clock", { freeze: true });
  }

  /**
   * Goes on as fast as the wall's, or so many times as fast.
   * @param {string} [speed] `10x`, `3/2x`
   * @returns {Promise<ClockState>}
   */
  resume(speed) {
    return this.#control.ask("clock", speed === undefined ? { resume: true } : { speed });
  }
}

/** What goes wrong in a world on purpose. */
export class Faults {
  #control;

  /**
   * @internal
   * @param {Control} control
   */
  constructor(control) {
    this.#control = control;
  }

  /**
   * Puts a fault on an operation of the back end or a method of audience clients.
   * @param {Fault} fault
   * @returns {Promise<void>}
   */
  async set(fault) {
    const { delay, ...rest } = fault;
    await this.#control.ask("faults", { ...rest, delay: delay === undefined ? undefined : span(delay) });
  }

  /**
   * The faults that are on.
   * @returns {Promise<any[]>}
   */
  async list() {
    return (await this.#control.ask("faults")).faults;
  }

  /**
   * Takes all faults off.
   * @returns {Promise<void>}
   */
  async clear() {
    await this.#control.ask("faults", undefined, "DELETE");
  }
}

/** The event callbacks of a world. */
export class Callbacks {
  #control;

  /**
   * @internal
   * @param {Control} control
   */
  constructor(control) {
    this.#control = control;
  }

  /**
   * All that are kept, oldest first, with what became of them.
   * @returns {Promise<Callback[]>}
   */
  async list() {
    return (await this.#control.ask("callbacks")).callbacks;
  }

  /**
   * Sends one again.
   * @param {number} number
   * @returns {Promise<void>}
   */
  async replay(number) {
    await this.#control.ask("callbacks/replay", { number });
  }
}
