"""Stage mistakes: an experiment's mistakes, and the training images nearest to them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, prepared, store
from scrawl.artifacts.own_code import OwnCode
from scrawl.nn import Array
from scrawl.nn.examples import LazyRows
from scrawl.nn.hidden import hidden_values, last_hidden
from scrawl.results.mistakes import Mistakes
from scrawl.results.neighbours import nearest
from scrawl.results.predictions import Answers

MOST = 100  # mistakes that are looked into: more than a page shows
NEIGHBOURS = 5
BLOCK = 4096  # training images at a time: 13 MB of 28×28 pixels

Near = tuple[NDArray[np.int64], NDArray[np.float32]]


def main(argv: Sequence[str]) -> None:
    """Find the nearest training images of each mistake, in pixels and in the last hidden layer."""
    arguments = parsed(argv)
    runs = [Answers.read(run / "predictions.h5") for run in arguments.runs]
    mistakes = Mistakes.of(runs)
    code = OwnCode.load(arguments.code)
    trained = model.load(arguments.model, code) if arguments.model else None
    with store.reading(arguments.data, "prepared") as file, code.placed():
        if trained:
            digest = store.sha256_of_content(file)
            trained.check_data(arguments.model, arguments.data, prepared.Dataset.of(file), digest)
        labels = store.mapped(file["test/labels"]).argmax(axis=1)
        runs[0].check_labels(labels, arguments.data)
        test, train = (prepared.images_of(file, split) for split in ("test", "train"))
        with threadpool_limits(1, user_api="blas"):
            near = neighbours(trained, test, train, mistakes.taken(slice(MOST)))
        made_from = {"prepared": store.sha256_of_content(file)}
    write(arguments.output, mistakes, near, made_from)
    print(f"{len(mistakes):,} test images are answered wrongly by one seed at least")


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl mistakes", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--runs",
        type=Path,
        required=True,
        nargs="+",
        metavar="DIR",
        help="the folder of each run of one experiment",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="model.h5",
        help="the network whose last hidden layer is compared, if the runs have one",
    )
    parser.add_argument(
        "--code", type=Path, metavar="FILE.py", help="your own code, if the network has some"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="mistakes.h5", help="the file to write"
    )
    return parser.parse_args(argv)


def neighbours(
    trained: model.Model | None,
    test: Array | LazyRows,
    train: Array | LazyRows,
    mistakes: Mistakes,
) -> dict[str, Near]:
    """Return the nearest training images of some test images.

    Parameters
    ----------
    trained : Model, optional
    test, train : (n, pixels) float32
    mistakes : Mistakes

    Returns
    -------
    dict
        `pixels` and, if a hidden layer learns, `hidden`, each with places (mistakes, ≤ 5) among
        the training images and distances.
    """
    queries = np.ascontiguousarray(test[mistakes.images])
    found = {"pixels": nearest(queries, blocks(train), NEIGHBOURS)}
    layers = last_hidden(trained.network) if trained and trained.answers else None
    if trained and layers is not None:
        network = trained.network
        values = (hidden_values(network, layers, block) for block in blocks(train))
        found["hidden"] = nearest(hidden_values(network, layers, queries), values, NEIGHBOURS)
    return found


def blocks(images: Array | LazyRows) -> Iterator[Array]:
    """Yield some images at a time, in their own order."""
    for start in range(0, len(images), BLOCK):
        yield np.asarray(images[start : start + BLOCK])


def write(path: Path, mistakes: Mistakes, near: dict[str, Near], made_from: dict[str, str]) -> None:
    """Write the numbers of the mistakes, and of those that were looked into the neighbours."""
    with store.writing(path, "mistakes", settings={}, made_from=made_from) as file:
        for name, column in vars(mistakes).items():
            file[name] = column
        for space, (places, distances) in near.items():
            file[f"{space}/places"] = places
            file[f"{space}/distances"] = distances
