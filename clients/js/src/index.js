// The audience client of `claque serve`, with the shape of the documented engine. See README.md.
//
// It speaks Claque's own protocol (docs/audience.md). The vendor's wire protocol is not public and is not imitated.

export { ImError, ImErrorCode, ImMessageLevel, ImSortType } from "./common.js";
export { ImEngine } from "./engine.js";
export { ImGroupManager, ImMessageManager } from "./managers.js";

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").User} User */
/** @typedef {import("./types.js").UserAuth} UserAuth */
/** @typedef {import("./types.js").GroupInfo} GroupInfo */
/** @typedef {import("./types.js").Info} Info */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").UserPage} UserPage */
/** @typedef {import("./types.js").MessagePage} MessagePage */
/** @typedef {import("./types.js").MuteState} MuteState */
/** @typedef {import("./types.js").ListRequest} ListRequest */
/** @typedef {import("./types.js").EngineEvents} EngineEvents */
/** @typedef {import("./types.js").GroupEvents} GroupEvents */
/** @typedef {import("./types.js").MessageEvents} MessageEvents */
