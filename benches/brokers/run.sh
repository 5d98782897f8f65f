#!/usr/bin/env bash
# Fan-out side by side: `claque serve`, mosquitto, nats-server and Socket.IO, one after the other, in several rounds.
#
#   benches/brokers/run.sh                       # 3 rounds, 1,000 subscribers
#   ROUNDS=1 SUBSCRIBERS=200 benches/brokers/run.sh
#   CLAQUE=... FANOUT=... benches/brokers/run.sh  # binaries that are there already
#
# Prints for each: deliveries per second with 8 messages on their way, latency at 50 messages per second, and the server
# process's own processor time. Installs mosquitto and nats-server (Debian) and socket.io (npm) where they are missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-3} subscribers=${SUBSCRIBERS:-1000} messages=${MESSAGES:-1000}
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
PATH=$PATH:/usr/sbin
target=${CARGO_TARGET_DIR:-target}
claque=${CLAQUE:-$target/release/claque} fanout=${FANOUT:-$target/release/examples/fanout}
for package in mosquitto nats-server; do
  command -v "$package" >/dev/null || { apt-get update -q && apt-get install -qy "$package"; }
done
scratch=$PWD/$target/brokers
mkdir -p "$scratch"
cp benches/brokers/package.json benches/brokers/socket-io.mjs "$scratch/"
[ -d "$scratch/node_modules/socket.io" ] || (cd "$scratch" && timeout 300 npm install --silent --no-audit --no-fund)
[ -n "${CLAQUE:-}" ] || { cargo build --release --locked --bin claque; cargo build --release --locked -p claque-server --example fanout; }
ulimit -n "$(ulimit -Hn)"
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true' EXIT

# Starts a server whose first line of output, or whose port, says that it is ready.
begin() {
  "$@" >"$scratch/out" 2>"$scratch/err" &
  server=$!
}
line() {
  for _ in $(seq 200); do
    port=$(sed -n 's/^ready .*[^0-9]\([0-9]*\)$/\1/p; s/^ready \([0-9]*\)$/\1/p' "$scratch/out" | head -1)
    [ -n "$port" ] && return
    sleep 0.05
  done
  cat "$scratch/err"; exit 1
}
listens() {
  port=$1
  for _ in $(seq 200); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.05
  done
  cat "$scratch/err"; exit 1
}
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

one() {
  local kind=$1 name=$2
  shift 2
  case $kind in
    claque) RUST_LOG=error begin "$claque" serve --listen 127.0.0.1:0; line ;;
    mqtt)
      port=$(free)
      printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\nset_tcp_nodelay true\n' "$port" >"$scratch/mosquitto.conf"
      begin mosquitto -c "$scratch/mosquitto.conf"
      listens "$port" ;;
    nats) port=$(free); begin nats-server -a 127.0.0.1 -p "$port"; listens "$port" ;;
    socket-io) (cd "$scratch" && exec node socket-io.mjs) >"$scratch/out" 2>"$scratch/err" & server=$!; line ;;
  esac
  printf '%-12s ' "$name"
  "$fanout" "$kind" "127.0.0.1:$port" "$server" --subscribers "$subscribers" "$@"
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}

for round in $(seq "$rounds"); do
  echo "round $round: 8 messages on their way"
  one claque claque --messages "$messages" --window 8
  one mqtt mosquitto --messages "$messages" --window 8
  one nats nats-server --messages "$messages" --window 8
  one socket-io socket.io --messages "$messages" --window 8
  echo "round $round: 50 messages per second"
  one claque claque --messages 250 --rate 50
  one mqtt mosquitto --messages 250 --rate 50
  one nats nats-server --messages 250 --rate 50
  one socket-io socket.io --messages 250 --rate 50
done
