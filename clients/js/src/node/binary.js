// Where the server's program is.

import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

import { ClaqueError } from "./errors.js";

const NAME = "claque";

/** The package that brings the program for this machine, beside this one. */
export const platformPackage = `claque-${process.platform}-${process.arch}`;

const runs = (/** @type {string} */ file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The program of the platform's package; none where that is not installed. */
function ofPlatform() {
  try {
    return join(createRequire(import.meta.url).resolve(`${platformPackage}/package.json`), "..", "bin", NAME);
  } catch {
    return undefined;
  }
}

/**
 * The program: the one that CLAQUE_BIN names, that of the platform's package, or the first on the PATH.
 * @returns {string}
 */
export function findBinary() {
  const named = process.env.CLAQUE_BIN;
  if (named) {
    if (runs(named)) return named;
    throw new ClaqueError(`CLAQUE_BIN is ${named}, which is no program that can be run`);
  }
  const packaged = ofPlatform();
  if (packaged && runs(packaged)) return packaged;
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = path.map((folder) => join(folder, NAME)).find(runs);
  if (found) return found;
  throw new ClaqueError(
    `no program ${NAME}: CLAQUE_BIN is not set, the package ${platformPackage} is not installed, and ${NAME} is not on the PATH; ` +
      `build it with \`cargo build --release\` and set CLAQUE_BIN to target/release/${NAME}`,
  );
}
