"""The page of mistakes: each with what other networks answer, and the images that resemble it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.figures.pictures import as_pictures, sheet
from scrawl.pages import template
from scrawl.pages.report import doubts as doubtful
from scrawl.pages.report.data import Data
from scrawl.results.doubts_table import Doubt
from scrawl.results.mistakes import Mistakes
from scrawl.results.predictions import Answers

MOST_SHOWN = (60, 40, 25, 15, 10, 6, 4, 3, 2, 1)  # mistakes of each experiment
MOST_PIXELS = 4_000_000  # of all pictures together: 2 MB of page
MOST_ANSWERS = 12  # experiments whose answers stand beside a mistake
OTHERS = 6  # images by the same writer
MOST_LETTERS = 20  # of a class name; `style.shortened` would load matplotlib

SPACES = {"hidden": "distances", "pixels": "distances", "influence": "values"}

Slot = tuple[str, int]  # a split, and the number of an image


@dataclass(frozen=True)
class Explained:
    """The mistakes of an experiment, as `scrawl mistakes` found them.

    Attributes
    ----------
    name : str
    seeds : int
    mistakes : Mistakes
        The first ones have neighbours.
    near : mapping of str to (places, values)
        By `pixels` and `hidden` the nearest training images and their distances, by `influence`
        those that speak most for the answer, and how much, (explained, neighbours).
    mending : (explained,) float32 and (explained, 5) float32, optional
        The smallest strokes that mend them, as `scrawl.results.mending` finds them.
    """

    name: str
    seeds: int
    mistakes: Mistakes
    near: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float32]]]
    mending: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    @classmethod
    def read(cls, path: Path, name: str, seeds: int) -> Explained:
        """Read what `scrawl mistakes` wrote of an experiment with so many seeds."""
        with store.reading(path, "mistakes") as file:
            columns = (file[key][...] for key in ("images", "wrong", "answers", "confidences"))
            near = {
                space: (file[f"{space}/places"][...], file[f"{space}/{values}"][...])
                for space, values in SPACES.items()
                if space in file
            }
            tables = (file[f"mending/{key}"][...] for key in ("ink", "lines"))
            mending = tuple(tables) if "mending" in file else None
            return cls(name, seeds, Mistakes(*columns), near, mending)

    def first(self, most: int) -> list[dict[str, Any]]:
        """Return the first mistakes, with their neighbours as numbers of training images."""
        explained = len(self.near["pixels"][0])
        return [
            {
                "image": int(self.mistakes.images[row]),
                "wrong": int(self.mistakes.wrong[row]),
                "answer": int(self.mistakes.answers[row]),
                "confidence": float(self.mistakes.confidences[row]),
                "near": {
                    space: list(zip(places[row].tolist(), values[row].tolist(), strict=True))
                    for space, (places, values) in self.near.items()
                },
                "mending": self.mended(row),
            }
            for row in range(min(most, explained))
        ]

    def mended(self, row: int) -> dict[str, Any] | None:
        """Return the stroke that mends a mistake: its ink, None if there is none, and its line."""
        if self.mending is None:
            return None
        ink, line = float(self.mending[0][row]), self.mending[1][row].tolist()
        return {"ink": None if math.isnan(ink) else ink, "line": line}


@dataclass(frozen=True)
class TestImages:
    """What is known of the test images beside the answers of one experiment.

    Attributes
    ----------
    answers : mapping of str to sequence of Answers
        By experiment, of each seed.
    groups : (n,) int64, optional
        Such as writers.
    disputed : mapping of int to str
        By image what people read.
    source : str
        Where that is published.
    doubts : sequence of Doubt
        Of training images, too.
    """

    answers: Mapping[str, Sequence[Answers]]
    groups: NDArray[np.int64] | None = None
    disputed: Mapping[int, str] = field(default_factory=dict)
    source: str = ""
    doubts: Sequence[Doubt] = ()

    @cached_property
    def doubted(self) -> dict[int, Doubt]:
        """The doubtful test images by number."""
        return {doubt.image: doubt for doubt in self.doubts if doubt.split == "test"}

    def said(self, image: int, label: int) -> list[dict[str, Any]]:
        """Return the answer of each seed of the first experiments, and whether it is right."""
        return [
            {
                "name": name,
                "answers": [(int(a := run.predicted[image]), a == label) for run in runs],
            }
            for name, runs in list(self.answers.items())[:MOST_ANSWERS]
        ]

    def others(self, image: int, labels: NDArray[np.int64]) -> dict[str, Any] | None:
        """Return a few other images of the same group, those with the same label first."""
        if self.groups is None:
            return None
        members = np.flatnonzero(self.groups == self.groups[image])
        others = members[members != image]
        order = np.argsort(labels[others] != labels[image], kind="stable")
        shown = others[order][:OTHERS].tolist()
        return {"group": int(self.groups[image]), "images": len(members), "shown": shown}


def page(title: str, name: str, data: Data, found: Sequence[Explained], known: TestImages) -> str:
    """Return the page.

    Parameters
    ----------
    title, name : str
        The dataset, and the suite or other selection of runs.
    data : Data
        What pictures and labels are taken from.
    found : sequence of Explained
    known : TestImages
    """
    pixels = as_pictures(np.zeros((1, *data.dataset.image_shape))).size
    for most in MOST_SHOWN:
        sections = [section(each, most, data, known) for each in found]
        doubts = doubtful.section(known.doubts, data, most)
        slots = numbered(sections, doubtful.shown(doubts))
        if len(slots) * pixels <= MOST_PIXELS:
            break
    rows = [data.images[split][image : image + 1] for split, image in slots]
    images = np.concatenate([data.images["test"][:0], *rows])
    return template.render(
        "pages/report",
        "mistakes.html",
        title=title,
        name=name,
        sections=sections,
        doubts=doubts,
        slots=slots,
        shape=data.dataset.image_shape,
        labels=data.labels,
        source=known.source,
        pictures=sheet(as_pictures(data.shaped(images), data.dataset.on_paper)),
        class_names=data.dataset.class_names,
        short_names=[
            name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"
            for name in data.dataset.class_names
        ],
    )


def section(each: Explained, most: int, data: Data, known: TestImages) -> dict[str, Any]:
    """Return the mistakes of one experiment that are shown, with what is known of each."""
    labels = data.labels["test"]
    rows = [
        row
        | {
            "label": int(labels[row["image"]]),
            "said": known.said(row["image"], labels[row["image"]]),
            "others": known.others(row["image"], labels),
            "disputed": known.disputed.get(row["image"]),
            "doubt": known.doubted.get(row["image"]),
        }
        for row in each.first(most)
    ]
    wrong = each.mistakes.wrong
    return {
        "name": each.name,
        "seeds": each.seeds,
        "rows": rows,
        "total": len(wrong),
        "by_all": int(np.count_nonzero(wrong == each.seeds)),
        "n": len(labels),
        "disputed": sum(image in known.disputed for image in each.mistakes.images.tolist()),
    }


def numbered(sections: Sequence[Mapping[str, Any]], others: Iterable[Slot]) -> dict[Slot, int]:
    """Return the place on the sheet of each image that is shown, each once."""
    shown: dict[Slot, None] = {}
    for row in (row for each in sections for row in each["rows"]):
        shown["test", row["image"]] = None
        shown.update(dict.fromkeys(("train", i) for near in row["near"].values() for i, _ in near))
        shown.update(dict.fromkeys(("test", i) for i in (row["others"] or {}).get("shown", ())))
    shown.update(dict.fromkeys(others))
    return {slot: place for place, slot in enumerate(shown)}
