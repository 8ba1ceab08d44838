"""What is unhealthy about a network that was trained, in words.

Each threshold has beside it what some ninety runs on MNIST came to (20,000 to 60,000 images, one
random seed). Broken are those that learn nothing, or far less than with one setting put right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn.diagnosis.health import LOOKED_AT, Health, look
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import Epoch
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network

# Share of the commonest answer: broken networks gave one answer only, sound ones on ten classes
# were below 30 % after an epoch or two. Classes may be uneven, so it is set high.
ONE_ANSWER = 0.99
# Distance from the loss of the class frequencies and from the accuracy of the commonest class,
# both relative: broken networks were within 0.6 % and 2 %, one that has learnt anything far away.
SAME_LOSS, SAME_ACCURACY = 0.01, 0.05
# Share of the units of a hidden layer: sound ones had up to 6 % (of ten layers of 64), 20 % with
# full batches or raw pixels; broken ones 40 to 100 %. In an output layer one of them is a class.
MANY_DEAD = 0.25
# Share of the units of a hidden layer: sound ones had up to 3 % with small first weights, 20 % with
# large ones. On raw pixels it was 25 to 80 % where others still learnt (90 to 95 % right), and up
# to all of them where none did.
MANY_SATURATED = 0.5
# Relative update, over all epochs together: runs that learnt came to 3 % and more.
LITTLE = 0.01
# Relative update of one epoch: sound runs came to 5 from small first weights, broken ones to 80.
MUCH = 10.0
# Rise of the loss in one epoch, in parts of the first epoch's: overshooting came to 5 % and more,
# mostly far more; a loss that is nearly zero goes up and down by far less.
LARGE_RISE = 0.05
# Largest value of a pixel: normalised ones reach 1, standardised ones about 10, raw ones 255.
RAW = 20.0


@dataclass(frozen=True)
class Finding:
    """Something unhealthy.

    Attributes
    ----------
    name : str
        Of its kind, such as `dead-units`.
    words : str
        What was found, and what probably is the cause.
    numbers : mapping of str to float
        What the words rest on.
    """

    name: str
    words: str
    numbers: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return name, words and numbers side by side."""
        return {"name": self.name, "words": self.words, **self.numbers}


def findings(
    network: Network,
    loss: Loss,
    train: Examples,
    history: Sequence[tuple[Epoch, Health]],
    class_names: Sequence[str],
) -> list[Finding]:
    """Say what is unhealthy about a network that was trained.

    Parameters
    ----------
    network : Network
    loss : Loss
        What training was to make small.
    train : Examples
        What it was trained on; LOOKED_AT of them are looked at again.
    history : sequence of (Epoch, Health)
        At least one.
    class_names : sequence of str, (classes,)

    Returns
    -------
    list of Finding
        Empty for a sound network.
    """
    some = train.first(LOOKED_AT)
    images = np.asarray(some.images)
    seen = look(network, images)
    frequencies = np.asarray(train.labels).mean(axis=0, dtype=np.float32)
    baseline = loss.of_constant_answer(frequencies)
    last = history[-1][0]
    updates = [health.relative_update for _, health in history]
    found = [
        one_answer(seen.answers, some.labels.argmax(axis=1), class_names, "training images"),
        only_biases(last, baseline, float(frequencies.max())),
        dead_units(seen.dead, network.names[-1]),
        saturated_units(seen.saturated),
        little_movement(updates),
        thrown_about(updates, last.loss, baseline),
        loss_rises([epoch.loss for epoch, _ in history]),
    ]
    symptoms = [finding for finding in found if finding]
    # Raw pixels are the cause of much, but no fault by themselves.
    cause = raw_pixels(float(np.abs(images).max())) if symptoms else None
    return [*symptoms, cause] if cause else symptoms


def one_answer(
    answers: npt.NDArray[np.integer[Any]],
    labels: npt.NDArray[np.integer[Any]],
    class_names: Sequence[str],
    which: str,
) -> Finding | None:
    """Find that a network gives one answer only.

    Parameters
    ----------
    answers, labels : (n,) integers
        Class indices; at least one.
    class_names : sequence of str, (classes,)
    which : str
        What was answered for, such as "test images".
    """
    counts = np.bincount(answers, minlength=len(class_names))
    answer, share = int(counts.argmax()), float(counts.max() / len(answers))
    if share < ONE_ANSWER:
        return None
    accuracy, class_share = float(np.mean(answers == labels)), float(np.mean(labels == answer))
    about = "" if accuracy == class_share else "about "
    return Finding(
        "one-answer",
        f"predicts only '{class_names[answer]}' (for {share:.1%} of {len(answers):,} {which}): "
        f"the accuracy, {accuracy:.2%}, is {about}that class's share, {class_share:.2%}",
        {"answer_share": share, "accuracy": accuracy, "class_share": class_share},
    )


def only_biases(last: Epoch, baseline: float, largest_share: float) -> Finding | None:
    """Find that the loss is that of always answering the class frequencies."""
    same_loss = abs(last.loss - baseline) <= SAME_LOSS * baseline
    if not same_loss or last.train_accuracy > (1 + SAME_ACCURACY) * largest_share:
        return None
    return Finding(
        "only-biases",
        f"only the biases learned: the loss, {last.loss:.4f}, is that of answering every image "
        f"with the class frequencies, {baseline:.4f}; nothing of the images reaches the output",
        {"loss": last.loss, "loss_of_frequencies": baseline},
    )


def dead_units(dead: Mapping[str, float], output: str) -> Finding | None:
    """Find layers with many ReLUs that are zero for every image; `output` names the last layer."""
    bad = {k: share for k, share in dead.items() if share >= (MANY_DEAD if k != output else 1e-9)}
    if not bad:
        return None
    return Finding(
        "dead-units",
        f"dead ReLUs, zero for every image looked at: {in_words(bad)}; steps that are too long "
        "push them there for good: lower the rate, or divide large inputs",
        bad,
    )


def saturated_units(saturated: Mapping[str, float]) -> Finding | None:
    """Find layers with many units whose slope is nearly zero for nearly every image."""
    bad = {name: share for name, share in saturated.items() if share >= MANY_SATURATED}
    if not bad:
        return None
    return Finding(
        "saturated-units",
        f"saturated units, stuck at a bound: {in_words(bad)}; they pass on hardly any gradient: "
        "begin with smaller weights, divide large inputs, or lower the rate",
        bad,
    )


def in_words(shares: Mapping[str, float]) -> str:
    """Return shares by layer, as in `50% of 2-relu, 100% of 4-relu`."""
    return ", ".join(f"{share:.0%} of {name}" for name, share in shares.items())


def little_movement(updates: Sequence[float]) -> Finding | None:
    """Find that all epochs together hardly changed the weights."""
    total = sum(updates)  # nan if the weights began as zeros: then any movement is much
    if not total < LITTLE:
        return None
    return Finding(
        "little-movement",
        f"in all epochs together the weights moved by {total:.2%} of their size: the rate is too "
        "low, or no gradient reaches them",
        {"relative_update": total},
    )


def thrown_about(updates: Sequence[float], loss: float, baseline: float) -> Finding | None:
    """Find that an epoch changed the weights out of all proportion, to no good."""
    largest = max((update for update in updates if math.isfinite(update)), default=0.0)
    if largest <= MUCH or loss <= baseline:
        return None
    return Finding(
        "thrown-about",
        f"an epoch moved the weights by {largest:.0f} times their size, and the loss, {loss:.4g}, "
        f"is above that of the class frequencies, {baseline:.4g}: the rate is too high",
        {"relative_update": largest, "loss": loss, "loss_of_frequencies": baseline},
    )


def loss_rises(losses: Sequence[float]) -> Finding | None:
    """Find that the loss rose considerably from one epoch to the next."""
    rises = [after - before for before, after in pairwise(losses) if after > before]
    largest = max(rises, default=0.0)
    if largest <= LARGE_RISE * losses[0]:
        return None
    return Finding(
        "loss-rises",
        f"the loss rose in {len(rises)} of {len(losses)} epochs, once by {largest:.3g} (it was "
        f"{losses[0]:.3g} in the first): the steps are too long, or go the wrong way",
        {"loss_increases": len(rises), "largest_rise": largest},
    )


def raw_pixels(largest: float) -> Finding | None:
    """Find that inputs are not what rates and first weights are usually made for."""
    if largest <= RAW:
        return None
    return Finding(
        "raw-pixels",
        f"inputs reach {largest:.3g}, like raw pixels, while usual rates and first weights are "
        "meant for inputs up to 1: divide them by 255",
        {"largest_input": largest},
    )
