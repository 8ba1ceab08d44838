"""A Slurm cluster of two nodes on this machine: real daemons, on loopback, in one folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

NODES = ("node1", "node2")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "unshare")
# Not on a user's PATH everywhere.
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])

# Without an accounting database, as on a small cluster, and without cgroups: Slurm then follows
# the processes itself. KillWait: seconds between SIGTERM and SIGKILL at the end of a job's time.
CONFIGURATION = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=1,sched_interval=2
KillWait=5
SlurmdParameters=config_overrides
MinJobAge=600
ReturnToService=2
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NODE = (
    "NodeName={name} NodeHostname={name} NodeAddr=127.0.0.1 Port={port} CPUs=4 CoresPerSocket=4 "
    "RealMemory=4000 State=UNKNOWN"
)


def missing() -> str:
    """Say what is missing for a cluster, or nothing."""
    absent = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
    if absent:
        return f"no {', '.join(absent)}: `apt-get install slurm-wlm munge` brings Slurm"
    if os.geteuid() != 0:
        return "two nodes on one machine need two host names, which only root can give (unshare)"
    return ""


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Start a cluster in a folder and yield the environment that its commands need."""
    munge = folder / "munge"
    munge.mkdir(parents=True)
    for name in ("etc", "state", *NODES):
        (folder / name).mkdir()
    munge.chmod(0o711)  # munged refuses a folder that others could write to
    (munge / "key").write_bytes(os.urandom(128))
    (munge / "key").chmod(0o600)
    write_configuration(folder)
    environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "etc/slurm.conf")}
    with ExitStack() as daemons:

        def start(*command: str) -> None:
            log = daemons.enter_context((folder / "daemons.log").open("ab"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            daemons.callback(stop, process)

        start(
            *("munged", "--foreground", "--force", f"--key-file={munge}/key"),
            *(f"--socket={munge}/socket", f"--pid-file={munge}/pid", f"--log-file={munge}/log"),
            *(f"--seed-file={munge}/seed",),
        )
        wait_for(folder, lambda: (munge / "socket").exists())
        start("slurmctld", "-D")
        for name in NODES:
            # A node has a host name, a configuration and processes of its own. (The plugin starts
            # job steps without SLURM_CONF: they look in /etc/slurm. Without cgroups, Slurm was seen
            # to signal processes that no job had started: it must not see others than its own. The
            # shell stays, to reap those that their parents have left.)
            begin = f"hostname {name} && mount --bind {folder}/etc /etc/slurm && slurmd -D & wait"
            apart = ("--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
            start("unshare", *apart, "sh", "-c", begin)
        wait_for(folder, lambda: idle_nodes(environment) == len(NODES))
        try:
            yield environment
        finally:
            subprocess.run(["scancel", "--user=root"], env=environment, check=False)
            subprocess.run(
                ["scancel", "--signal=KILL", "--user=root"], env=environment, check=False
            )
            wait_for(folder, lambda: not query(environment, "squeue", "--noheader"))


def write_configuration(folder: Path) -> None:
    """Write slurm.conf, with ports that are free."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(1 + len(NODES))]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    nodes = (NODE.format(name=name, port=port) for name, port in zip(NODES, ports[1:], strict=True))
    text = CONFIGURATION.format(
        folder=folder, host=socket.gethostname(), user="root", ports=ports, nodes="\n".join(nodes)
    )
    (folder / "etc/slurm.conf").write_text(text)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a daemon, if need be by force."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def idle_nodes(environment: dict[str, str]) -> int:
    """Return how many nodes wait for work."""
    return query(environment, "sinfo", "--Node", "--noheader", "--format=%T").count("idle")


def query(environment: dict[str, str], *command: str) -> str:
    """Return what a command of Slurm prints."""
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return result.stdout


def wait_for(folder: Path, condition: object, seconds: float = 60) -> None:
    """Wait until something holds; when it does not, show what the daemons said."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            logs = [*folder.glob("*.log"), *folder.glob("munge/log")]
            raise TimeoutError("\n".join(f"{log}:\n{log.read_text()[-3000:]}" for log in logs))
        time.sleep(0.2)
