"""Planted wrong labels: how many are found, and how many right labels are doubted.

    python -m benchmarks.wrong_labels artifacts/glyphs/prepared/unit.h5

Labels of training images are changed, to any other class or to the class that the image is taken
for most easily; those that look wrong are then listed as by `scrawl doubts`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import prepared, store
from scrawl.results.doubtful_labels import Fit, Floats, doubtful, usual_scores

SHARES = (0.0, 0.005, 0.01, 0.05)


def main() -> None:
    """Print a row for each kind and share of wrong labels."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path, metavar="prepared.h5")
    with store.reading(parser.parse_args().data, "prepared") as file, threadpool_limits(1):
        images = prepared.images_of(file, "train")
        labels = store.mapped(file["train/labels"]).argmax(axis=1)
        classes = len(prepared.Dataset.of(file).class_names)
        begin = time.perf_counter()
        clean = Fit(images, labels, classes, np.random.default_rng(0)).leave_one_out()
        seconds = time.perf_counter() - begin
        right = (clean.argmax(axis=1) == labels).mean()
        print(f"{len(labels):,} images, {seconds:.0f} s on one core, {100 * right:.1f} % right\n")
        print("| wrong labels | planted | doubted | recall | precision | of the first |")
        print("|---|---|---|---|---|---|")
        for kind in ("random", "likeliest"):
            for share in SHARES[kind != "random" :]:
                wrong, places = planted(labels, clean, share, kind)
                fit = Fit(images, wrong, classes, np.random.default_rng(0))
                scores = fit.leave_one_out()
                found = doubtful(scores, wrong, usual_scores(scores, wrong)).images
                hits = np.isin(found, places)
                print(row(f"{100 * share:g} %, {kind}" if share else "none", len(places), hits))


def planted(
    labels: NDArray[np.int64], clean: Floats, share: float, kind: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return labels of which a share is wrong, and where."""
    rng = np.random.default_rng(1)
    places = rng.choice(len(labels), round(share * len(labels)), replace=False)
    others = clean[places] if kind == "likeliest" else rng.random((len(places), clean.shape[1]))
    others[np.arange(len(places)), labels[places]] = -np.inf
    wrong = labels.copy()
    wrong[places] = others.argmax(axis=1)
    return wrong, places


def row(name: str, n: int, hits: NDArray[np.bool_]) -> str:
    """Return a row of the table; the first are as many as were planted."""
    shares = "– | – | –"
    if n:
        shares = f"{hits.sum() / n:.2f} | {hits.mean():.2f} | {hits[:n].mean():.2f}"
    return f"| {name} | {n} | {len(hits)} | {shares} |"


if __name__ == "__main__":
    main()
