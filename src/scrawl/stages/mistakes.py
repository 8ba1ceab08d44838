"""Stage mistakes: an experiment's mistakes, and the training images that explain them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, prepared, store
from scrawl.artifacts.own_code import OwnCode
from scrawl.data.corruptions.ink import values_of
from scrawl.nn import Array
from scrawl.nn.examples import Examples, LazyRows
from scrawl.nn.hidden import hidden_values, last_dense, last_hidden
from scrawl.results.influence import most_influential
from scrawl.results.mending import Strokes, smallest
from scrawl.results.mistakes import Mistakes
from scrawl.results.neighbours import nearest
from scrawl.results.predictions import Answers

MOST = 60  # mistakes that are looked into: as many as a page shows
NEIGHBOURS = 5
BLOCK = 4096  # training images at a time: 13 MB of 28×28 pixels

Tables = dict[str, NDArray[Any]]


def main(argv: Sequence[str]) -> None:
    """Find what explains each mistake: training images, and the smallest change that mends it."""
    arguments = parsed(argv)
    runs = [Answers.read(run / "predictions.h5") for run in arguments.runs]
    mistakes = Mistakes.of(runs)
    code = OwnCode.load(arguments.code)
    trained = model.load(arguments.model, code) if arguments.model else None
    with store.reading(arguments.data, "prepared") as file, code.placed():
        if trained:
            digest = store.sha256_of_content(file)
            trained.check_data(arguments.model, arguments.data, prepared.Dataset.of(file), digest)
        test, train = (prepared.examples(file, split) for split in ("test", "train"))
        runs[0].check_labels(prepared.classes_of(file, "test"), arguments.data)
        first = mistakes.taken(slice(MOST))
        with threadpool_limits(1, user_api="blas"):
            tables = {
                **neighbours(trained, test, train, first),
                **influences(trained, test, train, first),
                **mending(trained, test, first),
            }
        made_from = {"prepared": store.sha256_of_content(file)}
    write(arguments.output, mistakes, tables, made_from)
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
    trained: model.Model | None, test: Examples, train: Examples, mistakes: Mistakes
) -> Tables:
    """Return the nearest training images of some test images.

    Returns
    -------
    dict
        `pixels/places` and, if a hidden layer learns, `hidden/places`, (mistakes, ≤ 5) among the
        training images; `pixels/distances` and `hidden/distances`.
    """
    queries = np.ascontiguousarray(test.images[mistakes.images])
    tables = named("pixels", *nearest(queries, blocks(train.images), NEIGHBOURS))
    layers = last_hidden(trained.network) if trained and trained.answers else None
    if trained is not None and layers is not None:
        network = trained.network
        values = (hidden_values(network, layers, block) for block in blocks(train.images))
        near = nearest(hidden_values(network, layers, queries), values, NEIGHBOURS)
        tables |= named("hidden", *near)
    return tables


def named(space: str, places: NDArray[np.int64], values: Array, kind: str = "distances") -> Tables:
    """Return the places of training images and a value of each, as tables of the file."""
    return {f"{space}/places": places, f"{space}/{kind}": values}


def influences(
    trained: model.Model | None, test: Examples, train: Examples, mistakes: Mistakes
) -> Tables:
    """Return the training images that speak most for the wrong answers, if a network gave them.

    Returns
    -------
    dict
        `influence/places` (mistakes, ≤ 5) among the training images, and `influence/values`.
    """
    layers = last_dense(trained.network) if trained and trained.answers else None
    if trained is None or layers is None:
        return {}
    images = np.ascontiguousarray(test.images[mistakes.images])
    labels = test.labels[mistakes.images].argmax(axis=1)
    queries = images, mistakes.answers, labels
    pairs = zip(blocks(train.images), blocks(train.labels), strict=True)
    found = most_influential(trained.network, trained.loss, layers, queries, pairs, NEIGHBOURS)
    return named("influence", *found, "values")


def mending(trained: model.Model | None, test: Examples, mistakes: Mistakes) -> Tables:
    """Return the smallest stroke or erasure that mends each mistake, if a network made them.

    Returns
    -------
    dict
        `mending/ink` (mistakes,) and `mending/lines` (mistakes, 5), as `smallest` finds them.
    """
    strokes = Strokes.on(test.image_shape) if trained and trained.answers else None
    if trained is None or strokes is None:
        return {}
    paper, ink = values_of(trained.dataset)
    found = [
        smallest(trained.network, strokes, image, label, paper, ink)
        for image, label in zip(
            np.asarray(test.images[mistakes.images]),
            test.labels[mistakes.images].argmax(axis=1),
            strict=True,
        )
    ]
    lines = np.array([line for _, line in found], np.float32).reshape(-1, 5)
    return {
        "mending/ink": np.array([size for size, _ in found], np.float32),
        "mending/lines": lines,
    }


def blocks(rows: Array | LazyRows) -> Iterator[Array]:
    """Yield some images or labels at a time, in their own order."""
    for start in range(0, len(rows), BLOCK):
        yield np.asarray(rows[start : start + BLOCK], np.float32)


def write(
    path: Path, mistakes: Mistakes, tables: Mapping[str, Any], made_from: dict[str, str]
) -> None:
    """Write the numbers of the mistakes, and the tables of those that were looked into."""
    with store.writing(path, "mistakes", settings={}, made_from=made_from) as file:
        for name, table in {**vars(mistakes), **tables}.items():
            file[name] = table
