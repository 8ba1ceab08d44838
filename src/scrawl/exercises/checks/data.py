"""Checks of the exercises about data: from bytes to images and labels."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from scrawl.data.idx import TYPES
from scrawl.exercises.judging import Ask, Wrong, agree, parts, same_number
from scrawl.exercises.wording import described


def read_header(ask: Ask, rng: np.random.Generator) -> None:
    """Hold types and shapes against headers made byte by byte."""
    shapes: list[tuple[int, ...]] = [
        (60_000, 28, 28),
        (int(rng.integers(2**31, 2**32)), 1),
        *(tuple(rng.integers(0, 3000, rank).tolist()) for rank in (1, 4, 0, 2)),
    ]
    codes = [0x08, *rng.permutation(sorted(TYPES.keys() - {0x08})).tolist()]
    for code, shape in zip(codes, shapes, strict=True):
        header = bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
        name, dimensions = parts(
            ask(data=header + rng.bytes(9)), ("type", "shape"), "a tuple of two"
        )
        _same_type(name, TYPES[code].name, code)
        _same_shape(dimensions, shape)
    _refuses_what_is_no_header(ask, rng)


def _same_type(got: Any, expected: str, code: int) -> None:
    if got != expected or not isinstance(got, str):
        raise Wrong(
            f"type: expected {expected!r}, got {described(got)}",
            f"the third byte is {code} (0x{code:02X}); see the table of types",
            where={"what": "type"},
            expected=expected,
            got=described(got),
        )


def _same_shape(got: Any, expected: tuple[int, ...]) -> None:
    hint = "the fourth byte is the number of dimensions; four bytes a dimension follow"
    if not isinstance(got, tuple) or len(got) != len(expected):
        found = described(got)
        message = f"shape: expected {len(expected)} dimensions, got {found}"
        raise Wrong(message, hint, "", {"what": "shape"}, list(expected), found)
    for i, (n, wanted) in enumerate(zip(got, expected, strict=True)):
        hint = f"its four bytes are {' '.join(f'{b:02X}' for b in struct.pack('>I', wanted))}"
        same_number(f"shape, dimension {i}", n, wanted, 0, hint)


def _refuses_what_is_no_header(ask: Ask, rng: np.random.Generator) -> None:
    good = bytes([0, 0, 8, 2]) + struct.pack(">2I", 10, 7)
    hint = "a damaged file is to be noticed here, not as strange images later"
    for data, because in (
        (bytes([0, int(rng.integers(1, 256))]) + good[2:], "the first two bytes are not both 0"),
        (bytes([int(rng.integers(1, 256)), 0]) + good[2:], "the first two bytes are not both 0"),
        (good[:2] + b"\x0a" + good[3:], "there is no type 0x0A"),
        (good[: int(rng.integers(5, 12))], "the header ends too early"),
        (good[: int(rng.integers(0, 4))], "the header ends too early"),
    ):
        ask.refused(because, hint, data=data)


def split_and_normalise(ask: Ask, rng: np.random.Generator) -> None:
    """Hold both parts against the formula; the parts differ, so that a leak shows."""
    for n, n_validation in ((6, 2), (9, 1), (20, 13)):
        order = rng.permutation(n)
        images = rng.integers(0, 90, (n, 3)).astype(np.uint8)
        images[order[:n_validation]] += np.uint8(rng.integers(120, 160))
        _check_split(ask, images, order, n_validation)
    grey = np.full((5, 3), rng.integers(1, 200), np.uint8)
    grey[3] += 20
    _check_split(ask, grey, np.array([3, 0, 4, 1, 2]), 1)


def _check_split(ask: Ask, images: Any, order: Any, n_validation: int) -> None:
    answer = ask(images=images, order=order, n_validation=n_validation)
    train, validation = parts(answer, ("train", "validation"), "a tuple of two arrays")
    kept, chosen = (
        images[rows].astype(np.float64) for rows in (order[:n_validation], order[n_validation:])
    )
    mean, deviation = chosen.mean(), chosen.std() or 1.0
    hint = "which rows of `images` are these, and which pixels are mean and deviation taken from?"
    agree("train", train, (chosen - mean) / deviation, np.float32, hint)
    agree("validation", validation, (kept - mean) / deviation, np.float32, hint)


def one_hot(ask: Ask, rng: np.random.Generator) -> None:
    """Hold the rows against comparisons with each class's number."""
    hint = "in which column is the one of this image, and what is its label?"
    for n, classes, dtype in ((5, 3, np.uint8), (60, 10, np.uint8), (7, 12, np.int64)):
        labels = rng.integers(0, classes, n).astype(dtype)
        labels[:2] = 0, classes - 1  # both ends
        expected = (labels[:, None] == np.arange(classes)).astype(np.float64)
        agree("one-hot labels", ask(labels=labels, classes=classes), expected, np.float32, hint)
    hint = "NumPy counts negative places from the end, and is silent about it"
    for wrong in (4, -1):
        labels = rng.integers(0, 4, 6)
        labels[int(rng.integers(6))] = wrong
        ask.refused(f"there is a label {wrong}", hint, labels=labels, classes=4)
