"""Images of 560 × 560 pixels: seconds and memory of training, answers, figures and pages."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.classes import MOST_BYTES, size, taken, written
from benchmarks.measure import Table
from benchmarks.untrained import NETWORKS, Suite, commands, outputs
from scrawl.settings.experiment import Run

SUITE = Suite(10, (560, 560), images={"train": 1000, "validation": 50, "test": 500})
# Of the images, what a network of each kind learns from here: seconds grow with their number.
LEARNT, BATCH = 64, 8
# conv-8-16 has 38 million parameters here, and its training takes more than 8 GB.
TRAINED = ("linear", "sigmoid-30", "dense-128")


def stages(folder: Path) -> Iterator[tuple[str, list[str], list[Path]]]:
    """Yield what trains and evaluates each network: a name, a command and the files it writes."""
    data = ["--data", str(folder / "prepared/unit.h5")]
    for name in TRAINED:
        own = {
            **NETWORKS[name],
            "seed": 1,
            "epochs": 1,
            "batch_size": BATCH,
            "first_images": LEARNT,
        }
        run, place = Run(**own), folder / "trained" / name / "1"
        place.mkdir(parents=True)
        model, history, metrics, predictions = (
            place / file for file in ("model.h5", "history.csv", "metrics.json", "predictions.h5")
        )
        learnt = ["--model", str(model), "--history", str(history)]
        words = ["train", "--settings", run.canonical(), *data, *learnt]
        yield f"training {name}, {LEARNT} images once", words, [model, history]
        scored = ["--metrics", str(metrics), "--predictions", str(predictions)]
        words = ["evaluate", *data, "--model", str(model), *scored]
        yield f"evaluating {name}, {SUITE.sizes()['test']} images", words, [metrics, predictions]


def measure(table: Table, folder: Path) -> None:
    """Add a row for each stage, each figure and each page."""
    runs = written(SUITE, folder)
    peaks = {}
    for what, words, files in stages(folder):
        seconds, memory = taken(words)
        table.add(what, seconds, memory / 1e6, sum(file.stat().st_size for file in files) / 1e6)
        peaks[what] = memory
    for command, words in commands(folder, runs).items():
        what = command.replace("plot ", "figure ").replace("draw", "drawing page")
        seconds, memory = taken([*words, *outputs(folder, command)])
        table.add(what, seconds, memory / 1e6, size(folder, command) / 1e6)
        peaks[what] = memory
    for what in ("training", "evaluating", "figure", "report", "drawing page"):
        most = max(memory for name, memory in peaks.items() if name.startswith(what))
        table.aim(f"images of 560 × 560: peak memory, {what}, MB", most / 1e6, MOST_BYTES / 1e6,
                  at_most=True)  # fmt: skip


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", type=Path, help="where 4 GB of files may lie for a while")
    told = parser.parse_args()
    table = Table(
        "large-images",
        "Images of 560 × 560 pixels",
        ("what", "seconds", "peak memory, MB", "files, MB"),
    )
    with tempfile.TemporaryDirectory(dir=told.place) as name:
        measure(table, Path(name))
    table.notes.append(
        f"Training in batches of {BATCH}; that of conv-8-16 takes more than 8 GB. "
        "Figures and pages are of a suite of the four default "
        "networks with three seeds, untrained (`benchmarks/untrained.py`), on 1,000 training and "
        "500 test images. Weights of the four take 12.5, 37.6, 161 and 154 MB."
    )
    table.write()


if __name__ == "__main__":
    main()
