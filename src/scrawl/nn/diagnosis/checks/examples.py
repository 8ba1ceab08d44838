"""Causes in the images and labels of a run."""

from __future__ import annotations

import numpy as np

from scrawl.nn.diagnosis.checks.verdict import (
    ENOUGH_OF_EACH,
    MISSED,
    RARE,
    Seen,
    fails,
    no_better_than_chance,
)
from scrawl.nn.diagnosis.evidence import Evidence
from scrawl.nn.diagnosis.example_facts import FEW, balanced_accuracy, doubt_of
from scrawl.nn.diagnosis.wording import percent

# Shares of a sample: published sets have no blank image, and some in a thousand twice.
BLANK, REPEATED = 0.05, 0.1
# Largest value and standard deviation of the inputs: normalised pixels reach 1, standardised ones
# about 10, raw ones 255; pixels between 0 and 1 came to 0.2 to 0.3.
LARGE, SMALL = 20.0, 0.02
# Mean of the inputs over their standard deviation: ink on black paper 0.4, even grey 1.7.
OFF_CENTRE = 2.0
# Changes of label from image to image, over those of a random order, which came to 0.95 to 1.05.
IN_RUNS = 0.2
# Points between the accuracy during an epoch and after it: sound ones were better after it.
FORGOTTEN = 0.1
# Points by which answers agree more with their neighbours' than labels do: at most 0.2.
NOISY = 0.3


def inputs_without_variation(e: Evidence) -> Seen | None:
    """Find that all images are the same."""
    if e.material.varying or e.material.looked_at < 2:
        return None
    n = e.material.looked_at
    return Seen(f"all {n:,} training images looked at are the same", {"images": n})


def blank_images(e: Evidence) -> Seen | None:
    """Find that many images have one value throughout."""
    share = e.material.blank
    if share < BLANK:
        return None
    return Seen(
        f"{percent(share)} of the training images have one value throughout", {"share": share}
    )


def repeated_images(e: Evidence) -> Seen | None:
    """Find that many images are the same as another."""
    share = e.material.repeated
    if share < REPEATED:
        return None
    n = e.material.looked_at
    words = f"of {n:,} training images looked at, {percent(share)} are the same as an earlier one"
    return Seen(words, {"share": share})


def unrelated_labels(e: Evidence) -> Seen | None:
    """Find that neither network nor nearest neighbour is better than chance on new images."""
    m = e.material
    if not no_better_than_chance(e.validated, m.chance, doubt_of(e.held_labels)):
        return None
    if not no_better_than_chance(m.neighbour, m.chance, m.doubt):
        return None
    numbers = {"learnt": e.learnt, "validated": e.validated, "neighbour": m.neighbour}
    return Seen(
        f"on new images neither the network ({percent(e.validated)}) nor the nearest training "
        f"image ({percent(m.neighbour)}) is better than chance ({percent(m.chance)}); of those "
        f"learnt from, the network gets {percent(e.learnt)} right",
        numbers,
    )


def noisy_labels(e: Evidence) -> Seen | None:
    """Find that answers agree between neighbours far more than labels do."""
    # Where nearly all answers are the labels, the two can hardly agree in different ways.
    if e.never or not e.held or e.validated > 1 - NOISY / 2:
        return None
    answers, labels = e.agreement
    at_chance = no_better_than_chance(e.validated, e.material.chance, doubt_of(e.held_labels))
    if at_chance or not answers - labels >= NOISY:
        return None
    return Seen(
        f"validation images that look alike get the same answer in {percent(answers)} of the "
        f"cases, but have the same label in {percent(labels)} only",
        {"answers_agree": answers, "labels_agree": labels},
    )


def large_inputs(e: Evidence) -> Seen | None:
    """Find that a network that learns too little has inputs far above 1."""
    largest = e.material.largest
    if largest <= LARGE or not fails(e):
        return None
    return Seen(f"inputs reach {largest:.3g}", {"largest_input": largest})


def small_inputs(e: Evidence) -> Seen | None:
    """Find that a network that learns too little has inputs that hardly differ from each other."""
    spread = e.material.spread
    if spread >= SMALL or not fails(e):
        return None
    return Seen(f"inputs differ by {spread:.2g} only (standard deviation)", {"spread": spread})


def inputs_off_centre(e: Evidence) -> Seen | None:
    """Find that a network that learns too little has inputs far from zero, which differ little."""
    m = e.material
    if abs(m.mean) <= OFF_CENTRE * m.spread or not m.varying or not fails(e):
        return None
    return Seen(
        f"inputs are {m.mean:.2g} on the average, and differ by {m.spread:.2g} only",
        {"mean": m.mean, "spread": m.spread},
    )


def sorted_examples(e: Evidence) -> Seen | None:
    """Find that each class of a sorted file is forgotten while the next is learnt."""
    if e.recipe.shuffle or e.recipe.batch_size >= e.material.n or not e.epochs:
        return None
    during, runs = e.epochs[-1].train_accuracy, e.material.runs
    if runs > IN_RUNS or not (fails(e) or during - e.accuracy >= FORGOTTEN):
        return None
    return Seen(
        f"the training images are sorted by class and not shuffled: {percent(during)} of the "
        f"answers are right while an epoch passes, {percent(e.accuracy)} after it",
        {"label_changes": runs, "during": during, "after": e.accuracy},
    )


def uneven_classes(e: Evidence) -> Seen | None:
    """Find that classes with few examples are hardly ever recognised."""
    shares = e.material.shares
    counts = np.bincount(e.held_labels, minlength=len(shares))
    rare = [int(i) for i in np.flatnonzero((shares < RARE / e.material.classes) & (counts >= FEW))]
    shown = np.isin(e.held_labels, rare)
    recall = balanced_accuracy(e.held_answers[shown], e.held_labels[shown])
    others = balanced_accuracy(e.held_answers[~shown], e.held_labels[~shown])
    few_of_all = e.material.n < ENOUGH_OF_EACH * e.material.classes
    if not rare or few_of_all or recall > MISSED or not others > 1 - MISSED:
        return None
    share = float(max(shares[rare]))
    return Seen(
        f"{e.named(rare)} recognised in {percent(recall)} of the validation images, and "
        f"{percent(share, 1)} or less of the training images, where an equal share is "
        f"{percent(1 / e.material.classes)}",
        {"classes": len(rare), "recall": recall, "largest_share": share},
    )
