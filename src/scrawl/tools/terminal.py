"""Bars, histograms and pictures made of characters, as terminals show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

# From black to white. A character is about twice as high as wide, so it stands for two rows.
SHADES = np.array(list(" .:-=+*#%@"))
ROWS_A_CHARACTER = 2
GAP = "  "

COLUMNS = " ▁▂▃▄▅▆▇█"  # eighths of a line's height
PARTS = " ▏▎▍▌▋▊▉"  # eighths of a character's width


def bar(share: float, width: int) -> str:
    """Return a bar of a share of the width, to an eighth of a character.

    Parameters
    ----------
    share : float
        What lies outside of 0 to 1 is cut off.
    width : int
        Characters of the whole.

    Examples
    --------
    >>> bar(0.5, 5), bar(1.0, 3), bar(-0.1, 3)
    ('██▌', '███', '')
    """
    eighths = round(8 * width * min(max(share, 0.0), 1.0))
    return ("█" * (eighths // 8) + PARTS[eighths % 8]).rstrip()


def columns(counts: NDArray[np.integer]) -> str:
    """Return a column for each count, as high as its share of the largest; none only for 0.

    >>> columns(np.array([0, 1, 50, 100]))
    ' ▁▄█'
    """
    heights = np.ceil(8 * counts / max(int(counts.max()), 1)).astype(int)
    return "".join(COLUMNS[height] for height in heights)


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a line for each row, its cells below each other.

    >>> list(aligned([["", "a", "b"], ["epochs", "10", "2"]]))
    ['        a   b', 'epochs  10  2']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield GAP.join(map(str.ljust, row, widths)).rstrip()


def side_by_side(pictures: NDArray[np.float64]) -> Iterator[str]:
    """Yield the lines of pictures (n, height, width), all on one scale from black to white."""
    finite = pictures[np.isfinite(pictures)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    known = np.nan_to_num(pictures, nan=low, posinf=high, neginf=low)  # damaged pixels are blank
    levels = (known - low) / ((high - low) or 1) * (len(SHADES) - 1)
    for row in range(0, levels.shape[1], ROWS_A_CHARACTER):
        # The mean of the rows that share a character.
        shades = levels[:, row : row + ROWS_A_CHARACTER].mean(axis=1).round().astype(int)
        yield GAP.join("".join(SHADES[line]) for line in shades).rstrip()


def fitting(width: int, terminal: int) -> int:
    """Return how many pictures of a width stand side by side in a terminal; at least one.

    >>> fitting(28, 80)
    2
    """
    return max((terminal + len(GAP)) // (width + len(GAP)), 1)
