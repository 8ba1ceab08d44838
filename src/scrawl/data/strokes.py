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
        "38,0 -12,-2 -14,102 78,104 78,-2 30,0",  # wide and round
        "30,4 -6,14 -2,104 56,106 68,30 48,-2 14,8 26,24 66,2",  # ends in a loop and a flourish
        "44,-10 10,10 -8,80 30,112 66,80 56,10 28,-2",  # starts above and closes below
        "38,0 8,0 -4,40 2,100 52,104 66,60 58,0 30,-2 / 70,-8 -8,108",  # slashed
        "36,0 -8,-2 -10,102 72,104 72,-2 30,0 / 58,14 6,88",  # wide, slashed inside
        "30,2 0,4 -4,96 30,108 64,96 62,8 40,-4 24,10 8,96",  # slashed without lifting the pen
        "38,0 8,0 -4,40 2,100 52,104 66,60 58,0 30,-2 / 32,-10 28,108",  # a bar from top to bottom
    ),
    1: (
        "30,0 30,50 30,100",  # a bar
        "20,16 32,0! 32,100",  # with a flag
        "12,20 32,0! 32,100! / 8,100 56,100",  # with flag and foot
        "34,0 28,40 30,100",  # bent
        "22,14 28,8 34,0! 30,50 30,100",  # small round flag
        "30,0! 30,100! / 10,100 50,100",  # with a foot alone
        "4,34 34,0! 30,100",  # with an upstroke
        "-6,50 34,0! 32,100",  # with a long upstroke
        "-12,66 32,0! 30,100",  # with an upstroke of most of its height
        "-6,48 18,34 36,0! 30,52 28,100",  # with a bent upstroke
        "-2,36 32,0! 32,100 / -6,100 68,98",  # with upstroke and broad foot
        "6,20 34,4! 32,100! 6,100 66,98",  # with flag and foot in one stroke
        "14,22 32,0! 32,96 / -16,100 80,100",  # with a flag, on a line
        "34,0! 30,88 / -8,104 72,100",  # above a line
    ),
    2: (
        "2,24 6,-4 58,-8 62,34 38,62 0,100! 66,98",  # angular foot
        "2,22 14,-6 66,-4 56,42 36,70 8,108 -10,88 14,78 36,98 70,92",  # looped foot
        "4,16 24,-6 60,0 56,32 20,72 -4,100! 30,92 44,104 70,92",  # wavy foot
        "0,8 30,-2 60,-6 60,22 44,50 4,98! 62,100",  # flat head
        "8,36 -8,16 16,-8 66,-2 60,44 28,72 4,100! 64,100",  # hooked head
        "0,20 20,-8 60,-4 52,40 20,112 -16,90 10,66 40,96 84,82",  # large loop, wide foot
        "0,6 62,0! 0,100! 66,98",  # as a Z
        "2,26 12,-8 64,-8 60,38 26,84 4,104 -6,88 12,80 34,96 70,104",  # small loop, falling foot
        "0,22 20,-8 62,-2 58,40 4,98 30,90 74,100",  # rounded foot
        "2,18 30,-12 66,10 48,52 0,100! 40,100",  # short foot
        "-6,30 4,-4 52,-10 66,28 30,88 -2,106 -10,84 24,82 78,114",  # foot across the line
        "4,14 26,-8 60,4 54,36 22,84 0,98 -8,84 8,74 36,90 74,108",  # small loop, high
        "0,4 44,-6 62,14 44,60 12,98 2,88 20,82 70,96",  # tiny loop
        "2,20 24,-8 62,2 58,36 34,70 10,100 -10,94 -2,78 24,92 44,104 66,92",  # loop and wave
        "4,8 40,-4 62,12 36,56 2,94! 62,84",  # straight slope, rising foot
        "6,20 20,-8 58,-4 60,30 20,96 -6,104 -10,80 14,84 40,104 72,96",  # loop below the line
        "2,30 8,-2 48,-10 64,20 44,62 14,90 4,78 20,76 44,98 76,100",  # round head, small loop
    ),
    3: (
        "4,12 20,-6 62,-4 62,40 40,46 22,46! 48,46 72,60 66,104 16,108 -2,86",  # two bowls
        "2,2 60,2! 26,40! 60,38 76,72 58,108 14,106 0,88",  # flat head
        "4,14 22,-8 66,-2 60,44 28,56 14,46 26,36 54,46 76,66 60,106 20,106 0,92",  # looped waist
        "8,6 40,-8 66,14 50,40 24,46! 60,46 66,84 40,104 0,98",  # open
        "0,10 30,-6 58,0 50,30 24,44! 54,44 62,70 44,100 -6,108",  # small bowls
        "4,10 40,-10 66,14 34,48 68,54 68,100 28,108 -4,94",  # smooth waist
        "10,24 -2,6 26,-8 62,0 56,40 24,46! 62,46 76,80 44,112 -2,104 -4,84 10,80",  # curled ends
        "2,8 34,-8 60,6 54,30 14,46! 70,44 74,92 34,112 -10,94",  # small head
        "0,4 34,-6 72,8 66,46 16,54! 56,56 62,84 36,104 4,100",  # large head
        "6,12 30,-8 62,4 50,38 18,50 20,38 60,46 74,86 36,110 -6,96",  # tiny loop at the waist
        "8,8 40,-8 60,10 44,36 24,42! 70,42 84,80 46,112 -12,90",  # wide base
        "12,16 10,-4 50,-8 58,22 30,46! 66,52 64,98 24,112 4,98 12,84",  # curled at both ends
        "14,8 34,-6 52,8 44,38 30,46! 52,56 52,92 30,106 10,96",  # narrow
    ),
    4: (
        "14,0 8,30 2,60! 66,58 / 50,22 46,100",  # open, two strokes
        "12,2 0,40 10,62 40,56 54,50 / 56,0 50,50 48,100",  # open, round
        "48,0! 0,66! 68,64 / 48,0 46,100",  # closed
        "36,0 0,62! 66,60 / 50,32 44,100",  # lightning
        "8,4 2,52 20,62 58,40 62,0! 54,50 50,100",  # one stroke
        "6,8 4,50! 70,46 / 60,-4 52,40 40,104",  # wide open
        "52,100 54,50 54,2! -6,60! 70,60",  # closed, from below
        "60,2! 0,44! 58,50 / 62,0 54,102",  # closed, with a long stem
        "8,2 2,36 24,48 54,36 60,2! 54,60 42,104 20,100",  # one stroke, the end curled
        "24,0 -2,54! 66,50 / 38,30 34,102",  # short stem
        "56,4 20,26 -4,52! 64,52! 60,4 52,100",  # closed, one stroke
    ),
    5: (
        "12,2 6,44! 30,36 66,40 68,100 20,110 -2,90 / 12,2 62,0",  # the bar last
        "62,0 12,2! 8,46! 34,32 70,46 64,102 22,108 0,92",  # one stroke
        "62,2 18,-2 4,34 24,48 70,54 62,104 20,106 0,96",  # smooth
        "16,4 14,42 36,42 62,50 60,96 30,106 2,98 / 14,6 40,8 64,-2",  # loose bar
        "26,8 12,46! 40,42 54,60 46,92 24,106 -6,100 / 26,8 50,10 84,0",  # long bar
        "14,8 8,46! 40,34 70,56 56,102 20,110 -8,96 / 28,-4 76,-6",  # the bar apart
        "10,12 6,46! 44,36 66,66 50,102 10,108 -8,94 / 8,-2 60,-8",  # the bar above
        "60,0! 8,0! 8,48! 46,38 68,66 54,102 14,108 -6,94",  # angular
        "70,-4 26,-6 4,18 16,46 62,58 60,100 14,110 -8,98",  # as an S
        "18,2 8,52! 46,44 50,74 36,98 -2,104 / 20,4 72,-10",  # small bowl, rising bar
        "58,4 20,-4 4,30 30,46 64,64 40,104 6,100",  # smooth, short
        "50,-2! 14,0 10,44 50,40 60,80 20,104 0,86",  # short bar, the end curled
    ),
    6: (
        "50,0 20,14 -6,60 4,106 56,108 66,62 38,46 6,60 4,78",  # round
        "34,0 8,40 -6,80 18,108 58,100 60,62 36,54 4,84",  # straight stem
        "58,6 40,-6 6,20 -6,80 16,110 60,104 64,60 30,54 2,74",  # hooked head
        "26,0 4,40 0,90 20,106 50,100 52,70 30,64 6,88",  # small bowl
        "44,0 10,40 -4,90 20,108 74,100 76,66 40,62 16,96",  # wide bowl
        "30,0 -6,60 8,112 68,106 54,48 18,58 -6,92",  # the bowl crosses the stem
        "62,12 54,-8 12,-2 -8,60 6,110 58,108 62,66 34,50 4,70",  # nearly a circle
        "54,-4 14,46 -6,84 14,110 50,104 52,76 34,70 2,98",  # leaning stem, flat bowl
        "22,0 2,50 -2,104 40,112 64,84 44,58 4,84",  # steep stem
        "14,0 -6,70 6,108 50,106 78,64 52,54 14,90",  # steep stem, rising bowl
        "40,0 4,50 -4,92 20,108 72,92 72,60 46,58 8,94",  # leaning stem, rising bowl
    ),
    7: (
        "-4,4 66,0! 42,40 24,100",  # plain
        "-6,4 66,2! 42,40 26,100 / 14,54 60,48",  # barred
        "-4,20 -4,4! 64,2! 34,60 26,100",  # with a serif
        "-8,12 14,-2 34,10 70,0! 46,36 30,100",  # wavy head
        "-2,16 -2,4! 66,4! 44,40 22,100 / 14,52 58,50",  # serif and bar
        "-6,8 40,0 76,-6 64,32 40,60 36,100",  # round shoulder
        "-4,2 60,0! 38,44 34,100 / 6,50 66,46",  # steep, broad bar
        "-8,14 14,-2 34,10 68,0! 44,40 30,102 / 16,48 60,58",  # wavy head and bar
        "0,24 2,0! 58,0! 30,100",  # long serif
        "2,2 56,0! 38,100",  # narrow
        "0,4 66,-2! 30,50 14,104 / 2,58 50,42",  # rising bar
    ),
    8: (
        "54,14 36,-10 2,0 2,36 34,46 66,62 62,108 6,110 -4,66 28,48 58,34 62,4 40,2",  # one line
        "30,0 8,0 2,26 16,50 44,50 58,26 52,0 26,0 / 30,50 4,50 -4,78 12,102 48,102 64,78 26,48",
        "60,8 30,-10 -2,10 10,40 46,54 70,76 46,112 4,102 4,68 34,44 62,20",  # open head
        "62,4 30,-8 4,8 10,34 44,62 48,96 26,110 6,96 14,66 40,40 66,-2",  # narrow, leaning
        "56,20 50,-6 8,-6 2,34 40,48 54,72 50,104 10,106 4,80 24,56 60,36 58,8",  # from the side
        "30,0 2,-4 -4,50 30,48 66,50 58,-4 28,0 / 30,46 -12,44 -14,106 30,104 76,106 72,44 28,46",
        "32,48 4,44 2,-4 32,-4 62,-4 58,44 30,48 -4,54 -8,106 32,106 72,106 66,52 30,46",  # eight
        "60,8 36,-10 0,2 6,36 58,62 62,98 30,112 -6,98 4,66 62,6",  # straight upstroke
        "2,4 60,0! 2,98! 62,100! 4,6",  # angular
        "64,10 40,-8 4,0 10,34 60,60 58,106 8,110 -4,74 30,50 74,-6",  # the upstroke overshoots
    ),
    9: (
        "58,18 44,-8 2,-2 -4,46 30,56 56,40 60,6! 58,50 54,100",  # straight tail
        "58,16 40,-8 0,0 -4,48 36,54 58,34 60,8! 62,60 56,108 20,106 8,94",  # hooked tail
        "56,22 44,-6 6,-4 -4,42 30,54 60,22 64,4! 50,50 26,100",  # leaning tail
        "52,8 18,-8 -6,26 8,54 48,48 62,10 64,40 56,80 50,100",  # one bend
        "50,42 10,62 -10,14 22,-8 58,0 66,30 50,70 30,102",  # a reversed six
        "44,12 24,-6 0,6 2,36 26,42 44,26 46,8! 46,50 40,100",  # small ring, long tail
        "56,12 36,-8 4,-2 0,38 28,48 54,30 58,4! 62,60 52,106 20,108 0,92",  # curved tail
        "54,8 34,-8 8,-2 6,30 28,38 50,24 54,4! 64,50 56,102 20,112 -2,94",  # small ring, curved
        "54,10 24,-10 -4,14 6,46 42,44 56,8! 58,74 44,106 6,108 -6,90 6,84",  # curled tail
        "56,10 40,-6 4,-4 -4,40 24,52 54,36 58,10 / 60,-2 56,104",  # the tail apart
        "52,12 30,-8 2,4 4,42 40,44 54,6! 58,80 40,104 -8,100",  # long hook
        "60,4 30,-10 -4,10 4,46 46,44 62,12 64,60 44,106 6,104",  # one bend, curved tail
        "52,2 30,0 12,40 22,52 40,40 58,0! 48,100",  # narrow ring
        "50,8 24,-8 -4,16 8,46 46,34 54,8! 52,60 62,102",  # the tail turns outwards
        "60,8 20,-10 -14,14 4,42 50,30 66,2! 50,56 34,100",  # flat ring
        "54,14 38,-4 10,-2 4,28 24,40 48,24 52,8! 50,40 44,70 40,104",  # small head
        "40,10 20,-4 2,14 12,40 38,36 46,14 46,4! 50,60 40,100 10,104",  # small head, curved tail
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
