#!/usr/bin/env bash
# Builds everybody and runs all side by side: benches/peers/run.sh [ROUNDS [MINUTES [PEER...]]]
#
# Five rounds by default, and at most ten minutes after everything is built: a round that would not fit is left out,
# and the table says how many there were. The fastest peers alone take a quarter of that:
#
#   benches/peers/run.sh 7 5 "heap std" "nexosim group"
set -euo pipefail
cd "$(dirname "$0")"
rounds=${1:-5}
minutes=${2:-10}
(cd ../.. && cargo build --release --locked -p claque-benches --examples)
cargo build --release --locked --workspace --exclude peer-madsim
# madsim replaces the clock at build time.
RUSTFLAGS="--cfg madsim" cargo build --release --locked -p peer-madsim --target-dir target/madsim
cp target/madsim/release/peer-madsim target/release/
exec target/release/compare ../../target/release/examples "$rounds" "$minutes" "${@:3}"
