#!/usr/bin/env bash
# Slurm for real, on this machine: Debian's slurmctld, slurmd and munge as a cluster of one node on the loopback. An array of 8
# tasks runs a campaign by slurm.sh; one task is killed and another queued again in the middle. Then the digests of all units
# are compared with those of one process without any engine.
#
#     deploy/fleet/local-slurm.sh [PROGRAM] [UNITS]
#
# PROGRAM is `claque`, target/release/claque without it; UNITS are 64 of two seeds without it. Must be root, with
# /sys/fs/cgroup there; everything else is in a folder of its own, and the daemons end with the script.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD
program=$(realpath "${1:-target/release/claque}") units=${2:-64}
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends slurmctld slurmd slurm-client munge
fi
work=$(mktemp -d /tmp/claque-slurm.XXXXXX)
export SLURM_CONF=$work/slurm.conf CLAQUE=$program
daemons=()
finish() {
  scancel --me >/dev/null 2>&1 || true
  for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT
mkdir "$work/state" "$work/spool"

# A key of this run alone, and a socket of its own: a munged of the machine is left alone.
head -c 1024 /dev/urandom >"$work/munge.key"
chmod 600 "$work/munge.key"
chmod 755 "$work"
munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
  --log-file="$work/munge.log" --seed-file="$work/munge.seed" 2>"$work/munged.err" &
daemons+=($!)

node=$(hostname -s)
cat >"$SLURM_CONF" <<CONF
ClusterName=claque
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=1,sched_interval=1
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 RealMemory=2048 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld -D 2>"$work/slurmctld.err" &
daemons+=($!)
slurmd -D 2>"$work/slurmd.err" &
daemons+=($!)
for _ in $(seq 60); do
  if sinfo -h -o %t 2>/dev/null | grep -q idle; then break; fi
  sleep 0.5
done
sinfo -h -o %t | grep -q idle || { tail -n 20 "$work"/*.err "$work"/*.log; exit 1; }

fleet=$work/fleet alone=$work/alone
run=(--scenario smoke --users 20 --seeds "0..$((2 * units))" --unit-seeds 2 --double 0)
job=$(sbatch --parsable --array=0-7 --output="$work/task-%a.log" "$repository/deploy/fleet/slurm.sh" "$fleet" "${run[@]}")
there() { find "$fleet/units" -name '[0-9]*.jsonl' 2>/dev/null | wc -l; }
running() { squeue -h -t R -o %i -j "$job" | head -n 1; }
await() { for _ in $(seq 600); do if [ "$(there)" -ge "$1" ]; then return; fi; sleep 0.05; done; }
await 2
killed=$(running) && scancel --signal=KILL --full "$killed"
echo "killed: $killed with $(there) units there"
await 8
again=$(running) && scontrol requeue "$again"
echo "queued again: $again with $(there) units there"
for _ in $(seq 1200); do
  if [ -z "$(squeue -h -j "$job" 2>/dev/null)" ]; then break; fi
  sleep 0.25
done
status=0
"$program" campaign reconcile "$fleet" || status=$?
if [ "$status" = 75 ]; then
  # The killed task: its units are missed, and the same array runs them, and nothing else.
  sbatch --parsable --wait --array=0-7 --output="$work/again-%a.log" "$repository/deploy/fleet/slurm.sh" "$fleet" "${run[@]}"
fi
"$program" campaign --out "$alone" "${run[@]}"
"$program" campaign reconcile "$fleet"
"$program" campaign verify "$alone" "$fleet"
sums() { (cd "$1/units" && for file in *; do printf '%s ' "$file" && tail -n 1 "$file" | cut -d '"' -f 4; done); }
diff <(sums "$alone") <(sums "$fleet")
[ "$(sums "$fleet" | wc -l)" = "$units" ]
echo "$units units: the digests of Slurm's array are those of one process"
