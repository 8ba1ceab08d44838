"""A dataset of the configuration: its sources, files, checksums, and how they are recognised."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from scrawl.settings.constraints import FileName, Form, Items, Name, Range
from scrawl.settings.dataset import Deformation, Preparation, Unpacked
from scrawl.settings.parsing import Settings

SHA256 = Form("[0-9a-f]{64}")
TABLES = {".csv", ".tsv", ".txt", ".json", ".npy"}  # where people keep names, such as writers'


@dataclass(frozen=True, kw_only=True)
class Deformed(Deformation):
    """A dataset whose training images are made of another's, in place of `sources` and `files`.

    Its test images are those of that dataset.
    """

    from_: Annotated[str, Name()]
    """The dataset whose training images are taken in turn, again and again."""

    def deformation(self) -> Deformation:
        """Return how its images are made."""
        return Deformation(**{f.name: getattr(self, f.name) for f in fields(Deformation)})


@dataclass(frozen=True, kw_only=True)
class PublishedFile(Settings):
    """A file as published, and how it is recognised."""

    name: Annotated[str, FileName(folders=True)]
    """The file's name under each source, or in the archive where the dataset has one. Gzip, xz or
    plain. Nothing in it leads out of the source, such as `..`, and it has no braces."""
    unchecked: bool = False
    """Whether a file without any sum is taken as it comes from the web; the log says its sum."""
    sha256: Annotated[str, SHA256] | None = None
    """SHA-256 of the file as published."""
    sha256_raw: Annotated[str, SHA256] | None = None
    """SHA-256 of the decompressed bytes, for mirrors that compressed the file anew."""
    md5: Annotated[str, Form("[0-9a-f]{32}")] | None = None
    """MD5 of the file as published, where its publisher gives no SHA-256."""
    bytes: Annotated[int, Range(low=1)] | None = None
    """Size of the file as published."""

    @property
    def has_sum(self) -> bool:
        """Whether its content can be told from another's, or need not be."""
        return bool(self.sha256 or self.sha256_raw or self.md5 or self.unchecked)


@dataclass(frozen=True, kw_only=True)
class DataFile(PublishedFile):
    """A file of a dataset as published, and what is taken of it."""

    sources: Annotated[tuple[Annotated[str, Form("(?s).+")], ...], Items()] | None = None
    """Where this file is looked for, in place of the dataset's `sources`."""
    rows: tuple[Annotated[int, Range(low=0)], ...] | None = None
    """The rows that are taken, `[FIRST, END]`, counted from 0 and END not among them; by default
    all."""

    def __post_init__(self) -> None:
        if self.rows is not None and (len(self.rows) != 2 or self.rows[0] >= self.rows[1]):
            raise ValueError(
                f"rows: found {list(self.rows)}, expected [FIRST, END] with FIRST below END"
            )

    def recognised(self) -> dict[str, Any]:
        """Return the keys that `scrawl download` knows it by, if they are not the defaults."""
        return {k: v for k, v in self.given().items() if k not in {"sources", "rows"}}


@dataclass(frozen=True, kw_only=True)
class Archive(PublishedFile):
    """A zip file that holds the four files of a dataset."""

    name: Annotated[str, FileName()]
    """The archive's name under each source."""


@dataclass(frozen=True, kw_only=True)
class Files(Settings):
    """The four IDX files of a dataset, and two more that name the groups of its images."""

    train_images: DataFile
    """Training images, (n, height, width) or (n, height, width, channels)."""
    train_labels: DataFile
    """Their labels, (n,) or (n, columns)."""
    test_images: DataFile
    """Test images."""
    test_labels: DataFile
    """Their labels."""
    train_groups: DataFile | None = None
    """The group of each training image, such as its writer, as a whole number: (n,) or (n, columns)
    with `group_column`. For intervals by group, and `split: group`."""
    test_groups: DataFile | None = None
    """The groups of the test images. There are both files of groups, or none."""

    def __post_init__(self) -> None:
        if (self.train_groups is None) != (self.test_groups is None):
            missing = "test_groups" if self.train_groups else "train_groups"
            raise ValueError(f"{missing}: is missing; name the groups of both splits, or of none")
        for key in ("train_groups", "test_groups"):
            file: DataFile | None = getattr(self, key)
            if file and Path(file.name).suffix.lower() in TABLES:
                raise ValueError(
                    f"{key}: found {file.name}, expected an IDX file of whole numbers; the section "
                    "“Who wrote each image” of docs/datasets.md has lines that make one of names"
                )


@dataclass(frozen=True, kw_only=True)
class Disputed(Settings):
    """Test images whose labels people dispute: facts of a dataset, which no stage trains on."""

    source: str
    """Where that is published."""
    readings: dict[Annotated[str, Form("[0-9]+")], str]
    """By the number of the test image, counted from 0, what people read: a class, or words such as
    `no digit`."""


@dataclass(frozen=True, kw_only=True)
class Dataset(Unpacked):
    """A dataset: four IDX files, or the images of another dataset deformed."""

    sources: Annotated[tuple[Annotated[str, Form("(?s).+")], ...], Items()] | None = None
    """Where the files are looked for, in this order: folders (relative to scrawl's own folder, or
    `~`, or `file:`) and http(s) addresses of folders. With `archive`, where the archive is.
    Required, unless `deformed` is there."""
    archive: Archive | None = None
    """A zip file that holds the four files; their names are then names inside it."""
    files: Files | None = None
    """The four IDX files. Required, unless `deformed` is there."""
    deformed: Deformed | None = None
    """Makes the training images of another dataset's, in place of `sources` and `files`."""
    disputed: Disputed | None = None
    """Test images whose labels people dispute; the page of `snakemake explained` shows it."""

    def __post_init__(self) -> None:
        elsewhere = [key for key in ("sources", "files", "archive") if getattr(self, key)]
        if self.deformed:
            if elsewhere:
                raise ValueError(
                    f"deformed takes the place of {elsewhere[0]}; leave one of them out"
                )
        elif missing := [key for key in ("sources", "files") if not getattr(self, key)]:
            raise ValueError(f"the key {missing[0]!r} is missing")
        if self.met_in and self.unmet_in:
            raise ValueError("met_in has no effect with unmet_in; leave one of them out")
        for key in ("split", "met_in", "unmet_in"):
            value = getattr(self, key)
            if value not in {None, "random"} and not self.has_groups:
                raise ValueError(
                    f"{key}: found {value}, but nothing names the groups of the images; name their "
                    "files (files.train_groups and files.test_groups) or their column "
                    "(group_column)"
                )

    @property
    def has_groups(self) -> bool:
        """Whether the group of each image is known."""
        return self.group_column is not None or bool(self.files and self.files.train_groups)

    @property
    def published(self) -> dict[str, PublishedFile]:
        """The files that are looked for in its sources, by their place in the configuration."""
        if self.archive:
            return {"archive": self.archive}
        return {f"files.{name}": file for name, file in self._data_files.items()}

    @property
    def _data_files(self) -> dict[str, DataFile]:
        named = {field.name: getattr(self.files, field.name, None) for field in fields(Files)}
        return {name: file for name, file in named.items() if file}

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the raw files of groups, if it has some."""
        return ("train-groups", "test-groups") if self.files and self.files.train_groups else ()

    @property
    def rows(self) -> list[str]:
        """The options of `scrawl decode` that take only some rows of its files."""
        return [
            word
            for name, file in self._data_files.items()
            if file.rows
            for word in ("--rows", name.replace("_", "-"), *map(str, file.rows))
        ]

    def preparation(self, normalisation: str) -> Preparation:
        """Return how it is prepared for the experiments of one normalisation."""
        shared = {field.name: getattr(self, field.name) for field in fields(Unpacked)}
        return Preparation.parse({**shared, "normalisation": normalisation})


def located(sources: Iterable[str], folders: Sequence[Path]) -> list[str]:
    """Return sources as seen from the working directory: local ones in each of some folders.

    >>> located(["https://example.org/runes/", "/data/runes"], [Path("mine"), Path("theirs")])
    ['https://example.org/runes/', '/data/runes']
    """
    places = product(sources, folders)
    return list(dict.fromkeys(_located(source, folder) for source, folder in places))


def _located(source: str, folder: Path) -> str:
    local = source.removeprefix("file:")
    if "://" in source or local.startswith(("~", "/")):
        return source
    # A checkout's neighbours are those of the folder itself, not of a link to it.
    return os.path.relpath(folder.resolve() / local)
