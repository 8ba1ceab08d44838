"""Accuracy of `scrawl predict` on photographs, also with other thresholds for ink.

    python -m benchmarks.photographs

The first MNIST test images, enlarged to 360 × 360, dark on light, some on paper that is darker at
its lower edge and has grain, all as JPEG. Prints a table in Markdown: the share that is right.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, store
from scrawl.data import ink as segmentation
from scrawl.data.picture_files import Picture
from scrawl.data.preprocessing import as_image
from scrawl.tools.predict import prepared

N, SIDE, GRAIN, QUALITY = 1000, 360, 0.04, 85  # GRAIN: standard deviation, of white
PAPERS = {
    "even paper": (0.0, 0.0),
    "25 % darker below, grain": (0.25, GRAIN),
    "40 % darker below, grain": (0.4, GRAIN),
}
THRESHOLDS = (0.5, 0.4, 0.25)

Images = NDArray[np.float64]


def photograph(ink: Images, shade: float, grain: float, rng: np.random.Generator) -> Images:
    """Return the brightness of a picture of some ink (h, w), 0 to 1, on paper, from a JPEG file."""
    large = Image.fromarray((255 * ink).astype(np.uint8)).resize(
        (SIDE, SIDE), Image.Resampling.BICUBIC
    )
    paper = np.linspace(1, 1 - shade, SIDE)[:, None] + grain * rng.standard_normal((SIDE, SIDE))
    light = paper * (1 - 0.9 * np.asarray(large) / 255)
    with BytesIO() as file:
        Image.fromarray((255 * light.clip(0, 1)).astype(np.uint8)).save(
            file, "jpeg", quality=QUALITY
        )
        return np.asarray(Image.open(file)) / 255


def right(trained: model.Model, pictures: list[Images], labels: NDArray[np.int64]) -> float:
    """Return the share of pictures that a network reads as `scrawl predict` does."""
    seen = [as_image(Picture("", picture), trained.dataset).pixels for picture in pictures]
    shown = np.stack([np.zeros((28, 28)) if pixels is None else pixels for pixels in seen])
    found = trained.predict(prepared(shown, trained.dataset)).argmax(axis=1)
    return float(np.mean(found == labels))


def main() -> None:
    """Print the table."""
    trained = model.load(Path("artifacts/mnist/runs/dense-128/1/model.h5"))
    with store.reading(Path("artifacts/mnist/prepared/unit.h5"), "prepared") as file:
        images = file["test/images"][:N].reshape(-1, 28, 28).astype(np.float64)
        labels = file["test/labels"][:N].argmax(axis=1)
    rng = np.random.default_rng(0)
    kinds = {
        name: [photograph(image, *how, rng) for image in images] for name, how in PAPERS.items()
    }
    print("| ink is above | as they are | " + " | ".join(kinds) + " |")
    print("|---" * (2 + len(kinds)) + "|")
    with threadpool_limits(1):
        as_they_are = right(trained, list(images), labels)
        for threshold in THRESHOLDS:
            segmentation.PAPER = threshold
            shares = [as_they_are, *(right(trained, kind, labels) for kind in kinds.values())]
            print(
                f"| {threshold} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"
            )


if __name__ == "__main__":
    main()
