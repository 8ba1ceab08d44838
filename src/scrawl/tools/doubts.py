"""List training images that look mislabelled, and those that are test images, too."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from scrawl.artifacts import prepared, store
from scrawl.artifacts.files import write_table
from scrawl.data.checks import fingerprints
from scrawl.results.doubtful_labels import doubtful, leave_one_out

COLUMNS = ("image", "position", "label", "suggested", "margin", "in_test")


def main(argv: Sequence[str]) -> None:
    """Write a row for each image with a doubtful label, the most doubtful first."""
    parser = argparse.ArgumentParser(prog="scrawl doubts", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--table", type=Path, required=True, metavar="table.csv", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    with store.reading(arguments.data, "prepared") as file:
        images = prepared.images_of(file, "train")
        labels = prepared.classes_of(file, "train")
        names = prepared.Dataset.of(file).class_names
        with threadpool_limits(1, user_api="blas"):
            scores = leave_one_out(images, labels, len(names), np.random.default_rng(0))
        found = doubtful(scores, labels)
        test = prepared.images_of(file, "test")
        shared = np.isin(fingerprints(images, len(images))[0], fingerprints(test, len(test))[0])
        positions = file["train/positions"][...]
    rows = [
        (
            image,
            int(positions[image]),
            names[labels[image]],
            names[best],
            margin,
            bool(shared[image]),
        )
        for image, best, margin in zip(
            *(column.tolist() for column in vars(found).values()), strict=True
        )
    ]
    write_table(arguments.table, COLUMNS, rows)
    print(f"{len(rows):,} of {len(labels):,} training images look mislabelled")
    print(f"{int(shared.sum()):,} training images are test images, too")
