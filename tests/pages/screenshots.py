"""Screenshots of the report and of the drawing page, for the README.

    PYTHONPATH=tests python tests/pages/screenshots.py artifacts/glyphs docs

The report shows its first screen, the drawing page a digit drawn with the mouse. Needs Chromium.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from browser import Browser, browser

SIZE = (1200, 960)  # of the window, in CSS pixels
WIDTH = 800  # of the pictures: legible, and well below 200 kB

SHEET = """const host = document.querySelector('.scrawl-draw');
return host.shadowRoot.querySelector('.paper').getBoundingClientRect().toJSON()"""


def main(artifacts: Path, folder: Path) -> None:
    """Take both screenshots of a finished build."""
    with browser(*SIZE) as window:
        window.open(artifacts / "reports/quick.html")
        shoot(window, folder / "report.png")
        window.open(artifacts / "draw/quick.html")
        draw_three(window)
        time.sleep(1)  # the sentence about the drawing waits until the pen rests
        shoot(window, folder / "draw.png")


def draw_three(window: Browser) -> None:
    """Draw a 3 in the middle of the sheet: two arcs, the upper one smaller."""
    sheet = window.run(SHEET)
    upper, lower = np.radians(np.linspace(150, -80, 40)), np.radians(np.linspace(80, -150, 40))
    x = np.concatenate([0.16 * np.cos(upper), 0.19 * np.cos(lower)]) + 0.48
    y = np.concatenate([0.35 - 0.15 * np.sin(upper), 0.66 - 0.18 * np.sin(lower)])
    points = np.column_stack([sheet["x"] + x * sheet["width"], sheet["y"] + y * sheet["height"]])
    window.drag([(float(across), float(down)) for across, down in points])


def shoot(window: Browser, path: Path) -> None:
    """Save the window's first screen, scaled down to the README's width."""
    window.screenshot(path)
    with Image.open(path) as whole:
        seen = whole.convert("RGB").crop((0, 0, *SIZE))
    small = seen.resize((WIDTH, WIDTH * SIZE[1] // SIZE[0]), Image.Resampling.LANCZOS)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
