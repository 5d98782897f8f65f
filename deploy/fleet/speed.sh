#!/usr/bin/env bash
# How much faster two processes run a campaign than one, and how much processor time is no unit's: starting, listing, writing.
# Needs two cores that nothing else uses; on a busy machine the figures say nothing.
#
#     deploy/fleet/speed.sh [PROGRAM] [UNITS]
#
# PROGRAM is `claque`, target/release/claque without it; UNITS are 8, each with the 400 seeds of the default: some ten seconds.
# It runs every unit twice: some three minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-target/release/claque}") units=${2:-8}
work=$(mktemp -d /tmp/claque-speed.XXXXXX)
trap 'rm -rf "$work"' EXIT
python3 - "$program" "$units" "$work" <<'PYTHON'
import json, pathlib, resource, subprocess, sys, time

program, units, work = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
command = [program, "campaign", "--seeds", f"0..{400 * units}", "--unit-seeds", "400", "--double", "0", "--threads", "1"]


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(processes):
    folder = work / str(processes)
    began, before = time.monotonic(), spent()
    running = [
        subprocess.Popen(command + ["--out", folder, "--array", f"{task}/{processes}"], stdout=subprocess.DEVNULL)
        for task in range(processes)
    ]
    # Status 1 is a seed that failed, which is no matter here.
    assert all(process.wait() in (0, 1) for process in running)
    wall, processor = time.monotonic() - began, spent() - before
    trailers = [json.loads(path.read_text().splitlines()[-1]) for path in sorted((folder / "units").iterdir())]
    assert len(trailers) == units, trailers
    of_units = sum(it["processor_micros"] for it in trailers) / 1e6
    return wall, processor, of_units, [it["digest"] for it in trailers]


one, two = measure(1), measure(2)
assert one[3] == two[3], "the digests differ"
for name, (wall, processor, of_units, _) in (("one process", one), ("two processes", two)):
    share = 100 * (processor - of_units) / of_units
    print(f"{name}: {wall:.1f} s, {processor:.2f} s of processor time, of that {of_units:.2f} s of units: {share:.2f} % over it")
print(f"{units} units of {one[2] / units:.1f} s: two processes are {one[0] / two[0]:.3f} times as fast as one (aim: 1.9)")
PYTHON
