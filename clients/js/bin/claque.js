#!/usr/bin/env node
// `npx claque …`: the server's program, with the same arguments, signals and exit status.

import { spawn } from "node:child_process";
import { constants } from "node:os";

import { findBinary } from "../src/node/binary.js";

let binary;
try {
  binary = findBinary();
} catch (error) {
  console.error(`claque: ${error.message}`);
  process.exit(2);
}
const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`claque: ${binary}: ${error.message}`);
  process.exit(2);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
