// Builds what is published beside the sources: type declarations (types/), and the same in one file for `require` (dist/),
// which is what Jest loads unless it is told otherwise.

import { spawnSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = fileURLToPath(new URL("./", import.meta.url));
for (const folder of ["types", "dist"]) rmSync(join(here, folder), { recursive: true, force: true });

const require = createRequire(import.meta.url);
const tsc = join(require.resolve("typescript/package.json"), "..", "bin", "tsc");
const compiled = spawnSync(process.execPath, [tsc, "-p", join(here, "tsconfig.json")], { stdio: "inherit" });
if (compiled.status !== 0) process.exit(1);

await build({
  // esbuild takes the folder in which it was loaded, which is the caller's.
  absWorkingDir: here,
  entryPoints: ["src/node/index.js"],
  outfile: "dist/index.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["ws"],
  // A module of this kind does not know its own address.
  define: { "import.meta.url": "its_own_url" },
  banner: { js: 'const its_own_url = require("node:url").pathToFileURL(__filename).href;' },
  // Jest loads a dynamic import only under a flag.
  supported: { "dynamic-import": false },
  logLevel: "warning",
});
// Code and declarations below are for `require`, whatever the package says.
writeFileSync(join(here, "dist/package.json"), '{ "type": "commonjs" }\n');
cpSync(join(here, "types"), join(here, "dist/types"), { recursive: true });
