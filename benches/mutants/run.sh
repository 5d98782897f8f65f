#!/usr/bin/env bash
# Tries every change that cargo-mutants makes to core, each behind a switch in one binary, and counts who notices:
#
#   cargo install cargo-mutants --locked --version 27.1.0
#   benches/mutants/run.sh
#
# OPERATORS=1 tries the changes of our own operators instead (make/src/operators.rs), to core and wire, and needs no cargo-mutants;
# BY_HAND=1 tries the bugs of by-hand.json.
# SAMPLE=8 tries one in eight of them, drawn by name. A tenth, drawn by name too, is counted apart and never shown.
# The last table and the missed are printed; who noticed each change is in target/caught.json.
# ONLY=FILE tries only the changes that FILE names, one a line.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-benches/mutants/target}")
tree=$target/tree
mkdir -p "$tree"
# Files of before must not stay, and times must: what did not change is not built again.
find "$tree" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
find . \( -name target -o -name node_modules -o -name .git \) -prune -o -type f -print0 |
  tar -cf - --null -T - | tar -xf - -C "$tree"
cargo build --quiet --release --locked --manifest-path benches/mutants/Cargo.toml -p claque-mutants-make
if [ -n "${BY_HAND-}" ]; then
  "$target/release/claque-mutants-make" by-hand "$tree" benches/mutants/by-hand.json "$target/changes.json"
elif [ -n "${OPERATORS-}" ]; then
  "$target/release/claque-mutants-make" list "$tree" "$target/list.json"
else
  cargo mutants --list --json > "$target/list.json"
fi
export RUSTFLAGS="--cap-lints allow"
export CARGO_TARGET_DIR=$target/tree-target CARGO_PROFILE_DEV_DEBUG=0
if [ -z "${BY_HAND-}" ]; then
  "$target/release/claque-mutants-make" "$tree" "$target/list.json" "$target/changes.json"
fi
cargo build --quiet --release --offline --manifest-path "$tree/benches/mutants/Cargo.toml" -p claque-mutants-judge
tests=$(cargo test --no-run --offline --manifest-path "$tree/Cargo.toml" -p claque-core --tests --message-format json |
  grep -o '"executable":"[^"]*"' | cut -d'"' -f4)
# A change may ask for all memory there is.
ulimit -v 8000000
# shellcheck disable=SC2086 # paths of cargo have no spaces of ours
CLAQUE_ONLY=${ONLY-} "$CARGO_TARGET_DIR/release/claque-mutants-judge" "$target/changes.json" "$target/caught.json" $tests
