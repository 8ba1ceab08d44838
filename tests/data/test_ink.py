"""Ink and paper: strokes on sheets, tables, frames, shadows and ruled lines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl.data.ink import tell

Picture = NDArray[np.float64]
SIDE = 140


def seven(ink: float = 0.1, paper: float = 0.9) -> Picture:
    """Draw a 7 of 8 pixels' breadth: a bar, a slanted stroke."""
    page = np.full((SIDE, SIDE), paper)
    page[30:38, 40:100] = ink
    for row in range(38, 112):
        start = 92 - (row - 38) // 2
        page[row, start : start + 8] = ink
    return page


INK = seven() < 0.5


def agreement(ink: Picture | None, expected: NDArray[np.bool_]) -> float:
    """Return what two pieces of ink have in common, of both together, each cut to its box."""
    assert ink is not None

    def cut(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    a, b = cut(ink > 0), cut(expected)
    shape = np.maximum(a.shape, b.shape)
    a, b = (
        np.pad(one, [(0, int(n - m)) for n, m in zip(shape, one.shape, strict=True)])
        for one in (a, b)
    )
    return float((a & b).sum() / (a | b).sum())


def framed(page: Picture, breadth: int, value: float) -> Picture:
    page = page.copy()
    page[:breadth] = page[-breadth:] = page[:, :breadth] = page[:, -breadth:] = value
    return page


def soft_shadow(page: Picture) -> Picture:
    fall = np.clip(np.linspace(0.4, 2.2, SIDE), 0, 1)
    return page * fall[:, None] * fall[None]


def hard_shadow(page: Picture) -> Picture:
    page = page.copy()
    page[:18] *= 0.4
    page[18:, :18] *= 0.4
    return page


def on_table(page: Picture, value: float = 0.15) -> Picture:
    rng = np.random.default_rng(0)
    table = np.pad(page, ((60, 40), (30, 80)), constant_values=value)
    return np.clip(table + 0.02 * rng.standard_normal(table.shape), 0, 1)


def ruled(page: Picture) -> Picture:
    page = page.copy()
    page[12::25] = page[13::25] = 0.1
    return page


SURROUNDINGS: dict[str, Callable[[Picture], Picture]] = {
    "nothing": lambda page: page,
    "a frame of one black pixel": lambda page: framed(page, 1, 0.0),
    "a broad frame": lambda page: framed(page, 10, 0.2),
    "a soft shadow on two sides": soft_shadow,
    "a hard shadow on two sides": hard_shadow,
    "a gradient": lambda page: page * np.linspace(1, 0.5, SIDE)[:, None],
    "half in the shade": lambda page: page * np.where(np.arange(SIDE) < 70, 1, 0.6),
    "a dark table": on_table,
    "a table that fills most": lambda page: on_table(np.pad(page, 40, constant_values=0.15)),
    "a table on one side": lambda page: on_table(page)[:, 30:],
    "ruled paper": ruled,
    "squared paper": lambda page: ruled(ruled(page).T).T,
    "grain": lambda page: page + 0.03 * np.random.default_rng(0).standard_normal(page.shape),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
@pytest.mark.parametrize("negative", [False, True])
def test_ink_is_told_from_paper_whatever_is_around(name: str, negative: bool) -> None:
    picture = SURROUNDINGS[name](seven()).clip(0, 1)
    told = tell(1 - picture if negative else picture)
    assert told.trouble == ""
    # A shadow is no shadow on a negative, where ink is not darker by a share.
    if not (negative and ("shad" in name or name == "a gradient")):
        assert told.dark_on_light is not negative
        assert agreement(told.ink, INK) > 0.8


def test_a_character_that_fills_the_picture_is_ink() -> None:
    told = tell(seven()[30:112, 40:100])
    assert told.dark_on_light
    assert told.ink is not None
    np.testing.assert_array_equal(told.ink > 0, INK[30:112, 40:100])


def test_a_light_ring_on_black_is_no_sheet_with_a_mark() -> None:
    y, x = np.mgrid[-1:1:120j, -1:1:120j]
    ring = (np.abs(np.hypot(y, x) - 0.55) < 0.2).astype(float)
    assert not tell(ring).dark_on_light
    assert tell(1 - ring).dark_on_light


@pytest.mark.parametrize("ground", [0.0, 0.5, 1.0])
def test_paper_with_nothing_on_it_is_blank(ground: float) -> None:
    grain = np.random.default_rng(0).uniform(-0.04, 0.04, (50, 40))
    for picture in (np.full((28, 28), ground), np.clip(ground + grain, 0, 1)):
        assert tell(picture).ink is None
        assert tell(picture).trouble == "blank"


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (2, 2), (3, 400)])
def test_the_smallest_pictures_are_no_error(shape: tuple[int, int]) -> None:
    for picture in (np.full(shape, 0.5), np.random.default_rng(0).random(shape)):
        told = tell(picture)
        assert (told.ink is None) == bool(told.trouble)


def test_several_characters_are_counted_and_not_read_as_one() -> None:
    row = np.hstack([seven(), seven(), seven()])
    assert tell(row).trouble == "3 characters, expected one"
    assert tell(np.vstack([seven(), seven(), seven()])).trouble == "3 characters, expected one"


def test_the_strokes_of_one_character_are_one_character() -> None:
    page = np.ones((120, 120))
    page[20:100, 25:33] = page[20:100, 56:64] = page[20:100, 87:95] = 0  # 川
    assert tell(page).trouble == ""


def test_noise_is_no_ink() -> None:
    noise = np.random.default_rng(0).random((200, 200))
    assert tell(noise).trouble == "no ink that could be told from paper"


def test_specks_of_dirt_are_left_out() -> None:
    page = seven()
    page[5, 5] = page[130, 9] = 0.0
    assert agreement(tell(page).ink, INK) > 0.95


def test_a_huge_picture_is_reduced_first() -> None:
    told = tell(seven().repeat(10, axis=0).repeat(10, axis=1))
    assert told.ink is not None
    assert max(told.ink.shape) == 512
