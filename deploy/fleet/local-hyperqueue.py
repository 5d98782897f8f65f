#!/usr/bin/env python3
"""HyperQueue for real, on this machine: PyPI's package starts a server and two workers in this process and runs a campaign as
an array of eight tasks. One task is killed in the middle; the job is submitted again, until `reconcile` finds nothing more to
do. Then the digests of all units are compared with those of one process without any engine.

    python3 -m venv target/hyperqueue && target/hyperqueue/bin/pip install hyperqueue==0.27.0
    target/hyperqueue/bin/python deploy/fleet/local-hyperqueue.py [PROGRAM] [UNITS]

PROGRAM is `claque`, target/release/claque without it; UNITS are 400 of two seeds without it.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from hyperqueue import Job, LocalCluster
from hyperqueue.client import FailedJobsException
from hyperqueue.cluster import WorkerConfig

TASKS = 8


def tail_digest(file):
    """The digest that the trailer of a result names."""
    return file.read_text().splitlines()[-1].split('"')[3]


def digests(folder):
    return {file.name: tail_digest(file) for file in sorted((folder / "units").glob("*.jsonl"))}


def submit(client, command, work):
    """Submits the array; whether every task ended well."""
    job = Job(default_workdir=work, max_fails=None, default_env={"CLAQUE_ARRAY_COUNT": str(TASKS)})
    for _task in range(TASKS):
        job.program(command)
    return client.submit(job)


def kill_one(fleet):
    """Kills a task as the kernel kills one that took too much memory, as soon as some units are there."""
    while len(list((fleet / "units").glob("*.jsonl"))) < 20:
        time.sleep(0.01)
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            # By the folder, which is this run's own: nobody else's process is meant.
            if str(fleet).encode() in words and b"hyperqueue" in words:
                os.kill(int(entry.name), signal.SIGKILL)
                return
    sys.exit("no task is running that could be killed")


def main():
    program = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/claque").resolve())
    units = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    run = ["--scenario", "smoke", "--users", "20", "--seeds", f"0..{2 * units}", "--unit-seeds", "2", "--double", "0"]
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch)
        fleet, alone = work / "fleet", work / "alone"
        command = [program, "campaign", *run, "--out", str(fleet), "--array", "hyperqueue", "--threads", "1"]
        reconcile = [program, "campaign", "reconcile", str(fleet)]
        with LocalCluster(server_dir=str(work / "server")) as cluster:
            cluster.start_worker(WorkerConfig(cores=1))
            cluster.start_worker(WorkerConfig(cores=1))
            client = cluster.client()
            began, tries = time.monotonic(), 0
            while tries == 0 or subprocess.run(reconcile, stdout=subprocess.DEVNULL).returncode == 75:
                submitted = submit(client, command, work)
                if tries == 0:
                    kill_one(fleet)
                tries += 1
                if tries > 5:
                    sys.exit("after five tries units are still missing")
                try:
                    client.wait_for_jobs([submitted])
                except FailedJobsException as failed:
                    print(f"try {tries}: {str(failed).strip().splitlines()[1]}")
            took = time.monotonic() - began
        began = time.monotonic()
        subprocess.run([program, "campaign", *run, "--out", str(alone), "--threads", "2"], check=True)
        alone_took = time.monotonic() - began
        subprocess.run(reconcile, check=True)
        subprocess.run([program, "campaign", "verify", str(alone), str(fleet)], check=True)
        there, expected = digests(fleet), digests(alone)
        if there != expected or len(there) != units:
            sys.exit(f"the digests differ: {len(there)} of {units} units")
        if tries < 2:
            sys.exit("the killed task was not missed")
        print(f"{units} units in {tries} tries: the digests of HyperQueue's tasks are those of one process")
        print(f"{took:.1f} s by HyperQueue with one task killed, {alone_took:.1f} s by two threads")


if __name__ == "__main__":
    main()
