"""Datasets of millions: seconds and memory of every stage, for each million of images.

    .venv/bin/python -m benchmarks.millions                    # 0.5, 1 and 2 million, 5 GB of disk
    .venv/bin/python -m benchmarks.millions --images 8100000   # infiMNIST's size: 19 GB

Images are made of MNIST's by `scrawl deform`, then decoded, prepared a byte a pixel, learnt from
for one epoch, and the networks are evaluated on MNIST's test images. The convolutions take most of
the time; `--experiment dense` does without.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import FOLDER, Table
from benchmarks.stages import BIN, PARTS, RAW, settings
from scrawl.settings.dataset import Deformation, Preparation
from scrawl.settings.experiment import Run

SIZES = (500_000, 1_000_000, 2_000_000)
MOST = 2**30  # bytes of memory that a stage may take
PATIENCE = 0.02  # seconds from one look at a process to the next
BYTES_OF_DISK = 3 * 28 * 28 + 30  # an image: raw, decoded, prepared; labels, one-hot and not
VALIDATION = 10_000  # images of the training images
LINEAR = 1.25  # times the seconds a million images that the smallest number takes
EXPERIMENTS = {
    "dense": {"hidden": [128], "learning_rate": 0.4, "label_smoothing": 0.1, "epochs": 1},
    "conv": {
        "filters": [[8], [16]],
        "hidden": [128],
        "learning_rate": 0.1,
        "label_smoothing": 0.1,
        "epochs": 1,
    },
}
COLUMNS = (
    "stage",
    "images",
    "seconds",
    "seconds a million",
    "peak memory, MB",
    "of it pages of files, MB",
    "test errors",
)
# A neural network on the pixels of infiMNIST, as demo/mnist/README of version 7.3 tells ("about an
# hour", "less than"); that of version 8.6 tells of 152 errors and 1.6 GB.
ANCHOR = ("Vowpal Wabbit 7.3: train", 8_100_000, 3600.0, 444.0, 256.0, None, 126)


@dataclass(frozen=True)
class Cost:
    """Cost of a command: seconds, peak memory, and peak memory in pages of files, in MB."""

    seconds: float
    memory: float
    file_pages: float


def measured(words: list[str], folder: Path) -> Cost:
    """Run a command of scrawl in a folder."""
    begin = time.perf_counter()
    process = subprocess.Popen([BIN / "scrawl", *words], cwd=folder, stdout=subprocess.DEVNULL)
    ended, most = threading.Event(), [0]

    def watch() -> None:
        while not ended.wait(PATIENCE):
            most.append(file_pages(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ValueError(f"scrawl {words[0]} ended with exit status {process.returncode}")
    return Cost(seconds, usage.ru_maxrss * 1024 / 1e6, max(most) / 1e6)


def file_pages(process: int) -> int:
    """Return the bytes of files among the memory of a process, as other processes may share."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssFile"))


def chain(raw: Path, images: int, experiments: Sequence[str]) -> dict[str, list[str]]:
    """Return the commands of the stages, in order."""
    made = [word for part in PARTS for word in (f"--{part}", f"{part}.idx")]
    original = [word for part in PARTS for word in (f"--{part}", str(raw / PARTS[part]))]
    deform = ["deform", *settings(Deformation(images=images)), *original, "--output", "."]
    commands = {
        "deform": deform,
        "decode": ["decode", *made, "--output", "d.h5"],
        "prepare": prepare("uint8"),
    }
    for name in experiments:
        found = ["--metrics", "metrics.json", "--predictions", "predictions.h5"]
        trained = ["--data", "p.h5", "--model", "1/model.h5"]
        commands[f"train {name}"] = train(name, "p.h5", 1)
        commands[f"evaluate {name}"] = ["evaluate", *trained, *found]
    return commands


def prepare(stored_as: str) -> list[str]:
    """Return the command that prepares `d.h5` as `p.h5`."""
    given = Preparation.parse({"stored_as": stored_as, "validation": VALIDATION}, stored_as)
    return ["prepare", *settings(given), "--data", "d.h5", "--output", "p.h5"]


def train(experiment: str, data: str, seed: int) -> list[str]:
    """Return the command that trains a run, in a folder of its own, named by its random seed."""
    run = Run.parse({**EXPERIMENTS[experiment], "seed": seed})
    learnt = ["--model", f"{seed}/model.h5", "--history", f"{seed}/history.csv"]
    return ["train", *settings(run), "--data", data, *learnt]


def measure(table: Table, raw: Path, images: int, experiments: list[str], place: Path) -> float:
    """Add the rows of one size to the table; return the seconds of all stages for a million."""
    memory, seconds = 0.0, 0.0
    with room(place, images) as name:
        folder = Path(name)
        for stage, words in chain(raw.resolve(), images, experiments).items():
            cost = measured(words, folder)
            wrong = None
            if stage.startswith("evaluate"):
                scores = json.loads((folder / "metrics.json").read_text())
                wrong = scores["n"] - scores["correct"]
            each = cost.seconds / images * 1e6
            table.add(stage, images, cost.seconds, each, cost.memory, cost.file_pages, wrong)
            memory, seconds = max(memory, cost.memory), seconds + each
    table.aim(f"{images:,} images: largest peak of a stage, MB", memory, MOST / 1e6, at_most=True)
    return seconds


def room(folder: Path, images: int) -> tempfile.TemporaryDirectory[str]:
    """Return a folder, to be removed, for so many images; refuse a disk that is too small."""
    folder.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(folder).free, images * BYTES_OF_DISK
    if free < needed:
        raise ValueError(
            f"{folder}: {free / 1e9:.0f} GB are free, {images:,} images need {needed / 1e9:.0f}; "
            "name another place by --folder, or fewer by --images"
        )
    return tempfile.TemporaryDirectory(dir=folder)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--raw", type=Path, default=RAW, help="folder of the four MNIST files")
    parser.add_argument("--images", type=int, nargs="+", default=SIZES)
    parser.add_argument("--experiment", choices=EXPERIMENTS, nargs="+", default=[*EXPERIMENTS])
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="in which all is made, and removed"
    )
    parser.add_argument("--name", default="millions", help="of the table's file: %(default)s")
    told = parser.parse_args()
    title = "Millions of images, one thread, one epoch"
    if told.name != "millions":  # beside the table of the large ones
        title += f", up to {max(told.images):,}"
    table = Table(told.name, title, COLUMNS)
    seconds = {n: measure(table, told.raw, n, told.experiment, told.folder) for n in told.images}
    table.add(*ANCHOR)
    few, many = min(seconds), max(seconds)
    if few < many:
        what = f"seconds of a million images, {many:,} against {few:,}"
        table.aim(what, seconds[many] / seconds[few], LINEAR, at_most=True)
    table.notes.append(
        "Wall time of each command, one after the other, with whatever else the machine does. "
        "Pages of files count as a process’s memory, but all processes share them. The last row is "
        "what its authors say of another computer and the images of infiMNIST."
    )
    table.write()


if __name__ == "__main__":
    main()
