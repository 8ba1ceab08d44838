"""Accuracy of the diagnosis of failed runs, measured on generated runs: docs/diagnosis.md.

    python -m benchmarks.diagnosis --bed choose    the runs that thresholds were chosen on
    python -m benchmarks.diagnosis --bed judge     others: other images, datasets, sizes and seeds
    python -m benchmarks.diagnosis --page docs/diagnosis.md

A sound run is a recipe of random sizes on a random dataset. A broken one is such a run with one
thing wrong, which costs it accuracy: the same run without it, its control, has far more validation
images right. What is the right cause is decided by what was broken, before anything is trained.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.diagnosis_faults import FAULTS, RECIPES, Fault
from benchmarks.diagnosis_sets import SETS
from scrawl.artifacts.files import write_text, written_whole
from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.nn.diagnosis.catalogue import CAUSES, SYMPTOMS
from scrawl.nn.diagnosis.findings import Finding, as_yaml
from scrawl.nn.diagnosis.health import Observer
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run
from scrawl.settings.yaml_files import read_yaml
from scrawl.training.examples import TrainingData
from scrawl.training.run import findings, first_look, train
from scrawl.training.setup import trainer_of

FOLDER = Path("artifacts/benchmarks")
COST = FOLDER / "diagnosis-cost.json"
ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).with_name("diagnosis.md")
VALIDATION = 400
SHARED: dict[str, Any] = {"epochs": 12, "batch_size": 32}
# Runs of each fault, and sound ones. (The seeds of the two beds are those of their names.)
OF_EACH, SOUND = 4, 100
# Points of validation accuracy that a fault must cost; most sound runs differ by less.
HARM = 0.1

Rng = np.random.Generator
Table = tuple[NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True)
class Row:
    """One run of a bed.

    Attributes
    ----------
    fault, recipe, dataset : str
        The fault is empty for a sound run.
    settings : dict
    images : int
        Learnt from.
    accuracy, control : float
        Of validation images: with the fault, and without.
    found : list of str
        Names of findings, in their order.
    """

    fault: str
    recipe: str
    dataset: str
    settings: dict[str, Any]
    images: int
    accuracy: float
    control: float
    found: list[str]

    @property
    def counts(self) -> bool:
        """Whether the fault costs accuracy, or is one that need not."""
        harms = self.fault and FAULTS[self.fault].harms
        return not harms or self.control - self.accuracy >= HARM

    @property
    def right(self) -> bool:
        """Whether the first finding is the cause; of a sound run, whether there is none."""
        if not self.fault:
            return not self.found
        return bool(self.found) and self.found[0] in FAULTS[self.fault].names


def case(bed: str, fault: str, number: int) -> Row:
    """Draw, train and diagnose one run; of a broken one its control, too."""
    rng = np.random.default_rng([*f"{bed}/{fault}/{number}".encode()])
    kind = FAULTS.get(fault, Fault((), list(RECIPES)))
    recipe = str(rng.choice(kind.recipes))
    # No linear layer can learn these.
    names = [n for n in SETS[bed] if not (recipe == "linear" and n == "gratings")]
    dataset = str(rng.choice(names))
    n = int(rng.integers(*(kind.n or (2000, 4001))))
    settings = SHARED | RECIPES[recipe](rng) | {"seed": int(rng.integers(1_000_000))}
    images, labels = SETS[bed][dataset](rng, (n if not kind.n else 2000) + VALIDATION)
    classes = int(labels.max()) + 1
    data = images.reshape(len(images), -1), labels
    shape = images.shape[1:]
    broken = settings | kind.change(rng, settings)
    training, held = spoilt(kind, rng, data, n)
    accuracy, found = diagnosed(broken, training, held, shape, classes)
    control = accuracy
    if fault:
        rest = part(data, slice(VALIDATION, None)), part(data, slice(VALIDATION))
        control, _ = diagnosed(settings, *rest, shape, classes)
    return Row(fault, recipe, dataset, broken, n, accuracy, control, [f.name for f in found])


def part(data: Table, rows: slice) -> Table:
    """Return some rows of images and labels."""
    return data[0][rows], data[1][rows]


def spoilt(kind: Fault, rng: Rng, data: Table, n: int) -> tuple[Table, Table]:
    """Return n training examples, and those to validate with, as a fault makes them."""
    if kind.whole and kind.spoil:
        data = kind.spoil(rng, *data)
    training = part(data, slice(VALIDATION, VALIDATION + n))
    if kind.spoil and not kind.whole:
        training = kind.spoil(rng, *training)
    return training, part(data, slice(VALIDATION))


def diagnosed(
    settings: dict[str, Any], training: Table, held: Table, shape: tuple[int, ...], classes: int
) -> tuple[float, list[Finding]]:
    """Train a network; return its validation accuracy, and what is found."""
    dataset = Dataset(tuple(map(str, range(classes))), shape, "unit", 0.0, 255.0)
    eye = np.eye(classes, dtype=np.float32)
    learnt, validation = (
        Examples(np.ascontiguousarray(x, np.float32), eye[y], shape) for x, y in (training, held)
    )
    data = TrainingData(learnt, validation, dataset)
    _, history, found = train(Run.parse(settings), data, record_divergence=True)
    accuracy = history[-1][0].validation_accuracy
    return (accuracy if np.isfinite(accuracy) else 0.0), found


def rows(bed: str, only: str | None) -> Iterator[Row]:
    """Run a bed, or one fault of it."""
    faults = [only] if only is not None else [*FAULTS, ""]
    for fault in faults:
        for number in range(OF_EACH if fault else SOUND):
            row = case(bed, fault, number)
            mark = "right" if row.right else "WRONG" if row.counts else "harmless"
            print(
                f"{mark:8} {row.fault or 'sound':26} {row.recipe:22} {row.dataset:18} "
                f"{row.accuracy:4.0%} ({row.control:4.0%})  {', '.join(row.found)}",
                flush=True,
            )
            yield row


def example() -> Any:
    """Return as much of the evidence of a run as cures look at, with the default settings."""
    return SimpleNamespace(recipe=Run(weight_decay=0.01), stretched={}, loss=1.0)


def catalogue() -> list[str]:
    """Return the tables of causes and symptoms, in Markdown."""
    lines = ["| Finding | Recognised by | Threshold from | Cause | What to try |", "|---" * 5 + "|"]
    for cause in CAUSES:
        settings = as_yaml(cause.cure(example())).replace("\n", "`<br>`")
        cure = f"{cause.advice}:<br>`{settings}`" if settings else cause.advice
        cells = f"`{cause.name}`", cause.measured, cause.reason, cause.why, cure
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| Symptom | Recognised by |", "|---|---|"]
    return [*lines, *(f"| `{symptom.name}` | {symptom.measured} |" for symptom in SYMPTOMS)]


def outcome(done: list[Row]) -> list[str]:
    """Return how often each finding was named, missed and named falsely, in Markdown."""
    broken, sound = [r for r in done if r.fault], [r for r in done if not r.fault]
    lines = ["| | runs | right | |", "|---|---:|---:|---:|"]
    for what, some in (("broken: right cause first", broken), ("sound: no finding", sound)):
        share = right(some) / max(1, len(some))
        lines.append(f"| {what} | {len(some)} | {right(some)} | {100 * share:.1f} % |")
    lines += [
        "",
        "| Finding | should be named | named | missed | named falsely, broken | sound |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    wanted = {fault: kind.names for fault, kind in FAULTS.items()}
    for name in sorted({name for names in wanted.values() for name in names} | first(done)):
        should = [r for r in broken if name == wanted[r.fault][0]]
        hits = sum(r.right for r in should)
        false = [r for r in done if r.found[:1] == [name] and not r.right]
        of_sound = sum(not r.fault for r in false)
        cells = len(should), hits, len(should) - hits, len(false) - of_sound, of_sound
        lines.append(f"| `{name}` | {' | '.join(map(str, cells))} |")
    return lines


def first(done: list[Row]) -> set[str]:
    """Return the names of all first findings."""
    return {row.found[0] for row in done if row.found}


def right(some: list[Row]) -> int:
    """Return how many runs are diagnosed rightly."""
    return sum(row.right for row in some)


def missed(done: list[Row]) -> list[str]:
    """Return the runs that are not diagnosed rightly, in Markdown."""
    lines = ["| What was wrong | Recipe | Images | Accuracy | without it | First finding |"]
    lines.append("|---|---|---|---:|---:|---|")
    for row in done:
        if not row.right:
            found = f"`{row.found[0]}`" if row.found else "none"
            cells = (row.fault or "nothing", row.recipe, row.dataset)
            numbers = f"{100 * row.accuracy:.0f} % | {100 * row.control:.0f} %"
            lines.append(f"| {' | '.join(cells)} | {numbers} | {found} |")
    return lines


def cost() -> dict[str, float]:
    """Return the share of a run that its diagnosis takes, for the default suite's experiments."""
    config = read_yaml(ROOT / "config.yaml")
    images, labels = (
        idx.read(ROOT / f"data/glyphs/train-{kind}.idx.gz") for kind in ("images", "labels")
    )
    pixels = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    every = Examples(pixels, np.eye(10, dtype=np.float32)[labels], (28, 28))
    dataset = Dataset(tuple("0123456789"), (28, 28), "unit", 0.0, 255.0)
    held = Examples(every.images[10_000:], every.labels[10_000:], (28, 28))
    data = TrainingData(every.first(10_000), held, dataset)
    names = config["suites"]["quick"]["experiments"]
    return {name: share_of(Run.parse(config["experiments"][name]), data) for name in names}


def share_of(run: Run, data: TrainingData) -> float:
    """Return the share of the processor's time of a run that its diagnosis takes."""
    began = time.process_time()
    train(run, data)
    whole = time.process_time() - began
    trainer = trainer_of(run, data.training, data.dataset)
    observer = Observer(trainer.network, data.training.images)
    observer.observe(next(iter(trainer.fit(data.training, data.validation))))
    began = time.process_time()
    start, wrong = first_look(run, data.training)
    findings(run, data, trainer, observer, start, wrong)
    return (time.process_time() - began) / whole


def page() -> str:
    """Return docs/diagnosis.md, from the catalogue and the rows of the judging bed."""
    every = [Row(**row) for row in json.loads(read(FOLDER / "diagnosis-judge.json"))]
    done = [row for row in every if row.counts]
    parts = {
        "catalogue": catalogue(),
        "outcome": outcome(done),
        "missed": missed(done),
        "harmless": [str(len(every) - len(done))],
        "cost": ["| Experiment | Share |", "|---|---:|"]
        + [f"| {name} | {100 * share:.1f} % |" for name, share in json.loads(read(COST)).items()],
    }
    filled = read(TEMPLATE)
    for name, lines in parts.items():
        filled = filled.replace(f"{{{{{name}}}}}", "\n".join(lines))
    return filled


def read(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


def main() -> None:
    """Run a bed, write its rows and print how many were diagnosed rightly; or write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--bed", choices=list(SETS))
    what.add_argument("--cost", action="store_true", help="time the diagnosis of sound runs")
    what.add_argument("--page", type=Path, help="write the page, from the bed `judge`")
    parser.add_argument("--fault", help="this one only; '' for the sound runs")
    arguments = parser.parse_args()
    if arguments.page:
        write_text(arguments.page, page())
        return
    if arguments.cost:
        with threadpool_limits(1, user_api="blas"):
            write_text(COST, json.dumps(cost(), indent=1) + "\n")
        return
    with threadpool_limits(1, user_api="blas"):
        every = list(rows(arguments.bed, arguments.fault))
    print("\n".join(outcome([row for row in every if row.counts])))
    if arguments.fault is None:
        with written_whole(FOLDER / f"diagnosis-{arguments.bed}.json") as file:
            file.write_text(json.dumps([asdict(row) for row in every], indent=1) + "\n")


if __name__ == "__main__":
    main()
