"""Image distortions: shifts by whole pixels; rotation, scaling, shear and elastic displacement.

The source of a pixel of the result is an affine function of its place, plus an elastic
displacement. Between pixels values are interpolated linearly; outside of the image there is
background. Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied
to visual document analysis", 2003.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array

# Images that are distorted together, with a random stream of their own, so that no number depends
# on the number of threads. A batch of 128 should be work for four threads.
SHARD = 32


@dataclass(frozen=True)
class Distortion:
    """The largest amounts by which images are distorted; each image's are drawn from ± these.

    Attributes
    ----------
    shift_pixels : float
        Down and to the right. By whole pixels, which keeps images sharp, if it is a whole number
        and all other amounts are 0.
    rotation_degrees : float
        About the centre.
    scale_share : float
        Height and width, independently, are multiplied by 1 ± this.
    shear_share : float
        A row moves sideways by this part of its distance from the centre.
    elastic_pixels : float
        Standard deviation of the elastic displacement of a pixel, along each axis.
    elastic_sigma_pixels : float
        Standard deviation of the Gaussian that smoothes the displacements: the distance within
        which pixels are displaced alike.
    """

    shift_pixels: float = 0.0
    rotation_degrees: float = 0.0
    scale_share: float = 0.0
    shear_share: float = 0.0
    elastic_pixels: float = 0.0
    elastic_sigma_pixels: float = 4.0

    @property
    def by_whole_pixels(self) -> bool:
        """Whether images are shifted by whole pixels, and nothing else."""
        return float(self.shift_pixels).is_integer() and not any(astuple(self)[1:-1])


class Shifter:
    """Shifts images by whole pixels.

    Parameters
    ----------
    distortion : Distortion
    shape : (height, width, channels)
    background : float
    """

    def __init__(
        self, distortion: Distortion, shape: tuple[int, int, int], background: float
    ) -> None:
        height, width, channels = shape
        self.reach = reach = int(distortion.shift_pixels)
        padded = (SHARD, height + 2 * reach, width + 2 * reach, channels)
        self.padded: Array = np.full(padded, background, np.float32)
        places = np.arange(math.prod(padded[:3])).reshape(padded[:3])
        self.row = padded[2]
        self.places = places[:, :height, :width]  # of images that come from the padding's corner
        self.index = np.empty(self.places.shape, np.intp)

    def __call__(self, images: Array, results: Array, rng: np.random.Generator) -> None:
        """Write the distorted images, (n ≤ SHARD, height, width, channels)."""
        n, height, width, channels = images.shape
        down, right = rng.integers(0, 2 * self.reach, (2, n), endpoint=True)
        inside = slice(self.reach, self.reach + height), slice(self.reach, self.reach + width)
        self.padded[(slice(n), *inside)] = images
        index = np.add(
            self.places[:n], (self.row * down + right)[:, None, None], out=self.index[:n]
        )
        pixels = self.padded.reshape(-1, channels)
        np.take(pixels, index, axis=0, out=results, mode="clip")  # "raise" would copy once more


class Warper:
    """Distorts images by an affine map and an elastic displacement.

    Parameters
    ----------
    distortion : Distortion
    shape : (height, width, channels)
    background : float

    Attributes
    ----------
    noise : (SHARD, 2, height, width) float32
        Uniform from −½ to ½, smoothed to give the elastic displacements.
    """

    def __init__(
        self, distortion: Distortion, shape: tuple[int, int, int], background: float
    ) -> None:
        self.distortion = distortion
        self.height, self.width, channels = height, width, _ = shape
        pixels = height * width
        # One pixel of background before the image and two behind: places outside are moved to that
        # border, and each is interpolated with the pixel after it.
        self.padded = np.full((SHARD, height + 3, width + 3, channels), background, np.float32)
        self.starts = np.arange(SHARD)[:, None] * ((height + 3) * (width + 3))
        y, x = np.mgrid[:height, :width].reshape(2, pixels)
        from_centre = y - (height - 1) / 2, x - (width - 1) / 2, np.ones(pixels)
        self.from_centre = np.array(from_centre, np.float32)
        self.places, self.whole = np.empty((2, SHARD, 2, pixels), np.float32)
        self.index = np.empty((SHARD, pixels), np.intp)
        self.neighbours = np.empty((3, SHARD, pixels, channels), np.float32)
        if distortion.elastic_pixels:
            self.noise, self.smoothed = np.empty((2, SHARD, 2, height, width), np.float32)
            # √12: the uniform distribution from −½ to ½ has a standard deviation of 1/√12
            strength = np.float32(distortion.elastic_pixels * math.sqrt(12))
            self.along_columns = smoothing(height, distortion.elastic_sigma_pixels)
            self.along_rows = strength * smoothing(width, distortion.elastic_sigma_pixels).T

    def __call__(self, images: Array, results: Array, rng: np.random.Generator) -> None:
        """Write the distorted images, (n ≤ SHARD, height, width, channels)."""
        draws = rng.uniform(-1, 1, (len(images), 6))
        if self.distortion.elastic_pixels:
            noise = self.noise[: len(images)]
            rng.random(out=noise, dtype=np.float32)
            noise -= 0.5
        self.warp(images, results, draws)

    def warp(self, images: Array, results: Array, draws: npt.NDArray[np.float64]) -> None:
        """Write the images distorted by draws (n, 6), see `affine`, and by the present `noise`."""
        places = self.look_up(draws)
        whole = np.floor(places, out=self.whole[: len(images)])
        parts = np.subtract(places, whole, out=places)
        whole[:, 0] *= self.width + 3
        whole[:, 0] += whole[:, 1]
        index = self.index[: len(images)]
        index[...] = whole[:, 0]
        index += self.starts[: len(images)]
        self.padded[: len(images), 1 : self.height + 1, 1 : self.width + 1] = images
        self.interpolate(index, parts, results.reshape(*index.shape, -1))

    def look_up(self, draws: npt.NDArray[np.float64]) -> Array:
        """Return the sources of pixels in the padded image, (n, 2, pixels): row and column."""
        n = len(draws)
        maps = affine(self.distortion, draws)
        maps[:, :, 2] += (self.height + 1) / 2, (self.width + 1) / 2  # the padded image's centre
        places = self.places[:n]
        np.matmul(maps.reshape(2 * n, 3), self.from_centre, out=places.reshape(2 * n, -1))
        if self.distortion.elastic_pixels:
            places += self.displacements(n).reshape(places.shape)
        np.clip(places[:, 0], 0, self.height + 1, out=places[:, 0])
        np.clip(places[:, 1], 0, self.width + 1, out=places[:, 1])
        return places

    def displacements(self, n: int) -> Array:
        """Return the smoothed noise, K·noise·Kᵀ, (n, 2, height, width), in pixels."""
        noise, smoothed = self.noise[:n], self.smoothed[:n]
        rows = (-1, self.width)  # all of them in one product
        np.matmul(noise.reshape(rows), self.along_rows, out=smoothed.reshape(rows))
        return np.matmul(self.along_columns, smoothed, out=noise)

    def interpolate(self, index: npt.NDArray[np.intp], parts: Array, out: Array) -> None:
        """Interpolate between four neighbours: first along rows, then between rows.

        Parameters
        ----------
        index : (n, pixels) int
            The upper left neighbour's place among all pixels of the shard.
        parts : (n, 2, pixels) float32
            How far below it and right of it, from 0 to 1.
        out : (n, pixels, channels) float32
        """
        down, right = parts[:, 0, :, None], parts[:, 1, :, None]
        pixels = self.padded.reshape(-1, self.padded.shape[-1])
        row = self.width + 3
        beside, below, across = self.neighbours[:, : len(out)]
        for offset, target in ((0, out), (1, beside), (row, below), (row + 1, across)):
            # mode="clip" never clips; "raise" would take through a second buffer
            np.take(pixels[offset:], index, axis=0, out=target, mode="clip")
        for left, other in ((out, beside), (below, across)):
            other -= left
            other *= right
            left += other
        below -= out
        below *= down
        out += below


def affine(distortion: Distortion, draws: npt.NDArray[np.float64]) -> Array:
    """Return the maps from a pixel of the result to its source.

    An image is scaled first, then sheared, turned and moved; so the way back is a shift, a turn, a
    shear and a scaling.

    Parameters
    ----------
    distortion : Distortion
    draws : (n, 6) float64, from −1 to 1
        Of the amounts for: shift down, to the right, turn, height, width, shear.

    Returns
    -------
    (n, 2, 3) float32
        From (row, column, 1), seen from the centre, to (row, column).

    Examples
    --------
    >>> affine(Distortion(rotation_degrees=90), np.eye(6)[[2]]).round(6) + 0
    array([[[ 0.,  1.,  0.],
            [-1.,  0.,  0.]]], dtype=float32)
    """
    shift = distortion.shift_pixels * draws[:, :2, None]
    angle = math.radians(distortion.rotation_degrees) * draws[:, 2]
    height, width = 1 + distortion.scale_share * draws[:, 3:5].T
    shear = distortion.shear_share * draws[:, 5]
    cos, sin = np.cos(angle), np.sin(angle)
    # rows: 1/height·(turned row), 1/width·(turned column − shear·turned row)
    maps = np.empty((len(draws), 2, 3))
    maps[:, 0, 0], maps[:, 0, 1] = cos / height, sin / height
    maps[:, 1, 0], maps[:, 1, 1] = (-sin - shear * cos) / width, (cos - shear * sin) / width
    maps[:, :, 2:] = -maps[:, :, :2] @ shift
    return maps.astype(np.float32)


def smoothing(length: int, sigma: float) -> Array:
    """Return the matrix (length, length) that smoothes independent values.

    Its rows are Gaussians of standard deviation `sigma` and norm 1, so that smoothed values have
    the variance of the independent ones, even at the borders.
    """
    places = np.arange(length)
    rows = np.exp(-((places[:, None] - places) ** 2) / (2 * sigma**2))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def shifted(
    images: Array, image_shape: Sequence[int], background: float, reach: int
) -> Iterator[Array]:
    """Shift images by every number of whole pixels up to `reach`, down, up and to both sides.

    Parameters
    ----------
    images : (n, pixels) float32
    image_shape : (height, width) or (height, width, channels)
    background : float
        The value outside of an image.
    reach : int
        In pixels.

    Yields
    ------
    (n, pixels) float32
        All images in one of (2·reach + 1)² places.

    Examples
    --------
    >>> [image.tolist() for image in shifted(np.float32([[1, 2]]), (1, 2), 0, 1)][3:6]
    [[[2.0, 0.0]], [[1.0, 2.0]], [[0.0, 1.0]]]
    """
    height, width, channels = with_channels(image_shape)
    border = [(0, 0), (reach, reach), (reach, reach), (0, 0)]
    pictures = images.reshape(len(images), height, width, channels)
    padded = np.pad(pictures, border, constant_values=background)
    for top, left in product(range(2 * reach, -1, -1), repeat=2):
        yield padded[:, top : top + height, left : left + width].reshape(images.shape)


def with_channels(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """Return height, width and channels of images; a ValueError if the shape is no image's."""
    if len(image_shape) not in {2, 3}:
        raise ValueError(
            f"augmentation: found images of shape {tuple(image_shape)}, expected (height, width) "
            "or (height, width, channels); leave out shift_pixels and the like"
        )
    height, width, channels, *_ = (*image_shape, 1)
    return height, width, channels
