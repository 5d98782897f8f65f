// Waiting for an event.

import { ClaqueError } from "./errors.js";

/**
 * The next event of a kind, as the list of its values: `const [message] = await next(messages, "recvgroupmessage")`.
 * @template {{ [K in keyof Events]: any[] }} Events
 * @template {keyof Events & string} K
 * @param {import("../common.js").Emitter<Events>} emitter
 * @param {K} event
 * @param {{ where?: (...values: Events[K]) => boolean, within?: number }} [options] only one for which this holds; how long,
 *   in milliseconds of the wall's time
 * @returns {Promise<Events[K]>}
 */
export function next(emitter, event, { where = () => true, within = 5_000 } = {}) {
  return new Promise((resolve, reject) => {
    let others = 0;
    const listener = (/** @type {Events[K]} */ ...values) => {
      if (!where(...values)) {
        others += 1;
        return;
      }
      clearTimeout(timer);
      emitter.off(event, listener);
      resolve(values);
    };
    const late = () => {
      emitter.off(event, listener);
      const seen = others > 0 ? `; ${others} came that were not meant` : "";
      reject(new ClaqueError(`no ${event} within ${within} ms${seen}`));
    };
    const timer = setTimeout(late, within);
    emitter.on(event, listener);
  });
}
