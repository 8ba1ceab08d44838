"""Folders of pictures, one for each class, perhaps in folders for training and test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl.data.centring import averaging, centre
from scrawl.data.ink import tell
from scrawl.data.labelled.parts import ROWS, Blocks, Part, purpose, visible
from scrawl.data.picture_files import Arrays, Floats, Picture, read

Bytes = NDArray[np.uint8]

MOST_NAMED = 5  # files that a message lists
BY_CLASS = "expected a folder for each class, as FOLDER/7/a.png"
BY_FOLDER = "folder"
MOST_COMMON = (28, 28)  # where pictures are centred and no size is named: MNIST's


def parts(
    folder: Path, size: tuple[int, int] | None, centred: bool, seed: int, groups: str | None = None
) -> list[Part]:
    """Return the pictures of a folder: a part for training and test each, or a single one.

    Raises
    ------
    ValueError
        If there are no folders of classes, an empty one, or pictures beside them.
    """
    if groups not in {None, BY_FOLDER}:
        raise ValueError(
            f"--groups {groups}: expected {BY_FOLDER} for pictures: the folder within that of the "
            "class, as FOLDER/7/anna/a.png"
        )
    wanted = size or (MOST_COMMON if centred else None)
    inside = [entry for entry in visible(folder) if entry.is_dir()]
    splits = {entry: purpose(entry.name) for entry in inside}
    if inside and None not in splits.values():
        return [part(split, test, wanted, centred, seed, groups) for split, test in splits.items()]
    return [part(folder, None, wanted, centred, seed, groups)]


def part(
    folder: Path,
    test: bool | None,
    size: tuple[int, int] | None,
    centred: bool,
    seed: int,
    groups: str | None = None,
) -> Part:
    """Return the pictures in the folders of a folder, in random order."""
    files = files_by_class(folder)
    pairs = [(name, file) for name, found in files.items() for file in found]
    order = np.random.default_rng(seed).permutation(len(pairs))
    labels, paths = np.array([name for name, _ in pairs])[order], [pairs[i][1] for i in order]
    shape = size or next(images(paths, None, centred))[1].shape
    named = np.array([group_of(path, folder) for path in paths]) if groups else None
    return Part(
        str(folder),
        test,
        labels,
        shape,
        lambda: blocks(paths, shape, size, centred),
        groups=named,
    )


def group_of(path: Path, folder: Path) -> str:
    """Return the name of the folder, within that of the class, that a picture is in.

    >>> group_of(Path("photos/7/anna/a.png"), Path("photos"))
    'anna'
    """
    _, *inside = path.relative_to(folder).parent.parts
    if not inside:
        raise ValueError(
            f"{path}: found no folder of its group, expected one within that of the class, as "
            "FOLDER/7/anna/a.png"
        )
    return inside[0]


def files_by_class(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each class, all that lie anywhere in its folder."""
    inside = visible(folder)
    classes = [entry for entry in inside if entry.is_dir()]
    if not classes:
        raise ValueError(f"{folder}: found {len(inside)} files and no folders, {BY_CLASS}")
    beside = [
        entry.name for entry in inside if entry.is_file() and entry.suffix.lower() not in TEXTS
    ]
    if beside:
        raise ValueError(
            f"{folder}: found {named(beside)} beside the folders of the classes; {BY_CLASS}"
        )
    files = {kind.name: sorted(files_in(kind)) for kind in classes}
    if empty := [name for name, found in files.items() if not found]:
        raise ValueError(f"{folder}: found no pictures in {named(empty)}, {BY_CLASS}")
    if len(classes) == 1 and any(entry.is_dir() for entry in visible(classes[0])):
        raise ValueError(f"{folder}: found one folder; did you mean {classes[0]}?")
    return files


TEXTS = {".txt", ".md", ".csv", ".json", ".yaml", ".html", ".pdf"}  # about the pictures


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those in it."""
    for entry in visible(folder):
        if entry.is_dir():
            yield from files_in(entry)
        else:
            yield entry


def named(names: list[str]) -> str:
    """Return the first of some names, and how many more there are.

    >>> named(list("abcdefg"))
    'a, b, c, d, e and 2 more'
    """
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def blocks(
    paths: list[Path], shape: tuple[int, ...], size: tuple[int, int] | None, centred: bool
) -> Blocks:
    """Yield pictures (≤ ROWS, h, w).

    Raises
    ------
    ValueError
        If they are not of one size, or files can't be read; it names the first of those.
    """
    waiting: list[Bytes] = []
    for path, image in images(paths, size, centred):
        if image.shape != shape:
            raise ValueError(
                f"{path}: found {wide(image.shape)} pixels where {paths[0]} has {wide(shape)}, "
                "expected one size; --size 28x28 scales all, --centre also places them as MNIST's "
                "digits are"
            )
        waiting.append(image)
        if len(waiting) == ROWS:
            yield np.stack(waiting)
            waiting.clear()
    if waiting:
        yield np.stack(waiting)


def wide(shape: tuple[int, ...]) -> str:
    """Return width × height."""
    return f"{shape[1]} × {shape[0]}"


def images(
    paths: list[Path], size: tuple[int, int] | None, centred: bool
) -> Iterator[tuple[Path, Bytes]]:
    """Yield each file with its picture in shades of grey (h, w), 0 to 255.

    Raises
    ------
    ValueError
        In the end, if some can't be read.
    """
    troubles: list[str] = []
    for path in paths:
        try:
            image = scaled(only(path), size, centred)
        except (ValueError, OSError) as error:
            troubles.append(str(error))
            continue
        yield path, np.round(255 * np.clip(image, 0, 1)).astype(np.uint8)
    if troubles:
        more = len(troubles) - MOST_NAMED
        lines = [*troubles[:MOST_NAMED], *([f"and {more} more"] if more > 0 else [])]
        raise ValueError(
            f"{len(troubles)} of {len(paths)} files can't be taken; move them away:\n  "
            + "\n  ".join(lines)
        )


def only(path: Path) -> Picture:
    """Return the picture of a file that holds one."""
    found = read(path)
    if isinstance(found, Arrays):
        raise ValueError(f"{path}: found an array, expected a picture")
    pictures = list(found)
    if len(pictures) != 1:
        raise ValueError(f"{path}: found {len(pictures)} pictures, expected one")
    return pictures[0]


def scaled(picture: Picture, size: tuple[int, int] | None, centred: bool) -> Floats:
    """Return a picture as it is, scaled as a whole, or its ink alone, light on dark."""
    if not size:
        return picture.values
    if not centred:
        return fitted(picture.values, size)
    told = tell(picture.values)
    if told.ink is None:
        raise ValueError(f"{picture.name}: {told.trouble}")
    image = centre(told.ink, size)
    result: Floats = image / image.max()
    return result


def fitted(values: Floats, size: tuple[int, int]) -> Floats:
    """Scale a picture to a size; where its proportions are others, its margin is continued.

    >>> fitted(np.ones((2, 1)), (2, 4)).tolist()
    [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]
    """
    scale = min(new / old for new, old in zip(size, values.shape, strict=True))
    h, w = (
        min(max(round(scale * old), 1), new) for old, new in zip(values.shape, size, strict=True)
    )
    edge = np.concatenate([values[[0, -1]].ravel(), values[:, [0, -1]].ravel()])
    field = np.full(size, np.median(edge))
    top, left = (size[0] - h) // 2, (size[1] - w) // 2
    small = averaging(values.shape[0], h) @ values @ averaging(values.shape[1], w).T
    field[top : top + h, left : left + w] = small
    return field
