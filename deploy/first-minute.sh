#!/usr/bin/env bash
# How long somebody needs who has nothing: from a package in the hand to a planted bug that is found and shown again, for the
# wheel, npm's packages and the archive, each in a folder of its own, with a PATH that has no claque. At most 60 seconds each.
#
#     deploy/first-minute.sh [FOLDER]        the packages' folder: default deploy/out, as deploy/release.sh leaves it
set -euo pipefail
packages=$(cd "${1:-"$(dirname "$0")/out"}" && pwd)
unset CLAQUE_BIN CLAQUE_URL CLAQUE_ENDPOINT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
MUTANT=floors-take-twice
LIMIT_SECONDS=60
fail() {
  echo "first minute: $*" >&2
  exit 1
}

# Finds the bug, and shows the run again, which fails the same way.
reproduce() {
  local seed status=0
  seed=$("$@" hunt --mutant "$MUTANT" --json | sed -n 's/.*"seed":\([0-9]*\).*/\1/p')
  [ -n "$seed" ] || fail "$* finds no seed"
  "$@" simulate --scenario swarm --swarm --mutant "$MUTANT" --seed "$seed" >"$work/said" 2>&1 || status=$?
  [ "$status" = 1 ] || fail "the run ended with $status: $(tail -n 3 "$work/said")"
  grep -q 'shaper.budget.per-second' "$work/said" || fail "another rule is broken: $(tail -n 3 "$work/said")"
}

# Runs a way in, and says how long it took.
timed() {
  local name=$1 began ended micros
  shift
  mkdir "$work/$name"
  began=${EPOCHREALTIME/./}
  (cd "$work/$name" && "$@")
  ended=${EPOCHREALTIME/./}
  micros=$((ended - began))
  printf '%-8s %d.%03d s\n' "$name" $((micros / 1000000)) $((micros / 1000 % 1000))
  [ "$micros" -lt $((LIMIT_SECONDS * 1000000)) ] || fail "$name takes longer than $LIMIT_SECONDS seconds"
}

wheel() {
  python3 -m venv venv
  venv/bin/pip install -q --disable-pip-version-check "$packages"/claque_standin-*.whl
  reproduce venv/bin/claque
  for page in man/man1/claque.1 bash-completion/completions/claque doc/claque/THIRD-PARTY-LICENCES.txt; do
    [ -f "venv/share/$page" ] || fail "the wheel has no $page"
  done
}
node() {
  echo '{ "private": true }' >package.json
  npm install --silent --offline --no-audit --no-fund --omit=peer "$packages"/claque-*.tgz
  reproduce npx --offline claque
}
archive() {
  tar -xzf "$packages"/claque-*-linux-gnu.tar.gz
  reproduce ./claque-*/claque
}

timed wheel wheel
timed npm node
timed archive archive
