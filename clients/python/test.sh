#!/usr/bin/env bash
# Checks and tests the Python package, without building the binary: $CLAQUE_BIN, else the workspace's debug build.
# Makes a virtual environment in $CLAQUE_PYTHON_SCRATCH (default: target/python of the workspace) with $PYTHON (python3).
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
export CLAQUE_BIN=${CLAQUE_BIN:-$root/target/debug/claque} PYTHONDONTWRITEBYTECODE=1
# These would send loopback traffic elsewhere.
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
[ -x "$CLAQUE_BIN" ] || { echo "no binary at $CLAQUE_BIN: cargo build --bin claque, or name one in CLAQUE_BIN" >&2; exit 1; }

python=${PYTHON:-python3}
scratch=${CLAQUE_PYTHON_SCRATCH:-$root/target/python}/$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
mkdir -p "$scratch"
[ -x "$scratch/venv/bin/python" ] || "$python" -m venv "$scratch/venv"
pip() { timeout 300 "$scratch/venv/bin/python" -m pip --disable-pip-version-check -q "$@"; }
pip install -r tests/requirements.txt
# The package as the wheel has it, but for the binary: the same metadata, another build system.
"$scratch/venv/bin/python" tools/without_binary.py "$scratch/package"
pip install --no-build-isolation --no-deps --force-reinstall "$scratch/package"

"$scratch/venv/bin/python" -m mypy --cache-dir "$scratch/mypy"
"$scratch/venv/bin/python" -m ruff check -q --no-cache src tests tools
"$scratch/venv/bin/python" -m ruff check -q --no-cache --config pyproject.toml --extend-ignore D ../session
"$scratch/venv/bin/python" -m ruff format -q --no-cache --check --config pyproject.toml src tests tools ../session
"$scratch/venv/bin/python" -m pytest -q -p no:cacheprovider "$@"

# The page of the first test, as its reader has it.
"$root/clients/page-files.sh" "$root/docs/first-test/python.md" "$scratch/first-test"
(cd "$scratch/first-test" && "$scratch/venv/bin/python" -m pytest -q -p no:cacheprovider test_show.py)
