"""Settings of an ensemble: several networks whose probabilities are averaged."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Annotated

from scrawl.settings.constraints import Items, Name, Range
from scrawl.settings.parsing import Settings


@dataclass(frozen=True)
class Members(Settings):
    """An ensemble of the configuration: networks whose probabilities are averaged."""

    of: Annotated[tuple[Annotated[str, Name()], ...], Items(distinct=True)]
    """Names of the experiments whose networks take part. Choose them by their validation accuracy:
    an ensemble that was put together by its test accuracy proves nothing."""
    size: Annotated[int, Range(low=1)] = 1
    """The number of networks of each experiment. The first ensemble (random seed 1) has those of
    the seeds 1 to `size`, the second the next ones, and so on: no two have one in common."""


@dataclass(frozen=True)
class Ensemble(Members):
    """An ensemble with the number that takes the place of a random seed."""

    seed: Annotated[int, Range(low=1)] = 1

    def members(self) -> list[tuple[str, int]]:
        """Return experiment and random seed of each; ensembles of other seeds share none of them.

        >>> Ensemble(("a", "b"), size=2, seed=3).members()
        [('a', 5), ('a', 6), ('b', 5), ('b', 6)]
        """
        seeds = range((self.seed - 1) * self.size + 1, self.seed * self.size + 1)
        return list(product(self.of, seeds))
