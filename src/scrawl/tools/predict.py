"""Classify pictures with a trained network: PNG, JPEG, IDX or NumPy files of any size.

An IDX or NumPy file like the dataset's own is read as `scrawl prepare` reads those. Of any other
picture the ink is told from paper, dark or light, scaled and placed as the dataset's images are.
Where the prepared images lie beside the run, it is said what is unlike them. The exit status is 1
if a picture got no answer: it is blank, say, or shows several characters.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, store
from scrawl.artifacts.lazy_images import normalise
from scrawl.artifacts.own_code import OwnCode
from scrawl.artifacts.prepared import Dataset
from scrawl.data.novelty import SHARE, Novelty
from scrawl.data.preprocessing import Seen, seen
from scrawl.data.reference_images import ReferenceImages, as_ink
from scrawl.figures.formatting import percent
from scrawl.nn.network import PREDICTION_BATCH
from scrawl.settings.untrusted_text import printable
from scrawl.tools.paths import existing, model_of, prepared_of
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
    path = model_of(arguments.model)
    trained = model.load(path, code)
    found: list[dict[str, Any]] = []
    asked, unanswered = 0, 0
    # A network that has run away overflows; its answers say so.
    quietly = np.errstate(over="ignore", invalid="ignore")
    with threadpool_limits(1, user_api="blas"), quietly, code.placed():
        comparison = Comparison.of(path, trained)
        for images in arguments.images:
            for pictures in seen(existing(images), trained.dataset, PREDICTION_BATCH):
                for answer in answers(trained, pictures, comparison):
                    asked, unanswered = asked + 1, unanswered + (answer["label"] is None)
                    if arguments.json:
                        found.append({k: v for k, v in answer.items() if k != "ink"})
                    else:
                        print(printable("\n".join(lines(answer))), flush=True)
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    if unanswered:
        raise ValueError(f"{unanswered} of {asked} pictures got no answer")


@dataclass(frozen=True)
class Comparison:
    """Comparison of pictures with the images that a network was trained on."""

    references: ReferenceImages
    novelty: Novelty

    @classmethod
    def of(cls, path: Path, trained: model.Model) -> Comparison | None:
        """Take the prepared images beside a run; None where these are not, or are others."""
        prepared = prepared_of(path, trained.dataset.normalisation)
        if not prepared.is_file() or not trained.answers:
            return None
        try:
            with store.reading(prepared, "prepared") as file:
                same = store.sha256_of_content(file) == trained.prepared_sha256
                references = ReferenceImages.of(file) if same else None
                novelty = references and references.novelty(trained)
        except ValueError:  # damaged: a network answers without them
            return None
        return cls(references, novelty) if references and novelty else None

    def scored(
        self, pixels: NDArray[Any], outputs: NDArray[Any], dataset: Dataset
    ) -> dict[str, float] | None:
        """Return the novelty score of one image, and the limit; None if answers are no numbers."""
        distance = self.references.likeness.distances(as_ink(pixels, dataset))
        score = float(self.novelty.scores(distance, outputs.max(keepdims=True))[0])
        return {"score": score, "limit": self.novelty.limit} if np.isfinite(score) else None


def answers(
    trained: model.Model, pictures: Sequence[Seen], comparison: Comparison | None = None
) -> Iterator[dict[str, Any]]:
    """Yield what a network says of pictures.

    Yields
    ------
    dict
        `picture`, its name; `seen`, what was done to it; `ink` (h, w), from 0 to 1; `label`, the
        class with the highest probability; `probabilities` by class; and `novelty`: a score, and
        the limit beyond which it is unusual. The last four are None where there is nothing to ask
        about: `trouble` says why. Without a comparison, `novelty` is.
    """
    dataset = trained.dataset
    shown = [picture.pixels for picture in pictures if picture.pixels is not None]
    scores: Iterator[Any] = iter(())
    if shown:
        scores = iter(trained.predict(prepared(np.stack(shown), dataset)))
    for picture in pictures:
        known: dict[str, Any] = {"picture": picture.name, "seen": picture.words}
        if picture.pixels is None:
            nothing = dict.fromkeys(("ink", "label", "probabilities", "novelty"))
            yield known | nothing | {"trouble": picture.trouble}
            continue
        row = next(scores)
        # A network that has run away answers nan, which JSON lacks.
        numbers = [float(share) if np.isfinite(share) else None for share in row]
        yield known | {
            "ink": ink(picture.pixels, dataset),
            "label": dataset.class_names[int(row.argmax())],
            "probabilities": dict(zip(dataset.class_names, numbers, strict=True)),
            "novelty": comparison and comparison.scored(picture.pixels, row, dataset),
        }


def prepared(pixels: NDArray[Any], dataset: Dataset) -> NDArray[np.float32]:
    """Return images (n, …) in a dataset's pixel values as `scrawl prepare` writes them."""
    rows = pixels.reshape(len(pixels), dataset.pixels)
    return normalise(rows, dataset.offset, dataset.scale, np.empty(rows.shape, np.float32))


def ink(pixels: NDArray[Any], dataset: Dataset) -> NDArray[np.float64]:
    """Return the ink (h, w) of an image, 0 to 1, the mean of its channels."""
    amounts = dataset.appearance.amount(pixels).clip(0, 1)
    return amounts.mean(axis=2) if amounts.ndim == 3 else amounts


def percent_or_unknown(share: float | None) -> str:
    """Return a share in per cent, or a question mark."""
    return "?" if share is None else percent(share)


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield an answer as text: what the network saw, and beside it a bar for each class."""
    answer = f"no answer: {found['trouble']}" if found["ink"] is None else found["label"]
    yield f"{found['picture']} ({found['seen']}): {answer}"
    if found["ink"] is None:
        return
    width = max(map(len, found["probabilities"]))
    bars = [
        f"{name:>{width}} {percent_or_unknown(share):>8} {bar(share or 0.0, BAR_WIDTH)}".rstrip()
        for name, share in found["probabilities"].items()
    ]
    columns = found["ink"].shape[1]
    for left, right in zip_longest(side_by_side(found["ink"][None]), bars, fillvalue=""):
        yield f"  {left:<{columns}}  {right}".rstrip()
    novelty = found["novelty"]
    if novelty and novelty["score"] > novelty["limit"]:
        yield (
            f"  unlike the training data: its novelty score is {novelty['score']:.1f}; "
            f"{SHARE:.0%} of the validation images have at most {novelty['limit']:.1f}"
        ).replace("%", " %")
