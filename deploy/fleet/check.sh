#!/usr/bin/env bash
# Holds each manifest of this folder to the schema or linter of its engine, and what analyse.py says of a campaign to what
# `claque campaign merge` says. All tools come from package registries, in target/fleet. No engine runs here. actionlint takes a
# Go toolchain; without one GitHub's workflow is held to its schema only.
#
#     deploy/fleet/check.sh [PROGRAM]
#
# PROGRAM is `claque`, target/debug/claque without it.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-${CLAQUE:-target/debug/claque}}")
scratch=$PWD/target/fleet
if [ ! -x "$scratch/bin/kubernetes-validate" ]; then
  python3 -m venv "$scratch"
  "$scratch/bin/pip" install -q --disable-pip-version-check kubernetes-validate==1.37.0 check-jsonschema==0.39.0 \
    botocore==1.44.8 google-cloud-batch==0.22.4 python-hcl2==8.1.4 duckdb==2.0.1
fi
cd deploy/fleet
"$scratch/bin/kubernetes-validate" --strict kubernetes.yaml
schema() { "$scratch/bin/check-jsonschema" --builtin-schema "vendor.$1" "$2"; }
schema gitlab-ci gitlab.yaml
schema buildkite buildkite.yaml
schema github-workflows github.yaml
"$scratch/bin/python" check.py
if command -v go >/dev/null; then
  [ -x "$scratch/bin/actionlint" ] ||
    GOBIN=$scratch/bin GOFLAGS=-mod=mod go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
  "$scratch/bin/actionlint" github.yaml
  echo "github.yaml: actionlint has nothing to say"
else
  echo "github.yaml: no Go toolchain, so actionlint was not run"
fi
shell=$(command -v shellcheck || true)
for script in slurm.sh hyperqueue.sh local-slurm.sh jetstream.sh objects.sh speed.sh check.sh; do
  if [ -n "$shell" ]; then "$shell" "$script"; else bash -n "$script"; fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# With a bug, and in two folders that share a unit: something must be found, and nothing counted twice.
run=(--scenario smoke --users 20 --seeds 0..12 --unit-seeds 2 --double 0 --mutant delivery-twice)
for part in 0..4 3..6; do
  "$program" campaign "${run[@]}" --out "$work/$part" --units "$part" >/dev/null 2>&1 || [ $? = 1 ]
done
"$program" campaign merge "$work/0..4" "$work/3..6" --json >"$work/merged.json" 2>/dev/null || [ $? = 1 ]
"$scratch/bin/python" analyse.py "$work/0..4" "$work/3..6" >"$work/analysed.txt"
"$scratch/bin/python" - "$work" <<'PYTHON'
import json, pathlib, sys

work = pathlib.Path(sys.argv[1])
merged = json.loads((work / "merged.json").read_text())
blocks = (work / "analysed.txt").read_text().strip().split("\n\n")
rows = [[line.split("\t") for line in block.splitlines()[2:]] for block in blocks]
whole = [merged[name] for name in ("units_counted", "runs", "users", "events")]
failures = [[it["breaks"], it["runs"], it["smallest_seed"], it["events"]] for it in merged["failures"]]
assert whole[:2] == [6, 12] and failures, merged
assert [str(it) for it in whole + [sum(it[1] for it in failures)]] == rows[0][0], (merged, rows[0])
assert sorted([str(it) for it in row] for row in failures) == sorted(rows[1]), (failures, rows[1])
# Of those that some seed reached, the rarest: DuckDB reads the same bits.
rare = {rule: seeds for rule, seeds in merged["rare_rules"].items() if seeds}
assert all(rare.get(rule, int(seeds)) == int(seeds) for rule, seeds, _first in rows[5]) and len(rows[5]) == 10, rows[5]
print("analyse.py: DuckDB says of two folders what `claque campaign merge` says")
PYTHON
