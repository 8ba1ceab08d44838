"""Causes in the steps of a run, and in the size of its network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

from scrawl.nn.diagnosis.checks.verdict import (
    Seen,
    fails,
    loss_of_frequencies,
    no_better_than_chance,
)
from scrawl.nn.diagnosis.evidence import Evidence
from scrawl.nn.diagnosis.wording import percent

# Share of a layer of several units that died or got stuck while training, at most 0.11.
DIED, GOT_STUCK, SEVERAL = 0.25, 0.5, 8
# ‖Δw‖/‖w‖ of an epoch, at most 2.6; rise of the loss in parts of the first epoch's; last over
# first loss.
THROWN, RISE, HIGHER = 8.0, 0.05, 1.02
# ‖w − w₀‖/‖w₀‖, at least 0.29; and the loss further along the way, over that in the end.
HARDLY_MOVED, LOWER, FURTHER = 0.1, 0.9, 4.0
# Share of the loss by which the last epoch was better than the one before.
FALLING = 0.03
# Points by which training images are answered better than validation images, for certain.
GAP = 0.14


def rate_too_high(e: Evidence) -> Seen | None:
    """Find that steps did harm: the loss rose, weights were thrown about, or units died."""
    if e.start is None or not fails(e):
        return None
    signs = [*harm_to_units(e), *harm_to_loss(e, e.start.loss)]
    if not signs:
        return None
    return Seen("; ".join(words for words, _, _ in signs), {name: n for _, name, n in signs})


Sign = tuple[str, str, float]
"""Words, and a number with its name."""


def harm_to_units(e: Evidence) -> Iterator[Sign]:
    """Yield what became of units and weights while training."""
    died, stuck = gone(e.seen.dead, e), gone(e.seen.saturated, e)
    thrown = max((update for update in e.updates if math.isfinite(update)), default=0.0)
    if died >= DIED:
        yield f"{percent(died)} of a layer's ReLUs died while training", "died", died
    if stuck >= GOT_STUCK:
        yield (
            f"{percent(stuck)} of a layer's units got stuck at a bound in training",
            "stuck",
            stuck,
        )
    # Batch normalisation divides by the size of the weights before it, so that they may grow.
    if thrown > THROWN and e.per_statistic is None:
        words = f"an epoch moved the weights by {thrown:.2g} times their size"
        yield words, "relative_update", thrown


def harm_to_loss(e: Evidence, first: float) -> Iterator[Sign]:
    """Yield where the loss rose: to infinity, in an epoch, or from first to last."""
    losses = [epoch.loss for epoch in e.epochs] or [first]
    rise = max((after - before for before, after in pairwise(losses)), default=0.0)
    if e.diverged:
        yield "the loss became infinite", "epochs", len(e.epochs)
    if rise > RISE * losses[0]:
        yield f"the loss rose by {rise:.3g} from one epoch to the next", "largest_rise", rise
    if losses[-1] > HIGHER * max(e.baseline, first):
        yield f"it ended at {losses[-1]:.3g}, and began at {first:.3g}", "loss", losses[-1]


def gone(after: Mapping[str, float], e: Evidence) -> float:
    """Return the largest share of some layer's units that stopped responding while training.

    Layers are matched in their order: dropout, which the start is without, shifts their numbers.
    """
    if e.start is None:
        return 0.0
    names = sorted({**e.seen.dead, **e.seen.saturated}, key=lambda name: int(name.split("-")[0]))
    before = dict(zip(names, e.start.silent.values(), strict=True))
    units = dict(zip(names, e.start.units.values(), strict=True))
    shares = [after[n] - before[n] for n in names if n in after and units[n] >= SEVERAL]
    return max(shares, default=0.0)


def rate_too_low(e: Evidence) -> Seen | None:
    """Find that weights hardly moved, or going on in a straight line would lower the loss a lot."""
    if e.start is None or not fails(e):
        return None
    far = {k: v for k, v in e.stretched.items() if k >= FURTHER and v < LOWER * e.loss}
    if far:
        k = min(far, key=far.__getitem__)
        return Seen(
            f"the loss is {e.loss:.3g}; {k:.0f} times as far from the first weights, in a straight "
            f"line, it would be {far[k]:.3g}",
            {"loss": e.loss, "times_as_far": k, "loss_there": far[k]},
        )
    if not e.moved < HARDLY_MOVED or last_fall(e) > FALLING:
        return None
    return Seen(
        f"in all epochs together the weights moved by {percent(e.moved, 2)} of their size",
        {"moved": e.moved},
    )


def still_improving(e: Evidence) -> Seen | None:
    """Find that the loss fell to the last epoch, at a rate that had not been lowered."""
    if e.start is None or not fails(e):
        return None
    fall = last_fall(e)
    if not fall > FALLING:
        return None
    return Seen(
        f"the last epoch still lowered the loss by {percent(fall)}, to {e.epochs[-1].loss:.3g}, "
        f"and the network gets {percent(e.learnt)} of its training images right",
        {"fall": fall, "learnt": e.learnt},
    )


def last_fall(e: Evidence) -> float:
    """Return by how much of the loss the last epoch was better than the one before it."""
    before = e.epochs[-2].loss if len(e.epochs) > 1 else e.start.loss if e.start else math.nan
    return 1 - e.epochs[-1].loss / before if e.epochs and before else 0.0


def underfitting(e: Evidence) -> Seen | None:
    """Find that the loss is level, with training images answered worse than by neighbours."""
    if not fails(e) or last_fall(e) > FALLING or loss_of_frequencies(e):
        return None
    if no_better_than_chance(e.learnt, e.material.chance, e.material.doubt):
        return None
    return Seen(
        f"the loss is level at {e.loss:.3g}, with {percent(e.learnt)} of the training images "
        "right; the nearest neighbour, without any training, gets "
        f"{percent(e.material.neighbour)} of new ones",
        {"learnt": e.learnt, "neighbour": e.material.neighbour},
    )


def overfitting(e: Evidence) -> Seen | None:
    """Find that training images are answered far better than validation images."""
    if not e.held:
        return None
    doubt = 2 * math.sqrt(e.validation_accuracy * (1 - e.validation_accuracy) / e.held)
    gap = e.accuracy - e.validation_accuracy
    if not gap - doubt > GAP:
        return None
    return Seen(
        f"{percent(e.accuracy)} of the training images are answered rightly, and "
        f"{percent(e.validation_accuracy)} of the validation images",
        {"training": e.accuracy, "validation": e.validation_accuracy},
    )


def unexplained(e: Evidence) -> Seen | None:
    """Find that a network fails, and no check says why."""
    if not fails(e):
        return None
    return Seen(
        f"the network gets {percent(e.learnt)} of its training images right; the nearest "
        f"neighbour, without any training, {percent(e.material.neighbour)} of new ones",
        {"learnt": e.learnt, "neighbour": e.material.neighbour},
    )
