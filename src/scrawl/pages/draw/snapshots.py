"""Snapshots of training for the drawing page: weights to 8 bits, and how many answers are right."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.model import Model
from scrawl.artifacts.snapshots import Snapshot
from scrawl.nn.losses import CrossEntropy
from scrawl.pages.draw.layers import SOFTMAX, described


def affordable_snapshots(
    models: Sequence[tuple[str, Model]], snapshots: Mapping[str, Sequence[Snapshot]], most: int
) -> dict[str, Sequence[Snapshot]]:
    """Return the snapshots, by title, for which there is room, those of the best networks first.

    Parameters
    ----------
    models : sequence of (title, Model)
        Those that are on the page, the best first.
    snapshots : mapping of title to sequence of Snapshot
    most : int
        Bytes: four for a weight of a trained network, one for a weight of a snapshot.
    """
    room = most - sum(model.network.parameters.nbytes for _, model in models)
    found = {}
    for title, model in models:
        needed = len(snapshots.get(title, ())) * model.network.parameters.size
        if 0 < needed <= room:
            found[title] = snapshots[title]
            room -= needed
    return found


def snapshot_facts(
    model: Model, snapshots: Sequence[Snapshot], shape: tuple[int, int, int]
) -> list[dict[str, Any]]:
    """Return each snapshot's steps, accuracy and layers, as the page has to know them."""
    if not snapshots:
        return []
    tables = model.network.tables()
    trained = {name: values.copy() for name, values in tables.items()}
    ending = [SOFTMAX] if isinstance(model.loss, CrossEntropy) else []
    facts = []
    for snapshot in snapshots:
        set_all(tables, snapshot.tables)
        layers = described(model.network, shape, packed_bytes) + ending
        accuracy = share_or_none(snapshot.validation_accuracy)
        facts.append({"steps": snapshot.steps, "accuracy": accuracy, "layers": layers})
    set_all(tables, trained)
    return facts


def share_or_none(share: float) -> float | None:
    """Return a share for JSON, which lacks nan."""
    return None if math.isnan(share) else share


def set_all(
    tables: Mapping[str, NDArray[np.float32]], values: Mapping[str, NDArray[np.float32]]
) -> None:
    """Give a network's tables other values."""
    for name, table in tables.items():
        table[...] = values[name]


def packed_bytes(values: NDArray[Any]) -> dict[str, Any]:
    """Return an array as JSON: signed bytes in base64, and the value of one.

    >>> packed_bytes(np.array([1.27, -0.5]))
    {'type': 'int8', 'shape': [2], 'unit': 0.01, 'data': 'f84='}
    """
    unit = float(np.abs(values).max(initial=0)) / 127 or 1.0
    data = np.rint(values / unit).astype(np.int8).tobytes()
    return {
        "type": "int8",
        "shape": list(values.shape),
        "unit": unit,
        "data": base64.b64encode(data).decode("ascii"),
    }
