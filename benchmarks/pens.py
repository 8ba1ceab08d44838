"""Accuracy of `scrawl predict` on real pen-written digits, by pen and size.

    PYTHONPATH=tests python -m benchmarks.pens

The drawings of `benchmarks.strokes` as pictures of 280 × 280 pixels with round pens. Prints a table
in Markdown: the share that is right with lines as they are, and made as wide as usual
(`scrawl.data.line_width`). Nothing is trained or chosen by it in the pipeline.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from threadpoolctl import threadpool_limits

from benchmarks.strokes import SIDE, STROKES, Manner, Strokes, drawn, read
from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.data.picture_files import Picture
from scrawl.data.preprocessing import as_image
from scrawl.tools.predict import prepared

MODEL = Path("artifacts/glyphs/runs/conv-8-16/1/model.h5")
FINE = 2  # pixels of the drawing to one of the picture
NORMAL = 24  # pixels: the pen's width, of a sheet of 280
MANNERS = {
    "quarter pen": Manner(pen=0.25),
    "half pen": Manner(pen=0.5),
    "normal": Manner(),
    "double pen": Manner(pen=2.0),
    "small": Manner(side=0.25),
    "small, half pen": Manner(side=0.25, pen=0.5),
    "large": Manner(side=0.85),
}


def picture(strokes: Strokes, manner: Manner) -> NDArray[np.float64]:
    """Return the brightness (SIDE, SIDE) of strokes drawn with a round pen, dark on light."""
    sheet = Image.new("L", (SIDE * FINE, SIDE * FINE), 255)
    draw, radius = ImageDraw.Draw(sheet), round(NORMAL * manner.pen * FINE / 2)
    for stroke in drawn(strokes, manner):
        points = [(FINE * x, FINE * y) for x, y in stroke]
        draw.line(points, fill=0, width=2 * radius)
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255


def right(
    trained: model.Model,
    dataset: Dataset,
    pictures: list[NDArray[np.float64]],
    labels: NDArray[np.int64],
) -> float:
    """Return the share of pictures that are read; one without an answer is not."""
    seen = [as_image(Picture("", picture), dataset).pixels for picture in pictures]
    known = [i for i, pixels in enumerate(seen) if pixels is not None]
    shown = np.stack([pixels for pixels in seen if pixels is not None])
    found = trained.predict(prepared(shown, dataset)).argmax(axis=1)
    return float((found == labels[known]).sum() / len(labels))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, default=STROKES, help="drawings, as JSON")
    parser.add_argument("--model", type=Path, default=MODEL)
    given = parser.parse_args()
    trained = model.load(given.model)
    drawings, labels = read(given.strokes)
    usual = trained.dataset
    as_they_are = replace(usual, appearance=replace(usual.appearance, centred=False))
    print("| drawn | lines as they are | lines as usual |")
    print("|---|---|---|")
    with threadpool_limits(1):
        for name, manner in MANNERS.items():
            pictures = [picture(strokes, manner) for strokes in drawings]
            shares = (right(trained, of, pictures, labels) for of in (as_they_are, usual))
            cells = " | ".join(f"{100 * share:.1f} %" for share in shares)
            print(f"| {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
