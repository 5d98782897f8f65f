#!/usr/bin/env bash
# Builds the playground: the simulator for wasm32 and one page that has it inside, $PLAYGROUND_OUT/playground.html (default
# target/playground). Installs what it needs from Debian: a compiler with the source of its standard library, since that is not
# there for wasm32, and a linker. Prints the sizes.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never
out=${PLAYGROUND_OUT:-target/playground}
mkdir -p "$out"
out=$(cd "$out" && pwd)

compiler=/usr/bin/rustc source=/usr/lib/rustlib/src/rust/library/std/src/lib.rs linker=wasm-ld-19
if ! { [ -x "$compiler" ] && [ -e "$source" ] && command -v "$linker" >/dev/null; }; then
  timeout 300 apt-get update -q >"$out/apt.log" 2>&1 &&
    timeout 600 apt-get install -qy --no-install-recommends rustc-web rust-web-src lld-19 >>"$out/apt.log" 2>&1 ||
    { tail -n 20 "$out/apt.log"; exit 1; }
fi

# The standard library is built too, which a released compiler does only where RUSTC_BOOTSTRAP allows what is not settled yet.
# Its packages come from the same registry as ours, by the lock file beside its source.
export RUSTC=$compiler RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker
cargo rustc --locked --release -p claque-web --lib --crate-type cdylib \
  -Zbuild-std=std,panic_abort --target wasm32-unknown-unknown --target-dir "$out/build" -- -C link-arg=--strip-all
cp "$out/build/wasm32-unknown-unknown/release/claque_web.wasm" "$out/"

node sim/web/page/build.mjs "$out/claque_web.wasm" "$out/playground.html"
