"""Stage review: score a trained network on the images that it could learn from.

No measure of quality: for comparison with programs that printed such numbers, and with the loss of
their last batch only.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, store
from scrawl.artifacts.files import write_text
from scrawl.artifacts.prepared import Dataset, images_of
from scrawl.results import metrics

SPLITS = ("train", "validation")


def main(argv: Sequence[str]) -> None:
    """Review one network."""
    parser = argparse.ArgumentParser(prog="scrawl review", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="prepared.h5")
    parser.add_argument("--model", type=Path, required=True, metavar="model.h5")
    parser.add_argument("--output", type=Path, required=True, metavar="review.json")
    arguments = parser.parse_args(argv)
    trained = model.load(arguments.model)
    with store.reading(arguments.data, "prepared") as file:
        if (found := Dataset.of(file)) != trained.dataset:
            raise ValueError(
                f"{arguments.data}: found {found}, but {arguments.model} was trained on "
                f"{trained.dataset}; review it on the file that it was trained on"
            )
        outputs, labels = answers_in_order(trained, file)
    scores = review(trained, outputs, labels)
    words = json.dumps(scores, indent=2, sort_keys=True, allow_nan=False)
    write_text(arguments.output, words + "\n")


def answers_in_order(
    trained: model.Model, file: Any
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return outputs and labels of training and validation images, in the order of their file.

    Parameters
    ----------
    trained : Model
    file : h5py.File
        An open `prepared.h5`.

    Returns
    -------
    outputs, labels : (n, classes) float32
    """
    # One thread, as in evaluation: with more, the last bits would depend on the machine.
    with threadpool_limits(1, user_api="blas"):
        outputs = np.concatenate(
            [trained.network.predict(images_of(file, split)) for split in SPLITS]
        )
    labels = np.concatenate(
        [np.asarray(file[f"{split}/labels"][...], np.float32) for split in SPLITS]
    )
    order = np.concatenate([file[f"{split}/positions"][...] for split in SPLITS]).argsort()
    return outputs[order], labels[order]


def review(
    trained: model.Model, outputs: NDArray[np.float32], labels: NDArray[np.float32]
) -> dict[str, float | int | None]:
    """Score answers.

    Parameters
    ----------
    trained : Model
        Its settings say which loss, and how many images a batch has.
    outputs : (n, classes) float32
        Of the network's last layer, in the order of the file.
    labels : (n, classes) float32
        One-hot.

    Returns
    -------
    dict
        `n`, `accuracy`, `loss` (the mean over all) and `last_batch_loss`, over the images that are
        the last batch when all are taken in their order; a loss that is no finite number is None.
    """
    last = len(labels) % trained.run.batch_size or trained.run.batch_size
    return {
        "n": len(labels),
        "accuracy": metrics.accuracy(labels.argmax(axis=1), outputs.argmax(axis=1)),
        "loss": mean_loss(trained, outputs, labels),
        "last_batch_loss": mean_loss(trained, outputs[-last:], labels[-last:]),
    }


def mean_loss(
    trained: model.Model, outputs: NDArray[np.float32], labels: NDArray[np.float32]
) -> float | None:
    """Return the mean loss, or None where it is no finite number."""
    with np.errstate(over="ignore"):  # of an untrained network the outputs may be enormous
        loss = trained.loss(outputs, labels, np.empty_like(outputs))
    return loss if math.isfinite(loss) else None
