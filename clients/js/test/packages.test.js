// The packages as they are published: both tarballs in a fresh folder, and the first tests of README.md under their runners.
// CLAQUE_FIRST_TESTS names a folder with the runners installed (test/first/package.json); test.sh makes one.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import "./binary.js";

const here = fileURLToPath(new URL("./", import.meta.url));
const runners = process.env.CLAQUE_FIRST_TESTS;
const program = process.env.CLAQUE_BIN;
/** What the packages bring is used, and nothing else that is on this machine. */
const env = { ...process.env, CLAQUE_BIN: "", CI: "true", NO_COLOR: "1", NODE_TEST_CONTEXT: undefined };

let folder;
const run = (command, ...args) => spawnSync(command, args, { cwd: folder, env, encoding: "utf8" });
/** The program of a runner. */
const bin = (name) => join(runners, "node_modules", ".bin", name);
const passes = ({ status, stdout, stderr }, pattern) => {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout + stderr, pattern);
};

/** README.md's pieces of code that say which file they are. */
function firstTests() {
  const text = readFileSync(join(here, "..", "README.md"), "utf8");
  return [...text.matchAll(/^```\w+\n\/\/ (first\.[\w.]+)\n(.*?)^```$/gms)].map(([, name, code]) => [name, code]);
}

before(() => {
  assert.ok(runners, "CLAQUE_FIRST_TESTS is not set: clients/js/test.sh sets it");
  folder = realpathSync(mkdtempSync(join(runners, "fresh-")));
  // As from the root of the repository, or from anywhere: it finds its own files.
  execFileSync(process.execPath, [join(here, "..", "pack.js"), program, "--out", join(folder, "tarballs")], { cwd: folder });
  const tarballs = readdirSync(join(folder, "tarballs")).filter((name) => name.endsWith(".tgz"));
  assert.equal(tarballs.length, 2);
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  // From the two files alone: no registry is asked.
  const names = tarballs.map((name) => `./tarballs/${name}`);
  passes(run("npm", "install", "--offline", "--no-audit", "--no-fund", "--omit=peer", ...names), /added 2 packages/);
  for (const [name, code] of firstTests()) writeFileSync(join(folder, name), code);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("the program comes along, and no other is used", () => {
  const version = JSON.parse(readFileSync(join(here, "..", "package.json"), "utf8")).version;
  passes(run("npx", "--offline", "claque", "--version"), new RegExp(`^claque ${version}\\n`));
  const where = run(process.execPath, "-e", 'import("./node_modules/claque/src/node/binary.js").then((m) => console.log(m.findBinary()))');
  assert.equal(where.stdout.trim(), join(folder, `node_modules/claque-${process.platform}-${process.arch}/bin/claque`));
});

test("the packages hold what they need, and their licences", () => {
  const files = readdirSync(join(folder, "node_modules/claque"), { recursive: true });
  for (const name of ["README.md", "LICENSE-APACHE", "LICENSE-MIT", "bin/claque.js", "dist/index.js", "types/node/index.d.ts"]) {
    assert.ok(files.includes(name), name);
  }
  assert.ok(!files.some((name) => /test|pack\.js|tsconfig/.test(name)), "what is ours alone was published");
  const platform = readdirSync(join(folder, `node_modules/claque-${process.platform}-${process.arch}`), { recursive: true });
  for (const name of ["share/man/man1/claque.1", "share/zsh/site-functions/_claque", "share/doc/claque/THIRD-PARTY-LICENCES.txt"]) {
    assert.ok(platform.includes(name), name);
  }
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(folder, "node_modules/claque/package.json"), "utf8"));
  assert.equal(dependencies, undefined);
  assert.deepEqual(Object.keys(optionalDependencies), [`claque-${process.platform}-${process.arch}`]);
});

describe("the first test of README.md passes", () => {
  test("with Vitest", () => passes(run(bin("vitest"), "run", "first.vitest"), /Tests +1 passed/));
  test("with Jest", () => passes(run(bin("jest"), "first.jest"), /Tests: +1 passed/));
  test("with node:test", () => passes(run(process.execPath, "--test", "first.node.test.mjs"), /^# pass 1$/m));
});

test("the page of the first test passes", () => {
  execFileSync(join(here, "../../page-files.sh"), [join(here, "../../../docs/first-test/node.md"), folder]);
  passes(run(process.execPath, "--test", "show.test.mjs"), /^# pass 3$/m);
});

test("a first test that expects something else fails", () => {
  const code = readFileSync(join(folder, "first.node.test.mjs"), "utf8");
  writeFileSync(join(folder, "wrong.test.mjs"), code.replace("assertDelivered(gift)", "assertShed(gift)"));
  const { status, stdout } = run(process.execPath, "--test", "wrong.test.mjs");
  assert.equal(status, 1);
  assert.match(stdout, / was delivered at .*; these were shed:\n +\w+ "comment \d+" was shed at \d\d:\d\d:\d\d\.\d: outranked by \w+ \(rule [a-z.-]+\)/);
});

describe("the declarations", () => {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--types", "node", "--typeRoots", join(runners ?? "", "node_modules/@types")];
  const lib = ["--lib", "es2023,dom,esnext.disposable"];
  const tsc = (...args) => run(bin("tsc"), ...options, ...args);

  before(() => {
    for (const name of ["use.mts", "use.cts", "page.mts"]) copyFileSync(join(here, "first", name), join(folder, name));
    copyFileSync(join(folder, "first.ts"), join(folder, "first.mts"));
  });

  test("hold for those who import, and those who require", () => {
    passes(tsc(...lib, "--module", "nodenext", "use.mts", "use.cts", "first.mts"), /^$/);
  });
  test("hold under a bundler", () => passes(tsc(...lib, "--module", "preserve", "use.mts", "first.mts"), /^$/));
  test("of the audience client need nothing of Node", () => {
    const page = ["--noEmit", "--strict", "--target", "es2022", "--types", "", "--lib", "es2022,dom", "--module", "preserve", "page.mts"];
    passes(run(bin("tsc"), ...page), /^$/);
  });
});
