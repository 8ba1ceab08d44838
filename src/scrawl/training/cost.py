"""What training a network costs, measured by the run itself: Snakemake looks only now and then."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from pathlib import Path

import numpy as np

from scrawl.artifacts.files import write_json
from scrawl.nn.state import State, restored

PROCESSES = Path("/proc")  # of Linux


class Meter:
    """Measures what a run costs from now on, and goes on from a checkpoint as the network does.

    So all counts that led to the result, also in processes that were interrupted. What such a
    process spent after its last checkpoint before a `kill -9` is lost to the count.

    Attributes
    ----------
    resumed : int
        How often the run went on from a checkpoint.

    Examples
    --------
    >>> meter = Meter()
    >>> meter.restore(meter.state() | {"core_seconds": np.array(90.0)})
    >>> 90 <= float(meter.state()["core_seconds"]) < 91
    True
    """

    def __init__(self) -> None:
        self.resumed = 0
        self.memory = 0.0  # MiB, of the processes before this one
        # What the clocks showed when the run began, had this process done all of it.
        self.core_begin, self.begin = core_seconds(), time.monotonic()

    def state(self) -> State:
        """Return what the run has cost so far."""
        return {
            "core_seconds": np.array(core_seconds() - self.core_begin),
            "seconds": np.array(time.monotonic() - self.begin),
            "memory_mib": np.array(max(self.memory, peak_mib())),
            "resumed": np.array(self.resumed),
        }

    def restore(self, state: State) -> None:
        """Count on from what a run had cost."""
        saved = restored("the cost", self.state(), state)
        spent = {name: one.item() for name, one in saved.items()}
        self.core_begin = core_seconds() - spent["core_seconds"]
        self.begin = time.monotonic() - spent["seconds"]
        self.memory, self.resumed = spent["memory_mib"], spent["resumed"]

    def write(self, path: Path, threads: int) -> None:
        """Write what the run has cost: `core_seconds` are the processor's, all cores together.

        Beside the model, not in it: it depends on the clock, and the network's bytes do not.
        """
        cost = {name: round(one.item(), 2) for name, one in self.state().items()}
        write_json(path, cost | {"threads": threads})


def core_seconds() -> float:
    """Return the processor's seconds of this process, its threads, and all processes it started.

    >>> before = core_seconds()
    >>> _ = sum(range(1000))
    >>> core_seconds() > before
    True
    """
    at_work = multiprocessing.active_children()  # first: it lays to rest those that have ended
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    others = sum(core_seconds_of(one.pid) for one in at_work)
    return time.process_time() + ended.ru_utime + ended.ru_stime + others


def core_seconds_of(process: int | None) -> float:
    """Return the processor's seconds of another process that is at work: only Linux has any."""
    words = (PROCESSES / f"{process}/stat").read_text().rpartition(")")[2].split()
    user, system = words[11:13]  # 14 and 15 of proc(5), counted from 1, two of them before the )
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_mib() -> float:
    """Return the most memory that this process has held, in MiB; 0 where there is no Linux to tell.

    `getrusage` would tell what the process that started this one held, if that was more.

    >>> peak_mib() > 1 or not PROCESSES.exists()
    True
    """
    status = PROCESSES / "self/status"
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [float(one.split()[1]) / 1024 for one in lines if one.startswith("VmHWM:")]
    return max(peaks, default=0.0)
