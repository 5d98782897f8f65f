#!/usr/bin/env bash
# Builds the wheel in target/wheels: the package and, for manylinux2014, the program, linked by zig; with completions, manual
# pages, the licences of everything in it, and an SBOM. Installs maturin and zig, two wheels of PyPI, into a virtual environment
# in $CLAQUE_PYTHON_SCRATCH (default: target/python of the workspace).
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
tools=${CLAQUE_PYTHON_SCRATCH:-$root/target/python}/build
wheels=$root/target/wheels
MATURIN=maturin==1.16.0
ZIG=ziglang==0.15.2

[ -x "$tools/bin/maturin" ] || python3 -m venv "$tools"
timeout 300 "$tools/bin/pip" install -q --disable-pip-version-check "$MATURIN" "$ZIG"
# The environment first: maturin looks for zig in the Python that it finds.
export PATH=$tools/bin:$PATH VIRTUAL_ENV=$tools
# shellcheck source=../../deploy/reproducible.sh
. "$root/deploy/reproducible.sh"
build() { maturin build --release --zig --compatibility manylinux2014 --locked --out "$wheels" --quiet; }

# The program writes the pages that the wheel carries, so it is built before them; the second time nothing is compiled.
rm -rf claque.data
build
"$root/deploy/share.sh" "${CARGO_TARGET_DIR:-$root/target}/x86_64-unknown-linux-gnu/release/claque" claque.data/data
build
rm -rf claque.data
ls "$wheels"/claque_standin-*.whl
