"""Causes in the initial weights of a run, and settings that do not fit each other."""

from __future__ import annotations

from scrawl.nn.diagnosis.checks.verdict import Seen, fails, layers_in_words
from scrawl.nn.diagnosis.evidence import Evidence
from scrawl.nn.diagnosis.wording import percent

# Values that a variance needs: of two that are normalised, one is always 1 and the other −1.
FEWEST = 3
# Srivastava et al., 2014, section 7.3: the error is flat with 0.2 to 0.6 dropped, then it rises.
DROPPED = 0.8
# ‖w‖ over that of the first weights: sound runs did not fall below 0.98.
SHRUNK = 0.5
# standard deviation of the inputs of an activation, at most 0.9; the share of units at a bound: 0.
# standard deviation of the inputs of an activation, at most 0.9; the share of units at a bound, 0.
HIGH_LOSS, STRONG, STUCK = 10.0, 4.0, 0.5
# Of the first weights: ‖∂w‖/‖w‖ of the first layer over the largest of all, at least 0.03, and the
# largest itself, 0.03 to 1.5.
FADED, FAINT, FIERCE = 0.01, 1e-3, 30.0


def identical_units(e: Evidence) -> Seen | None:
    """Find that units of a hidden layer all begin with the same weights."""
    if e.start is None or not e.start.alike:
        return None
    layers = ", ".join(e.start.alike)
    return Seen(
        f"all units of {layers} begin with the same weights", {"layers": len(e.start.alike)}
    )


def few_normalised(e: Evidence) -> Seen | None:
    """Find that batch normalisation takes a variance of one value or two."""
    n = e.per_statistic
    if n is None or n >= FEWEST or not fails(e):
        return None
    values = "one value" if n == 1 else f"{n} values"
    return Seen(f"batch normalisation takes mean and variance of {values}", {"values": n})


def strong_dropout(e: Evidence) -> Seen | None:
    """Find that dropout leaves too few units for the classes to be told apart."""
    if not (e.recipe.dropout >= DROPPED and fails(e)):
        return None
    words = f"dropout leaves {percent(1 - e.recipe.dropout)} of the hidden units in a step"
    return Seen(
        f"{words}; the network gets {percent(e.learnt)} of its training images right",
        {"dropout": e.recipe.dropout, "learnt": e.learnt},
    )


def strong_decay(e: Evidence) -> Seen | None:
    """Find that decay has shrunk the weights."""
    if not (e.recipe.weight_decay > 0 and e.shrunk < SHRUNK and fails(e)):
        return None
    return Seen(
        f"the weights have shrunk to {e.shrunk:.2g} times their first size, and the network gets "
        f"{percent(e.learnt)} of its training images right",
        {"shrunk": e.shrunk, "learnt": e.learnt},
    )


def large_first_weights(e: Evidence) -> Seen | None:
    """Find that the first weights give enormous sums, stuck units or an enormous loss."""
    s = e.start
    if s is None or not fails(e):
        return None
    strongest = max(s.signals.values())
    stuck = {
        name: share for name, share in s.silent.items() if share >= STUCK and "relu" not in name
    }
    if not (s.loss > HIGH_LOSS * e.ignorance or strongest > STRONG or stuck):
        return None
    words = (
        f"with the first weights the loss is {s.loss:.3g} (answering all classes alike: "
        f"{e.ignorance:.3g}), and sums reach a standard deviation of {strongest:.3g}"
    )
    words += f"; stuck at a bound are {layers_in_words(stuck)}" if stuck else ""
    return Seen(words, {"first_loss": s.loss, "strongest_signal": strongest})


def small_first_weights(e: Evidence) -> Seen | None:
    """Find that the first weights are so small that neither signals nor gradients pass."""
    if e.start is None or not fails(e):
        return None
    largest = max(e.start.gradients.values())
    faintest = min(e.start.signals.values())
    if (
        len(e.start.signals) < 2
        or not 0 < largest < FAINT
        or any(v == 0 for v in e.start.signals.values())
    ):
        return None
    return Seen(
        f"with the first weights, gradients are at most {largest:.1g} times the weights, and "
        f"outputs differ from image to image by {faintest:.1g}",
        {"largest_gradient": largest, "faintest_signal": faintest},
    )


def vanishing_gradients(e: Evidence) -> Seen | None:
    """Find that gradients get smaller from the last layer to the first."""
    if e.start is None or not fails(e) or len(e.start.gradients) < 3:
        return None
    first, *later = e.start.gradients.values()
    if not 0 < first < FADED * max(later):
        return None
    layers = ", ".join(f"{size:.1g} of {name}" for name, size in e.start.gradients.items())
    return Seen(f"with the first weights, gradients over weights are {layers}", e.start.gradients)


def exploding_gradients(e: Evidence) -> Seen | None:
    """Find that gradients are far larger than the weights that they are to change."""
    if e.start is None or not fails(e):
        return None
    largest = max(e.start.gradients.values())
    if not largest > FIERCE:
        return None
    layers = ", ".join(f"{size:.2g} of {name}" for name, size in e.start.gradients.items())
    return Seen(f"with the first weights, gradients over weights are {layers}", e.start.gradients)
