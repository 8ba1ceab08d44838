"""The parts of a training run: random streams, augmentation and optimiser, from its settings."""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple

import numpy as np

from scrawl.artifacts.prepared import Dataset
from scrawl.nn.augmentation import Augmentation
from scrawl.nn.distortion import Distortion
from scrawl.nn.network import Network
from scrawl.nn.optimisers import OPTIMISERS, Clipped, Optimiser
from scrawl.nn.parallel import Share, one_by_one
from scrawl.settings.experiment import Run


class Streams(NamedTuple):
    """A run's random streams, none of which depends on how much of another is used.

    Attributes
    ----------
    weights, order, augmentation : numpy.random.Generator
        Of training: the first weights, the order of the images, how those are distorted.
    evaluation : numpy.random.Generator
        How images are distorted that the trained network answers for.
    """

    weights: np.random.Generator
    order: np.random.Generator
    augmentation: np.random.Generator
    evaluation: np.random.Generator

    @classmethod
    def of(cls, run: Run) -> Streams:
        """Derive them from the run's random seed."""
        return cls(*np.random.default_rng(run.seed).spawn(4))


def augmentation(
    run: Run, dataset: Dataset | None, rng: np.random.Generator, share: Share = one_by_one
) -> Augmentation | None:
    """Return how the settings augment the images of a dataset, or None where they don't."""
    if not run.distortions:
        return None
    if dataset is None:
        raise ValueError("augmentation: found no dataset to say which shape its images have")
    amounts = {field.name: getattr(run, field.name) for field in fields(Distortion)}
    return Augmentation(Distortion(**amounts), dataset.image_shape, dataset.background, rng, share)


def optimiser_of(run: Run, network: Network) -> Optimiser:
    """Return the optimiser that the settings name, for the parameters of `network`."""
    own = {"momentum": run.momentum} if run.optimiser in {"momentum", "nesterov"} else {}
    optimiser = OPTIMISERS[run.optimiser](
        network.parameters.size, network.n_weights, weight_decay=run.weight_decay, **own
    )
    return optimiser if run.clip_norm is None else Clipped(optimiser, run.clip_norm)
