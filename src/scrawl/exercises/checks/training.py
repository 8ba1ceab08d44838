"""Checks of the exercises about training: updates, batches, dropout, evaluation."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from scrawl.exercises.judging import Ask, Wrong, agree, first, parts, same_number
from scrawl.exercises.sandbox import Linear, Seeded
from scrawl.exercises.wording import at, described


def momentum_step(ask: Ask, rng: np.random.Generator) -> None:
    """Follow three steps of float32 and hold each against the formula in float64."""
    hint = "do the two formulas by hand for this one number; is the gradient that of this step?"
    for momentum in (float(rng.uniform(0.5, 0.95)), 0.0):
        rate = float(rng.uniform(0.05, 0.5))
        parameters = rng.normal(size=5).astype(np.float32)
        velocity = np.zeros(5, np.float32)
        for _ in range(3):
            gradient = rng.normal(size=5).astype(np.float32)
            new_velocity = momentum * velocity.astype(np.float64) + gradient
            new_parameters = parameters - rate * new_velocity
            answer = ask(
                parameters=parameters,
                gradient=gradient,
                velocity=velocity,
                learning_rate=rate,
                momentum=momentum,
            )
            moved, pushed = parts(answer, ("parameters", "velocity"), "two arrays")
            agree("velocity", pushed, new_velocity, np.float32, hint)
            agree("parameters", moved, new_parameters, np.float32, hint)
            parameters, velocity = moved, pushed


def shuffled_batches(ask: Ask, rng: np.random.Generator) -> None:
    """Count how often each example occurs, in batches of the right sizes, in an order of chance."""
    for n, batch in ((23, 5), (20, 5), (3, 8), (400, 16)):
        seed = int(rng.integers(2**32))
        answers = [
            _batches(ask(n=n, batch=batch, rng=Seeded(seed + again)), n, batch)
            for again in (0, 0, 1)
        ]
        if n == 400:
            _check_shuffled(*answers)


def _batches(answer: Any, n: int, batch: int) -> list[list[int]]:
    """Check sizes and members of batches; return them."""
    if not isinstance(answer, tuple):
        raise Wrong(f"batches: expected a list of arrays, got {described(answer)}", "see Returns")
    for i, part in enumerate(answer):
        if not (isinstance(part, np.ndarray) and part.ndim == 1 and part.dtype.kind in "iu"):
            message = f"batch {i}: expected an array (batch,) of whole numbers, got "
            raise Wrong(message + described(part), "see Returns")
    found = [part.tolist() for part in answer]
    counts = dict.fromkeys(range(n), 0)
    for i, members in enumerate(found):
        for image in members:
            if image not in counts:
                message = f"batch {i}: expected images 0 to {n - 1}, got image {image}"
                raise Wrong(message, "where do the numbers of images begin and end?")
            counts[image] += 1
    for image, count in counts.items():
        if count != 1:
            raise Wrong(
                f"image {image}: expected in one batch, got it in {count}, for {n} images in "
                f"batches of {batch}",
                "take few images and print the batches: which images are missing or twice there?",
                where={"what": "batches", "image": image},
                expected=1,
                got=count,
            )
    _check_sizes([len(members) for members in found], n, batch)
    return found


def _check_sizes(sizes: list[int], n: int, batch: int) -> None:
    full, rest = divmod(n, batch)
    expected = [batch] * full + [rest] * (rest > 0)
    for i, (size, wanted) in enumerate(zip(sizes, expected, strict=False)):
        if size != wanted:
            message = f"batch {i}: expected {wanted} of {n} images, got {size}"
            raise Wrong(message, "all batches but the last are full")
    if len(sizes) != len(expected):
        message = f"expected {len(expected)} batches of {n} images, got {len(sizes)}"
        raise Wrong(message, "is there a batch without an image?")


def _check_shuffled(first: Any, again: Any, other: Any) -> None:
    """Check that order comes from the generator, and that members are shuffled, not batches."""
    if first == other:
        message = f"image {first[0][0]} comes first with one generator, and with another"
        raise Wrong(f"{message}; expected another order", "what is `rng` for?")
    if first != again:
        message = "generators of the same seed give two orders; expected the same order"
        raise Wrong(message, "is there any chance in it that does not come from `rng`?")
    orders = [[image for members in batches for image in members] for batches in (first, other)]
    for order in orders:
        # in an order of chance one of 400 is followed by its neighbour, give or take a few
        followed = [a for a, b in pairwise(order) if abs(b - a) == 1]
        if len(followed) > 40:
            raise Wrong(
                f"image {followed[0]} and {len(followed) - 1} others of 400 stand beside a "
                "neighbour of theirs; expected about 2",
                "which images can meet in a batch, and which never do?",
            )


def dropout(ask: Ask, rng: np.random.Generator) -> None:
    """Count what is dropped, compare what is kept, and look for patterns in what is dropped."""
    shape = (60, 50)
    inputs = (rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)).astype(np.float32)

    def answer(rate: float, training: bool, seed: int) -> Any:
        stream = Seeded(seed)
        return ask(inputs=inputs, rate=rate, training=training, rng=stream)

    seed, rate = int(rng.integers(2**32)), float(rng.uniform(0.2, 0.35))
    hint = "is anything to be dropped here?"
    agree("outputs", answer(rate, False, seed), inputs.astype(np.float64), np.float32, hint)
    agree("outputs", answer(0.0, True, seed), inputs.astype(np.float64), np.float32, hint)
    kept = _kept(answer(rate, True, seed), inputs, rate)
    if np.array_equal(kept, answer(rate, True, seed + 1) != 0):
        message = "image 0 and all others lose the same units with one generator and with another"
        raise Wrong(f"{message}; expected others", "what is `rng` for?")
    _kept(answer(0.75, True, seed + 2), inputs, 0.75)


def _kept(outputs: Any, inputs: Any, rate: float) -> Any:
    """Check a training pass; return which numbers were kept, (image, unit) bool."""
    kept = (outputs != 0) if isinstance(outputs, np.ndarray) else np.ones(inputs.shape, bool)
    kept = kept if kept.shape == inputs.shape else np.ones(inputs.shape, bool)
    hint = "what is the mean of this number over many passes, dropped ones included?"
    factor = 1 / (1 - rate)
    expected = np.where(kept, inputs.astype(np.float64) * factor, 0)
    agree("outputs", outputs, expected, np.float32, hint)
    dropped, spread = float(1 - kept.mean()), float(np.sqrt(rate * (1 - rate) / kept.size))
    for axis, name in ((0, "images"), (1, "units")):
        if (kept == kept.take([0], axis)).all():
            place = at("outputs", first(~kept))
            raise Wrong(
                f"{place} is dropped, and so for all {name}; expected a choice for each number",
                "how many random numbers are drawn, and for what?",
            )
    if abs(dropped - rate) > 6 * spread:  # by chance once in 500 million checks
        raise Wrong(
            f"expected {rate:.1%} of the numbers to be dropped, got {dropped:.1%}; the first that "
            f"is dropped is {at('outputs', first(~kept))}",
            "with which probability is a number kept?",
            expected=rate,
            got=dropped,
        )
    return kept


def evaluate(ask: Ask, rng: np.random.Generator) -> None:
    """Hold answers against those for all images at once; the last batch is unlike the others."""
    for n, most in ((23, 5), (20, 5), (3, 8), (16, 1)):
        images, weights = rng.normal(size=(n, 6)), rng.normal(size=(6, 4))
        right = (images @ weights).argmax(axis=1)
        image = np.arange(n)
        in_last = image >= (n - 1) // most * most
        wrong = in_last if n % 2 == 0 else ~in_last & (image % 2 == 0)
        labels = np.where(wrong, (right + 1) % 4, right)
        answer = ask(predict=Linear(weights, most), images=images, labels=labels, batch=most)
        predicted, accuracy = parts(answer, ("predicted", "accuracy"), "an array and a number")
        hint = "which images is the network shown, and which number is its answer?"
        agree("predicted", predicted, right, int, hint)
        hint = f"count by hand: of {n} images, {int((right == labels).sum())} are right"
        same_number("accuracy", accuracy, float((right == labels).mean()), 1e-9, hint)
