"""The criterion of a failed training, and the result of a check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from scrawl.nn.diagnosis.evidence import Evidence
from scrawl.nn.diagnosis.wording import percent

# Share of the nearest neighbour's way from chance to its accuracy that a network must come, on
# images that it has learnt from: sound ones came to 1.0 and more.
ENOUGH = 0.95
# Distance from chance, in standard errors of chance, within which an accuracy is no better; and in
# points: balanced accuracies of 1,000 images.
DOUBT, CERTAIN, CHANCE = 4.0, 0.05, 0.05
# A class's share over the equal share, its part recognised; images of a class, on the average.
RARE, MISSED, ENOUGH_OF_EACH = 0.2, 0.5, 20
# Relative distance from the loss of the class frequencies.
SAME_LOSS = 0.01


class Seen(NamedTuple):
    """Result of a check: words, and the numbers that they rest on."""

    words: str
    numbers: Mapping[str, float]


def fails(e: Evidence) -> bool:
    """Tell whether a network answers its own training images worse than it should."""
    m = e.material
    if any(m.shares[i] > RARE / m.classes for i in e.never):
        return True
    if e.diverged:
        return True
    if e.learnt >= m.chance + ENOUGH * (1 - m.chance):  # whatever the neighbour comes to
        return False
    return not e.learnt >= m.chance + ENOUGH * max(m.neighbour - m.chance, CHANCE)


def no_better_than_chance(accuracy: float, chance: float, doubt: float) -> bool:
    """Tell whether a balanced accuracy is what answering without looking comes to.

    Not if there are too few images to tell chance from a good answer.

    >>> no_better_than_chance(0.11, 0.1, 0.01), no_better_than_chance(0.2, 0.1, 0.01)
    (True, False)
    """
    return doubt < CERTAIN and accuracy < chance + DOUBT * doubt


def layers_in_words(shares: Mapping[str, float]) -> str:
    """Return shares by layer, as in `50 % of 2-relu, 100 % of 4-relu`."""
    return ", ".join(f"{percent(share)} of {name}" for name, share in shares.items())


def loss_of_frequencies(e: Evidence) -> bool:
    """Tell whether the loss is that of answering every image with the class frequencies."""
    return bool(e.epochs) and abs(e.epochs[-1].loss - e.baseline) <= SAME_LOSS * e.baseline
