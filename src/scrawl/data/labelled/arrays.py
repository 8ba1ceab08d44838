"""NumPy files: images and labels of a .npz, or of a folder of .npy files, by their names."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from scrawl.data.labelled.parts import ROWS, Blocks, Part, image_shape, purpose

IMAGES = {"x", "image", "images", "img", "imgs", "data", "pixels", "features", "arr_0", ""}
LABELS = {"y", "label", "labels", "target", "targets", "class", "classes", "arr_1"}
NAMES = "expected images and labels, as x_train, y_train, x_test and y_test, or images and labels"
MOST_LABELS = 1 << 30  # bytes


@dataclass(frozen=True)
class Array:
    """An array in a file, that is read when it is asked for."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    open: Callable[[], Any]

    def blocks(self, rows: int = ROWS) -> Blocks:
        """Yield its rows, some at a time."""
        row = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        with self.open() as file:
            header(file, self.name)
            for start in range(0, self.shape[0], rows):
                count = min(rows, self.shape[0] - start)
                content = file.read(count * row)
                if len(content) != count * row:
                    raise ValueError(f"{self.name}: ends too early, download it again")
                yield np.frombuffer(content, self.dtype).reshape(count, *self.shape[1:])

    def whole(self) -> NDArray[Any]:
        """Return all of it."""
        return np.concatenate([np.empty((0, *self.shape[1:]), self.dtype), *self.blocks(1 << 16)])


def parts(
    path: Path, files: Sequence[Path], size: tuple[int, int] | None, groups: str | None = None
) -> list[Part]:
    """Return the images of NumPy files.

    Raises
    ------
    ValueError
        If there are none with labels.
    """
    arrays = {name: array for file in files for name, array in arrays_of(file)}
    found = {}
    for name, array in arrays.items():
        role, test = role_of(name, groups)
        if role:
            found[role, test] = array
    tests = [test for role, test in found if role == "images"]
    if not tests or any(("labels", test) not in found for test in tests):
        raise ValueError(f"{path}: found {', '.join(arrays) or 'no arrays'}; {NAMES}")
    if groups and any(("groups", test) not in found for test in tests):
        raise ValueError(
            f"{path}: --groups {groups}: found {', '.join(arrays)}; expected an array {groups} "
            "beside each array of labels, as writers_train and writers_test"
        )
    return [
        part(found["images", test], found["labels", test], test, size, found.get(("groups", test)))
        for test in tests
    ]


def role_of(name: str, groups: str | None = None) -> tuple[str, str]:
    """Return whether an array holds images, labels or groups, or none, and what they are for.

    >>> role_of("x_train"), role_of("test_labels"), role_of("images"), role_of("writers")
    (('images', 'train'), ('labels', 'test'), ('images', ''), ('', ''))
    >>> role_of("writers_train", "writers"), role_of("writers", "writers")
    (('groups', 'train'), ('groups', ''))
    """
    split = re.search("train(ing)?|test(ing)?|val(id(ation)?)?", name.lower())
    rest = name.lower().replace(split[0], "") if split else name.lower()
    rest = rest.strip("_-. ")
    if groups and rest == groups.lower():
        return "groups", split[0] if split else ""
    role = "images" if rest in IMAGES and (rest or split) else "labels" if rest in LABELS else ""
    return role, split[0] if split and role else ""


def part(
    images: Array,
    labels: Array,
    split: str,
    size: tuple[int, int] | None,
    groups: Array | None = None,
) -> Part:
    """Return images with their labels, which may be one-hot, and their groups."""
    if len(images.shape) < 2:
        raise ValueError(f"{images.name}: found an array of shape {images.shape}, expected images")
    classes = labels.whole()
    if classes.ndim == 2:
        classes = classes.argmax(axis=1) if classes.shape[1] > 1 else classes[:, 0]
    if classes.shape != images.shape[:1]:
        raise ValueError(
            f"{labels.name}: found labels of shape {labels.shape} for {images.shape[0]:,} images"
        )
    if classes.dtype.kind == "f" and (classes == np.floor(classes)).all():
        classes = classes.astype(np.int64)
    if groups and (groups.shape != images.shape[:1] or groups.dtype.kind == "f"):
        raise ValueError(
            f"{groups.name}: found {groups.dtype} of shape {groups.shape}, expected a name or a "
            f"whole number for each of {images.shape[0]:,} images"
        )
    shape = image_shape(images.name, images.shape[1:], size)
    return Part(
        images.name,
        purpose(split),
        classes,
        shape,
        lambda: (block.reshape(-1, *shape) for block in images.blocks()),
        groups=groups.whole() if groups else None,
    )


def arrays_of(path: Path) -> Iterator[tuple[str, Array]]:
    """Yield the arrays of a .npz or .npy file, by their names."""
    if path.suffix.lower() == ".npy":
        yield path.stem, array(str(path), lambda: path.open("rb"))
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: no whole .npz file ({error})") from error
    for name in names:
        yield name[:-4], array(f"{path}: {name[:-4]}", member(path, name))


def member(path: Path, name: str) -> Callable[[], Any]:
    """Return a function that opens a file of an archive."""

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with zipfile.ZipFile(path) as archive, archive.open(name) as file:
            yield file

    return opened


def array(name: str, opening: Callable[[], Any]) -> Array:
    """Return an array that is read later."""
    with opening() as file:
        shape, dtype = header(file, name)
    return Array(name, shape, dtype, opening)


def header(file: Any, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read the beginning of NumPy's format, up to the values; nothing is unpickled."""
    readers: Mapping[tuple[int, int], Callable[[Any], Any]] = {
        (1, 0): npy.read_array_header_1_0,
        (2, 0): npy.read_array_header_2_0,
    }
    try:
        shape, columns_first, dtype = readers[npy.read_magic(file)](file)
    except (ValueError, KeyError, EOFError, SyntaxError, TypeError) as error:
        raise ValueError(f"{name}: no NumPy array ({error})") from error
    if dtype.hasobject or (columns_first and len(shape) > 1):
        found = "Python objects" if dtype.hasobject else "columns first"
        remedy = "save it again with numpy.save, as np.ascontiguousarray(array)"
        raise ValueError(f"{name}: found {found}, expected an array of numbers by rows; {remedy}")
    return shape, dtype
