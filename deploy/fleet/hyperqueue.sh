#!/usr/bin/env bash
# A campaign as a HyperQueue task array; a server and workers must run (`hq server start`, `hq worker start`).
#
#     deploy/fleet/hyperqueue.sh TASKS DIR --seeds 0..1000000
#
# HyperQueue runs a task again whose worker is lost. Its tasks are told their number, and not how many there are.
set -euo pipefail
tasks=$1 out=$2
shift 2
exec "${HQ:-hq}" submit --wait --array "0-$((tasks - 1))" --cpus 1 --env "CLAQUE_ARRAY_COUNT=$tasks" -- \
  "${CLAQUE:-claque}" campaign --out "$out" --array hyperqueue --threads 1 "$@"
