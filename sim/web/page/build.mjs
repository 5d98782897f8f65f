// Puts the page together: `node build.mjs MODULE.wasm PAGE.html`. Style and plots are those of the page of a run.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const [module, page] = process.argv.slice(2);
const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const run = "../../lab/src/page/";
const plot = "../../../plot/src/";
const wasm = readFileSync(module);
const parts = {
  style: read(`${plot}plot.css`) + read(`${run}style.css`) + read("playground.css"),
  worker: read("module.js") + read("worker.js"),
  module: gzipSync(wasm, { level: 9 }).toString("base64"),
  script: read(`${run}script.js`) + read(`${plot}plot.js`) + read("playground.js"),
};
for (const [name, text] of Object.entries(parts)) {
  if (/<\/(script|style)/i.test(text)) throw new Error(`${name} would end its own element`);
}
const html = read("index.html").replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
writeFileSync(page, html);
const kb = (bytes) => `${Math.round(bytes / 1000).toLocaleString("en")} kB`;
console.log(`module ${kb(wasm.length)}, gzipped ${kb(gzipSync(wasm, { level: 9 }).length)}; page ${kb(html.length)}, gzipped ${kb(gzipSync(html, { level: 9 }).length)}: ${page}`);
