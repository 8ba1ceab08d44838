"""The look of a dataset's images: paper and ink, the axes of their files, how digits are placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store

Pixels = NDArray[Any]

# MNIST's geometry: digits fit a box of 20 pixels in a field of 28.
MNIST_BOX = 20 / 28
EVENED, SMOOTHED = TREATMENTS = ("evened", "smoothed")  # what scrawl.data.treatment does


@dataclass(frozen=True)
class Appearance:
    """Appearance of a dataset's images, in the pixel values and axes of its own files.

    `scrawl prepare` finds it in the training images. Without arguments it is MNIST's.

    Attributes
    ----------
    paper, ink : float
        The pixel values of an empty sheet and of full ink; where no paper can be told, as on
        photographs of things, the lowest and the highest value.
    on_paper : bool
        Whether paper could be told.
    axes : tuple of int
        The axis of a stored image that each axis of a shown one comes from: (1, 0) for files that
        swap rows and columns, (1, 2, 0) for channels that come first. Empty: all stay in place.
    centred : bool
        Whether the ink is scaled and placed as MNIST's is, by its centre of mass.
    box : float
        The longer side of the ink, as a share of the image's: 20/28 for MNIST.
    margin : float
        The usual amount of ink at the edges: 0, unless a dataset says otherwise of its paper.
    pixel_type : str
        The NumPy type of the files' values.
    treatment : tuple of str
        What is done to the files' images before a network sees them, of `TREATMENTS`.
    """

    paper: float = 0.0
    ink: float = 255.0
    on_paper: bool = True
    axes: tuple[int, ...] = ()
    centred: bool = True
    box: float = MNIST_BOX
    margin: float = 0.0
    pixel_type: str = "uint8"
    treatment: tuple[str, ...] = ()

    @classmethod
    def of(cls, file: Any) -> Appearance:
        """Read it from an open artifact, `prepared` or `model`.

        Raises
        ------
        ValueError
            If an attribute contradicts another; formats.py has seen that all are there.
        """
        given = file.attrs
        axes = tuple(int(axis) for axis in np.atleast_1d(given["axes"]))
        found = cls(
            float(given["paper"]),
            float(given["ink"]),
            bool(given["on_paper"]),
            axes,
            bool(given["centred"]),
            float(given["box"]),
            float(given["margin"]),
            store.text(given.get("pixel_type", "missing")),
            tuple(store.text(given.get("treatment", "")).split()),
        )
        if not set(found.treatment) <= set(TREATMENTS):
            raise ValueError(f"the attribute 'treatment' is {' '.join(found.treatment)!r:.40}")
        if found.paper == found.ink:
            raise ValueError(f"the attributes 'paper' and 'ink' are both {found.ink:g}")
        if sorted(axes) != list(range(len(axes))) or len(axes) not in {0, len(_shape(file))}:
            raise ValueError(f"the attribute 'axes' is {axes!s:.40}, expected each axis once")
        return found

    def write(self, file: Any) -> None:
        """Write it as attributes of an open artifact."""
        store.write_attributes(
            file,
            paper=float(self.paper),
            ink=float(self.ink),
            on_paper=int(self.on_paper),
            centred=int(self.centred),
            box=float(self.box),
            margin=float(self.margin),
            pixel_type=self.pixel_type,
        )
        if self.treatment:
            store.write_attributes(file, treatment=" ".join(self.treatment))
        file.attrs["axes"] = np.array(self.axes, dtype=np.int64)

    @property
    def dark_on_light(self) -> bool:
        """Whether ink has lower pixel values than paper."""
        return self.ink < self.paper

    def as_shown(self, images: Pixels) -> Pixels:
        """Return stored images (n, …) with the axes that they are shown with.

        >>> Appearance(axes=(1, 0)).as_shown(np.array([[[1, 2, 3]]])).tolist()
        [[[1], [2], [3]]]
        """
        return images.transpose(0, *(axis + 1 for axis in self.axes)) if self.axes else images

    def stored_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape that an image of a shown shape has in the files.

        >>> Appearance(axes=(1, 2, 0)).stored_shape((28, 20, 3))
        (3, 28, 20)
        """
        if not self.axes:
            return shape
        return tuple(shape[self.axes.index(axis)] for axis in range(len(shape)))

    def amount(self, pixels: Pixels) -> NDArray[np.float64]:
        """Return how much ink pixel values stand for: 0 for paper, 1 for full ink.

        >>> Appearance(paper=255, ink=0).amount(np.uint8([204, 0])).tolist()
        [0.2, 1.0]
        """
        amounts: NDArray[np.float64] = (pixels.astype(np.float64) - self.paper) / (
            self.ink - self.paper
        )
        return amounts

    def pixels(self, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixel values of amounts of ink: the inverse of `amount`."""
        values: NDArray[np.float64] = self.paper + amount * (self.ink - self.paper)
        return values

    def words(self) -> str:
        """Return it as a sentence for a person.

        >>> print(Appearance().words())
        light ink (255) on dark paper (0), uint8, centred as MNIST's
        >>> print(Appearance(1, -1, True, (1, 0), False, 1, 0, "float32").words())
        dark ink (-1) on light paper (1), float32, axes swapped in files, ink over 100 % of a side
        """
        kind = ("dark ink", "light") if self.dark_on_light else ("light ink", "dark")
        parts = [f"{kind[0]} ({self.ink:g}) on {kind[1]} paper ({self.paper:g})", self.pixel_type]
        if not self.on_paper:
            parts = [f"no paper that could be told, {self.paper:g} to {self.ink:g}", parts[1]]
        if self.axes[-1:] == (0,) and len(self.axes) > 2:
            parts.append("channels first in files")
        if self.axes[:2] in {(1, 0), (2, 1)}:
            parts.append("axes swapped in files")
        if self.on_paper:
            parts.append(
                "centred as MNIST's"
                if self.centred
                else f"ink over {self.box:.0%} of a side".replace("%", " %")
            )
        done = {EVENED: "uneven light evened", SMOOTHED: "hard edges smoothed"}
        return ", ".join([*parts, *(done[one] for one in self.treatment)])


def _shape(file: Any) -> NDArray[Any]:
    return np.atleast_1d(file.attrs["image_shape"])
