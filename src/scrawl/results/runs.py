"""Files of a run, in its folder `runs/{experiment}/{seed}/`: read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.files import read_object, read_table
from scrawl.settings.constraints import Range
from scrawl.settings.ensemble import Ensemble

# A row for each epoch; the validation columns are empty if no images were kept back.
HISTORY = (
    "epoch",
    "steps",
    "learning_rate",
    "loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
)
# What a network can be evaluated on: images to compare networks by, and images to choose by.
SPLITS = ("test", "validation")
TRAIN_AGAIN = "train the run again"
Floats = NDArray[np.float64]
History = Mapping[str, Floats]
Curve = tuple[Floats, Floats, Floats, Floats]

# Of `metrics.json` and `cost.json`: the values that readers rely on, and their types.
SHARE = Annotated[float, Range(low=0, high=1)]
METRICS = {
    "accuracy": SHARE,
    "class_names": tuple[str, ...],
    "commonest_class": {"class": str, "accuracy": SHARE},
    "n": Annotated[int, Range(low=1)],
}
MORE_METRICS = {
    "correct": Annotated[int, Range(low=0)],
    "findings": [{"name": str, "words": str}],
    "interval": {"low": SHARE, "high": SHARE},
    "loss": float,
    "made_from": dict[str, str],
    "seed": int,
    "settings": dict[str, Any],
}
AMOUNT = Annotated[float, Range(low=0)]
COST = {"core_seconds": AMOUNT, "seconds": AMOUNT, "memory_mib": AMOUNT, "resumed": int}


@dataclass(frozen=True)
class RunFolder:
    """One experiment with one random seed, known by its folder's name.

    Attributes
    ----------
    path : Path
        The folder.
    experiment : str
        The folder's parent.
    seed : int
        The folder's own name.
    """

    path: Path
    experiment: str
    seed: int

    @classmethod
    def of(cls, path: Path) -> RunFolder:
        """Take experiment and seed from the last two parts of a path.

        Raises
        ------
        ValueError
            If the last part is no seed.

        Examples
        --------
        >>> RunFolder.of(Path("artifacts/mnist/runs/dense-128/3/")).experiment
        'dense-128'
        """
        *_, experiment, seed = ("", "", *path.absolute().parts)
        if not seed.isdecimal():
            raise ValueError(
                f"{path}: found a folder named {seed!r}, expected one that is named by its "
                "random seed, as in runs/dense-128/1"
            )
        return cls(path, experiment, int(seed))

    def answers(self, split: str) -> Path:
        """Return the folder of `metrics.json` and `predictions.h5` for the images of a split.

        >>> RunFolder.of(Path("runs/dense-128/3")).answers("validation").as_posix()
        'runs/dense-128/3/validation'
        """
        return self.path if split == "test" else self.path / split


def by_experiment(runs: Iterable[RunFolder]) -> dict[str, list[RunFolder]]:
    """Group runs by experiment, in the order in which they are given."""
    groups: dict[str, list[RunFolder]] = {}
    for run in runs:
        groups.setdefault(run.experiment, []).append(run)
    return groups


def read_history(path: Path) -> dict[str, NDArray[np.float64]]:
    """Read `history.csv`.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to (epochs,) float64
        By the names of the columns, `HISTORY` among them; an empty cell is nan.

    Raises
    ------
    ValueError
        If the file is missing, lacks a column, or holds anything but numbers.
    """
    header, lines = read_table(path, HISTORY, TRAIN_AGAIN)
    rows = []
    for number, cells in enumerate(lines, start=2):
        where = f"{path}, line {number}"
        try:
            rows.append([float(cell or "nan") for cell in cells])
        except ValueError as error:
            raise ValueError(f"{where}: {error}; {TRAIN_AGAIN}") from error
        if not (epoch := rows[-1][header.index("epoch")]).is_integer():
            raise ValueError(f"{where}: found epoch {epoch}, expected a whole one; {TRAIN_AGAIN}")
    # An untrained network has no epochs: then each column is empty, but there.
    return dict(zip(header, np.reshape(rows, (-1, len(header))).T, strict=True))


def by_epoch(histories: Sequence[History], column: str) -> Curve:
    """Return the epochs with a value in `column`, and its mean, least and greatest over the seeds.

    Examples
    --------
    >>> one = {"epoch": np.array([1.0, 2.0]), "loss": np.array([0.5, 0.25])}
    >>> other = {"epoch": np.array([1.0]), "loss": np.array([0.25])}
    >>> by_epoch([one, other], "loss")
    (array([1., 2.]), array([0.375, 0.25 ]), array([0.25, 0.25]), array([0.5 , 0.25]))
    """
    epochs = np.concatenate([[], *(history["epoch"] for history in histories)])
    values = np.concatenate([[], *(history[column] for history in histories)])
    known = np.isfinite(values)
    epochs, place, count = np.unique(epochs[known], return_inverse=True, return_counts=True)
    mean = np.bincount(place, values[known], len(epochs)) / count
    low, high = np.full(len(epochs), np.inf), np.full(len(epochs), -np.inf)
    np.minimum.at(low, place, values[known])
    np.maximum.at(high, place, values[known])
    return epochs, mean, low, high


def validated(path: Path, best: bool) -> tuple[float, float] | None:
    """Return validation accuracy and loss of the epoch that a run kept, or None if it diverged.

    Parameters
    ----------
    path : Path
        Its `history.csv`.
    best : bool
        Whether it kept the best epoch, not the last.

    Raises
    ------
    ValueError
        If nothing was validated.
    """
    history = read_history(path)
    if not np.isfinite(history["loss"]).all():
        return None
    pairs = list(zip(history["validation_accuracy"], history["validation_loss"], strict=True))
    if not pairs or np.isnan(pairs).any():
        raise ValueError(
            f"{path}: nothing was validated, so there is nothing to choose by; keep images of the "
            "dataset back (validation) and train for an epoch or more"
        )
    accuracy, loss = max(pairs, key=lambda pair: (pair[0], -pair[1])) if best else pairs[-1]
    return float(accuracy), float(loss)


def read_metrics(path: Path) -> dict[str, Any]:
    """Read `metrics.json`, as `scrawl evaluate` writes it.

    Raises
    ------
    ValueError
        If the file is missing, not a JSON object, or has other values than `METRICS` says.
    """
    return read_object(path, METRICS, MORE_METRICS, "evaluate the run again")


def read_cost(path: Path) -> dict[str, Any]:
    """Read `cost.json`, as `scrawl train` writes it; `core_seconds` is the sum over all cores.

    Raises
    ------
    ValueError
        If the file is missing, not a JSON object, or has other values than `COST` says.
    """
    return read_object(path, COST, remedy=TRAIN_AGAIN)


def read_environment(path: Path) -> dict[str, str]:
    """Read `environment.json`, as `scrawl train` writes it: versions by library.

    Raises
    ------
    ValueError
        If the file is missing, or not a JSON object of texts.
    """
    found = read_object(path, {}, remedy=TRAIN_AGAIN)
    return {name: str(version) for name, version in found.items()}


def core_seconds(run: RunFolder, metrics: Mapping[str, Any]) -> float:
    """Return the processor's seconds of training a run, or all members of an ensemble.

    Parameters
    ----------
    run : RunFolder
    metrics : mapping
        Its `metrics.json`, of any split: an ensemble's settings name its members.
    """
    return float(
        sum(read_cost(folder / "cost.json")["core_seconds"] for folder in members(run, metrics))
    )


def members(run: RunFolder, metrics: Mapping[str, Any]) -> list[Path]:
    """Return the folders of the networks of a run: its own, or those of an ensemble's members."""
    if "of" not in metrics["settings"]:
        return [run.path]
    ensemble = Ensemble.parse(
        {**metrics["settings"], "seed": run.seed}, f"{run.path / 'metrics.json'}: settings"
    )
    runs = run.path.absolute().parents[1]
    return [runs / experiment / str(seed) for experiment, seed in ensemble.members()]
