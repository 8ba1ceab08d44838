"""Each stage on MNIST beside the floor, Snakemake's own share, and what each command imports.

The floor of a stage is to read the same bytes and to write the same bytes, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measure import Ratio, Table, in_turn
from scrawl.artifacts.files import flush_to_disk, sha256_of
from scrawl.pipeline.commands import COMMANDS
from scrawl.settings.dataset import Preparation
from scrawl.settings.experiment import Run
from scrawl.settings.json_text import canonical_json
from scrawl.settings.parsing import Settings

RAW = Path("../shared/datasets/mnist")
PARTS = {
    "train-images": "train-images-idx3-ubyte.gz",
    "train-labels": "train-labels-idx1-ubyte.gz",
    "test-images": "t10k-images-idx3-ubyte.gz",
    "test-labels": "t10k-labels-idx1-ubyte.gz",
}
HEAVY = ("matplotlib", "snakemake", "scipy", "requests", "h5py", "numpy")
BIN = Path(sys.executable).parent
BLOCK_BYTES = 1 << 20
# What the experiment `linear` of config.yaml is, so that Snakemake and the bare commands do alike.
EXPERIMENT = {"hidden": [], "initialiser": "zeros", "learning_rate": 0.1, "epochs": 10}


@dataclass(frozen=True)
class Stage:
    """A command with the files that it reads and writes, relative to a folder."""

    words: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.words[0]


def chain(raw: Path) -> list[Stage]:
    """Return the commands from the raw files to the score of one run, in order."""
    given = [word for part in PARTS for word in (f"--{part}", f"{part}.gz")]
    prepare, train = Preparation(validation=5000), Run.parse({**EXPERIMENT, "seed": 1})
    learnt = ["--model", "model.h5", "--history", "history.csv"]
    found = ["--metrics", "metrics.json", "--predictions", "predictions.h5"]
    return [
        *(download(raw.resolve(), part) for part in PARTS),
        stage("decode", [*given, "--output", "decoded.h5"], 1),
        stage(
            "prepare",
            [*settings(prepare), "--data", "decoded.h5", "--output", "prepared.h5"],
            1,
        ),
        stage("train", [*settings(train), "--data", "prepared.h5", *learnt], 2),
        stage("evaluate", ["--data", "prepared.h5", "--model", "model.h5", *found], 2),
        stage("plot", ["samples", "--data", "prepared.h5", "--output", "samples.png"], 1),
    ]


def settings(given: Settings) -> list[str]:
    """Return settings as words of a command."""
    return ["--settings", given.canonical()]


def download(raw: Path, part: str) -> Stage:
    """Return the stage that fetches one file from a folder."""
    file = raw / PARTS[part]
    wanted = {"name": file.name, "sources": [str(raw)], "sha256": sha256_of(file)}
    words = ("--settings", canonical_json(wanted), "--output", f"{part}.gz")
    return Stage(("download", *words), (str(file),), (f"{part}.gz",))


def stage(name: str, words: Sequence[str], n_outputs: int) -> Stage:
    """Return a stage; its files are the words with a suffix, the outputs last."""
    files = [word for word in words if word.endswith((".gz", ".h5", ".csv", ".json", ".png"))]
    return Stage((name, *words), tuple(files[:-n_outputs]), tuple(files[-n_outputs:]))


def run(one: Stage, folder: Path) -> int:
    """Run a stage; return the most memory that it took, in bytes."""
    command = [str(BIN / "scrawl"), *one.words]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ValueError(f"scrawl {one.name} ended with exit status {process.returncode}")
    return usage.ru_maxrss * 1024


def floor(one: Stage, folder: Path) -> None:
    """Read the bytes that a stage reads and write as many as it writes, down to the disk.

    A block at a time: a process counts the memory of the one that started it as its own.
    """
    block = bytearray(BLOCK_BYTES)
    for name in one.inputs:
        with (folder / name).open("rb", buffering=0) as file:
            while file.readinto(block):
                pass
    target = folder / "floor"
    for name in one.outputs:
        with target.open("wb", buffering=0) as file:
            for start in range(0, size := (folder / name).stat().st_size, BLOCK_BYTES):
                file.write(block[: size - start])
        flush_to_disk(target)


def measure_stages(raw: Path, folder: Path) -> None:
    """Write the table of the stages."""
    table = Table(
        "stages",
        "Each stage on MNIST, one thread",
        ("stage", "seconds", "floor, s", "times the floor", "peak memory, MB"),
    )
    taken: dict[str, float] = {}
    for stage in chain(raw):
        memory = run(stage, folder)
        seconds = in_turn(
            {"stage": partial(run, stage, folder), "floor": partial(floor, stage, folder)}
        )
        taken[stage.name] = taken.get(stage.name, 0) + median(seconds["stage"])
        ratio = Ratio.of(seconds["stage"], seconds["floor"])
        name = (
            f"{stage.name} {stage.words[-1]}" if stage.name in {"download", "plot"} else stage.name
        )
        table.add(name, median(seconds["stage"]), median(seconds["floor"]), ratio, memory / 1e6)
    both = taken["decode"] + taken["prepare"]
    table.aim("decode and prepare together, seconds", both, 2.0, at_most=True)
    table.notes.append(
        "Wall time of the whole command, Python's start included. The floor reads the stage’s "
        "inputs and writes as many bytes as its outputs, to the disk. train is ten epochs of a "
        "linear model; the pages of the mapped dataset count as its memory, but runs share them."
    )
    table.write()


def commands_alone(raw: Path, folder: Path) -> None:
    """Run the chain without Snakemake, the four downloads at the same time."""
    stages = [stage for stage in chain(raw) if stage.name != "plot"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda stage: run(stage, folder), stages[:4]))
    for stage in stages[4:]:
        run(stage, folder)


def with_snakemake() -> None:
    """Run the same chain with Snakemake, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        words = [str(BIN / "snakemake"), "--cores", "4", "--directory", folder, "evaluated"]
        chosen = ["--config", "dataset=mnist", "experiment=linear", "seed=1"]
        subprocess.run([*words, *chosen], check=True, capture_output=True)


def measure_snakemake(raw: Path, folder: Path) -> None:
    """Write the table of Snakemake's own share."""
    table = Table("snakemake", "Snakemake’s own share", ("what", "seconds", "times the commands"))
    seconds = in_turn(
        {"alone": lambda: commands_alone(raw, folder), "with": with_snakemake}, repetitions=5
    )
    table.add("the commands alone", median(seconds["alone"]), None)
    ratio = Ratio.of(seconds["with"], seconds["alone"])
    table.add("snakemake --cores 4", median(seconds["with"]), ratio)
    share = median(seconds["with"]) / median(seconds["alone"])
    table.aim("snakemake --cores 4, times the commands alone", share, 1.5, at_most=True)
    table.notes.append("Download, decode, prepare, train and evaluate one linear model on MNIST.")
    table.write()


def imports(module: str) -> str:
    """Return which heavy packages importing a module loads."""
    code = f"import sys, {module}; print(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return ", ".join(done.stdout.split()) or "none"


def measure_imports() -> None:
    """Write the table of the commands' start."""
    table = Table(
        "imports",
        "Seconds that a command takes to start, say its help and end",
        ("command", "seconds", "times Python’s own start", "heavy packages imported"),
    )

    def python(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)

    there = {name: f"scrawl.{module}" for name, (module, _) in COMMANDS.items()}
    contenders = {name: python("-m", "scrawl", name, "--help") for name in there}
    seconds = in_turn({"": python("-c", "pass"), **contenders})
    starts = {}
    for name, module in there.items():
        ratio, heavy = Ratio.of(seconds[name], seconds[""]), imports(module)
        table.add(f"scrawl {name}", median(seconds[name]), ratio, heavy)
        if "matplotlib" not in heavy:
            starts[name] = median(seconds[name])
    slowest = max(starts, key=lambda name: starts[name])
    what = f"seconds of scrawl {slowest} --help, the slowest command without matplotlib"
    table.aim(what, starts[slowest], 0.15, at_most=True)
    table.write()


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, default=RAW, help="folder of the four MNIST files")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure_stages(told.raw, Path(folder))
        measure_snakemake(told.raw, Path(folder))
    measure_imports()


if __name__ == "__main__":
    main()
