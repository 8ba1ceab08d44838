"""Import labelled images as an IDX dataset, and print the lines of config.yaml for it.

FOLDER has a sub-folder of pictures for each class, perhaps in folders `train` and `test`; or it is
a .npz, .csv or .parquet file, or a folder of such files or of .npy files. Without test images of
its own, the same share of each class is set aside. Pictures become shades of grey; those of several
sizes need --size or --centre. With --groups, images of one group, such as a writer's, stay
together.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from scrawl.artifacts.files import sha256_of, write_table
from scrawl.data import idx
from scrawl.data.labelled import Groups, Part, classes_of, held_out, opened
from scrawl.settings.configuration import PARTS
from scrawl.settings.constraints import Name
from scrawl.tools.paths import existing

SHARE, SEED = 0.2, 1
GROUPS = ("train-groups", "test-groups")
# Of IDX's types, those that hold any whole numbers, the smallest first.
WHOLE = [np.dtype(name) for name in ("uint8", "int16", "int32")]


def main(argv: Sequence[str]) -> None:
    """Write the four files of a dataset, and print its entry."""
    parser = argparse.ArgumentParser(prog="scrawl import", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the images, or a file of them")
    parser.add_argument("--name", help="of the dataset (default: the folder's)")
    help_ = "where the four files are written (default: data/NAME)"
    parser.add_argument("--output", type=Path, metavar="DIR", help=help_)
    help_ = "of each class, if there are no test images (default: %(default)s)"
    parser.add_argument("--test", type=float, default=SHARE, metavar="SHARE", help=help_)
    help_ = "of what is set aside, and of the order of pictures (default: %(default)s)"
    parser.add_argument("--seed", type=int, default=SEED, help=help_)
    help_ = "scale whole pictures to it; in tables, the size that images have"
    parser.add_argument("--size", type=size, metavar="WIDTHxHEIGHT", help=help_)
    help_ = "place the ink of each picture as MNIST's is, light on dark (size: 28x28)"
    parser.add_argument("--centre", action="store_true", help=help_)
    help_ = "name the group of each image: a column, an array, or `folder` within a class"
    parser.add_argument("--groups", metavar="NAME", help=help_)
    arguments = parser.parse_args(argv)
    if not 0 < arguments.test < 1:
        raise ValueError(f"--test {arguments.test}: expected a share between 0 and 1, such as 0.2")
    if arguments.seed < 0:
        raise ValueError(f"--seed {arguments.seed}: expected a whole number, at least 0")
    if arguments.name and (fault := Name().fault(arguments.name)):
        raise ValueError(f"--name: {fault}")
    source = existing(arguments.folder)
    name = arguments.name or named_after(source)
    output = arguments.output or Path("data", name)
    parts = opened(source, arguments.size, arguments.centre, arguments.seed, arguments.groups)
    collection = Collection.of(parts, arguments.test, arguments.seed)
    with new_folder(output) as folder:
        write(collection, folder)
    print(f"{collection.words()}, written to {output}", file=sys.stderr)
    print(entry(name, output, collection), end="")
    print(next_steps(name, collection.shape), file=sys.stderr)


def size(words: str) -> tuple[int, int]:
    """Return height and width.

    >>> size("20x28")
    (28, 20)
    """
    found = re.fullmatch(r"(\d{1,4})[x×](\d{1,4})", words)
    if not found or "0" in {found[1], found[2]}:
        raise argparse.ArgumentTypeError(f"found {words!r}, expected a size such as 28x28")
    return int(found[2]), int(found[1])


def named_after(path: Path) -> str:
    """Return a name for the dataset of a file or folder.

    >>> named_after(Path("photos/My digits.npz"))
    'my_digits'
    """
    name = re.sub("[^a-z0-9_]+", "_", path.absolute().stem.lower()).strip("_")
    if not name:
        raise ValueError(f"{path}: makes no name for a dataset; choose one with --name")
    return name


@dataclass(frozen=True)
class Collection:
    """All images, and what each is for.

    Attributes
    ----------
    parts : sequence of Part
    class_names : tuple of str
    indices : sequence of (n,) int64
        The class of each image of each part.
    tests : sequence of (n,) bool
        Whether it is a test image.
    groups : Groups, optional
    """

    parts: Sequence[Part]
    class_names: tuple[str, ...]
    indices: Sequence[NDArray[np.int64]]
    tests: Sequence[NDArray[np.bool_]]
    groups: Groups | None = None

    @classmethod
    def of(cls, parts: Sequence[Part], share: float, seed: int) -> Collection:
        """Find the classes, and set test images aside where there are none.

        Raises
        ------
        ValueError
            If the parts can't be one dataset.
        """
        if len({part.shape for part in parts}) > 1:
            shapes = ", ".join(f"{part.name}: {part.shape}" for part in parts)
            raise ValueError(f"found images of several sizes ({shapes}), expected one")
        names, indices = classes_of(parts)
        groups = Groups.of(parts)
        if any(part.test for part in parts):
            if all(part.test for part in parts):
                raise ValueError(f"{parts[0].name}: found test images only, and none to learn from")
            tests = [np.full(len(part.labels), bool(part.test)) for part in parts]
        else:
            every = np.concatenate(indices)
            if groups:
                whole = groups.held_out(every, share, seed, parts[0].name)
            else:
                whole = held_out(every, names, share, seed)
            tests = np.split(whole, np.cumsum([len(part.labels) for part in parts])[:-1])
        return cls(parts, names, indices, tests, groups)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an image."""
        return self.parts[0].shape

    def blocks(self) -> Iterator[tuple[NDArray[Any], NDArray[np.bool_]]]:
        """Yield the images, some at a time, and which of them are test images."""
        for part, test in zip(self.parts, self.tests, strict=True):
            begin = 0
            for block in part.blocks():
                yield block, test[begin : begin + len(block)]
                begin += len(block)

    def words(self) -> str:
        """Return how many images there are, and how large."""
        test = sum(int(part.sum()) for part in self.tests)
        train = sum(map(len, self.tests)) - test
        height, width = self.shape[:2]
        return (
            f"{train:,} training and {test:,} test images of {width} × {height} pixels in "
            f"{len(self.class_names)} classes{self.words_of_groups()}"
        )

    def words_of_groups(self) -> str:
        """Return how many groups the training and the test images are of, if they are known."""
        if not self.groups:
            return ""
        test = np.concatenate(self.tests)
        trained, tested = (set(self.groups.numbers[of].tolist()) for of in (~test, test))
        return (
            f", of {len(trained):,} and {len(tested):,} groups, {len(trained & tested):,} of them "
            "in both"
        )


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Make a folder that is there, with all its files, once the block has ended without an error.

    Raises
    ------
    ValueError
        If something is there already.
    """
    if path.exists():
        raise ValueError(f"{path}: is there already, and stays; move it away, or name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{escape(path.name)}-*.part"):  # of an import that was killed
        shutil.rmtree(left, ignore_errors=True)
    part = Path(mkdtemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent))
    try:
        yield part
        part.chmod(0o755)
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write(collection: Collection, folder: Path) -> None:
    """Write the four IDX files, in bounded memory."""
    indices, test = np.concatenate(collection.indices), np.concatenate(collection.tests)
    labels = narrowest(0, len(collection.class_names) - 1)
    kind = pixel_type(collection)
    rows = {"train": ~test, "test": test}
    if collection.groups and collection.groups.names:
        names = enumerate(collection.groups.names)
        write_table(
            folder / "groups.csv", ("number", "name"), [(str(k), name) for k, name in names]
        )
    with ExitStack() as stack:
        add = {}
        for split, of in rows.items():
            idx.write(folder / f"{split}-labels.idx.gz", indices[of].astype(labels))
            if collection.groups:
                idx.write(folder / f"{split}-groups.idx.gz", collection.groups.numbers[of])
            header = idx.Header(kind, (int(of.sum()), *collection.shape))
            path = folder / f"{split}-images.idx.gz"
            add[split] = stack.enter_context(idx.writing(path, header))
        for block, is_test in collection.blocks():
            for split, of in {"train": ~is_test, "test": is_test}.items():
                add[split](block[of].astype(kind))


def pixel_type(collection: Collection) -> np.dtype[Any]:
    """Return the type of IDX that holds all pixels; values are kept as they are.

    Raises
    ------
    ValueError
        If there are values that are no finite numbers, or that no type holds.
    """
    if all(next(part.blocks()).dtype == np.uint8 for part in collection.parts):
        return np.dtype(np.uint8)
    low, high, whole, begin = 0.0, 0.0, True, 0
    for block, _ in collection.blocks():
        if block.dtype.kind not in "biuf" or not np.isfinite(block).all():
            raise ValueError(
                f"{collection.parts[0].name}: found pixels that are no finite numbers, in images "
                f"{begin} to {begin + len(block) - 1}"
            )
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        whole = whole and bool((block == np.floor(block)).all())
        begin += len(block)
    return narrowest(low, high) if whole else np.dtype(np.float32)


def narrowest(low: float, high: float) -> np.dtype[Any]:
    """Return the smallest type of IDX that holds whole numbers of a range.

    >>> narrowest(0, 255), narrowest(-1, 255)
    (dtype('uint8'), dtype('int16'))
    """
    for kind in WHOLE:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return kind
    raise ValueError(f"found values from {low:g} to {high:g}, expected whole numbers of 32 bits")


def entry(name: str, folder: Path, collection: Collection) -> str:
    """Return the lines of config.yaml for a dataset whose files are in a folder.

    Where training images are of several groups, validation images are of whole ones.
    """
    groups, several = collection.groups, False
    if groups:
        several = len(np.unique(groups.numbers[~np.concatenate(collection.tests)])) > 1
    files = {
        part.replace("-", "_"): {
            "name": f"{part}.idx.gz",
            "sha256": sha256_of(folder / f"{part}.idx.gz"),
        }
        for part in PARTS + (GROUPS if groups else ())
    }
    place = {"sources": [str(folder)], "files": files, "class_names": list(collection.class_names)}
    place |= {"split": "group"} if several else {}
    settings = {"datasets": {name: place}}
    text: str = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=100)
    return text


def next_steps(name: str, shape: tuple[int, ...]) -> str:
    """Return the command that learns the dataset."""
    few = "" if min(shape[:2]) >= LEAST_CONVOLVED else " experiment=linear,dense-128"
    return (
        "\nAdd these lines to config.yaml (below `datasets:`, if there is one already), or keep "
        "them in a file of\ntheir own, say mine.yaml, and run\n"
        f"    snakemake --cores 4 --configfile mine.yaml --config dataset={name}{few}"
    )


LEAST_CONVOLVED = 16  # pixels a side that the suite's convolutions need
