"""Style of all figures: palette, fonts, scales; files that are the same bytes each time.

matplotlib is used without pyplot: no global state, no display.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.scale import FuncScale
from matplotlib.ticker import (
    FixedLocator,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from scrawl.artifacts.files import written_whole
from scrawl.figures.axes import accuracies, accuracy_at, accuracy_place

LOG = logging.getLogger(__name__)

FORMATS = (".png", ".svg")

# Comes with matplotlib, so that a figure looks the same on every machine.
DEFAULT_FONT = "DejaVu Sans"
LETTERS_AN_INCH = 11.5  # of a title, in 11 points
MOST_LETTERS = 32  # of a name in a figure: longer ones would leave no room for the rest

STYLE: dict[str, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "0.9",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.08,  # inch
    "figure.dpi": 150,
    "text.parse_math": False,  # a class may be called "$"
    "svg.fonttype": "path",  # letters as outlines: the same on machines without the font
    "svg.hashsalt": "scrawl",  # the ids of elements are random without one
}

# Okabe and Ito's palette, told apart with every common colour blindness; their yellow is left out,
# which is too pale for a line on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Of experiments, in figures and in the report: the same, darker where they are pale, so that a thin
# line has a contrast of 3 to 1 with white. 7 colours, 4 lines and 9 markers have no common divisor:
# taken in step, neighbours differ in all three, and no look comes twice among 252.
EXPERIMENTS = ("#0072B2", "#D55E00", "#00805D", "#B6538F", "#A86D00", "#3390C8", "#000000")
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")


def save(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all: the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : Path
        Its suffix, .png or .svg, decides the format.

    Raises
    ------
    ValueError
        If the suffix is another.
    """
    check_format(path)
    # None leaves out what would name the day and the version of matplotlib.
    metadata = {"Software": None} if path.suffix == ".png" else {"Date": None, "Creator": None}
    with written_whole(path) as part, style():
        # Laid out once: a second drawing would shift things a little, and the bytes of one format
        # would depend on whether the other was written before.
        if figure.get_layout_engine() is not None:
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
        figure.savefig(part, format=path.suffix[1:], metadata=metadata)


def check_format(path: Path) -> None:
    """Refuse a file name whose suffix is not a format of figures."""
    if path.suffix not in FORMATS:
        raise ValueError(f"{path}: the suffix is {path.suffix!r}, expected {' or '.join(FORMATS)}")


@contextmanager
def style(names: Sequence[str] = (), *titles: str) -> Iterator[list[str]]:
    """Set the style for a block, with fonts for all texts; yield them as they can be drawn.

    Names are shortened where they are long, titles are not.
    """
    drawable, fonts = legible([*map(shortened, names), *titles])
    with matplotlib.style.context(["default", STYLE | {"font.family": fonts}]):
        yield drawable


def shortened(name: str, most: int = MOST_LETTERS) -> str:
    """Return a long name without its middle.

    >>> shortened("0123456789" * 7, 12)
    '0123456…6789'
    """
    end = most // 3
    return name if len(name) <= most else f"{name[: most - 1 - end]}…{name[-end:]}"


def wrapped(title: str, inches: float) -> str:
    r"""Return a title in lines that are no wider than a figure or a plot in it.

    >>> wrapped("dense-128, seed 1: mistakes", 1.7)
    'dense-128, seed 1:\nmistakes'
    """
    return fill(title, max(8, int(LETTERS_AN_INCH * inches)))


def legible(names: Sequence[str]) -> tuple[list[str], list[str]]:
    r"""Return names that can be drawn, and the fonts to draw them with.

    Characters that the default font lacks, such as kana, are looked for in the installed fonts. If
    none has all of them, each is written as its number, and a warning says so.

    Examples
    --------
    >>> legible(["ki", "ü", "on two\nlines"])
    (['ki', 'ü', 'on two lines'], ['DejaVu Sans'])
    >>> print(*legible(["a\uffff"])[0])  # no font has it: it is no character
    a[no font: U+FFFF]
    """
    names = [" ".join(name.split()) for name in names]
    known = glyphs(findfont(DEFAULT_FONT))
    lacking = frozenset("".join(names)) - known
    if not lacking:
        return names, [DEFAULT_FONT]
    if (other := family_with(lacking)) is not None:
        return names, [DEFAULT_FONT, other]
    LOG.warning(
        "no installed font has all of these characters: %s; figures show their numbers instead "
        "(fonts such as Noto Sans CJK have most scripts)",
        " ".join(sorted(lacking)),
    )
    return [with_numbers(name, lacking) for name in names], [DEFAULT_FONT]


def with_numbers(name: str, lacking: Collection[str]) -> str:
    """Return a name with the numbers of characters that no font has.

    >>> with_numbers("大人 1", "大人")
    '[no font: U+5927 U+4EBA] 1'
    """
    parts = []
    for strange, group in groupby(name, lambda letter: letter in lacking):
        letters = list(group)
        numbers = " ".join(f"U+{ord(letter):04X}" for letter in letters)
        parts.append(f"[no font: {numbers}]" if strange else "".join(letters))
    return "".join(parts)


@cache
def family_with(characters: frozenset[str]) -> str | None:
    """Return the first installed font, by name, that has all `characters`."""
    for entry in sorted(fontManager.ttflist, key=lambda entry: (entry.name, entry.fname)):
        # Last Resort draws every character as an empty frame; bitmap fonts cannot be scaled.
        usable = "Last Resort" not in entry.name and entry.size == "scalable"
        if usable and characters <= glyphs(entry.fname):
            return str(entry.name)
    return None


@cache
def glyphs(font: str) -> frozenset[str]:
    """Return the characters that a font file can draw; none if it cannot be read."""
    try:
        return frozenset(map(chr, FT2Font(font).get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()


def look(i: int) -> dict[str, Any]:
    """Return colour, line style and marker of the i-th experiment."""
    return {
        "color": EXPERIMENTS[i % len(EXPERIMENTS)],
        "linestyle": LINES[i % len(LINES)],
        "marker": MARKERS[i % len(MARKERS)],
        "markersize": 4,
    }


def say(axes: Axes, words: str) -> None:
    """Write words in place of a plot."""
    axes.set(xticks=[], yticks=[])
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color="0.3")


def loss_scale(axes: Axes) -> None:
    """Make the vertical axis logarithmic, if all that is drawn allows it."""
    low, high = axes.dataLim.intervaly
    if not 0 < low <= high < np.inf:
        return
    axes.set_yscale("log")
    # Steps of 1, 2 and 5 leave the axis bare where the losses differ little.
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if high > 8 * low else MaxNLocator(6))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def accuracy_scale(axis: XAxis | YAxis) -> None:
    """Make an axis of accuracies logarithmic in the error; see `axes.accuracies`."""
    scale = accuracies(axis.get_data_interval())
    name = axis.axis_name  # "x" or "y"
    functions = FuncScale(axis, (accuracy_place, accuracy_at))
    axis.axes.set(**{f"{name}scale": functions, f"{name}lim": (scale.low, scale.high)})
    axis.set_major_locator(FixedLocator(scale.ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: scale.words(value))
