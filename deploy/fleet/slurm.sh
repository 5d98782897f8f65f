#!/bin/bash
# A campaign as a Slurm job array, on a folder that all nodes share.
#
#     sbatch --array=0-31 deploy/fleet/slurm.sh /shared/campaign --seeds 0..1000000
#
# A task whose node is lost or that is preempted is queued again, and goes on where it was: what is there is not run again.
# A task that found a bug has failed (exit 1), and is not queued again.
#SBATCH --job-name=claque
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
# SIGTERM a minute before the time is up: the unit under way is kept.
#SBATCH --signal=TERM@60
set -euo pipefail
out=$1
shift
# `exec`: the signal is for the program, and a shell in between would keep it.
exec "${CLAQUE:-claque}" campaign --out "$out" --array slurm --threads 1 "$@"
