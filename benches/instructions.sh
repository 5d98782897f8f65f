#!/usr/bin/env bash
# Counts the instructions of one delivery and of one call, and fails when there are more than the limit. Wall time is
# noise, this is not.
#
#   benches/instructions.sh            # needs valgrind; builds, unless $CLAQUE_EXAMPLES names the folder with the examples
#
# Each figure is the difference of two runs of different length, so that setting the scene does not count.
set -euo pipefail
cd "$(dirname "$0")/.."

# receiver, cell, seconds of the short and the long run, instructions per delivery at most
limits=(
    "trivial A 1 3 150"
    "client A 1 3 240"
    "client B 1 2 210"
    "client C 1 2 185"
)

if ! command -v valgrind > /dev/null; then
    echo "instructions: valgrind is not installed" >&2
    exit 1
fi
# kind, instructions per call at most, the drawing of lots included, in two groups of forty
call_limits=(
    "send 2080"
    "send-stored 2440"
    "join 2540"
    "journal 1190"
)

if [ -z "${CLAQUE_EXAMPLES:-}" ]; then
    cargo build -q --release --locked -p claque-benches --example engine --example calls
    CLAQUE_EXAMPLES=target/release/examples
fi
engine=$CLAQUE_EXAMPLES/engine
calls=$CLAQUE_EXAMPLES/calls

# run RECEIVER CELL SECONDS: prints "instructions deliveries"
run() {
    local told counted
    told=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$engine" "$@" 2>&1)
    counted=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' <<< "$told")
    echo "$counted $(sed -n 's/.*deliveries=\([0-9]*\).*/\1/p' <<< "$told")"
}

failed=0
for line in "${limits[@]}"; do
    read -r receiver cell short long most <<< "$line"
    read -r instructions_short deliveries_short <<< "$(run "$receiver" "$cell" "$short")"
    read -r instructions_long deliveries_long <<< "$(run "$receiver" "$cell" "$long")"
    each=$(((instructions_long - instructions_short) / (deliveries_long - deliveries_short)))
    printf 'instructions: %-8s %s: %4d per delivery, limit %d\n' "$receiver" "$cell" "$each" "$most"
    if ((each > most)); then
        failed=1
    fi
done

# count KIND CALLS: prints the instructions
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$calls" "$1" "$2" 2 40 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

for line in "${call_limits[@]}"; do
    read -r kind most <<< "$line"
    each=$((($(count "$kind" 6000) - $(count "$kind" 2000)) / 4000))
    printf 'instructions: %-11s %4d per call, limit %d\n' "$kind" "$each" "$most"
    if ((each > most)); then
        failed=1
    fi
done
exit "$failed"
