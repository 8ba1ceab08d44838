"""Time of each corruption of images, in microseconds an image.

    python -m benchmarks.corruptions

A thousand test images of the bundled digits, on one core, with all five severities; the random
numbers are drawn once for the five. Prints a table in Markdown: the least processor time of several
rounds.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from scrawl.data import idx
from scrawl.data.corruptions.catalogue import CORRUPTIONS, SEVERITIES, corrupted
from scrawl.nn import Array

N, ROUNDS = 1000, 5


def microseconds(name: str, ink: Array) -> float:
    """Return the processor time of one corruption, an image and severity."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in corrupted(name, ink):
            pass
        seconds.append(time.process_time() - start)
    return 1e6 * min(seconds) / (len(ink) * len(SEVERITIES))


def main() -> None:
    """Print the table."""
    pixels = idx.read(Path("data/glyphs/test-images.idx.gz"))[:N, ..., None]
    ink = (pixels / 255).astype(np.float32)
    print("| corruption | µs an image |\n|---|---:|")
    with threadpool_limits(1):
        for name in CORRUPTIONS:
            print(f"| {name} | {microseconds(name, ink):.0f} |")


if __name__ == "__main__":
    main()
