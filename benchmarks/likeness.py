"""What the page on which to draw calls unlike its training data, of things that are unlike it.

    python -m benchmarks.likeness

Scribbles are smooth curves through 8 to 15 random points, drawn as the digits of `glyphs` are;
letters are those that are no digits, in six fonts that come with matplotlib. All are scaled and
centred as the page does. Prints a table in Markdown: the share that is called unusual, and unlike.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scrawl.artifacts import store
from scrawl.data import glyphs
from scrawl.data.centring import centre
from scrawl.data.strokes import curve
from scrawl.pages.draw.page import Pictures

DATASETS = ("glyphs", "mnist")
LETTERS = "ABCDEFGHKLMNPQRTUVWXYabdefghkmnpqrtwxy"
FONTS = (
    "DejaVuSans",
    "DejaVuSans-Oblique",
    "DejaVuSerif-Italic",
    "DejaVuSansMono",
    "STIXGeneral",
    "cmmi10",
)

Images = NDArray[np.float64]


def scribbles(n: int, rng: np.random.Generator) -> Images:
    """Draw curves through random points, (n, 28, 28)."""
    drawn = []
    for _ in range(n):
        points = rng.integers(8, 16)
        repeats = np.array([2, *[1] * (points - 2), 2])
        path = glyphs.evenly_spaced(curve(rng.uniform(0, 60, (points, 2)), repeats))
        drawn.append(centre(glyphs.ink(path, np.full(len(path), rng.uniform(2, 4)))))
    return np.array(drawn)


def letters(characters: str) -> Images:
    """Print characters in each font, (n, 28, 28)."""
    folder = Path(mpl.get_data_path()) / "fonts/ttf"
    printed = []
    for name in FONTS:
        font = ImageFont.truetype(folder / f"{name}.ttf", 80)
        for character in characters:
            sheet = Image.new("L", (200, 200))
            ImageDraw.Draw(sheet).text((50, 50), character, font=font, fill=255)
            printed.append(centre(np.array(sheet) / 255))
    return np.array(printed)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    sets = {
        "scribbles": scribbles(300, rng),
        "letters": letters(LETTERS),
        "noise": rng.random((50, 28, 28)),
        "printed digits": letters("0123456789"),
    }
    print("| | " + " | ".join(f"{name}: unusual | unlike" for name in DATASETS) + " |")
    print("|---" * (1 + 2 * len(DATASETS)) + "|")
    rows: dict[str, list[float]] = {}
    for dataset in DATASETS:
        with store.reading(Path(f"artifacts/{dataset}/prepared/unit.h5"), "prepared") as file:
            likeness = Pictures.of(file).likeness
            tests = file["test/images"][...].reshape(-1, 28, 28)
        if likeness is None:
            raise ValueError(f"{dataset}: found no validation images, expected some")
        for name, images in {"test images": tests, **sets}.items():
            far = likeness.distances(images)
            rows.setdefault(name, []).extend(
                float(np.mean(far > limit)) for limit in likeness.limits
            )
    for name, shares in rows.items():
        print(f"| {name} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")


if __name__ == "__main__":
    main()
