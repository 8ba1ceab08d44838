"""Parquet tables: a picture and a label in each row, or pixels in columns.

Needs pyarrow. Pictures and names of classes are found where Hugging Face's datasets have them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts.remedies import installed
from scrawl.data.labelled.parts import ROWS, Blocks, Part, image_shape, purpose
from scrawl.data.picture_files import FORMATS
from scrawl.settings.json_text import parsed_json

LABELS = ("label", "labels", "class", "target", "y", "digit")
PICTURES = ("image", "img", "picture")


def parts(
    path: Path, files: Sequence[Path], size: tuple[int, int] | None, groups: str | None = None
) -> list[Part]:
    """Return the images of each table."""
    try:
        import pyarrow.parquet  # noqa: F401 (optional)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{path}: needs the package pyarrow, which is not installed; {installed('pyarrow')}"
        ) from error
    return [part(file, size, groups) for file in files]


def part(path: Path, size: tuple[int, int] | None, groups: str | None = None) -> Part:
    """Return the images of one table."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        names = ParquetFile(path).schema_arrow.names
        column = one_of(path, names, LABELS, "labels")
        labels = np.array(ParquetFile(path).read([column])[column].to_pylist())
        by = None
        if groups is not None:
            named = one_of(path, names, [groups.lower()], "groups")
            by = np.array(ParquetFile(path).read([named])[named].to_pylist())
            names = [name for name in names if name != named]
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"{path}: no whole Parquet file ({error})") from error
    if not len(labels):
        raise ValueError(f"{path}: found no rows, expected images")
    pixels = [name for name in names if name != column]
    picture = next((name for name in PICTURES if name in names), None)
    if picture or len(pixels) == 1:  # which may also hold lists of pixels
        picture = picture or pixels[0]
        pixels = [picture]
    first = rows_of(path, next(ParquetFile(path).iter_batches(1, columns=pixels)), picture)
    shape = image_shape(str(path), first.shape[1:], size)

    def blocks() -> Blocks:
        for batch in ParquetFile(path).iter_batches(ROWS, columns=pixels):
            yield rows_of(path, batch, picture).reshape(-1, *shape)

    known = class_names(path, column)
    return Part(str(path), purpose(path.stem), labels, shape, blocks, known, by)


def one_of(path: Path, names: Sequence[str], wanted: Sequence[str], what: str) -> str:
    """Return the column with one of some names."""
    found = [name for name in names if name.lower() in wanted]
    if len(found) != 1:
        raise ValueError(
            f"{path}: found the columns {', '.join(names[:6])}, expected one with {what}, named "
            f"{' or '.join(wanted)}"
        )
    return found[0]


def class_names(path: Path, column: str) -> tuple[str, ...]:
    """Return the names of the classes, where Hugging Face's metadata have them."""
    from pyarrow.parquet import ParquetFile

    metadata = ParquetFile(path).schema_arrow.metadata or {}
    try:
        text = metadata.get(b"huggingface", b"{}").decode()
        features = parsed_json(text, str(path))["info"]["features"]
        return tuple(map(str, features[column]["names"]))
    except (ValueError, KeyError, TypeError):
        return ()


def rows_of(path: Path, batch: Any, picture: str | None) -> NDArray[Any]:
    """Return the images of some rows: (n, h, w), or flat (n, pixels) where they are columns."""
    if picture is None:
        columns = [column.to_numpy(zero_copy_only=False) for column in batch.columns]
        for name, column in zip(batch.schema.names, columns, strict=True):
            if column.dtype.kind not in "biuf":
                raise ValueError(f"{path}: column {name}: found no numbers, expected pixels")
        return np.stack(columns, axis=1)
    images = [image_of(path, value) for value in batch.column(0).to_pylist()]
    if len({image.shape for image in images}) > 1:
        raise ValueError(f"{path}: found images of several sizes, expected one")
    return np.stack(images)


def image_of(path: Path, value: Any) -> NDArray[Any]:
    """Return the image of a cell: a picture file's bytes, or a list of rows."""
    from PIL import Image

    content = value.get("bytes") if isinstance(value, dict) else value
    if isinstance(content, list):
        return np.array(content)
    if not isinstance(content, bytes):
        raise ValueError(f"{path}: found no picture in a row, expected a picture's bytes or pixels")
    known = [name for name in FORMATS if name in Image.OPEN]
    try:
        with Image.open(io.BytesIO(content), formats=known or None) as image:
            return np.asarray(image.convert("L"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: found a damaged picture in a row ({error})") from error
