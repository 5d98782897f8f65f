#!/usr/bin/env bash
# How long somebody needs who has nothing: from a package in the hand to a planted bug that is found and shown again, for the
# wheel, npm's packages and the archive, and with the archive for Go and for Maven, whose first tests pass on the way. Each in a folder
# of its own, with no claque in PATH, and with Go's and Maven's caches empty: they fetch what they need. At most 60 seconds each.
#
#     deploy/first-minute.sh [FOLDER [WAY…]]  the packages' folder: default deploy/out, as deploy/release.sh leaves it
#                                             ways: wheel npm archive go maven; without any, all of them
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
packages=$(cd "${1:-"$root/deploy/out"}" && pwd)
ways=("${@:2}")
[ "${#ways[@]}" -gt 0 ] || ways=(wheel npm archive go maven)
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
  local began ended micros
  mkdir "$work/$1"
  began=${EPOCHREALTIME/./}
  # A shell of its own, and not as a condition: there the first command that fails ends the way.
  (cd "$work/$1" && "way_$1")
  ended=${EPOCHREALTIME/./}
  micros=$((ended - began))
  printf '%-8s %d.%03d s\n' "$1" $((micros / 1000000)) $((micros / 1000 % 1000))
  [ "$micros" -lt $((LIMIT_SECONDS * 1000000)) ] || fail "$1 takes longer than $LIMIT_SECONDS seconds"
}

way_wheel() {
  python3 -m venv venv
  venv/bin/pip install -q --disable-pip-version-check "$packages"/claque_standin-*.whl
  reproduce venv/bin/claque
  for page in man/man1/claque.1 bash-completion/completions/claque doc/claque/THIRD-PARTY-LICENCES.txt; do
    [ -f "venv/share/$page" ] || fail "the wheel has no $page"
  done
}
way_npm() {
  echo '{ "private": true }' >package.json
  npm install --silent --offline --no-audit --no-fund --omit=peer "$packages"/claque-*.tgz
  reproduce npx --offline claque
}
unpack() {
  tar -xzf "$packages"/claque-*-linux-gnu.tar.gz
  CLAQUE_BIN=$(realpath ./claque-*/claque)
  export CLAQUE_BIN
}
way_archive() {
  unpack
  reproduce "$CLAQUE_BIN"
}
# As docs/first-test/go.md and java.md say it: the library of a checkout, since no release is published.
way_go() {
  unpack
  "$CLAQUE_BIN" init --language go --into show >/dev/null
  cd show
  # So that the folder can be thrown away.
  export GOPATH=$work/go/path GOCACHE=$work/go/cache GOFLAGS=-modcacherw
  go mod init example.test/show 2>/dev/null
  go mod edit -require claque.test/claquetest@v0.0.0 -replace "claque.test/claquetest=$root/clients/go"
  go mod tidy 2>/dev/null
  go test ./... >/dev/null
  reproduce "$CLAQUE_BIN"
}
way_maven() {
  unpack
  "$CLAQUE_BIN" init --language java --into show >/dev/null
  local maven=(mvn -q -B -ntp -Dstyle.color=never "-Dmaven.repo.local=$work/maven/repository")
  # Not in the checkout, where a build would leave its files.
  cp -r "$root/clients/java" library
  "${maven[@]}" -f library/pom.xml install -Dmaven.test.skip
  cp "$root/deploy/first-minute.pom.xml" show/pom.xml
  "${maven[@]}" -f show/pom.xml test >/dev/null
  reproduce "$CLAQUE_BIN"
}

for way in "${ways[@]}"; do
  declare -F "way_$way" >/dev/null || fail "there is no way \`$way\`: wheel, npm, archive, go, maven"
  timed "$way"
done
