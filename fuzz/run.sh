#!/usr/bin/env bash
# Runs the fuzz targets with libFuzzer on the stable compiler: coverage counters are an LLVM pass, and there is no `unsafe`
# for a sanitizer to look at. With cargo-fuzz and a nightly compiler `cargo fuzz run TARGET` does the same.
#
#   fuzz/run.sh                     # ten million inputs for each target
#   fuzz/run.sh 100000 journal      # so many for one
set -euo pipefail
cd "$(dirname "$0")"
runs=${1:-10000000}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(acs3 audience audit case cases chats control journal parameters rpc1 scenarios snapshots subjects)
host=$(rustc -vV | sed -n 's/^host: //p')
counters="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
counters+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
counters+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
# With a target named, build scripts are spared the flags.
RUSTFLAGS="$counters --cfg fuzzing -Ccodegen-units=1" cargo build -q --release --locked --target "$host"
for target in "${targets[@]}"; do
  grown=target/corpus/$target
  mkdir -p "$grown" target/artifacts
  args=(-runs="$runs" -rss_limit_mb=4096 -timeout=10 -print_final_stats=1 -artifact_prefix="target/artifacts/$target-")
  [ -f "dictionaries/$target" ] && args+=(-dict="dictionaries/$target")
  echo "== $target"
  "target/$host/release/$target" "${args[@]}" -max_len="${MAX_LEN:-2048}" "$grown" "corpus/$target" 2>"target/$target.log" ||
    { tail -40 "target/$target.log"; exit 1; }
  grep -E 'cov: ' "target/$target.log" | tail -1 || true
  grep -E 'Done|stat::' "target/$target.log"
done
