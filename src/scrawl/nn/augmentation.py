"""Augmentation: training images that are distorted a little, each time in another way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scrawl.nn import Array
from scrawl.nn.distortion import SHARD, Distortion, Shifter, Warper, with_channels
from scrawl.nn.parallel import Share, one_by_one


class Augmentation:
    """Shows each batch of images in another way.

    Nothing of it has to be saved with a run that is to be resumed: what is drawn follows from the
    random stream, the number of the step, and the place in the batch.

    Parameters
    ----------
    distortion : Distortion
    image_shape : (height, width) or (height, width, channels)
        Of the images, which come as rows of pixels.
    background : float
        What is outside of an image.
    rng : numpy.random.Generator
        From its seed those of all steps are derived; nothing is drawn from it.
    share : Share
        Does the shards of a batch; nothing depends on how.

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
        share: Share = one_by_one,
    ) -> None:
        self.distortion, self.background, self.share = distortion, background, share
        height, width, channels = self.shape = with_channels(image_shape)
        self.seed: Any = rng.bit_generator.seed_seq
        self.results: Array = np.empty((0, height * width * channels), np.float32)
        self.idle: list[Shifter | Warper] = []  # each with buffers for one thread

    def __call__(self, images: Array, step: int) -> Array:
        """Return a batch as it is shown in one step.

        Parameters
        ----------
        images : (batch, pixels) float32
            Stay as they are.
        step : int
            Its number.

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

        self.share(distort, range(0, batch, SHARD))
        return self.results[:batch]

    def worker(self) -> Shifter | Warper:
        """Return what does a shard and is not at work: there will be one for each thread."""
        try:
            return self.idle.pop()
        except IndexError:
            kind = Shifter if self.distortion.by_whole_pixels else Warper
            return kind(self.distortion, self.shape, self.background)

    def stream(self, step: int, start: int) -> np.random.Generator:
        """Return the random numbers of one shard in one step."""
        place = (*self.seed.spawn_key, step, start)
        return np.random.default_rng(np.random.SeedSequence(self.seed.entropy, spawn_key=place))
