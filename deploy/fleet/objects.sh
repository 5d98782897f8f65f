#!/usr/bin/env bash
# A store of objects that speaks S3's protocol, on this machine: moto's server, a package of PyPI. Two processes run one campaign
# into one bucket; one of them is killed and started again. At the end there is one result for each unit, and the digests are
# those of a folder.
#
#     deploy/fleet/objects.sh [PROGRAM]
#
# PROGRAM is `claque` with the feature `objects`, target/debug/claque without it.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-target/debug/claque}")
scratch=$PWD/target/moto
if [ ! -x "$scratch/bin/moto_server" ]; then
  python3 -m venv "$scratch"
  "$scratch/bin/pip" install -q --disable-pip-version-check 'moto[server,s3]==5.2.5'
fi
work=$(mktemp -d /tmp/claque-objects.XXXXXX)
processes=()
finish() {
  for process in "${processes[@]}"; do kill -9 "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
port=15721
"$scratch/bin/moto_server" -H 127.0.0.1 -p "$port" >"$work/server.log" 2>&1 &
processes+=($!)
export AWS_ENDPOINT=http://127.0.0.1:$port AWS_ALLOW_HTTP=true AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
"$scratch/bin/python" - <<'PYTHON'
import os, time
import boto3
store = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT"])
for attempt in range(120):
    try:
        store.create_bucket(Bucket="fleet")
        break
    except Exception:
        if attempt == 119:
            raise
        time.sleep(0.5)
PYTHON

place=s3://fleet/evening
run=(--scenario smoke --users 20 --seeds 0..320 --unit-seeds 4 --double 0)
work_at() { "$program" campaign "${run[@]}" --out "$place" --threads 1; }
work_at >"$work/one.log" 2>&1 &
one=$!
work_at >"$work/other.log" 2>&1 &
other=$!
processes+=("$one" "$other")
sleep 2
kill -9 "$one"
work_at
wait "$other"
"$program" campaign reconcile "$place"
"$program" campaign --out "$work/alone" "${run[@]}"
"$program" campaign verify "$work/alone" "$place"
"$program" campaign merge "$place" --into "$work/copied"
sums() { (cd "$1/units" && for file in *; do printf '%s ' "$file" && tail -n 1 "$file" | cut -d '"' -f 4; done); }
diff <(sums "$work/alone") <(sums "$work/copied")
[ "$(sums "$work/copied" | wc -l)" = 80 ]
echo "80 units: the digests in a bucket are those in a folder, one object for each unit"
