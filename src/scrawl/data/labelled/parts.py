"""Parts of a collection: labels, and images that are read some at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Blocks = Iterator[NDArray[Any]]

ROWS = 512  # images of a block: half a megabyte of MNIST's
# By the ending of a file: the module that reads such files.
KINDS = {".npz": "arrays", ".npy": "arrays", ".csv": "tables", ".parquet": "parquet"}
# How a name says what a part is for. Validation images are training images here: `scrawl prepare`
# keeps its own back.
SPLITS = {"train": False, "test": True, "val": False}
SIZES = "name the size of an image: --size WIDTHxHEIGHT"


@dataclass(frozen=True)
class Part:
    """Images of a collection that belong together.

    Attributes
    ----------
    name : str
        Where they are from.
    test : bool, optional
        Whether they are test images; None if nothing says.
    labels : (n,) array
        Whole numbers or texts.
    shape : tuple of int
        Of an image: (h, w) or with channels.
    blocks : function
        Returns the images (n, *shape), some at a time, in the order of the labels.
    class_names : tuple of str
        Of the numbers from 0 on, where the file gives them.
    groups : (n,) array, optional
        The group of each image, such as its writer, if groups were asked for.
    """

    name: str
    test: bool | None
    labels: NDArray[Any]
    shape: tuple[int, ...]
    blocks: Callable[[], Blocks]
    class_names: tuple[str, ...] = ()
    groups: NDArray[Any] | None = None


def opened(
    path: Path, size: tuple[int, int] | None, centred: bool, seed: int, groups: str | None = None
) -> list[Part]:
    """Open a file or folder of labelled images.

    Parameters
    ----------
    path : Path
        A folder with a sub-folder of pictures for each class, perhaps in `train` and `test`; a
        file of one of the endings `KINDS`, or a folder of such files.
    size : (int, int), optional
        Height and width: of pictures, what they are scaled to; of tables, of an image.
    centred : bool
        Whether the ink of pictures is told from paper and placed as MNIST's is.
    seed : int
        The random seed of the order of pictures in folders.
    groups : str, optional
        What names the group of each image: of tables a column, of NumPy files an array, of pictures
        `folder`, the folder within that of the class.

    Raises
    ------
    ValueError
        If it is nothing of that kind.
    """
    if not path.is_file() and not path.is_dir():
        raise ValueError(f"{path}: found neither a file nor a folder, expected one of them")
    files = [path] if path.is_file() else visible(path)
    kinds = {KINDS.get(file.suffix.lower()) for file in files if file.is_file()} - {None}
    if path.is_dir() and (not kinds or any(file.is_dir() for file in files)):
        from scrawl.data.labelled import folders

        return folders.parts(path, size, centred, seed, groups)
    if len(kinds) != 1:
        found = f"the ending {path.suffix!r}" if not kinds else "files of several kinds"
        raise ValueError(f"{path}: found {found}, expected {', '.join(KINDS)} or folders by class")
    if centred:
        raise ValueError(f"{path}: --centre is for pictures, these are arrays of one size")
    named = [file for file in files if file.suffix.lower() in KINDS]
    module = import_module(f"scrawl.data.labelled.{kinds.pop()}")
    found_parts: list[Part] = module.parts(path, named, size, groups)
    return found_parts


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, in order, without what systems leave there."""
    left = {"thumbs.db", "desktop.ini", "__macosx"}
    names = (
        entry
        for entry in folder.iterdir()
        if entry.name[0] != "." and entry.name.lower() not in left
    )
    return sorted(names, key=lambda path: natural(path.name))


def natural(name: str) -> list[tuple[int, int | str]]:
    """Return a key that sorts names as people do, numbers by their value.

    >>> sorted(["10", "9", "b", "A"], key=natural)
    ['9', '10', 'A', 'b']
    """
    pieces = re.findall(r"\d+|\D+", name.lower())
    return [(0, int(piece)) if piece.isdecimal() else (1, piece) for piece in pieces]


def purpose(name: str) -> bool | None:
    """Return whether a name says that images are test images, or nothing of the kind.

    >>> purpose("x_test"), purpose("training"), purpose("digits")
    (True, False, None)
    """
    return next((is_test for word, is_test in SPLITS.items() if word in name.lower()), None)


def image_shape(name: str, shape: tuple[int, ...], size: tuple[int, int] | None) -> tuple[int, ...]:
    """Return the shape of images of which an array holds rows of this shape.

    Flat ones are square, unless a size is named. A last axis of one channel is left out: networks
    trained on other grey images then fit these.

    Raises
    ------
    ValueError
        If they can be no images, or not of that size.

    Examples
    --------
    >>> image_shape("x", (784,), None), image_shape("x", (20, 10, 1), None)
    ((28, 28), (20, 10))
    """
    if len(shape) in {2, 3}:
        if size and size not in {shape[:2], shape[1:]}:
            raise ValueError(f"{name}: found images of shape {shape}; leave --size out")
        return shape[:2] if shape[2:] == (1,) else shape
    if len(shape) != 1:
        raise ValueError(f"{name}: found rows of shape {shape}, expected images")
    side = round(float(shape[0]) ** 0.5)
    height, width = size or (side, side)
    if height * width != shape[0]:
        raise ValueError(
            f"{name}: found {shape[0]:,} pixels, which are no image of {width} × {height}; {SIZES}"
        )
    return height, width


def classes_of(parts: Sequence[Part]) -> tuple[tuple[str, ...], list[NDArray[np.int64]]]:
    """Return the names of all classes, and of each part the class index of its images (n,).

    Raises
    ------
    ValueError
        If there is one class only, or one that no training image belongs to.
    """
    given = next((part.class_names for part in parts if part.class_names), ())
    texts = [[str(label) for label in part.labels.tolist()] for part in parts]
    if given and {*map(str, range(len(given)))} >= {text for part in texts for text in part}:
        texts = [[given[int(text)] for text in part] for part in texts]
    found = {text for part in texts for text in part}
    names = given if given and {*given} >= found else tuple(sorted(found, key=natural))
    if len(found) < 2:
        raise ValueError(
            f"{parts[0].name}: found {len(found)} class{'es' * (not found)} "
            f"({', '.join(found) or 'no images'}), expected at least two"
        )
    place = {name: i for i, name in enumerate(names)}
    trained = {t for part, of in zip(parts, texts, strict=True) if not part.test for t in of}
    if untaught := sorted(found - trained, key=natural):
        raise ValueError(
            f"{parts[0].name}: found test images of {', '.join(untaught[:5])}, but no training "
            "images; a network could never learn that class"
        )
    return names, [np.array([place[text] for text in part], np.int64) for part in texts]


def held_out(
    indices: NDArray[np.int64], names: Sequence[str], share: float, seed: int
) -> NDArray[np.bool_]:
    """Choose test images: of each class the same share, at least one, and never all.

    Parameters
    ----------
    indices : (n,) int64
        The class of each image.
    names : sequence of str
    share : float
        Between 0 and 1.
    seed : int

    Returns
    -------
    (n,) bool

    Raises
    ------
    ValueError
        If a class has a single image.

    Examples
    --------
    >>> int(held_out(np.array([0, 0, 0, 0, 1, 1]), ["a", "b"], 0.25, 1).sum())
    2
    """
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(indices), bool)
    for number, name in enumerate(names):
        (places,) = np.nonzero(indices == number)
        if len(places) == 1:
            raise ValueError(
                f"class {name}: found one image, expected at least two: to learn from and to test"
            )
        count = min(max(round(share * len(places)), 1), len(places) - 1)
        chosen[rng.permutation(places)[:count]] = len(places) > 0
    return chosen
