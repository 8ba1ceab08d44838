"""A dataset of the configuration: its sources, files, checksums, and how they are recognised."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from scrawl.settings.constraints import Form, Items, Name, Range
from scrawl.settings.dataset import Deformation, Preparation, Unpacked
from scrawl.settings.parsing import Settings

STEP = "[A-Za-z0-9][A-Za-z0-9_.+-]*"
SHA256 = Form("[0-9a-f]{64}")


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

    name: Annotated[str, Form(f"{STEP}(/{STEP})*")]
    """The file's name under each source, or in the archive where the dataset has one. Gzip, xz or
    plain. Each part of it is a name like those of datasets: nothing leads out of the source."""
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
class Archive(PublishedFile):
    """A zip file that holds the four files of a dataset."""

    name: Annotated[str, Name()]
    """The archive's name under each source."""


@dataclass(frozen=True, kw_only=True)
class Files(Settings):
    """The four IDX files of a dataset."""

    train_images: PublishedFile
    """Training images, (n, height, width) or (n, height, width, channels)."""
    train_labels: PublishedFile
    """Their labels, (n,) or (n, columns)."""
    test_images: PublishedFile
    """Test images."""
    test_labels: PublishedFile
    """Their labels."""


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

    def __post_init__(self) -> None:
        elsewhere = [key for key in ("sources", "files", "archive") if getattr(self, key)]
        if self.deformed:
            if elsewhere:
                raise ValueError(
                    f"deformed takes the place of {elsewhere[0]}; leave one of them out"
                )
        elif missing := [key for key in ("sources", "files") if not getattr(self, key)]:
            raise ValueError(f"the key {missing[0]!r} is missing")

    @property
    def published(self) -> dict[str, PublishedFile]:
        """The files that are looked for in its sources, by their place in the configuration."""
        if self.archive:
            return {"archive": self.archive}
        files = fields(Files) if self.files else ()
        return {f"files.{file.name}": getattr(self.files, file.name) for file in files}

    def preparation(self, normalisation: str) -> Preparation:
        """Return how it is prepared for the experiments of one normalisation."""
        shared = {field.name: getattr(self, field.name) for field in fields(Unpacked)}
        return Preparation.parse({**shared, "normalisation": normalisation})
