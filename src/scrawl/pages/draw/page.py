"""The drawing page: trained networks read what is drawn, live, in the browser.

The page is made of the files in `pages/draw`. It holds the weights, some test images and some
training pictures to compare with, as numbers in JSON, and asks for nothing outside of it.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.model import Model
from scrawl.artifacts.prepared import classes_of
from scrawl.artifacts.snapshots import Snapshot
from scrawl.data.novelty import LEVELS, Likeness
from scrawl.data.reference_images import PixelBatches, outputs_of
from scrawl.nn.losses import CrossEntropy
from scrawl.pages import template
from scrawl.pages.draw.layers import SOFTMAX, described, packed, unknown_kinds
from scrawl.pages.draw.pictures import Pictures
from scrawl.pages.draw.snapshots import affordable_snapshots, share_or_none, snapshot_facts

Array = NDArray[Any]

FOLDER = "pages/draw"
SCRIPTS = (
    *("network.js", "picture.js", "page.js", "view.js", "diagram.js", "keep.js"),
    *("snapshots.js", "learner.js", "training.js", "draw.js"),
)

# Bytes of weights and pictures: with a third more, as text, and 100 KB of scripts and markup, a
# page has up to 1.5 MB, unless its best network alone is larger. A network 784-128-10 has 407 KB.
ROOM = 1_047_000
# Of these, weights of trained networks; the rest is for snapshots.
MOST_BYTES = 700_000
# Weights of the best network, if it is larger: the page then has up to 3 MB.
MOST_OF_ONE = 1_800_000

NOTHING: Mapping[str, Any] = {}


def validated(models: Sequence[tuple[str, Model]], file: Any) -> dict[str, float]:
    """Return the share of right answers to validation images by title, the best network first.

    Parameters
    ----------
    models : sequence of (title, Model)
        On the dataset of the file, whatever their normalisation.
    file : h5py.File
        An open `prepared.h5`.
    """
    labels = classes_of(file, "validation")
    right, done = {title: 0 for title, model in models if model.answers}, 0
    for pixels in PixelBatches(file, "validation", np.arange(len(labels))):
        some, done = labels[done : done + len(pixels)], done + len(pixels)
        for title, model in models:
            if model.answers:
                right[title] += int((outputs_of(model, pixels).argmax(axis=1) == some).sum())
    shares = {title: n / len(labels) if len(labels) else nan for title, n in right.items()}
    best_first = sorted(shares, key=lambda title: -right[title])
    unanswered = {title: nan for title, model in models if not model.answers}
    return {title: shares[title] for title in best_first} | unanswered


def by_validation(models: Sequence[tuple[str, Model]], file: Any) -> list[tuple[str, Model]]:
    """Put the networks that are right about most validation images first, as `validated` does."""
    return [(title, dict(models)[title]) for title in validated(models, file)]


def is_small(model: Model) -> bool:
    """Tell whether a page has room for a network, if for no other."""
    return bool(model.network.parameters.nbytes <= MOST_OF_ONE)


def fragment(
    models: Sequence[tuple[str, Model]],
    pictures: Pictures | None,
    snapshots: Mapping[str, Sequence[Snapshot]] = NOTHING,
    accuracies: Mapping[str, float] = NOTHING,
    large: Sequence[str] = (),
) -> str:
    """Return the page's content: HTML that can stand in any page, alone or several times.

    Its styles stay inside, and no style or script of the page around it reaches in.

    Parameters
    ----------
    models : sequence of (title, Model)
        The first is shown first. Those that would make the page too large, or that have a layer
        that it cannot compute, are left out and named.
    pictures : Pictures or None
        Of the dataset that all were trained on; not needed where there are no networks.
    snapshots : mapping of title to sequence of Snapshot
        Of their training; shown of those networks for which there is room.
    accuracies : mapping of title to float
        Of the trained networks, in validation, to compare those snapshots with.
    large : sequence of str
        Titles of further networks, which are too large: see `is_small`.
    """
    known, unknown = computable(models)
    about = facts(models, pictures, snapshots, accuracies, large) if known and pictures else None
    words = " ".join(filter(None, [unknown_in_words(unknown), large_in_words(large)]))
    return template.render(FOLDER, "fragment.html", SCRIPTS, about=about, words=words)


def facts(
    models: Sequence[tuple[str, Model]],
    pictures: Pictures,
    snapshots: Mapping[str, Sequence[Snapshot]] = NOTHING,
    accuracies: Mapping[str, float] = NOTHING,
    large: Sequence[str] = (),
) -> dict[str, Any]:
    """Return all that the scripts are told."""
    known, unknown = computable(models)
    images = packed(pictures.images)
    likeness = likeness_facts(pictures.references.likeness) if pictures.references else None
    room = ROOM - packed_bytes_of([images, likeness])
    kept = affordable(known, min(MOST_BYTES, room))
    watched = affordable_snapshots(kept, snapshots, room)
    rows, columns, channels = pictures.shape
    return {
        "classes": list(models[0][1].dataset.class_names),
        "rows": rows,
        "columns": columns,
        "channels": channels,
        "paper": pictures.paper,
        "ink": pictures.ink,
        "centred": pictures.centred,
        "files": asdict(pictures.files),
        "pen": pictures.pen and asdict(pictures.pen),
        "images": {**images, "labels": pictures.labels.tolist()},
        "likeness": likeness,
        "models": [
            model_facts(title, model, pictures)
            | {
                "accuracy": share_or_none(accuracies.get(title, nan)),
                "snapshots": snapshot_facts(model, watched.get(title, ()), pictures.shape),
            }
            for title, model in kept
        ],
        "left_out": [title for title, _ in known if title not in dict(kept)] + [*large],
        "unknown": unknown_in_words(unknown),
    }


def computable(
    models: Sequence[tuple[str, Model]],
) -> tuple[Sequence[tuple[str, Model]], Mapping[str, Sequence[str]]]:
    """Return the networks that the page can compute, and of each other one the unknown layers."""
    kinds = {title: unknown_kinds(model.network) for title, model in models}
    known = [(title, model) for title, model in models if not kinds[title]]
    return known, {title: found for title, found in kinds.items() if found}


def unknown_in_words(unknown: Mapping[str, Sequence[str]]) -> str:
    """Return a sentence about networks that are left out, empty if there are none.

    >>> unknown_in_words({"mine": ["softplus"]})
    'Left out, because this page cannot compute a layer of theirs: mine (softplus).'
    """
    if not unknown:
        return ""
    names = ", ".join(f"{title} ({', '.join(kinds)})" for title, kinds in unknown.items())
    return f"Left out, because this page cannot compute a layer of theirs: {names}."


def large_in_words(titles: Sequence[str]) -> str:
    """Return a sentence about networks that are too large for any page, empty if there are none.

    >>> large_in_words(["linear", "dense"]).partition(":")[0]
    'Left out, because each has more than 1.8 MB of weights'
    """
    if not titles:
        return ""
    return (
        f"Left out, because each has more than {MOST_OF_ONE / 1e6:.1f} MB of weights: "
        f"{', '.join(titles)}. Networks for smaller images have fewer: `scrawl import` with "
        "`--size` scales the images."
    )


def packed_bytes_of(facts: Any) -> int:
    """Return how many bytes are packed in facts, whatever they are nested in.

    >>> packed_bytes_of({"a": [packed(np.zeros(5)), 7], "b": None})
    5
    """
    if isinstance(facts, Mapping):
        data = facts.get("data")
        return len(b64decode(data)) if data else sum(map(packed_bytes_of, facts.values()))
    return sum(map(packed_bytes_of, facts)) if isinstance(facts, list) else 0


def affordable(models: Sequence[tuple[str, Model]], room: int) -> Sequence[tuple[str, Model]]:
    """Return the first network, and those after it for which there is room, in bytes."""
    kept: list[tuple[str, Model]] = []
    used = 0
    for title, model in models:
        size = model.network.parameters.nbytes
        if not kept or used + size <= room:
            kept.append((title, model))
            used += size
    return kept


def model_facts(title: str, model: Model, pictures: Pictures) -> dict[str, Any]:
    """Return what the page has to know of one network."""
    layers = described(model.network, pictures.shape)
    novelty = pictures.references and pictures.references.novelty(model)
    if isinstance(model.loss, CrossEntropy):
        layers.append(SOFTMAX)
    return {
        "title": title,
        "offset": model.dataset.offset,
        "scale": model.dataset.scale,
        "probabilities": layers[-1]["kind"] == "softmax",
        "novelty": novelty and asdict(novelty),
        "layers": layers,
    }


def likeness_facts(likeness: Likeness) -> Mapping[str, Any]:
    """Return the pictures, two cells in a byte, and in words what is compared."""
    n, *grid = likeness.pictures.shape
    cells = likeness.pictures.ravel()
    cells = np.append(cells, np.zeros(len(cells) % 2, np.uint8))
    return {
        "grid": grid,
        "levels": LEVELS,
        "pictures": packed(cells[::2] << 4 | cells[1::2]) | {"shape": [n, *grid]},
        "labels": None if likeness.labels is None else packed(likeness.labels),
        "words": (
            f"a drawing is reduced to the ink in {grid[0]} × {grid[1]} cells and compared with "
            f"{n:,} training pictures. Its distance from the nearest and the uncertainty of the "
            "answer are added, and remarked on where 95 % of the validation pictures have less. "
            "Blots, noise and most scribbles, letters and symbols are told in this way, and many "
            "wrong answers; of what passes, nothing is known."
        ),
    }


def page(title: str, introduction: str, content: str) -> str:
    """Return a whole page around a fragment."""
    return template.render(
        FOLDER, scripts=(), title=title, introduction=introduction, fragment=content
    )
