"""Stage review: score a trained network on the images that it could learn from.

No measure of quality: for comparison with programs that printed such numbers, and with the loss of
their last batch only.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, store
from scrawl.artifacts.files import write_json
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.examples import Examples
from scrawl.results.metrics import accuracy
from scrawl.results.scoring import number_or_none, predicted
from scrawl.training.examples import all_examples


def main(argv: Sequence[str]) -> None:
    """Review one network."""
    parser = argparse.ArgumentParser(prog="scrawl review", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument("--model", type=Path, required=True, metavar="model.h5", help="the network")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="review.json", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    trained = model.load(arguments.model)
    with store.reading(arguments.data, "prepared") as file:
        data = Dataset.of(file), store.sha256_of_content(file)
        trained.check_data(arguments.model, arguments.data, *data)
        examples = all_examples(file)
    write_json(arguments.output, review(trained, examples))


def review(trained: model.Model, examples: Examples) -> dict[str, float | int | None]:
    """Score a network's answers.

    Parameters
    ----------
    trained : Model
        Its settings name the loss and the size of a batch.
    examples : Examples
        Training and validation images, in the order of their file.

    Returns
    -------
    dict
        `n`, `accuracy`, `loss` (the mean over all) and `last_batch_loss`, over the images that are
        the last batch when all are taken in their order; a loss that is not finite is None.
    """
    labels = np.asarray(examples.labels, np.float32)
    # One thread, as in evaluation: with more, the last bits would depend on the machine.
    with threadpool_limits(1, user_api="blas"):
        outputs = trained.network.predict(examples.images)
    last = len(labels) % trained.run.batch_size or trained.run.batch_size
    return {
        "n": len(labels),
        "accuracy": accuracy(labels.argmax(axis=1), predicted(outputs)),
        "loss": mean_loss(trained, outputs, labels),
        "last_batch_loss": mean_loss(trained, outputs[-last:], labels[-last:]),
    }


def mean_loss(
    trained: model.Model, outputs: NDArray[np.float32], labels: NDArray[np.float32]
) -> float | None:
    """Return the mean loss, or None if it is not finite."""
    with np.errstate(over="ignore"):  # of an untrained network the outputs may be enormous
        loss = trained.loss(outputs, labels, np.empty_like(outputs))
    return number_or_none(loss)
