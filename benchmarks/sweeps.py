"""Sweeps in real Snakemake: thousands of runs planned, the cost of a run, four cores against one.

.venv/bin/python -m benchmarks.sweeps             # three to four minutes on four cores
.venv/bin/python -m benchmarks.sweeps --runs 16   # a minute: the start of Snakemake weighs more
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from threadpoolctl import threadpool_limits

from benchmarks.measure import Table, cores
from scrawl.settings.experiment import Run
from scrawl.training.examples import TrainingData
from scrawl.training.run import train

HOUSE = Path(__file__).parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
RATES = {"learning_rate": {"low": 0.01, "high": 1.0, "scale": "log"}}
# One epoch of a linear network on 2,000 images: next to nothing. And a few seconds.
SHORT = {"hidden": [], "initialiser": "zeros", "first_images": 2000, "epochs": 1}
LONG = {"hidden": [128], "epochs": 20}
SHORT_RUNS, LONG_RUNS = 200, 72
# Runs that are planned, the seconds that it may take, and the megabytes.
PLANNED = {1000: (10, 1000), 10_000: (60, 1000)}


@dataclass(frozen=True)
class Build:
    """Cost of building a sweep.

    Attributes
    ----------
    seconds : float
        By the clock, from the start of Snakemake to its end.
    core_seconds : float
        Of a core, by Snakemake and all of its jobs.
    done : list of float
        When each run was done, on any clock, the first one first.
    """

    seconds: float
    core_seconds: float
    done: list[float]

    def throughput(self) -> float:
        """Return runs a second, start and end of Snakemake included."""
        return len(self.done) / self.seconds


def pace(done: list[float], n: int) -> float:
    """Return runs a second from when the first `n`, that began together, are done.

    >>> pace([5.0, 5.5, 7.0, 7.5, 9.0, 9.5], 2)
    1.0
    """
    return (len(done) - n) / (done[-1] - done[n - 1])


def sweep(base: str, points: int) -> dict[str, object]:
    """Return the configuration of a sweep over the learning rate."""
    return {
        "base": base,
        "datasets": ["glyphs"],
        "sample": "quasi-random",
        "points": points,
        "settings": RATES,
    }


@contextmanager
def project(runs: int) -> Iterator[Path]:
    """Make a folder with the workflow, the bundled dataset, prepared, and the sweeps."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("workflow", "profiles", "data"):
            shutil.copytree(HOUSE / part, folder / part)
        for file in ("Snakefile", "config.yaml"):
            shutil.copy(HOUSE / file, folder)
        sweeps = {f"planned{n}": sweep("short", n) for n in PLANNED}
        sweeps |= {"short": sweep("short", SHORT_RUNS), "long": sweep("long", runs)}
        ours = {"experiments": {"short": SHORT, "long": LONG}, "sweeps": sweeps}
        (folder / "ours.yaml").write_text(yaml.safe_dump(ours))
        snakemake(folder, "artifacts/glyphs/prepared/unit.h5", "--cores", "1")
        yield folder


def snakemake(folder: Path, *words: str) -> tuple[float, float]:
    """Run Snakemake; return seconds by the clock and seconds of a core, those of its jobs too."""
    before, begin = core_seconds(), time.perf_counter()
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [str(SNAKEMAKE), *words, "--configfile", "ours.yaml"]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise ValueError(f"{' '.join(command)}:\n{result.stdout}{result.stderr}")
    return time.perf_counter() - begin, core_seconds() - before


def planned(folder: Path, name: str) -> tuple[float, float, float]:
    """Plan a sweep; return seconds by the clock, seconds of a core, and the most megabytes."""
    begin = time.perf_counter()
    words = ["--dry-run", "--quiet", "--config", f"sweep={name}", "--configfile", "ours.yaml"]
    process = subprocess.Popen(
        [str(SNAKEMAKE), *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ValueError(f"snakemake {' '.join(words)} ended with {process.returncode}")
    seconds = time.perf_counter() - begin
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def build(folder: Path, name: str, n: int) -> Build:
    """Train every run of a sweep on `n` cores, none of which has been trained."""
    runs = folder / "artifacts/glyphs/runs"
    shutil.rmtree(runs, ignore_errors=True)
    # Targets stand before the options that take several words.
    taken = snakemake(folder, "trained", "--cores", str(n), "--config", f"sweep={name}")
    return Build(*taken, sorted(model.stat().st_mtime for model in runs.rglob("model.h5")))


def core_seconds() -> float:
    """Return the seconds of a core that the children of this process have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def training(folder: Path, repetitions: int = 20) -> float:
    """Return the seconds of a core that training a short run itself takes, checks included."""
    run = Run.parse({**SHORT, "seed": 1})
    data = TrainingData.read(folder / "artifacts/glyphs/prepared/unit.h5", run)
    with threadpool_limits(1, user_api="blas"), contextlib.redirect_stdout(io.StringIO()):
        train(run, data)
        begin = time.process_time()
        for _ in range(repetitions):
            train(run, data)
        return (time.process_time() - begin) / repetitions


def measure_cost(table: Table, folder: Path, n: int) -> None:
    """Add what it costs to plan many runs, and to make one beyond its training."""
    for runs, (most_seconds, most_megabytes) in PLANNED.items():
        seconds, core_seconds, megabytes = planned(folder, f"planned{runs}")
        what = f"{runs:,} runs planned: snakemake --dry-run"
        table.add(what, seconds, core_seconds, core_seconds / runs, None)
        table.aim(f"seconds to plan {runs:,} runs", seconds, most_seconds, at_most=True)
        table.aim(f"megabytes to plan {runs:,} runs", megabytes, most_megabytes, at_most=True)
    short, alone = build(folder, "short", n), training(folder)
    add(table, f"{SHORT_RUNS} short runs on {cores_in_words(n)}", short)
    table.add("the training of a short run itself", alone, alone, alone, None)
    beyond = short.core_seconds / SHORT_RUNS - alone
    table.aim("seconds of a core a run costs beyond training", beyond, 0.5, at_most=True)


def measure_throughput(table: Table, folder: Path, n: int) -> None:
    """Add how a sweep of runs of seconds gains by more cores."""
    one, many = build(folder, "long", 1), build(folder, "long", n)
    for cores_used, taken in ((1, one), (n, many)):
        runs = len(taken.done)
        add(table, f"{runs} runs of seconds on {cores_in_words(cores_used)}", taken)
        rate = pace(taken.done, cores_used)
        table.add("the same, from when the first are done", None, None, None, rate)
    what = f"throughput of a sweep on {n} cores against one"
    table.aim(what, many.throughput() / one.throughput(), 3.5)
    gain = pace(many.done, n) / pace(one.done, 1)
    table.aim(f"{what}, without the start", gain, 3.5)


def add(table: Table, what: str, taken: Build) -> None:
    """Add the row of a sweep."""
    runs = len(taken.done)
    each = taken.core_seconds / runs
    table.add(what, taken.seconds, taken.core_seconds, each, taken.throughput())


def cores_in_words(n: int) -> str:
    """Say how many cores.

    >>> cores_in_words(1), cores_in_words(4)
    ('1 core', '4 cores')
    """
    return f"{n} core{'s' * (n > 1)}"


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--runs", type=int, default=LONG_RUNS, help="of seconds, on 1 and all cores"
    )
    told = parser.parse_args()
    if told.runs <= cores():
        parser.error(f"--runs {told.runs}: expected more than {cores_in_words(cores())}")
    columns = ("what", "seconds", "seconds of a core", "of a core a run", "runs a second")
    table = Table("sweeps", "Sweeps", columns)
    with project(told.runs) as folder:
        measure_cost(table, folder, cores())
        measure_throughput(table, folder, cores())
    table.notes.append(
        "A short run is an epoch of a linear network on 2,000 images, a run of seconds 20 epochs "
        "of 784-128-10 on the bundled digits. Snakemake's own work and start are included, but in "
        "the rows from when the first are done: those tell what more runs would take."
    )
    table.write()


if __name__ == "__main__":
    main()
