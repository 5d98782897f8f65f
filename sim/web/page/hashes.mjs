// Reads identity lines from standard input and prints the hash of each run before its line, as played by the module for wasm32:
// `node hashes.mjs MODULE.wasm`. The same on this machine itself: `cargo run -p claque-web --example hashes`.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const source = readFileSync(new URL("module.js", import.meta.url), "utf8");
// Also loaded by a page that is a file, which can load no module: so it exports nothing.
const claque = runInThisContext(`${source}; claque`);
const call = await claque(await WebAssembly.compile(readFileSync(process.argv[2])), () => {});
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const answer = await call("hash", line);
  if (answer.error) throw new Error(answer.error);
  console.log(`${answer.hash} ${line}`);
}
