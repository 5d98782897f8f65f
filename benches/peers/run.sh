#!/usr/bin/env bash
# Builds everybody and runs all side by side: benches/peers/run.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")"
rounds=${1:-5}
(cd ../.. && cargo build --release --locked)
cargo build --release --workspace --exclude peer-madsim
# madsim replaces the clock at build time.
RUSTFLAGS="--cfg madsim" cargo build --release -p peer-madsim --target-dir target/madsim
cp target/madsim/release/peer-madsim target/release/
exec target/release/compare ../../target/release/claque "$rounds"
