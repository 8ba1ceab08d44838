"""Sweeps in real Snakemake: a thousand runs planned, the cost of a run, four cores against one."""

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
from pathlib import Path

import yaml
from benchmarks.measure import Table, cores
from threadpoolctl import threadpool_limits

from scrawl import artifacts
from scrawl.model import Dataset
from scrawl.settings import Run
from scrawl.train import observed
from scrawl.training_data import examples_of

HOUSE = Path(__file__).parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
RATES = {"learning_rate": {"low": 0.01, "high": 1.0, "scale": "log"}}
# One epoch of a linear network on 2,000 images: next to nothing. And a few seconds.
SHORT = {"hidden": [], "initialiser": "zeros", "first_images": 2000, "epochs": 1}
LONG = {"hidden": [128], "epochs": 20}


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
def project() -> Iterator[Path]:
    """Make a folder with the workflow, the bundled dataset, prepared, and the sweeps."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("workflow", "profiles", "data"):
            shutil.copytree(HOUSE / part, folder / part)
        for file in ("Snakefile", "config.yaml"):
            shutil.copy(HOUSE / file, folder)
        sweeps = {"planned": sweep("short", 1000), "short": sweep("short", 200)}
        sweeps["long"] = sweep("long", 32)
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


def build(folder: Path, name: str, n: int) -> tuple[float, float]:
    """Train every run of a sweep that has not been trained on `n` cores."""
    shutil.rmtree(folder / "artifacts/glyphs/runs", ignore_errors=True)
    # Targets stand before the options that take several words.
    return snakemake(folder, "trained", "--cores", str(n), "--config", f"sweep={name}")


def core_seconds() -> float:
    """Return the seconds of a core that the children of this process have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def training(folder: Path, repetitions: int = 20) -> float:
    """Return the seconds of a core that training a short run itself takes, checks included."""
    with artifacts.reading(folder / "artifacts/glyphs/prepared/unit.h5", "prepared") as file:
        run, dataset = Run.parse({**SHORT, "seed": 1}), Dataset.of(file)
        learn, check = examples_of(file, run)
        with threadpool_limits(1, user_api="blas"), contextlib.redirect_stdout(io.StringIO()):
            observed(run, learn, check, dataset)
            begin = time.process_time()
            for _ in range(repetitions):
                observed(run, learn, check, dataset)
            return (time.process_time() - begin) / repetitions


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    table = Table("sweeps", "Sweeps", ("what", "seconds", "seconds of a core", "of a core a run"))
    many = cores()
    with project() as folder:
        planned = snakemake(folder, "--dry-run", "--quiet", "--config", "sweep=planned")
        table.add("1,000 runs planned: snakemake --dry-run", *planned, None)
        short = build(folder, "short", many)
        table.add(f"200 short runs on {many} cores", *short, short[1] / 200)
        alone = training(folder)
        table.add("the training of a short run itself", alone, alone, alone)
        one = build(folder, "long", 1)
        table.add("32 runs of seconds on 1 core", *one, one[1] / 32)
        all_ = build(folder, "long", many)
        table.add(f"32 runs of seconds on {many} cores", *all_, all_[1] / 32)
    table.aim("seconds to plan 1,000 runs", planned[0], 10, at_most=True)
    table.aim(
        "seconds of a core a run costs beyond training", short[1] / 200 - alone, 0.5, at_most=True
    )
    table.aim(f"throughput of a sweep on {many} cores against one", one[0] / all_[0], 3.5)
    table.notes.append(
        "A short run is an epoch of a linear network on 2,000 images, a run of seconds 20 epochs "
        "of 784-128-10 on the bundled digits. Snakemake's own work and start are included."
    )
    table.write()


if __name__ == "__main__":
    main()
