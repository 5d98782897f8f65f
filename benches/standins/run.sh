#!/usr/bin/env bash
# POSTs a second side by side: `claque serve` with and without `--data`, and other stand-ins for a cloud service: moto's server,
# stripe-mock, WireMock and Prism, one after the other, in several rounds, driven by one generator.
#
#   benches/standins/run.sh                       # 3 rounds of 5 seconds, 32 connections
#   ROUNDS=1 SECONDS_EACH=2 benches/standins/run.sh
#   CLAQUE=... POSTS=... benches/standins/run.sh  # binaries that are there already
#
# Claque checks a signature for each POST; the others answer their own trivial one unsigned, or do not look at the signature.
# Installs moto (PyPI, into a folder of its own), stripe-mock (Go), WireMock (Maven) and Prism (npm) where they are missing;
# what cannot be installed is said and left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-5} connections=${CONNECTIONS:-32}
target=${CARGO_TARGET_DIR:-target}
claque=${CLAQUE:-$target/release/claque} posts=${POSTS:-$target/release/examples/posts}
moto_version=5.2.1 wiremock_version=3.13.2 stripe_version=v0.203.0 prism_version=5
scratch=$PWD/$target/standins
mkdir -p "$scratch"
cp benches/standins/send.yaml "$scratch/"

without() { echo "$1 cannot be installed here: left out" >&2; }
moto=$(command -v moto_server || echo "$scratch/moto/bin/moto_server")
[ -x "$moto" ] ||
  { python3 -m venv "$scratch/moto" && timeout 300 "$scratch/moto/bin/pip" install --quiet "moto[server]==$moto_version" >&2; } || without moto
[ -x "$scratch/stripe-mock" ] ||
  GOBIN=$scratch timeout 500 go install "github.com/stripe/stripe-mock@$stripe_version" >&2 || without stripe-mock
[ -s "$scratch/wiremock.jar" ] ||
  { timeout 300 mvn -q dependency:copy -Dartifact="org.wiremock:wiremock-standalone:$wiremock_version" \
    -DoutputDirectory="$scratch" -Dmdep.stripVersion >&2 && mv "$scratch/wiremock-standalone.jar" "$scratch/wiremock.jar"; } || without WireMock
[ -d "$scratch/node_modules/@stoplight/prism-cli" ] ||
  (cd "$scratch" && timeout 500 npm install --silent --no-audit --no-fund "@stoplight/prism-cli@$prism_version") || without Prism
[ -n "${CLAQUE:-}" ] || { cargo build --release --locked --bin claque; cargo build --release --locked -p claque-server --example posts; }

server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true' EXIT
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
listens() {
  for _ in $(seq 600); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.1
  done
  echo "does not listen:" >&2; cat "$scratch/err" >&2; return 1
}

# one KIND NAME COMMAND...: starts a server on $port, drives it, ends it.
one() {
  local kind=$1 name=$2
  shift 2
  [ -x "$(command -v "$1" || true)" ] || return 0
  "$@" >"$scratch/out" 2>"$scratch/err" &
  server=$!
  printf '%-24s ' "$name"
  if listens; then
    "$posts" "$kind" "127.0.0.1:$port" --connections "$connections" --seconds "$seconds" || true
  fi
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}

for round in $(seq "$rounds"); do
  echo "round $round"
  port=$(free); one claque 'Claque, signed' env RUST_LOG=error "$claque" serve --listen "127.0.0.1:$port"
  rm -rf "$scratch/data"
  port=$(free); one claque 'Claque, signed, --data' env RUST_LOG=error "$claque" serve --listen "127.0.0.1:$port" --data "$scratch/data"
  port=$(free); one moto 'moto' "$moto" -H 127.0.0.1 -p "$port"
  port=$(free); one stripe-mock 'stripe-mock' "$scratch/stripe-mock" -http-addr "127.0.0.1:$port"
  [ ! -s "$scratch/wiremock.jar" ] || {
    port=$(free); one wiremock 'WireMock' java -jar "$scratch/wiremock.jar" --bind-address 127.0.0.1 --port "$port" --no-request-journal; }
  port=$(free); one prism 'Prism' "$scratch/node_modules/.bin/prism" mock -h 127.0.0.1 -p "$port" -v error "$scratch/send.yaml"
done
