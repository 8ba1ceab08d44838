"""Cost of a training run: processor time, time and memory, measured by the run itself.

Snakemake's benchmarks take samples only now and then.
"""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import numpy as np

from scrawl.artifacts.files import write_json
from scrawl.nn.state import State, restored

PROCESSES = Path("/proc")  # of Linux
SHARING: set[int | None] = set()
"""Running processes that share the work of this one, which started them."""


class Meter:
    """Measures the cost of a run from now on; it is restored from a checkpoint like the network.

    So all that led to the result counts, even in processes that were interrupted. The cost after
    the last checkpoint before a `kill -9` is not counted.

    Attributes
    ----------
    resumed : int
        The number of times that the run was resumed.

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
        # The clocks at the beginning of the run, as if this process had done all of it.
        self.core_begin, self.begin = core_seconds(), time.monotonic()

    def state(self) -> State:
        """Return the cost of the run so far."""
        return {
            "core_seconds": np.array(core_seconds() - self.core_begin),
            "seconds": np.array(time.monotonic() - self.begin),
            "memory_mib": np.array(max(self.memory, peak_mib())),
            "resumed": np.array(self.resumed),
        }

    def restore(self, state: State) -> None:
        """Add what follows to the saved cost of a run."""
        saved = restored("the cost", self.state(), state)
        spent = {name: value.item() for name, value in saved.items()}
        self.core_begin = core_seconds() - spent["core_seconds"]
        self.begin = time.monotonic() - spent["seconds"]
        self.memory, self.resumed = spent["memory_mib"], spent["resumed"]

    def write(self, path: Path, threads: int) -> None:
        """Write the cost of the run: `core_seconds` are the processor's, all cores together.

        Beside the model, not in it: it depends on the clock, and the network's bytes do not.
        """
        cost = {name: round(value.item(), 2) for name, value in self.state().items()}
        write_json(path, cost | {"threads": threads})


def core_seconds() -> float:
    """Return the processor's seconds of this process, its threads, and all processes it started.

    >>> before = core_seconds()
    >>> _ = sum(range(1000))
    >>> core_seconds() > before
    True
    """
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    others = sum(map(core_seconds_of, SHARING))
    return time.process_time() + ended.ru_utime + ended.ru_stime + others


def core_seconds_of(process: int | None) -> float:
    """Return the processor's seconds of another running process, as Linux reports them."""
    words = (PROCESSES / f"{process}/stat").read_text().rpartition(")")[2].split()
    user, system = words[11:13]  # 14 and 15 of proc(5), counted from 1, two of them before the )
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_mib() -> float:
    """Return the peak memory of this process in MiB, as Linux reports it; 0 elsewhere.

    `getrusage` would return the peak of the process that started this one, if that was more.

    >>> peak_mib() > 1 or not PROCESSES.exists()
    True
    """
    status = PROCESSES / "self/status"
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return max(peaks, default=0.0)
