// Assembles the packages that are published, as tarballs: `claque`, and for each program one package of its platform, of which
// package managers install the one that fits. npm has to be told of those packages as optional dependencies; the package.json
// beside this file names none, so that nothing is looked up under these names before it is published.
//
//     node pack.js target/release/claque                                   for this machine
//     node pack.js linux-x64=a/claque darwin-arm64=b/claque --out folder

import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, cpSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL("./", import.meta.url));
const root = resolve(here, "../..");
const LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"];
/** So much of a program names the loader that it needs. Unit: bytes. */
const HEAD_BYTES = 4_096;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string", default: join(here, "out") } } });
if (positionals.length === 0) {
  console.error("usage: node pack.js [PLATFORM=]PROGRAM… [--out FOLDER]");
  process.exit(2);
}
const out = resolve(values.out);
const manifest = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const { version, license } = manifest;
const ours = `${process.platform}-${process.arch}`;

/** The C library that a program for Linux needs; none for one that is linked statically. */
function libc(program) {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(program, "r");
  readSync(file, head, 0, HEAD_BYTES, 0);
  closeSync(file);
  if (head.includes("/ld-musl-")) return ["musl"];
  return head.includes("/ld-linux") ? ["glibc"] : undefined;
}

/** A folder with what every package has. */
function stage(name, files, more) {
  const folder = join(out, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const licence of LICENCES) copyFileSync(join(root, licence), join(folder, licence));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name, version, license, ...more, files: [...files, ...LICENCES] }, null, 2)}\n`);
  return folder;
}

function pack(folder) {
  const said = execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", out], { cwd: folder, encoding: "utf8" });
  const [packed] = Object.values(JSON.parse(said));
  console.log(`${join(out, packed.filename)} ${packed.size}`);
}

/** The package of a platform. */
function packPlatform(platform, program) {
  if (platform === ours) {
    const says = execFileSync(program, ["--version"], { encoding: "utf8" }).trim();
    if (says !== `claque ${version}`) throw new Error(`${program} says ${says}, and this is ${version}`);
  }
  const [os, cpu] = platform.split("-");
  const folder = stage(`claque-${platform}`, ["bin", "share"], {
    description: `The program of the package claque for ${platform}`,
    os: [os], cpu: [cpu], ...(os === "linux" && { libc: libc(program) }),
  });
  writeFileSync(join(folder, "README.md"), `The program of the package \`claque\` for ${platform}; install that one.\n`);
  const binary = join(folder, "bin", "claque");
  mkdirSync(dirname(binary));
  copyFileSync(program, binary);
  chmodSync(binary, 0o755);
  // Completions and manual pages are the same on every platform; what prints them must run here.
  execFileSync(join(root, "deploy/share.sh"), [speaker, folder], { stdio: "inherit" });
  pack(folder);
}

const programs = positionals.map((text) => {
  const [, platform = ours, program] = /^(?:(\w+-\w+)=)?(.*)$/s.exec(text);
  return [platform, resolve(program)];
});

const speaker = programs.find(([platform]) => platform === ours)?.[1];
if (!speaker) throw new Error(`no program for ${ours} is named: the one that runs here prints the manual pages of all`);

execFileSync(process.execPath, [join(here, "build.js")], { stdio: "inherit" });
for (const [platform, program] of programs) packPlatform(platform, program);
const { devDependencies, scripts, name, files, ...rest } = manifest;
const folder = stage(name, files, {
  ...rest,
  optionalDependencies: Object.fromEntries(programs.map(([platform]) => [`claque-${platform}`, version])),
});
for (const part of [...files, "README.md"]) cpSync(join(here, part), join(folder, part), { recursive: true });
pack(folder);
