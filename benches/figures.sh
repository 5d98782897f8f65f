#!/usr/bin/env bash
# Measures every figure of docs/performance.md but the peers' (those: benches/peers/run.sh), and prints medians.
#
#   benches/figures.sh [ROUNDS]        # 5 rounds by default; about 8 minutes on a quiet machine
#
# Runs of different things take turns, so that a slow minute of the machine hits all of them alike. Times are processor
# time where the system tells it, so that other work on the machine counts less.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
cargo build -q --release --locked -p claque-benches --examples
bin=target/release/examples

# median: of the numbers on standard input
median() { sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
# field NAME: the values of NAME=value on standard input
field() { tr '\t' '\n' | sed -n "s/^$1=//p"; }

heading() { printf '\n== %s\n' "$*"; }

heading "growth with the members of one group: ns per delivery (engine alone, with checker), medians of $rounds"
sizes=("2000 60" "20000 20" "100000 8" "1000000 2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ((round = 0; round < rounds; round++)); do
    for size in "${sizes[@]}"; do
        read -r members seconds <<< "$size"
        for oracle in none full; do
            "$bin/scenario" $oracle workload-a "$members" 42 "$seconds" | field cpu_ns >> "$work/growth-$members-$oracle"
        done
    done
done
base=$(median < "$work/growth-2000-none")
for size in "${sizes[@]}"; do
    read -r members _ <<< "$size"
    alone=$(median < "$work/growth-$members-none")
    watched=$(median < "$work/growth-$members-full")
    awk -v n="$members" -v a="$alone" -v w="$watched" -v b="$base" \
        'BEGIN { printf "%8d members: %6.1f  %6.1f   %.2f times 2,000\n", n, a, w, a / b }'
done

heading "a swarm of faults against the same draws without: evening-show of 2,000 users, 10 seeds, medians of $rounds"
for ((round = 0; round < rounds; round++)); do
    "$bin/scenario" swarm evening-show 2000 10 | tee "$work/swarm-$round" | field ratio >> "$work/swarm"
done
cat "$work/swarm-0"
echo "ratio $(median < "$work/swarm")"

heading "the service alone"
"$bin/calls" "$rounds"

heading "evening-show, 20,000 users, whole run, medians of $rounds"
for ((round = 0; round < rounds; round++)); do
    "$bin/scenario" full evening-show 20000 1 > "$work/show"
    field total_cpu_s < "$work/show" >> "$work/show-cpu"
    field total_s < "$work/show" >> "$work/show-wall"
done
tail -n 1 "$work/show"
echo "processor $(median < "$work/show-cpu") s, wall $(median < "$work/show-wall") s"

heading "two seeds on two cores against one on one: evening-show, medians of $rounds"
for ((round = 0; round < rounds; round++)); do
    alone=$("$bin/scenario" full evening-show 20000 1 | field total_s)
    "$bin/scenario" full evening-show 20000 1 | field total_s > "$work/one" &
    other=$("$bin/scenario" full evening-show 20000 2 | field total_s)
    wait $!
    awk -v alone="$alone" -v one="$(cat "$work/one")" -v other="$other" \
        'BEGIN { print 2 * alone / (one > other ? one : other) }' >> "$work/two"
done
echo "throughput of two: $(median < "$work/two") times one"

for name in arena stadium; do
    heading "$name, whole run, medians of ${STADIUM_ROUNDS:-1}"
    for ((round = 0; round < ${STADIUM_ROUNDS:-1}; round++)); do
        "$bin/scenario" full "$name" > "$work/$name-run"
        field total_s < "$work/$name-run" >> "$work/$name"
    done
    cat "$work/$name-run"
    users=$(field users < "$work/$name-run")
    field rss_mb < "$work/$name-run" | awk -v users="$users" '{ printf "%.0f bytes per user at the peak\n", $1 * 1048576 / users }'
    echo "wall $(median < "$work/$name") s"
done
