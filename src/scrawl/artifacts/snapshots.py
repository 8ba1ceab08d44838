"""Snapshots of a network from a few points of its training, as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.remedies import made_again


@dataclass(frozen=True)
class Snapshot:
    """A network between two steps of its training.

    Attributes
    ----------
    steps : int
        Updates made until then.
    validation_accuracy : float
        nan if there are no validation examples.
    tables : mapping of str to float32 arrays
        Parameters and running averages, by the names that they have in `model.h5`.
    """

    steps: int
    validation_accuracy: float
    tables: Mapping[str, NDArray[np.float32]]


def save(
    path: Path, snapshots: Sequence[Snapshot], settings: Mapping[str, Any], prepared_sha256: str
) -> None:
    """Write snapshots, the first one first; there may be none.

    Parameters
    ----------
    path : Path
        `steps` and `validation_accuracy` (snapshots,); `snapshots/0/1-dense/weights` (n_in, n_out)
        and so on, float32, of each snapshot by its number.
    snapshots : sequence of Snapshot
    settings : mapping
        Those of the run.
    prepared_sha256 : str
        Digest of the data that the network was trained on.
    """
    made_from = {"prepared": prepared_sha256}
    with store.writing(path, "snapshots", settings=settings, made_from=made_from) as file:
        file["steps"] = np.array([snapshot.steps for snapshot in snapshots], np.int64)
        accuracies = [snapshot.validation_accuracy for snapshot in snapshots]
        file["validation_accuracy"] = np.array(accuracies, np.float64)
        for number, snapshot in enumerate(snapshots):
            for name, values in snapshot.tables.items():
                file[f"snapshots/{number}/{name}"] = values


def load(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> list[Snapshot]:
    """Read the snapshots of a network.

    Parameters
    ----------
    path : Path
    shapes : mapping of str to tuple of int
        Of the tables of the network, by name.

    Raises
    ------
    ValueError
        If the file does not hold these tables for every snapshot.
    """
    with store.reading(path, "snapshots") as file:
        return [
            Snapshot(
                int(steps),
                float(accuracy),
                {name: _table(file, path, number, name, shapes[name]) for name in shapes},
            )
            for number, (steps, accuracy) in enumerate(
                zip(file["steps"][()], file["validation_accuracy"][()], strict=True)
            )
        ]


def _table(
    file: Any, path: Path, number: int, name: str, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return one table of one snapshot."""
    stored = file.get(f"snapshots/{number}/{name}")
    if getattr(stored, "shape", None) != shape:
        found = getattr(stored, "shape", "nothing")
        table = f"{path}: /snapshots/{number}/{name}"
        raise ValueError(f"{table}: found {found}, expected {shape}; {made_again(path)}")
    return np.asarray(stored[()], np.float32)
