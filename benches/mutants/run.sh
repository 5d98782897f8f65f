#!/usr/bin/env bash
# Tries every change that cargo-mutants makes to core, each behind a switch in one binary, and counts who notices:
#
#   cargo install cargo-mutants --locked --version 27.1.0
#   benches/mutants/run.sh
#
# OPERATORS=1 tries the changes of our own operators instead (make/src/operators.rs), to core and wire, and needs no cargo-mutants;
# BY_HAND=1 tries the bugs of by-hand.json, BY_HAND=2 those of by-hand-2.json: one text may be changed by a bug of each. OPERATORS and
# BY_HAND may both be set: one build, and one run.
# SAMPLE=8 tries one in eight of the operators' changes, drawn by name. A tenth, drawn by name too, is counted apart and never shown.
# SEEDS=60 shows each change to the suite and to 60 seeds of the swarm, whether or not the other has noticed it, and prints a table
# of who noticed what, and under which rule; nothing else judges then. Without it, the first judge that notices ends a trial: the
# suite, the named mutants, the simulator, the runs whose hash is written down, core's own tests.
# The last table and the missed are printed; who noticed each change is in target/caught.json, a line each.
# ONLY=FILE tries only the changes that FILE names, one a line. BUILT=1 judges again what was built before: cases are read when
# the judge runs.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=benches/mutants/tree.sh
. benches/mutants/tree.sh
tree=$target/tree
export CARGO_TARGET_DIR=$target/tree-target CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_RELEASE_DEBUG=0
if [ -z "${BUILT-}" ]; then
  copy_tree "$tree"
  make=$(build_make)
  by_hand=$target/by-hand.json listed=$target/listed.json
  echo '[]' > "$by_hand"
  echo '[]' > "$listed"
  export RUSTFLAGS="--cap-lints allow"
  if [ -n "${BY_HAND-}" ]; then
    bugs=benches/mutants/by-hand.json
    [ "$BY_HAND" = 1 ] || bugs=benches/mutants/by-hand-$BY_HAND.json
    "$make" by-hand "$tree" "$bugs" "$by_hand"
  fi
  if [ -n "${OPERATORS-}" ]; then
    "$make" list "$tree" "$target/list.json"
    "$make" "$tree" "$target/list.json" "$listed"
  elif [ -z "${BY_HAND-}" ]; then
    cargo mutants --list --json > "$target/list.json"
    "$make" "$tree" "$target/list.json" "$listed"
  fi
  "$make" join "$by_hand" "$listed" "$target/changes.json"
  cargo build --quiet --release --offline --manifest-path "$tree/benches/mutants/Cargo.toml" -p claque-mutants-judge
fi
tests=
if [ -z "${SEEDS-}" ]; then
  tests=$(RUSTFLAGS="--cap-lints allow" cargo test --no-run --offline --manifest-path "$tree/Cargo.toml" -p claque-core --tests \
    --message-format json | grep -o '"executable":"[^"]*"' | cut -d'"' -f4)
fi
# Cases of today, also where nothing is built.
rm -rf "$tree/fixtures"
cp -R fixtures "$tree/fixtures"
# A change may ask for all memory there is.
ulimit -v 8000000
# shellcheck disable=SC2086 # paths of cargo have no spaces of ours
CLAQUE_ONLY=${ONLY-} CLAQUE_SEEDS=${SEEDS-} \
  "$CARGO_TARGET_DIR/release/claque-mutants-judge" "$target/changes.json" "$target/caught.json" $tests
