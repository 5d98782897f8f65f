// The ledger: which messages the frequency control took out in silence, and what won their place.

import { AssertionError } from "node:assert";

/** @typedef {import("./control.js").Control} Control */
/** @typedef {import("./types.js").Shed} Shed */
/** @typedef {import("./types.js").Overdue} Overdue */
/** @typedef {import("./types.js").LedgerFilter} LedgerFilter */

/** Messages that a failed assertion lists. */
const LISTED_MAX = 10;
/** Characters of a message's text that are shown. */
const SHOWN_MAX = 40;

/** Events that the feed keeps. */
const FEED_MAX = 2_000;

/** The time of day, to the tenth of a second. */
const timeOf = (/** @type {number} */ micros) => new Date(micros / 1000).toISOString().slice(11, 21);

const shown = (/** @type {string} */ text) =>
  JSON.stringify(text.length > SHOWN_MAX ? `${[...text].slice(0, SHOWN_MAX).join("")}…` : text);

/**
 * An entry as a sentence: `m17 "hello" was shed at 20:10:04.2: outranked by m21 (rule shaper.…)`.
 * @param {Shed} entry
 * @returns {string}
 */
function sentence(entry) {
  const why = entry.winner ? `outranked by ${entry.winner}` : "no other message took its place";
  return `${entry.messageId} ${shown(entry.data)} was shed at ${timeOf(entry.atMicros)}: ${why} (rule ${entry.rule})`;
}

/** The ledger of a world. */
export class Ledger {
  #control;

  /**
   * @internal
   * @param {Control} control
   */
  constructor(control) {
    this.#control = control;
  }

  /** @param {LedgerFilter} filter */
  #read({ app, group }) {
    const asked = new URLSearchParams();
    if (app !== undefined) asked.set("app", app);
    if (group !== undefined) asked.set("group", group);
    return this.#control.ask(asked.size > 0 ? `ledger?${asked}` : "ledger");
  }

  /**
   * Messages that were shed, oldest first.
   * @param {LedgerFilter} [filter]
   * @returns {Promise<Shed[]>}
   */
  async shed(filter = {}) {
    return (await this.#read(filter)).shed;
  }

  /**
   * The newest messages of types that were delivered too late, because there were more types than slots.
   * @param {LedgerFilter} [filter]
   * @returns {Promise<Overdue[]>}
   */
  async overdue(filter = {}) {
    return (await this.#read(filter)).overdue;
  }

  /**
   * What became of a message, as a sentence.
   * @param {string} messageId
   * @returns {Promise<string>}
   */
  async explain(messageId) {
    const entry = await this.find(messageId);
    return entry ? sentence(entry) : (await this.#whereabouts(messageId)).text;
  }

  /**
   * The entry of a message that was shed.
   * @param {string} messageId
   * @returns {Promise<Shed | undefined>}
   */
  async find(messageId) {
    return (await this.shed()).find((entry) => entry.messageId === messageId);
  }

  /**
   * What became of a message that was not shed, as far as the newest events tell.
   * @param {string} messageId
   * @returns {Promise<{ delivered: boolean, text: string }>}
   */
  async #whereabouts(messageId) {
    const { events } = await this.#control.ask(`feed?count=${FEED_MAX}`);
    const its = events.find((event) => event.messageId === messageId && (event.kind === "delivered" || event.kind === "direct"));
    if (its) {
      const to = its.kind === "direct" ? "one user" : `${its.members} members of ${its.group}`;
      return { delivered: true, text: `${messageId} was delivered at ${timeOf(its.atMicros)} to ${to}` };
    }
    const why = "it waits for a slot (move the clock on), was refused, or is older";
    const text = `${messageId} is neither in the ledger nor among the ${FEED_MAX} newest events: ${why}`;
    return { delivered: false, text };
  }

  /**
   * Fails unless a message was shed; under this rule, in favour of this message, where they are named.
   * @param {string} messageId
   * @param {{ rule?: string, winner?: string }} [wanted]
   * @returns {Promise<Shed>}
   */
  async assertShed(messageId, wanted = {}) {
    const all = await this.shed();
    const entry = all.find((its) => its.messageId === messageId);
    if (!entry) {
      const listed = all.slice(0, LISTED_MAX).map((its) => `\n  ${sentence(its)}`);
      const more = all.length > LISTED_MAX ? `\n  and ${all.length - LISTED_MAX} more` : "";
      const others = all.length > 0 ? `these were shed:${listed.join("")}${more}` : "nothing was shed";
      throw this.#failed(`${(await this.#whereabouts(messageId)).text}; ${others}`, this.assertShed);
    }
    const wrong = (wanted.rule && wanted.rule !== entry.rule) || (wanted.winner && wanted.winner !== entry.winner);
    if (wrong) {
      const named = [wanted.winner && `by ${wanted.winner}`, wanted.rule && `under ${wanted.rule}`];
      throw this.#failed(`${sentence(entry)}; expected ${named.filter(Boolean).join(" ")}`, this.assertShed);
    }
    return entry;
  }

  /**
   * Fails if a message was shed.
   * @param {string} messageId
   * @returns {Promise<void>}
   */
  async assertNotShed(messageId) {
    const entry = await this.find(messageId);
    if (entry) throw this.#failed(sentence(entry), this.assertNotShed);
  }

  /**
   * Fails unless a message was delivered.
   * @param {string} messageId
   * @returns {Promise<void>}
   */
  async assertDelivered(messageId) {
    await this.assertNotShed(messageId);
    const { delivered, text } = await this.#whereabouts(messageId);
    if (!delivered) throw this.#failed(text, this.assertDelivered);
  }

  /**
   * Fails if any message was shed.
   * @param {LedgerFilter} [filter]
   * @returns {Promise<void>}
   */
  async assertNothingShed(filter = {}) {
    const all = await this.shed(filter);
    if (all.length === 0) return;
    const listed = all.slice(0, LISTED_MAX).map((entry) => `\n  ${sentence(entry)}`);
    throw this.#failed(`${all.length} messages were shed:${listed.join("")}`, this.assertNothingShed);
  }

  /**
   * @param {string} message
   * @param {Function} stackStartFn
   */
  #failed(message, stackStartFn) {
    return new AssertionError({ message, stackStartFn });
  }
}
