"""Symptoms: what is unhealthy, and can have several causes."""

from __future__ import annotations

from scrawl.nn.diagnosis.checks.steps import DIED, GOT_STUCK
from scrawl.nn.diagnosis.checks.verdict import (
    Seen,
    layers_in_words,
    loss_of_frequencies,
    no_better_than_chance,
)
from scrawl.nn.diagnosis.evidence import Evidence
from scrawl.nn.diagnosis.findings import one_answer
from scrawl.nn.diagnosis.wording import percent

# What an activation lets through of the gradient: a hundredth of the slope of a straight line.
CLOSED = 0.01


def near_chance(e: Evidence) -> Seen | None:
    """Find that the network is hardly better than always answering the same."""
    m = e.material
    if m.classes < 2 or not no_better_than_chance(e.learnt, m.chance, m.doubt):
        return None
    return Seen(
        f"hardly better than always giving the same answer: {percent(e.learnt, 1)} of the "
        "training images of a class right, on the average over the classes, where chance is "
        f"{percent(m.chance, 1)}",
        {"learnt": e.learnt, "chance": m.chance},
    )


def predicts_only(e: Evidence) -> Seen | None:
    """Find that one answer is given to every image, though others would be right."""
    found = one_answer(e.seen.answers, e.labels, e.class_names, "training images")
    return Seen(found.words, found.numbers) if found else None


def only_biases(e: Evidence) -> Seen | None:
    """Find that the loss is that of answering every image with the class frequencies."""
    if not loss_of_frequencies(e):
        return None
    return Seen(
        f"the loss, {e.epochs[-1].loss:.4f}, is that of answering every image with the class "
        f"frequencies, {e.baseline:.4f}: nothing of the images reaches the output",
        {"loss": e.epochs[-1].loss, "loss_of_frequencies": e.baseline},
    )


def dead_units(e: Evidence) -> Seen | None:
    """Find that many ReLUs are zero for every image."""
    bad = {name: share for name, share in e.seen.dead.items() if share >= DIED}
    return (
        Seen(f"ReLUs that are zero for every image: {layers_in_words(bad)}", bad) if bad else None
    )


def saturated_units(e: Evidence) -> Seen | None:
    """Find that many units are at a bound for nearly every image."""
    bad = {name: share for name, share in e.seen.saturated.items() if share >= GOT_STUCK}
    return (
        Seen(f"units stuck at a bound, without a slope: {layers_in_words(bad)}", bad)
        if bad
        else None
    )


def saturated_outputs(e: Evidence) -> Seen | None:
    """Find that outputs are at a bound where they are wrong, so that hardly any gradient passes."""
    if e.slope >= CLOSED:
        return None
    return Seen(f"the outputs let {e.slope:.1g} of the gradient through", {"slope": e.slope})


def classes_never_answered(e: Evidence) -> Seen | None:
    """Find that classes that there are examples of are never the answer."""
    if not e.never:
        return None
    return Seen(f"{e.named(e.never)} never answered", {"classes": len(e.never)})
