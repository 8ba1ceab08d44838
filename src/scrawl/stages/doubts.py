"""Stage doubts: images that look mislabelled, and those that are in both training and test set."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import prepared, store
from scrawl.data.checks import fingerprints
from scrawl.nn.examples import Examples
from scrawl.results import doubts_table
from scrawl.results.doubtful_labels import Doubtful, Fit, doubtful, usual_scores
from scrawl.results.doubts_table import Doubt

SPLITS = ("train", "test")
Twins = dict[int, int]


def main(argv: Sequence[str]) -> None:
    """Write a row for each such image: training images first, the most doubtful first."""
    parser = argparse.ArgumentParser(prog="scrawl doubts", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--table", type=Path, required=True, metavar="table.csv", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    with store.reading(arguments.data, "prepared") as file:
        splits = {split: prepared.examples(file, split) for split in SPLITS}
        labels = {split: prepared.classes_of(file, split) for split in SPLITS}
        names = prepared.Dataset.of(file).class_names
        positions = {split: file[f"{split}/positions"][...] for split in SPLITS}
        with threadpool_limits(1, user_api="blas"):
            twins = repeated(splits)
            found = mislabelled(splits, labels, twins["test"])
    rows = [
        doubt
        for split in SPLITS
        for doubt in listed(
            split, found[split], labels[split], positions[split], names, twins[split]
        )
    ]
    doubts_table.write(arguments.table, rows)
    total, shared = len(labels["train"]), len(twins["train"])
    print(f"{len(found['train'].images):,} of {total:,} training images look mislabelled")
    print(f"{shared:,} training images are test images, too")


def mislabelled(
    splits: Mapping[str, Examples], labels: Mapping[str, NDArray[np.int64]], twins: Twins
) -> dict[str, Doubtful]:
    """Return the images that look mislabelled: each by a fit to the training images without it.

    A test image with a twin among them has the twin's scores.
    """
    train, test = (splits[split] for split in SPLITS)
    fit = Fit(train.images, labels["train"], train.labels.shape[1], np.random.default_rng(0))
    scores = fit.leave_one_out()
    usual = usual_scores(scores, labels["train"])
    others = fit.scores(test.images)
    others[list(twins)] = scores[list(twins.values())]
    return {
        "train": doubtful(scores, labels["train"], usual),
        "test": doubtful(others, labels["test"], usual),
    }


def repeated(splits: Mapping[str, Examples]) -> dict[str, Twins]:
    """Return, by split, the images that are in the other split too, with the first such place."""
    digests = {
        split: fingerprints(some.images, len(some.images))[0].tolist()
        for split, some in splits.items()
    }
    places = {
        split: {digest: place for place, digest in reversed([*enumerate(found)])}
        for split, found in digests.items()
    }
    return {
        split: {
            place: places[other][digest]
            for place, digest in enumerate(digests[split])
            if digest in places[other]
        }
        for split, other in zip(SPLITS, reversed(SPLITS), strict=True)
    }


def listed(
    split: str,
    found: Doubtful,
    labels: NDArray[np.int64],
    positions: NDArray[np.int64],
    names: Sequence[str],
    twins: Twins,
) -> Iterator[Doubt]:
    """Yield the rows of a split: the most doubtful labels first, then other images with a twin."""
    for image, suggested, margin in zip(
        found.images.tolist(), found.suggested.tolist(), found.margins.tolist(), strict=True
    ):
        label, position = names[labels[image]], int(positions[image])
        twin = twins.get(image)
        yield Doubt(split, image, position, label, names[suggested], margin, twin)
    for image in sorted(twins.keys() - set(found.images.tolist())):
        yield Doubt(split, image, int(positions[image]), names[labels[image]], twin=twins[image])
