"""Ask a trained network what pictures show: PNG, JPEG, IDX or NumPy files, of any size.

Ink may be dark on light or light on dark. A picture that has the size of the dataset's images, on
black or white, is taken as it is; any other is scaled and centred as MNIST's are.
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
from scrawl.artifacts.prepared import Dataset
from scrawl.data import picture_files
from scrawl.data.picture_files import WHITES, Floats, Picture, Shown
from scrawl.tools.terminal import bar, side_by_side

BAR_WIDTH = 24  # with a picture of 28 columns and its number it fits 80 characters
BLANK = "nothing: the picture is blank"


def main(argv: Sequence[str]) -> None:
    """Print what a network makes of each picture."""
    parser = argparse.ArgumentParser(prog="scrawl predict", description=__doc__)
    parser.add_argument("model", type=Path, metavar="MODEL.h5")
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    parser.add_argument("--json", action="store_true", help="print JSON: a list of answers")
    arguments = parser.parse_args(argv)
    trained = model.load(arguments.model)
    field = field_of(arguments.model, trained.dataset)
    with threadpool_limits(1, user_api="blas"):
        answers = (
            answer(trained, picture, picture_files.shown(picture.brightness, field))
            for path in arguments.images
            for picture in picture_files.read(path, field)
        )
        if arguments.json:
            found = [{k: v for k, v in one.items() if k != "ink"} for one in answers]
            print(json.dumps(found, indent=2, ensure_ascii=False))
            return
        for one in answers:
            print("\n".join(lines(one)), flush=True)


def field_of(path: Path, dataset: Dataset) -> tuple[int, int]:
    """Return rows and columns of the images that a network knows, if they are grey ones."""
    if len(dataset.image_shape) != 2:
        raise ValueError(
            f"{path}: trained on images of shape {dataset.image_shape}; expected grey ones, (h, w)"
        )
    rows, columns = dataset.image_shape
    return rows, columns


def answer(trained: model.Model, picture: Picture, seen: Shown) -> dict[str, Any]:
    """Return what a network says of one picture.

    Returns
    -------
    dict
        `picture`, its name; `seen`, what was done to it; `ink` (h, w); `label`, the class with
        the highest probability; and `probabilities` by class. The last three are None where the
        picture is blank.
    """
    known: dict[str, Any] = {"picture": picture.name, "seen": seen.words, "ink": seen.ink}
    if seen.ink is None:
        return known | {"label": None, "probabilities": None}
    (scores,) = trained.predict(prepared(seen.ink, trained.dataset))
    names = trained.dataset.class_names
    # A network that has run away answers nan, which JSON lacks.
    numbers = [float(one) if np.isfinite(one) else None for one in scores]
    by_name = dict(zip(names, numbers, strict=True))
    return known | {"label": names[int(scores.argmax())], "probabilities": by_name}


def prepared(ink: Floats, dataset: Dataset) -> NDArray[np.float32]:
    """Return a picture (h, w), 0 to 1, as one row (1, pixels) of the values a network knows."""
    # As `scrawl prepare` computes them, to the last bit.
    values = (ink * white_of(dataset)).astype(np.float32).reshape(1, -1)
    values -= np.float32(dataset.offset)
    values /= np.float32(dataset.scale)
    return values


def white_of(dataset: Dataset) -> float:
    """Return the pixel value that stands for white in a dataset.

    With `unit` it is the scale; with `standard` the least that such a mean and deviation allow
    (no deviation is larger than half the range); else the usual 255.

    Examples
    --------
    >>> images = ("a",), (28, 28), "standard"
    >>> [white_of(model.Dataset(*images, *one)) for one in ((33.3, 78.6), (0.9, 9), (0.1, 0.3))]
    [255, 255, 1]
    """
    if dataset.normalisation == "unit":
        return dataset.scale
    if dataset.normalisation == "standard":
        fitting = (w for w in WHITES if dataset.offset <= w and dataset.scale <= w / 2)
        return next(fitting, WHITES[-1])
    return 255


def percent(share: float | None) -> str:
    """Return a share in words."""
    return "?" if share is None else f"{share:.2%}"


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield an answer as text: what the network saw, and beside it a bar for each class."""
    yield f"{found['picture']} ({found['seen']}): {found['label'] or BLANK}"
    if found["ink"] is None:
        return
    width = max(map(len, found["probabilities"]))
    bars = [
        f"{name:>{width}} {percent(share):>7} {bar(share or 0.0, BAR_WIDTH)}".rstrip()
        for name, share in found["probabilities"].items()
    ]
    columns = found["ink"].shape[1]
    for left, right in zip_longest(side_by_side(found["ink"][None]), bars, fillvalue=""):
        yield f"  {left:<{columns}}  {right}".rstrip()
