"""Seconds of training, on one core, to a given test accuracy on MNIST.

Counted are the processor's seconds: on an idle core those that pass, on a busy one those of others
are left out.

`--choose` trains the candidates and shows their *validation* accuracies, by which the recipes
below were chosen; without it each recipe is trained on all training images and tested once with
each random seed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import PREPARED, Table, examples, version_of
from scrawl.artifacts import model
from scrawl.nn.examples import Examples
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Run
from scrawl.settings.recipe import Recipe
from scrawl.training.answers import answers
from scrawl.training.examples import TrainingData
from scrawl.training.setup import trainer_of

SEEDS = range(1, 11)
TITLE = f"Seconds of training to an accuracy, one core, {len(SEEDS)} seeds"
LONGEST = 40.0  # seconds that scikit-learn is given

BRIEF: dict[str, Any] = {
    "optimiser": "adamw-brief",
    "schedule": "one-cycle",
    "batch_size": 256,
    "label_smoothing": 0.1,
}
CONVOLUTIONAL: dict[str, Any] = {**BRIEF, "batch_size": 64, "learning_rate": 0.008}
DISTORTED: dict[str, Any] = {
    **CONVOLUTIONAL,
    "filters": [[16], [32]],
    "learning_rate": 0.005,
    "rotation_degrees": 7,
    "scale_share": 0.07,
    "shear_share": 0.07,
    "shift_pixels": 1,
    "epochs": 6,
}

# Test accuracy in per cent, what training may take at most, and the recipe: the quickest candidate
# whose validation accuracy was above the aim with each seed, where there was one.
RECIPES: list[tuple[float, float, dict[str, Any]]] = [
    (
        94.17,
        0.15,
        {
            **BRIEF,
            "hidden": [32],
            "batch_size": 128,
            "learning_rate": 0.02,
            "epochs": 1,
            "first_images": 30_000,
        },
    ),
    (
        97.0,
        0.5,
        {**BRIEF, "hidden": [80], "learning_rate": 0.02, "epochs": 2, "first_images": 50_000},
    ),
    (
        98.0,
        1.5,
        {**BRIEF, "hidden": [160], "learning_rate": 0.01, "epochs": 3, "first_images": 55_000},
    ),
    (98.5, 4.0, {**CONVOLUTIONAL, "filters": [[8], [16]], "epochs": 1, "first_images": 55_000}),
    (
        99.0,
        10.0,
        {
            **CONVOLUTIONAL,
            "filters": [[8], [24]],
            "shift_pixels": 1,
            "epochs": 2,
            "first_images": 55_000,
        },
    ),
    (99.25, 15.0, {**CONVOLUTIONAL, "filters": [[8], [24]], "shift_pixels": 1, "epochs": 3}),
    (99.5, 60.0, {**DISTORTED, "test_distortions": 16}),
]

CANDIDATES: list[dict[str, Any]] = [
    *(
        {**BRIEF, "batch_size": batch, "learning_rate": rate, "epochs": 1, **size}
        for batch, rate, size in (
            (128, 0.02, {"hidden": [32], "first_images": 30_000}),
            (128, 0.02, {"hidden": [24], "first_images": 35_000}),
            (64, 0.015, {"hidden": [32], "first_images": 20_000}),
        )
    ),
    *(
        {**BRIEF, "hidden": [units], "batch_size": batch, "learning_rate": rate, "epochs": epochs}
        for units, batch, rate, epochs in (
            (64, 128, 0.02, 2),
            (64, 128, 0.012, 2),
            (80, 256, 0.02, 2),
            (128, 128, 0.012, 3),
            (160, 256, 0.01, 3),
            (192, 256, 0.012, 3),
        )
    ),
    *(
        {**CONVOLUTIONAL, "filters": [[8], [16]], "epochs": 1, "optimiser": optimiser}
        for optimiser in ("adamw", "adamw-brief")
    ),
    *(
        {**CONVOLUTIONAL, "filters": filters, "shift_pixels": 1, "epochs": epochs}
        for filters in ([[8], [16]], [[8], [24]])
        for epochs in (2, 3)
    ),
    DISTORTED,
    {**DISTORTED, "test_distortions": 16},
]


def parts_of(settings: dict[str, Any], seed: int) -> tuple[Run, Evaluation]:
    """Return a recipe's settings of training, with a seed, and of evaluation."""
    recipe = Recipe.parse(settings)
    return Run.parse({**recipe.experiment().as_dict(), "seed": seed}), recipe.evaluation()


def timed(run: Run, data: Path, *, all_images: bool) -> tuple[float, model.Model]:
    """Train; return the seconds of the epochs, and the network."""
    if all_images:
        run = Run.parse({**run.as_dict(), "train_on": "all"})
    found = TrainingData.read(data, run)
    np.asarray(found.training.images).max()  # reads the file, which is not training
    trainer = trainer_of(run, found.training, found.dataset)
    begin = time.process_time()
    list(trainer.fit(found.training, found.validation.first(0)))
    taken = time.process_time() - begin
    return taken, model.Model(trainer.network, trainer.loss, run, found.dataset, [], "")


def accuracy(trained: model.Model, examples_: Examples, evaluation: Evaluation) -> float:
    """Return the accuracy in per cent."""
    predicted = answers(trained, examples_, evaluation)[0].argmax(axis=1)
    return 100 * float(np.mean(predicted == examples_.labels.argmax(axis=1)))


def described(settings: dict[str, Any]) -> str:
    """Return a recipe in a few words."""
    run, evaluation = parts_of(settings, seed=1)
    blocks = ["×".join(map(str, block)) + "×5×5" for block in run.filters]
    net = "-".join([*blocks, *map(str, run.hidden)])
    some = f", {run.first_images:,} images" if run.first_images else ""
    changed = f", {described_changes(run)} images" if run.distortions else ""
    smooth = f", smoothing {run.label_smoothing:g}" if run.label_smoothing else ""
    epochs = f"{run.epochs} epoch{'s' if run.epochs > 1 else ''}"
    rate = f"{run.optimiser} {run.learning_rate:g}"
    copies = evaluation.test_distortions
    mean = f", answers over {copies} distorted copies" if copies else ""
    return f"{net}: {rate}, batch {run.batch_size}{smooth}{some}{changed}, {epochs}{mean}"


def described_changes(run: Run) -> str:
    """Return in a word how training images are distorted."""
    return "shifted" if run.distortions == ["shift_pixels"] else "distorted"


def choose(data: Path, seeds: range = range(101, 104)) -> None:
    """Print what the candidates reach on the validation images."""
    kept_back = examples(data, "validation")
    for settings in CANDIDATES:
        found = []
        for seed in seeds:
            run, evaluation = parts_of(settings, seed)
            seconds, trained = timed(run, data, all_images=False)
            found.append((accuracy(trained, kept_back, evaluation), seconds))
        worst, middle = min(found)[0], median(value for value, _ in found)
        quick = median(seconds for _, seconds in found)
        print(
            f"{described(settings)}: {quick:.2f} s, {middle:.2f} %, worst {worst:.2f} %", flush=True
        )


def scikit_learn(data: Path) -> Iterator[tuple[float, float]]:
    """Yield seconds of training and test accuracy after each epoch of scikit-learn's MLPClassifier.

    256 units and otherwise its defaults: Adam 0.001, batches of 200.
    """
    from sklearn.neural_network import MLPClassifier

    training, test = examples(data), examples(data, "test")
    images, labels = np.array(training.images), training.labels.argmax(axis=1)
    network, seconds = MLPClassifier((256,), random_state=1), 0.0
    while seconds < LONGEST:
        begin = time.process_time()
        network.partial_fit(images, labels, classes=np.arange(10))
        seconds += time.process_time() - begin
        yield seconds, 100 * network.score(test.images, test.labels.argmax(axis=1))


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PREPARED, help="MNIST, as prepared/unit.h5")
    parser.add_argument("--choose", action="store_true", help="compare the candidates instead")
    told = parser.parse_args()
    with threadpool_limits(1):
        if told.choose:
            choose(told.data)
        else:
            measure(told.data)


def measure(data: Path) -> None:
    """Train and test every recipe with every seed; write the table."""
    columns = ("test accuracy, %", "recipe", "seconds, median", "worst", "reached, %, median")
    table = Table(
        "accuracy",
        TITLE,
        (*columns, "worst reached", "seeds that reached it", "scikit-learn’s seconds"),
    )
    absent = version_of("scikit-learn") == "not installed"
    others = [] if absent else list(scikit_learn(data))
    test = examples(data, "test")
    for aim, longest, settings in RECIPES:
        seconds, reached = [], []
        for seed in SEEDS:
            run, evaluation = parts_of(settings, seed)
            taken, trained = timed(run, data, all_images=True)
            seconds.append(taken)
            reached.append(accuracy(trained, test, evaluation))
        theirs = next((s for s, found in others if found >= aim), None)
        enough = sum(found >= aim for found in reached)
        table.add(
            f"{aim:g}",
            described(settings),
            median(seconds),
            max(seconds),
            f"{median(reached):.2f}",
            f"{min(reached):.2f}",
            f"{enough} of {len(SEEDS)}",
            theirs,
        )
        table.aim(f"seconds to {aim} %", median(seconds), longest, at_most=True)
        table.aim(f"seeds of {len(SEEDS)} that reach {aim} %", enough, len(SEEDS))
    table.notes.append(
        "Seconds are the processor’s. Trained on all 60,000 images or so many of them, tested once "
        "with each seed. "
        "The recipes were chosen on 10,000 validation images: `python -m benchmarks.accuracy "
        "--choose --data artifacts/mnist_search/prepared/unit.h5`, but for that of 99.25 % and the "
        "network and distortions of 99.5 %: with those, but answers from the images as they are, "
        "7 of 10 seeds reached it. The author of the program that scrawl grew out of gives 250.9 s "
        "for 94.17 %. "
        "scikit-learn: MLPClassifier with 256 units, else its defaults, one core, one seed, tested "
        f"after every epoch for {LONGEST:.0f} s of training; – is not reached by then."
    )
    table.write()


if __name__ == "__main__":
    main()
