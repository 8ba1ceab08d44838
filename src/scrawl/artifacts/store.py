"""HDF5 artifacts: their layout, atomic writing, checks when read.

Every file carries, as attributes of its root, `format` and `format_version`, the `settings` it
was made with, the digests of what it was `made_from`, and a `sha256` of its own content: of every
group, dataset and attribute, in the order of their names. The digests link into a chain from the
raw bytes to the last prediction that can be recomputed. Nothing in a file depends on the clock,
the machine or a path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import hdf5
from scrawl.artifacts.files import written_whole
from scrawl.artifacts.formats import FORMATS, check, label_dimensions
from scrawl.artifacts.remedies import made_again
from scrawl.settings.json_text import canonical_json, json_object

# Content is hashed in pieces of this size: large enough to keep the hash busy, small enough to
# stay in the processor's cache.
HASH_BLOCK_BYTES = 1 << 20

# Of files up to this size the digest is compared whenever they are opened: MNIST's prepared images,
# 223 MB, take a fifth of a second. Of larger ones `scrawl verify` compares it.
ALWAYS_CHECKED_BYTES = 1 << 28


@contextmanager
def writing(
    path: Path,
    kind: str,
    *,
    settings: Mapping[str, Any],
    made_from: Mapping[str, str],
    by_orphans: bool = False,
) -> Iterator[Any]:
    """Write an artifact, whole or not at all.

    Parameters
    ----------
    path : Path
        The final name.
    kind : str
        A key of `FORMATS`.
    settings : mapping
        What it is made with; stored as JSON with sorted keys.
    made_from : mapping of str to str
        The SHA-256 of each input, by the input's name. It may be filled while the block runs: an
        input that is read as a stream is known only at its end.
    by_orphans : bool
        As for `written_whole`.

    Yields
    ------
    h5py.File
        An empty file to fill. When the block ends, its tables are checked and labelled and its
        content is hashed.

    Raises
    ------
    ValueError
        If what was written is not what `FORMATS` promises.
    """
    with written_whole(path, by_orphans) as part, hdf5.created(part) as file:
        yield file
        check(file, kind, path)
        label_dimensions(file, kind)
        write_attributes(
            file,
            format=f"scrawl/{kind}",
            format_version=FORMATS[kind].version,
            settings=canonical_json(settings),
            made_from=canonical_json(made_from),
        )
        write_attributes(file, sha256=content_sha256(file))


@contextmanager
def reading(path: Path, kind: str, *, whole: bool = False) -> Iterator[Any]:
    """Open an artifact; check its kind, its tables, and that its content is what was written.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        A key of `FORMATS`.
    whole : bool
        Whether the content is compared with its digest in a file of any size; by default only up
        to `ALWAYS_CHECKED_BYTES`.

    Yields
    ------
    h5py.File
        The open file, for reading.

    Raises
    ------
    ValueError
        If the file is missing, damaged or no HDF5 file, is of another kind or version, lacks a
        table, or has changed since it was written. The message names the file, the HDF5 path and
        what to do.
    """
    remedy = FORMATS[kind].remedy or made_again(path)
    with hdf5.opened(path, remedy) as file:
        try:
            _check_kind(file, kind, path)
            check(file, kind, path)
            _check_origin(file, path)
            if whole or path.stat().st_size <= ALWAYS_CHECKED_BYTES:
                _check_content(file, path)
        except hdf5.DAMAGE as error:
            raise ValueError(f"{path}: a damaged HDF5 file ({error}); {remedy}") from error
        except ValueError as error:
            raise ValueError(f"{error}; {remedy}") from None
        yield file


def mapped(dataset: Any) -> NDArray[Any]:
    """Return a dataset as a read-only array that shares the file's pages instead of copying them.

    Runs on one machine that read the same file then share one copy in memory. Datasets without
    a place of their own in the file (empty or chunked ones) are read.
    """
    offset = dataset.id.get_offset()
    if offset is None:
        return np.asarray(dataset[...])
    return np.memmap(
        dataset.file.filename, dtype=dataset.dtype, mode="r", offset=offset, shape=dataset.shape
    )


def write_attributes(place: Any, **values: str | int | float) -> None:
    """Attach attributes to a file, group or dataset; text is stored as UTF-8 of fixed length."""
    for name, value in values.items():
        place.attrs[name] = as_fixed_text(value) if isinstance(value, str) else value


def write_texts(file: Any, name: str, texts: list[str]) -> None:
    """Store a list of texts, such as class names, as a dataset of UTF-8 of fixed length."""
    encoded = [words.encode() for words in texts]
    length = max(map(len, encoded), default=0)
    file[name] = np.array(encoded, dtype=h5py.string_dtype("utf-8", max(length, 1)))


def read_texts(dataset: Any) -> list[str]:
    """Return what `write_texts` stored."""
    return [text(value) for value in dataset[...]]


def as_fixed_text(value: str) -> NDArray[Any]:
    """Return text as a fixed-length UTF-8 scalar.

    HDF5 keeps text of variable length on a heap of its own, where its place depends on history.
    """
    encoded = value.encode()
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", max(len(encoded), 1)))


def text(value: Any) -> str:
    """Return an attribute or element as str, however HDF5 stored it."""
    return value.decode() if isinstance(value, bytes) else str(value)


def groups_of(file: Any, split: str = "") -> NDArray[np.int64] | None:
    """Return the groups (n,) of the images of an open artifact, if it holds any."""
    name = f"{split}/groups" if split else "groups"
    return np.asarray(file[name][...], np.int64) if name in file else None


def settings_of(file: Any) -> dict[str, Any]:
    """Return the settings that an open artifact was made with."""
    return json_object(text(file.attrs["settings"]), "settings")


def made_from(file: Any) -> dict[str, str]:
    """Return the digests of what an open artifact was made from."""
    return json_object(text(file.attrs["made_from"]), "made_from")


def sha256_of_content(file: Any) -> str:
    """Return the digest stored in an open artifact, which artifacts made from it record."""
    return text(file.attrs["sha256"])


def content_sha256(file: Any) -> str:
    """Hash everything an open HDF5 file holds, except the digest itself.

    Parameters
    ----------
    file : h5py.File
        Open for reading or writing.

    Returns
    -------
    str
        64 hexadecimal digits. Independent of how HDF5 arranges the file: two files with the same
        groups, datasets (dtype, shape, values) and attributes have the same digest.
    """
    digest = hashlib.sha256()
    names: list[str] = []
    file.visit(names.append)
    for name in ["/", *sorted(names)]:
        place = file[name]
        digest.update(f"{name}\n".encode())
        for key in sorted(set(place.attrs) - {"sha256", "DIMENSION_LABELS"}):
            value = np.asarray(place.attrs[key])
            digest.update(f"@{key} {value.dtype.str}{value.shape}\n".encode() + value.tobytes())
        if isinstance(place, h5py.Dataset):
            digest.update(f"{place.dtype.str}{place.shape}\n".encode())
            _hash_values(digest, place)
    return digest.hexdigest()


def _hash_values(digest: Any, dataset: Any) -> None:
    if dataset.ndim == 0 or dataset.size == 0:
        digest.update(np.asarray(dataset[()]).tobytes())
        return
    row_bytes = max(dataset.dtype.itemsize * dataset.size // dataset.shape[0], 1)
    rows = max(HASH_BLOCK_BYTES // row_bytes, 1)
    for start in range(0, dataset.shape[0], rows):
        digest.update(np.ascontiguousarray(dataset[start : start + rows]).data)


def _check_content(file: Any, path: Path) -> None:
    found, recorded = content_sha256(file), sha256_of_content(file)
    if found != recorded:
        raise ValueError(
            f"{path}: its content has changed since it was written: SHA-256 {found}, expected "
            f"{recorded}"
        )


def _check_kind(file: Any, kind: str, path: Path) -> None:
    if (found := text(file.attrs.get("format", "missing"))) != f"scrawl/{kind}":
        raise ValueError(
            f"{path}: the attribute 'format' is {found:.40}, expected scrawl/{kind} "
            f"(what `scrawl {FORMATS[kind].stage}` writes)"
        )
    version, expected = file.attrs.get("format_version", "missing"), FORMATS[kind].version
    if str(version) != str(expected):
        raise ValueError(
            f"{path}: the attribute 'format_version' is {version!s:.40}, expected {expected}"
        )


def _check_origin(file: Any, path: Path) -> None:
    for name in ("settings", "made_from"):
        json_object(text(file.attrs.get(name, "missing")), f"{path}: the attribute {name!r}")
    if len(digest := text(file.attrs.get("sha256", "missing"))) != 64:
        raise ValueError(f"{path}: the attribute 'sha256' is {digest:.80}, expected 64 digits")
