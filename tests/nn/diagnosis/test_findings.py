"""A network explains its own failure: broken ones name the cause, sound ones are silent."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.nn.diagnosis.findings import (
    Finding,
    dead_units,
    little_movement,
    loss_rises,
    one_answer,
    only_biases,
    raw_pixels,
    saturated_units,
    thrown_about,
)
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import Epoch
from scrawl.settings.experiment import Run
from scrawl.settings.yaml_files import read_yaml
from scrawl.training.examples import TrainingData
from scrawl.training.run import train

HOUSE = Path(__file__).parents[3]
CONFIG = read_yaml(HOUSE / "config.yaml")
NAMES = [str(digit) for digit in range(10)]
DATASET = Dataset(tuple(NAMES), (28, 28), "unit", 0.0, 255.0)


def read(folder: Path, images: str, labels: str, n: int, raw: bool) -> Examples:
    pixels = idx.read(folder / images)[:n].reshape(-1, 784).astype(np.float32)
    return Examples(
        pixels if raw else pixels / np.float32(255),
        np.eye(10, dtype=np.float32)[idx.read(folder / labels)[:n]],
        (28, 28),
    )


def glyphs(raw: bool) -> Examples:
    return read(HOUSE / "data/glyphs", "train-images.idx.gz", "train-labels.idx.gz", 3000, raw)


def explained(settings: dict[str, Any], examples: Examples | None = None) -> dict[str, Finding]:
    """Train on the first glyphs, or other examples; return what is found, by name."""
    run = Run.parse(settings)
    training = examples or glyphs(raw=run.normalisation == "none")
    data = TrainingData(training, training.first(0), DATASET)
    return {finding.name: finding for finding in train(run, data).findings}


# --- broken ---------------------------------------------------------------------------------------

PLAIN: dict[str, Any] = {"optimiser": "gradient-descent", "schedule": "constant"}
QUADRATIC = {**PLAIN, "loss": "quadratic"}
SIGMOID = {**QUADRATIC, "activation": "sigmoid", "output": "sigmoid", "initialiser": "lecun"}
TWO_HIDDEN_16 = {
    **SIGMOID,
    "normalisation": "none",
    "hidden": [16, 16],
    "initialiser": "normal",
    "initial_scale": 0.01,
    "learning_rate": 0.1,
    "shuffle": False,
}

BROKEN: dict[str, tuple[dict[str, Any], set[str]]] = {
    "the originals' two hidden layers, on raw pixels": (
        {**TWO_HIDDEN_16, "batch_size": 500, "epochs": 30},  # as there, six steps an epoch
        {"one-answer", "only-biases", "saturated-units", "raw-pixels"},
    ),
    "the originals' first version, up the gradient": (
        {**SIGMOID, "hidden": [16], "optimiser": "gradient-ascent", "learning_rate": 1},
        {"uphill", "loss-rises"},
    ),
    "the originals' first version, wrong pairs": (
        {**SIGMOID, "hidden": [16, 16], "backpropagation": "mispaired-activations"},
        {"wrong-gradient"},
    ),
    "the originals' derivative of ReLU": (
        {
            **QUADRATIC,
            "hidden": [32],
            "activation": "relu-with-unit-derivative",
            "output": "relu-with-unit-derivative",
            "learning_rate": 0.1,
        },
        {"wrong-gradient"},
    ),
    "raw pixels with rate and weights for unit ones": (
        {"normalisation": "none", "hidden": [32], "learning_rate": 0.1},
        {"dead-units", "thrown-about", "raw-pixels"},
    ),
    "ReLUs with a rate that is too high": (
        {**PLAIN, "hidden": [32], "learning_rate": 1},
        {"dead-units"},
    ),
    "ReLU outputs with a rate that is too high": (
        {**QUADRATIC, "hidden": [32], "output": "relu", "learning_rate": 1},
        {"dead-units", "one-answer"},
    ),
    "a single layer with a rate that is too high": (
        {**PLAIN, "hidden": [], "learning_rate": 100},
        {"thrown-about"},
    ),
    "a rate that is too low": ({**PLAIN, "learning_rate": 1e-5}, {"little-movement"}),
    "deep sigmoids, whose gradients vanish": (
        {**PLAIN, "activation": "sigmoid", "initialiser": "lecun", "hidden": [32] * 5},
        {"one-answer", "only-biases"},
    ),
    "deep sigmoids with first weights that are too large": (
        {
            **PLAIN,
            "activation": "sigmoid",
            "initialiser": "normal",
            "initial_scale": 5,
            "hidden": [32] * 5,
        },
        {"saturated-units"},
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_network_names_the_cause(name: str) -> None:
    settings, expected = BROKEN[name]
    found = explained({"epochs": 3, "learning_rate": 0.5, **settings})
    assert expected <= set(found), found
    assert ("raw-pixels" in found) == (settings.get("normalisation") == "none")
    gradients = {"wrong-gradient", "uphill"}
    assert set(found) & gradients == expected & gradients


def test_one_that_runs_to_infinity_names_the_cause_too() -> None:
    upward = {"hidden": [32], "optimiser": "gradient-ascent", "learning_rate": 1, "epochs": 9}
    with pytest.raises(ValueError, match=r"not a finite number any more.*steps go up the gradient"):
        explained(upward)


def test_what_is_found_on_mnist_is_what_its_author_saw(mnist_folder: Path) -> None:
    """Cost 0.4499 and 11.35 %: after 30 of the author's 100 rounds there is little to come."""
    files = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
    training = read(mnist_folder, *files, 60_000, raw=True)
    found = explained({**TWO_HIDDEN_16, "batch_size": 10_000, "epochs": 30}, training)
    assert set(found) == {"one-answer", "only-biases", "saturated-units", "raw-pixels"}
    assert "predicts only '1' (for 100.0%" in found["one-answer"].words
    assert "only the biases learned" in found["only-biases"].words
    assert found["only-biases"].numbers["loss_of_frequencies"] == pytest.approx(0.44986, abs=1e-5)


# --- sound ----------------------------------------------------------------------------------------

SOUND: dict[str, dict[str, Any]] = {
    **{name: CONFIG["experiments"][name] for name in CONFIG["suites"]["quick"]["experiments"]},
    "deep tanh": {"hidden": [32] * 3, "activation": "tanh", "initialiser": "xavier"},
    "deep sigmoid": {
        "hidden": [64] * 3,
        "activation": "sigmoid",
        "initialiser": "xavier",
        "optimiser": "adam",
        "learning_rate": 0.01,
    },
    "deep relu": {"hidden": [64] * 6, "learning_rate": 0.02},
    "batch normalisation and dropout": {
        "hidden": [64, 32],
        "batch_normalisation": True,
        "dropout": 0.3,
    },
    "adamw, decay and averages": {
        "optimiser": "adamw",
        "weight_decay": 0.1,
        "learning_rate": 0.003,
        "average": "tail",
    },
    "clipped gelu on standardised pixels": {"activation": "gelu", "clip_norm": 1.0},
    # One epoch of the second program that scrawl grew out of: it learns, if not well.
    "linear, image by image": {
        **QUADRATIC,
        "hidden": [],
        "output": "linear",
        "bias": False,
        "initialiser": "uniform",
        "batch_size": 1,
        "shuffle": False,
        "learning_rate": 0.01,
    },
    # Raw pixels alone are no failure: this learns in spite of them.
    "raw pixels with a low rate": {"normalisation": "none", "learning_rate": 1e-4},
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_network_has_nothing_to_explain(name: str) -> None:
    assert explained({**SOUND[name], "epochs": 3}) == {}


# --- each finding by itself -----------------------------------------------------------------------


def epoch(loss: float, accuracy: float = 0.1) -> Epoch:
    return Epoch(1, 1, 0.1, loss, accuracy, math.nan, math.nan)


def test_one_answer_is_told_with_its_class_and_share() -> None:
    answers, labels = np.full(1000, 1), np.arange(1000) % 2
    found = one_answer(answers, labels, ["a", "い"], "test images")
    assert found is not None
    assert found.words == (
        "predicts only 'い' (for 100.0% of 1,000 test images): the accuracy, 50.00%, is that "
        "class's share, 50.00%"
    )
    answers[:10] = 0  # five of them rightly
    found = one_answer(answers, labels, ["a", "い"], "test images")
    assert found is not None
    assert found.numbers == {"answer_share": 0.99, "accuracy": 0.5, "class_share": 0.5}
    answers[10] = 0
    assert one_answer(answers, labels, ["a", "い"], "test images") is None


def test_only_biases_need_the_loss_and_the_accuracy_of_the_frequencies() -> None:
    assert only_biases(epoch(0.4543), 0.45, 0.11) is not None
    assert only_biases(epoch(0.4457), 0.45, 0.11) is not None
    assert only_biases(epoch(0.44), 0.45, 0.11) is None
    assert only_biases(epoch(0.46), 0.45, 0.11) is None
    assert only_biases(epoch(0.45, accuracy=0.12), 0.45, 0.11) is None


def test_a_quarter_of_a_hidden_layer_or_any_output_is_too_many_dead() -> None:
    assert dead_units({"2-relu": 0.24, "4-relu": 0.0}, "4-relu") is None
    assert dead_units({}, "3-dense") is None
    found = dead_units({"2-relu": 0.25, "4-relu": 0.1, "6-relu": 0.1}, "6-relu")
    assert found is not None
    assert found.numbers == {"2-relu": 0.25, "6-relu": 0.1}
    assert "25% of 2-relu, 10% of 6-relu" in found.words


def test_half_of_a_layer_is_too_much_saturated() -> None:
    assert saturated_units({"2-tanh": 0.49}) is None
    found = saturated_units({"2-tanh": 0.49, "4-tanh": 0.5})
    assert found is not None
    assert found.as_dict() == {"name": "saturated-units", "words": found.words, "4-tanh": 0.5}


def test_movements_add_up_and_from_zero_any_is_much() -> None:
    assert little_movement([0.004, 0.005]) is not None
    assert little_movement([0.004, 0.005, 0.002]) is None
    assert little_movement([math.nan, 0.0]) is None


def test_large_movements_are_no_fault_where_they_helped() -> None:
    assert thrown_about([math.nan, 11.0], 0.5, 0.45) is not None
    assert thrown_about([math.nan, 11.0], 0.4, 0.45) is None
    assert thrown_about([9.0, 9.0], 0.5, 0.45) is None
    assert thrown_about([math.nan], 0.5, 0.45) is None


def test_small_rises_of_the_loss_are_no_fault() -> None:
    assert loss_rises([2.0, 1.0, 1.09, 1.0, 1.09]) is None
    assert loss_rises([2.0]) is None
    found = loss_rises([2.0, 1.0, 1.01, 1.2, 0.5])
    assert found is not None
    assert found.numbers == {"loss_increases": 2, "largest_rise": pytest.approx(0.19)}
    assert "rose in 2 of 5 epochs, once by 0.19 (it was 2 in the first)" in found.words


def test_raw_pixels_are_those_that_no_normalisation_makes() -> None:
    assert raw_pixels(1.0) is None
    assert raw_pixels(12.0) is None
    assert raw_pixels(255.0) is not None
