"""The ten digits as movements of a pen: several forms of each, each form one to three strokes.

A stroke is written as its control points `x,y`, x to the right and y down, the digit between
y = 0 and y = 100. The pen moves smoothly along them, rounding each corner of their polygon; `!`
marks a corner that it does not round. `/` lifts the pen.

All forms were designed for this project; none is traced from a font or from a dataset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

WRITTEN: dict[int, tuple[str, ...]] = {
    0: (
        "38,0 8,0 -4,40 2,100 52,104 66,60 58,0 30,-2",  # closed oval
        "46,6 10,-8 -6,40 2,102 50,106 70,50 56,-2 34,4 30,16",  # the end hooks inside
        "30,0 0,12 -2,60 12,104 44,98 62,70 62,20 46,-4 22,2",  # narrow at the top left
        "20,8 44,-8 66,14 66,80 36,108 4,96 -4,50 4,6 34,0",  # the other way round
        "54,-6 14,2 -4,50 4,98 36,106 66,80 64,24 44,4 16,2",  # crosses itself at the top
    ),
    1: (
        "30,0 30,50 30,100",  # a bar
        "20,16 32,0! 32,100",  # with a flag
        "12,20 32,0! 32,100! / 8,100 56,100",  # with flag and foot
        "34,0 28,40 30,100",  # bent
        "22,14 28,8 34,0! 30,50 30,100",  # small round flag
        "30,0! 30,100! / 10,100 50,100",  # with a foot alone
    ),
    2: (
        "2,24 6,-4 58,-8 62,34 38,62 0,100! 66,98",  # angular foot
        "2,22 14,-6 66,-4 56,42 36,70 8,108 -10,88 14,78 36,98 70,92",  # looped foot
        "4,16 24,-6 60,0 56,32 20,72 -4,100! 30,92 44,104 70,92",  # wavy foot
        "0,8 30,-2 60,-6 60,22 44,50 4,98! 62,100",  # flat head
        "8,36 -8,16 16,-8 66,-2 60,44 28,72 4,100! 64,100",  # hooked head
        "0,20 20,-8 60,-4 52,40 20,112 -16,90 10,66 40,96 84,82",  # large loop, wide foot
    ),
    3: (
        "4,12 20,-6 62,-4 62,40 40,46 22,46! 48,46 72,60 66,104 16,108 -2,86",  # two bowls
        "2,2 60,2! 26,40! 60,38 76,72 58,108 14,106 0,88",  # flat head
        "4,14 22,-8 66,-2 60,44 28,56 14,46 26,36 54,46 76,66 60,106 20,106 0,92",  # looped waist
        "8,6 40,-8 66,14 50,40 24,46! 60,46 66,84 40,104 0,98",  # open
        "0,10 30,-6 58,0 50,30 24,44! 54,44 62,70 44,100 -6,108",  # small bowls
    ),
    4: (
        "14,0 8,30 2,60! 66,58 / 50,22 46,100",  # open, two strokes
        "12,2 0,40 10,62 40,56 54,50 / 56,0 50,50 48,100",  # open, round
        "48,0! 0,66! 68,64 / 48,0 46,100",  # closed
        "36,0 0,62! 66,60 / 50,32 44,100",  # lightning
        "8,4 2,52 20,62 58,40 62,0! 54,50 50,100",  # one stroke
        "6,8 4,50! 70,46 / 60,-4 52,40 40,104",  # wide open
    ),
    5: (
        "12,2 6,44! 30,36 66,40 68,100 20,110 -2,90 / 12,2 62,0",  # the bar last
        "62,0 12,2! 8,46! 34,32 70,46 64,102 22,108 0,92",  # one stroke
        "62,2 18,-2 4,34 24,48 70,54 62,104 20,106 0,96",  # smooth
        "16,4 14,42 36,42 62,50 60,96 30,106 2,98 / 14,6 40,8 64,-2",  # loose bar
        "26,8 12,46! 40,42 54,60 46,92 24,106 -6,100 / 26,8 50,10 84,0",  # long bar
    ),
    6: (
        "50,0 20,14 -6,60 4,106 56,108 66,62 38,46 6,60 4,78",  # round
        "34,0 8,40 -6,80 18,108 58,100 60,62 36,54 4,84",  # straight stem
        "58,6 40,-6 6,20 -6,80 16,110 60,104 64,60 30,54 2,74",  # hooked head
        "26,0 4,40 0,90 20,106 50,100 52,70 30,64 6,88",  # small bowl
        "44,0 10,40 -4,90 20,108 74,100 76,66 40,62 16,96",  # wide bowl
    ),
    7: (
        "-4,4 66,0! 42,40 24,100",  # plain
        "-6,4 66,2! 42,40 26,100 / 14,54 60,48",  # barred
        "-4,20 -4,4! 64,2! 34,60 26,100",  # with a serif
        "-8,12 14,-2 34,10 70,0! 46,36 30,100",  # wavy head
        "-2,16 -2,4! 66,4! 44,40 22,100 / 14,52 58,50",  # serif and bar
        "-6,8 40,0 76,-6 64,32 40,60 36,100",  # round shoulder
    ),
    8: (
        "54,14 36,-10 2,0 2,36 34,46 66,62 62,108 6,110 -4,66 28,48 58,34 62,4 40,2",  # one line
        "30,0 8,0 2,26 16,50 44,50 58,26 52,0 26,0 / 30,50 4,50 -4,78 12,102 48,102 64,78 26,48",
        "60,8 30,-10 -2,10 10,40 46,54 70,76 46,112 4,102 4,68 34,44 62,20",  # open head
        "62,4 30,-8 4,8 10,34 44,62 48,96 26,110 6,96 14,66 40,40 66,-2",  # narrow, leaning
        "56,20 50,-6 8,-6 2,34 40,48 54,72 50,104 10,106 4,80 24,56 60,36 58,8",  # from the side
    ),
    9: (
        "58,18 44,-8 2,-2 -4,46 30,56 56,40 60,6! 58,50 54,100",  # straight tail
        "58,16 40,-8 0,0 -4,48 36,54 58,34 60,8! 62,60 56,108 20,106 8,94",  # hooked tail
        "56,22 44,-6 6,-4 -4,42 30,54 60,22 64,4! 50,50 26,100",  # leaning tail
        "52,8 18,-8 -6,26 8,54 48,48 62,10 64,40 56,80 50,100",  # one bend
        "50,42 10,62 -10,14 22,-8 58,0 66,30 50,70 30,102",  # a reversed six
        "44,12 24,-6 0,6 2,36 26,42 44,26 46,8! 46,50 40,100",  # small ring, long tail
    ),
}


@dataclass(frozen=True)
class Stroke:
    """One movement of the pen.

    Attributes
    ----------
    control : (points, 2) float64
        The control points, x and y, in hundredths of the digit's height.
    repeats : (points,) int
        2 for a control point that the pen reaches exactly (an end, a sharp corner), 1 for one
        that it only bends towards.
    """

    control: Points
    repeats: NDArray[np.intp]


def stroke(text: str) -> Stroke:
    """Read one stroke.

    Examples
    --------
    >>> flag = stroke("12,22 32,0! 30,50 32,100")
    >>> flag.control.tolist()
    [[12.0, 22.0], [32.0, 0.0], [30.0, 50.0], [32.0, 100.0]]
    >>> flag.repeats.tolist()
    [2, 2, 1, 2]
    """
    words = text.split()
    control = [[float(number) for number in word.rstrip("!").split(",")] for word in words]
    exact = [True, *(word.endswith("!") for word in words[1:-1]), True]
    return Stroke(np.array(control), np.where(exact, 2, 1))


FORMS: dict[int, tuple[tuple[Stroke, ...], ...]] = {
    label: tuple(tuple(stroke(text) for text in form.split("/")) for form in forms)
    for label, forms in WRITTEN.items()
}


def curve(control: Points, repeats: NDArray[np.intp], steps: int = 12) -> Points:
    """Follow a uniform quadratic B-spline, the smooth curve of a control polygon.

    The curve joins the midpoints of the polygon's sides by parabolas and touches each side there.
    A control point given twice is reached exactly.

    Parameters
    ----------
    control : (points, 2) float64
    repeats : (points,) int
        How often each control point is given.
    steps : int
        Points on each parabola.

    Returns
    -------
    (steps * (sum of repeats - 2) + 1, 2) float64

    Examples
    --------
    >>> curve(np.array([[0.0, 0.0], [8.0, 0.0], [8.0, 8.0]]), np.array([2, 1, 2]), 2).tolist()
    [[0.0, 0.0], [1.0, 0.0], [4.0, 0.0], [7.0, 1.0], [8.0, 4.0], [8.0, 7.0], [8.0, 8.0]]
    """
    polygon = np.repeat(control, repeats, axis=0)
    t = np.arange(steps)[:, None] / steps
    weights = np.hstack([(1 - t) ** 2, 1 + 2 * t * (1 - t), t**2]) / 2  # (steps, 3)
    triples = np.stack([polygon[:-2], polygon[1:-1], polygon[2:]], axis=1)  # (parabolas, 3, 2)
    end = polygon[-2:].mean(axis=0, keepdims=True)
    return np.concatenate([(weights @ triples).reshape(-1, 2), end])
