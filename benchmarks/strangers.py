"""Remarks of the drawing page on drawings that are no digits, and on wrong answers.

    PYTHONPATH=tests python -m benchmarks.strangers

Letters and symbols are polylines, each drawn several times with another slant, width and bends;
scribbles are smooth curves through 8 to 15 random points. They and the digits of a file of pen
strokes (see `benchmarks.strokes`) are drawn on the page in headless Chromium, and its first network
is asked. The operating point of the novelty score, as shares that are remarked on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Table
from benchmarks.strokes import CHUNK, PAGES, STROKES, Manner, Strokes, drawn, read
from browser import Browser, browser
from scrawl.data import glyphs
from scrawl.data.strokes import curve

TIMES, SCRIBBLES, BEND = 9, 200, 3.0  # BEND: root mean square, of a height of 100

# Polylines, as in scrawl.data.strokes; `/` lifts the pen.
LETTERS = {
    "A": "0,100 45,0 90,100 / 18,60 72,60",
    "E": "70,0 0,0 0,100 70,100 / 0,48 55,48",
    "F": "70,0 0,0 0,100 / 0,48 55,48",
    "H": "0,0 0,100 / 75,0 75,100 / 0,50 75,50",
    "K": "0,0 0,100 / 70,0 0,55 / 25,38 75,100",
    "M": "0,100 10,0 50,60 90,0 100,100",
    "N": "0,100 0,0 75,100 75,0",
    "P": "0,100 0,0 50,0 65,25 50,50 0,50",
    "R": "0,100 0,0 50,0 65,25 50,50 0,50 / 30,50 70,100",
    "T": "0,0 80,0 / 40,0 40,100",
    "U": "0,0 0,70 20,98 55,98 75,70 75,0",
    "V": "0,0 40,100 80,0",
    "W": "0,0 25,100 50,30 75,100 100,0",
    "Y": "0,0 40,50 / 80,0 40,50 40,100",
    "C": "80,15 50,0 15,15 0,50 15,85 50,100 80,85",
    "e": "10,60 80,55 70,20 40,8 10,30 5,70 35,98 75,85",
    "h": "0,0 0,100 / 0,60 30,40 55,55 55,100",
    "k": "0,0 0,100 / 55,35 0,70 / 20,58 60,100",
    "m": "0,30 0,100 / 0,50 22,30 42,45 42,100 / 42,50 66,30 86,45 86,100",
    "w": "0,30 22,100 45,40 67,100 90,30",
}
SYMBOLS = {
    "smiley": "50,0 85,15 100,50 85,85 50,100 15,85 0,50 15,15 50,0 / 32,35 32,38 / 68,35 68,38 "
    "/ 25,60 40,75 60,75 75,60",
    "star": "50,0 80,95 2,36 98,36 20,95 50,0",
    "heart": "50,95 5,45 8,12 30,3 50,25 70,3 92,12 95,45 50,95",
    "triangle": "50,0 95,85 5,85 50,0",
    "square": "0,0 90,0 90,90 0,90 0,0",
    "plus": "0,50 100,50 / 50,0 50,100",
    "cross": "0,0 100,100 / 100,0 0,100",
    "check": "0,60 35,100 100,0",
    "arrow": "0,50 100,50 / 65,20 100,50 65,80",
    "hash": "30,0 22,100 / 75,0 67,100 / 0,32 100,32 / 0,68 100,68",
    "house": "0,100 0,40 50,0 100,40 100,100 0,100",
    "question": "20,25 30,5 60,0 80,20 70,45 50,60 50,75 / 50,95 50,97",
    "ampersand": "90,100 25,25 30,5 50,0 65,12 60,30 15,60 10,85 35,100 65,85 85,55",
    "zigzag": "0,30 20,70 40,30 60,70 80,30 100,70",
    "equals": "0,30 100,30 / 0,70 100,70",
}

ASK = """
const [drawings] = arguments, page = document.querySelector(".scrawl-draw").scrawl;
return drawings.map((strokes) => {
  page.sheet.clear();
  for (const stroke of strokes) {
    stroke.forEach((to, i) => page.sheet.line(stroke[Math.max(i - 1, 0)], to, page.radius(1)));
  }
  page.look();
  const { outputs } = page.state;
  return [outputs.indexOf(Math.max(...outputs)), page.strange()];
});
"""


def by_hand(text: str, rng: np.random.Generator) -> Strokes:
    """Draw a symbol with a slant, a width and bends of the moment."""
    bend = glyphs.distortion(BEND, rng)
    shape = np.array([[rng.uniform(0.75, 1.3), 0], [-rng.uniform(-0.2, 0.4), 1]])
    lines = [np.array([p.split(",") for p in stroke.split()], float) for stroke in text.split("/")]
    return [bend(glyphs.evenly_spaced(line, 4.0)) @ shape for line in lines]


def scribble(rng: np.random.Generator) -> Strokes:
    """Draw a smooth curve through random points."""
    points = rng.integers(8, 16)
    repeats = np.array([2, *[1] * (points - 2), 2])
    return [curve(rng.uniform(0, 60, (points, 2)), repeats)]


def asked(window: Browser, drawings: list[Strokes]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return what the first network of an open page answers, and whether it is remarked on."""
    given = [drawn(strokes, Manner()) for strokes in drawings]
    chunks = (given[i : i + CHUNK] for i in range(0, len(given), CHUNK))
    found = [answer for chunk in chunks for answer in window.run(ASK, chunk)]
    answers, strange = zip(*found, strict=True)
    return np.array(answers), np.array(strange)


def main() -> None:
    """Write the table of strangers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, default=STROKES, help="digits, as JSON")
    parser.add_argument(
        "--pages", type=Path, nargs="+", default=PAGES, help="drawing pages of datasets"
    )
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    strangers = {
        "letters": [by_hand(letter, rng) for letter in LETTERS.values() for _ in range(TIMES)],
        "symbols": [by_hand(symbol, rng) for symbol in SYMBOLS.values() for _ in range(TIMES)],
        "scribbles": [scribble(rng) for _ in range(SCRIBBLES)],
    }
    columns = ("dataset", "network", *strangers, "digits read wrongly", "digits read rightly")
    table = Table("strangers", "Drawings that the page calls unusual, %", columns)
    for page in given.pages:
        with browser() as window:
            window.open(page)
            about = 'return document.querySelector(".scrawl-draw").scrawl.about'
            network = window.run(f"{about}.models[0].title")
            shares = [
                float(100 * asked(window, drawings)[1].mean()) for drawings in strangers.values()
            ]
            if given.strokes.exists():
                digits, labels = read(given.strokes)
                answers, strange = asked(window, digits)
                shares += [
                    float(100 * strange[m].mean()) for m in (answers != labels, answers == labels)
                ]
        known = [*shares, None, None][: len(columns) - 2]
        table.add(page.parents[1].name, network, *known)
    table.notes.append(
        "By construction 5 % of the validation pictures are. Letters and symbols are drawn by a "
        "generator, digits by people (the file of `benchmarks.strokes`)."
    )
    table.write()


if __name__ == "__main__":
    main()
