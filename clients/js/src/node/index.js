// What Node gets: the audience client, and servers for tests.

export * from "../index.js";
export { ClaqueError } from "./errors.js";
export { Callbacks, Clock, Faults } from "./hands.js";
export { Ledger } from "./ledger.js";
export { next } from "./next.js";
export { Claque, connectClaque, startClaque } from "./server.js";
export { World } from "./world.js";

/** @typedef {import("./types.js").StartOptions} StartOptions */
/** @typedef {import("./types.js").ConnectOptions} ConnectOptions */
/** @typedef {import("./types.js").WorldOptions} WorldOptions */
/** @typedef {import("./types.js").LoginOptions} LoginOptions */
/** @typedef {import("./types.js").App} App */
/** @typedef {import("./types.js").Group} Group */
/** @typedef {import("./types.js").Shed} Shed */
/** @typedef {import("./types.js").Overdue} Overdue */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {import("./types.js").Callback} Callback */
