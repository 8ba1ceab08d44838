"""Ask a trained network what pictures show: PNG, JPEG, IDX or NumPy files, of any size.

An IDX or NumPy file like the dataset's own is read as `scrawl prepare` reads those. Of any other
picture the ink is told from paper, dark or light, scaled and placed as the dataset's images are.
The exit status is 1 if a picture got no answer: it is blank, say, or shows several characters.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model
from scrawl.artifacts.lazy_images import normalise
from scrawl.artifacts.own_code import OwnCode
from scrawl.artifacts.prepared import Dataset
from scrawl.data.preprocessing import Seen, seen
from scrawl.nn.network import PREDICTION_BATCH
from scrawl.settings.untrusted_text import printable
from scrawl.tools.paths import existing, model_of
from scrawl.tools.terminal import bar, side_by_side

BAR_WIDTH = 24  # with a picture of 28 columns and its number it fits 80 characters


def main(argv: Sequence[str]) -> None:
    """Print what a network makes of each picture."""
    parser = argparse.ArgumentParser(prog="scrawl predict", description=__doc__)
    parser.add_argument("model", type=Path, metavar="RUN", help="a run's folder, or its model.h5")
    parser.add_argument("images", type=Path, nargs="+", metavar="PICTURE", help="files to read")
    parser.add_argument("--json", action="store_true", help="print JSON: a list of answers")
    parser.add_argument(
        "--code", type=Path, metavar="FILE.py", help="your own code, if the network has some"
    )
    arguments = parser.parse_args(argv)
    code = OwnCode.load(arguments.code)
    trained = model.load(model_of(arguments.model), code)
    found: list[dict[str, Any]] = []
    asked, unanswered = 0, 0
    # A network that has run away overflows; its answers say so.
    quietly = np.errstate(over="ignore", invalid="ignore")
    with threadpool_limits(1, user_api="blas"), quietly, code.placed():
        for path in arguments.images:
            for pictures in seen(existing(path), trained.dataset, PREDICTION_BATCH):
                for one in answers(trained, pictures):
                    asked, unanswered = asked + 1, unanswered + (one["label"] is None)
                    if arguments.json:
                        found.append({k: v for k, v in one.items() if k != "ink"})
                    else:
                        print(printable("\n".join(lines(one))), flush=True)
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    if unanswered:
        raise ValueError(f"{unanswered} of {asked} pictures got no answer")


def answers(trained: model.Model, pictures: Sequence[Seen]) -> Iterator[dict[str, Any]]:
    """Yield what a network says of pictures.

    Yields
    ------
    dict
        `picture`, its name; `seen`, what was done to it; `ink` (h, w), from 0 to 1; `label`, the
        class with the highest probability; and `probabilities` by class. The last three are None
        where there is nothing to ask about: `trouble` says why.
    """
    dataset = trained.dataset
    shown = [one.pixels for one in pictures if one.pixels is not None]
    scores: Iterator[Any] = iter(())
    if shown:
        scores = iter(trained.predict(prepared(np.stack(shown), dataset)))
    for one in pictures:
        known: dict[str, Any] = {"picture": one.name, "seen": one.words}
        if one.pixels is None:
            nothing = {"ink": None, "label": None, "probabilities": None}
            yield known | nothing | {"trouble": one.trouble}
            continue
        row = next(scores)
        # A network that has run away answers nan, which JSON lacks.
        numbers = [float(share) if np.isfinite(share) else None for share in row]
        yield known | {
            "ink": ink(one.pixels, dataset),
            "label": dataset.class_names[int(row.argmax())],
            "probabilities": dict(zip(dataset.class_names, numbers, strict=True)),
        }


def prepared(pixels: NDArray[Any], dataset: Dataset) -> NDArray[np.float32]:
    """Return images (n, …) in a dataset's pixel values as `scrawl prepare` writes them."""
    rows = pixels.reshape(len(pixels), dataset.pixels)
    return normalise(rows, dataset.offset, dataset.scale, np.empty(rows.shape, np.float32))


def ink(pixels: NDArray[Any], dataset: Dataset) -> NDArray[np.float64]:
    """Return the ink (h, w) of an image, 0 to 1, the mean of its channels."""
    amounts = dataset.appearance.amount(pixels).clip(0, 1)
    return amounts.mean(axis=2) if amounts.ndim == 3 else amounts


def percent(share: float | None) -> str:
    """Return a share in words."""
    return "?" if share is None else f"{100 * share:.2f} %"


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield an answer as text: what the network saw, and beside it a bar for each class."""
    answer = f"no answer: {found['trouble']}" if found["ink"] is None else found["label"]
    yield f"{found['picture']} ({found['seen']}): {answer}"
    if found["ink"] is None:
        return
    width = max(map(len, found["probabilities"]))
    bars = [
        f"{name:>{width}} {percent(share):>8} {bar(share or 0.0, BAR_WIDTH)}".rstrip()
        for name, share in found["probabilities"].items()
    ]
    columns = found["ink"].shape[1]
    for left, right in zip_longest(side_by_side(found["ink"][None]), bars, fillvalue=""):
        yield f"  {left:<{columns}}  {right}".rstrip()
