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
target=$(realpath -m "${CARGO_TARGET_DIR:-benches/mutants/target}")
tree=$target/server-tree out=$target/server
mkdir -p "$out"
if [ -z "${BUILT-}" ]; then
  rm -rf "$tree"
  mkdir -p "$tree"
  find . \( -name target -o -name node_modules -o -name .git \) -prune -o -type f -print0 |
    tar -cf - --null -T - | tar -xf - -C "$tree"
  CARGO_TARGET_DIR=$target cargo build --quiet --release --locked --manifest-path benches/mutants/Cargo.toml -p claque-mutants-make
  "$target/release/claque-mutants-make" by-hand "$tree" "$bugs" "$out/changes.json"
  RUSTFLAGS="--cap-lints allow" CARGO_TARGET_DIR=$target/server-target CARGO_PROFILE_DEV_DEBUG=0 \
    cargo build --quiet --offline --manifest-path "$tree/Cargo.toml" --bin claque
fi
claque=$target/server-target/debug/claque
export CLAQUE_ACCESS_KEY_ID=testid CLAQUE_ACCESS_KEY_SECRET=testsecret RUST_LOG=error
ulimit -v 8000000

# Prints how the suite ends against a server with this change.
suite() {
  : > "$out/$1.ready"
  CLAQUE_MUTANT=$1 "$claque" serve --frozen --listen 127.0.0.1:0 --access-key testid:testsecret \
    > "$out/$1.ready" 2> "$out/$1.serve" &
  local server=$! address=
  for _ in $(seq 100); do
    address=$(sed -n 's|^ready http://||p' "$out/$1.ready")
    [ -n "$address" ] && break
    sleep 0.1
  done
  timeout 900 "$claque" conform --subject http --endpoint "$address" > "$out/$1.suite" 2>&1 && echo passes || echo "fails: $(
    grep -cE '^(fail|error|panic) ' "$out/$1.suite") cases, $(grep -oE '^(fail|error|panic) +[^ ]+' "$out/$1.suite" | head -1)"
  kill "$server" 2> "$out/$1.kill" || true
  wait "$server" || true
}

jq -r '.[] | [.number, .name] | @tsv' "$out/changes.json" | while IFS=$'\t' read -r number name; do
  at=$((number - 31743))
  [ -z "${ONLY-}" ] || [[ " $ONLY " == *" $at "* ]] || continue
  seeds=passes
  CLAQUE_MUTANT=$number timeout 300 "$claque" server-campaign --seeds "0..${SEEDS:-300}" > "$out/$number.seeds" 2>&1 < /dev/null ||
    seeds="fails: $(grep -E 'rule|FAIL|fail' "$out/$number.seeds" | head -1)"
  cases="not tried"
  [ "${SUITE-}" = no ] || cases=$(suite "$number" < /dev/null)
  printf '%s | %s | seeds: %s | suite: %s\n' "$at" "$name" "$seeds" "$cases"
done
