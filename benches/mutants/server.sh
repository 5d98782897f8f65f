#!/usr/bin/env bash
# Tries bugs of the server that somebody wrote by hand, each behind a switch of one binary, and counts who notices: seeds of
# `claque server-campaign`, and the suite against a running server.
#
#   BY_HAND=3-server SEEDS=300 benches/mutants/server.sh
#
# BY_HAND names the list: by-hand-3-server.json. ONLY="3 17" tries only these positions. SUITE=no leaves the suite out, which takes
# a minute for each bug. BUILT=1 judges again what was built before. A line for each bug; what was printed is in target/server/.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${BY_HAND:?names the list of bugs: BY_HAND=3-server}"
bugs=$(realpath "benches/mutants/by-hand-$BY_HAND.json")
# shellcheck source=benches/mutants/tree.sh
. benches/mutants/tree.sh
tree=$target/server-tree out=$target/server
mkdir -p "$out"
if [ -z "${BUILT-}" ]; then
  copy_tree "$tree"
  "$(build_make)" by-hand "$tree" "$bugs" "$out/changes.json"
  RUSTFLAGS="--cap-lints allow" CARGO_TARGET_DIR=$target/server-target CARGO_PROFILE_DEV_DEBUG=0 \
    cargo build --quiet --offline --manifest-path "$tree/Cargo.toml" --bin claque
fi
claque=$target/server-target/debug/claque
export RUST_LOG=error
ulimit -v 8000000

# Prints how the suite ends against a server with this change. The suite itself runs without it.
suite() {
  local said=$out/$1.suite
  if CLAQUE_MUTANT=$1 timeout 900 "$claque" serve --frozen --listen 127.0.0.1:0 --access-key testid:testsecret \
    --exec "exec env -u CLAQUE_MUTANT '$claque' conform --subject http >'$said' 2>&1" > "$out/$1.serve" 2>&1; then
    echo passes
  else
    printf 'fails: %s cases, the first %s\n' "$(grep -cE "$BAD" "$said")" "$(grep -oE -m 1 "$BAD" "$said")"
  fi
}
readonly BAD='^(fail|error|panic) +[^ ]+'

jq -r 'to_entries[] | [.key + 1, .value.number, .value.name] | @tsv' "$out/changes.json" |
  while IFS=$'\t' read -r at number name; do
    [ -z "${ONLY-}" ] || [[ " $ONLY " == *" $at "* ]] || continue
    seeds=passes
    CLAQUE_MUTANT=$number timeout 300 "$claque" server-campaign --seeds "0..${SEEDS:-300}" > "$out/$number.seeds" 2>&1 < /dev/null ||
      seeds="fails: $(grep -m 1 fail "$out/$number.seeds")"
    cases="not tried"
    [ "${SUITE-}" = no ] || cases=$(suite "$number" < /dev/null)
    printf '%s | %s | seeds: %s | suite: %s\n' "$at" "$name" "$seeds" "$cases"
  done
