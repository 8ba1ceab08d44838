"""Augmentation: training images distorted a little, in another way at each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scrawl.nn import Array
from scrawl.nn.distortion import SHARD, Distortion, Shifter, Warper, with_channels
from scrawl.nn.parallel import Executor, serial


class Augmentation:
    """Distorts each batch of images in another way.

    It has no state to save in a checkpoint: what is drawn follows from the random stream, the
    number of the step, and the place in the batch.

    Parameters
    ----------
    distortion : Distortion
    image_shape : (height, width) or (height, width, channels)
        Of the images, which are given as rows of pixels.
    background : float
        The value outside of an image.
    rng : numpy.random.Generator
        The streams of all steps derive from its seed; nothing is drawn from it.
    executor : Executor
        Computes the shards of a batch; no bit depends on how.

    Raises
    ------
    ValueError
        If images have another number of dimensions.

    Examples
    --------
    >>> augment = Augmentation(Distortion(shift_pixels=1), (2, 3), 0, np.random.default_rng(2))
    >>> augment(np.float32([[1, 2, 3, 4, 5, 6]]), step=0).reshape(2, 3)
    array([[0., 0., 0.],
           [2., 3., 0.]], dtype=float32)
    """

    def __init__(
        self,
        distortion: Distortion,
        image_shape: Sequence[int],
        background: float,
        rng: np.random.Generator,
        executor: Executor = serial,
    ) -> None:
        self.distortion, self.background, self.executor = distortion, background, executor
        height, width, channels = self.shape = with_channels(image_shape)
        self.seed: Any = rng.bit_generator.seed_seq
        self.results: Array = np.empty((0, height * width * channels), np.float32)
        self.idle: list[Shifter | Warper] = []  # each with buffers for one thread

    def __call__(self, images: Array, step: int) -> Array:
        """Return a batch of images, distorted for one step.

        Parameters
        ----------
        images : (batch, pixels) float32
            They are not changed.
        step : int
            The number of the step.

        Returns
        -------
        (batch, pixels) float32
            In a buffer that the next call overwrites.
        """
        batch = len(images)
        if batch > len(self.results):
            self.results = np.empty(images.shape, np.float32)
        pictures = images.reshape(batch, *self.shape)
        results = self.results[:batch].reshape(pictures.shape)

        def distort(start: int) -> None:
            rows = slice(start, start + SHARD)
            worker = self.worker()
            worker(pictures[rows], results[rows], self.stream(step, start))
            self.idle.append(worker)

        self.executor(distort, range(0, batch, SHARD))
        return self.results[:batch]

    def worker(self) -> Shifter | Warper:
        """Return what distorts a shard and is idle: each thread makes one for itself."""
        try:
            return self.idle.pop()
        except IndexError:
            kind = Shifter if self.distortion.by_whole_pixels else Warper
            return kind(self.distortion, self.shape, self.background)

    def stream(self, step: int, start: int) -> np.random.Generator:
        """Return the random numbers of one shard in one step."""
        place = (*self.seed.spawn_key, step, start)
        return np.random.default_rng(np.random.SeedSequence(self.seed.entropy, spawn_key=place))
