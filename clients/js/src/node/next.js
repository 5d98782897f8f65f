// Waiting for an event.

import { ClaqueError } from "./errors.js";

/** @typedef {import("../types.js").EngineEvents} EngineEvents */
/** @typedef {import("../types.js").GroupEvents} GroupEvents */
/** @typedef {import("../types.js").MessageEvents} MessageEvents */
/** @typedef {import("../engine.js").ImEngine} ImEngine */
/** @typedef {import("../managers.js").ImGroupManager} ImGroupManager */
/** @typedef {import("../managers.js").ImMessageManager} ImMessageManager */

/**
 * @template E
 * @typedef {E extends ImEngine ? EngineEvents : E extends ImGroupManager ? GroupEvents : MessageEvents} EventsOf
 */

/**
 * The next event of a kind, as the list of its values: `const [message] = await next(messages, "recvgroupmessage")`.
 * @template {ImEngine | ImGroupManager | ImMessageManager} E
 * @template {keyof EventsOf<E> & string} K
 * @param {E} emitter
 * @param {K} event
 * @param {{ where?: (...values: Extract<EventsOf<E>[K], any[]>) => boolean, within?: number }} [options]
 *   only one for which this holds; how long, in milliseconds of the wall's time
 * @returns {Promise<Extract<EventsOf<E>[K], any[]>>}
 */
export function next(emitter, event, { where = () => true, within = 5_000 } = {}) {
  // What fits together was checked where this is called.
  const any = /** @type {any} */ (emitter);
  return new Promise((resolve, reject) => {
    let others = 0;
    const listener = (/** @type {any} */ ...values) => {
      if (!where(...values)) {
        others += 1;
        return;
      }
      clearTimeout(timer);
      any.off(event, listener);
      resolve(/** @type {any} */ (values));
    };
    const late = () => {
      any.off(event, listener);
      const seen = others > 0 ? `; ${others} came that were not meant` : "";
      reject(new ClaqueError(`no ${event} within ${within} ms${seen}`));
    };
    const timer = setTimeout(late, within);
    any.on(event, listener);
  });
}
