// The audience client of `claque serve`, with the shape of the documented engine. See README.md.
//
// It speaks Claque's own protocol (docs/audience.md). The vendor's wire protocol is not public and is not imitated.

export { ImError, ImErrorCode, ImMessageLevel, ImSortType } from "./common.js";
export { ImEngine } from "./engine.js";
export { ImGroupManager, ImMessageManager } from "./managers.js";
