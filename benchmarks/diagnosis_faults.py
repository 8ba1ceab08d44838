"""The bed of `benchmarks.diagnosis`: recipes that learn, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Settings = dict[str, Any]
Rng = np.random.Generator


def width(rng: Rng, low: int, high: int) -> int:
    """Draw a number of units, evenly on a logarithmic scale."""
    return int(np.exp(rng.uniform(np.log(low), np.log(high))))


PLAIN: Settings = {"optimiser": "gradient-descent", "schedule": "constant"}

# Recipes that learn; each with sizes drawn at random.
RECIPES: dict[str, Callable[[Rng], Settings]] = {
    "linear": lambda _: {"hidden": [], "initialiser": "zeros", "learning_rate": 0.1},
    "relu": lambda rng: {"hidden": [width(rng, 24, 128)], "learning_rate": 0.1},
    "deep relu": lambda rng: {
        "hidden": [width(rng, 32, 96)] * int(rng.integers(2, 5)),
        "learning_rate": 0.03,
    },
    "tanh": lambda rng: {
        "hidden": [width(rng, 32, 96), width(rng, 16, 64)],
        "activation": "tanh",
        "initialiser": "xavier",
        "learning_rate": 0.05,
    },
    "sigmoid": lambda rng: {
        **PLAIN,
        "hidden": [width(rng, 24, 64)],
        "activation": "sigmoid",
        "output": "sigmoid",
        "loss": "quadratic",
        "initialiser": "lecun",
        "learning_rate": 3.0,
        "batch_size": 10,
    },
    "deep sigmoid with adam": lambda rng: {
        "hidden": [width(rng, 32, 96)] * 2,
        "activation": "sigmoid",
        "initialiser": "xavier",
        "optimiser": "adam",
        "learning_rate": 0.01,
    },
    "batch normalisation": lambda rng: {
        "hidden": [width(rng, 32, 96)] * int(rng.integers(1, 4)),
        "batch_normalisation": True,
        "learning_rate": 0.05,
    },
    "gelu with adamw": lambda rng: {
        "hidden": [width(rng, 32, 128)],
        "activation": "gelu",
        "optimiser": "adamw",
        "weight_decay": 0.05,
        "learning_rate": 0.004,
    },
    "leaky, constant rate": lambda rng: {
        **PLAIN,
        "hidden": [width(rng, 32, 96)],
        "activation": "leaky-relu",
        "learning_rate": 0.1,
        "batch_size": 16,
    },
    "dropout": lambda rng: {
        "hidden": [width(rng, 96, 160)],
        "dropout": float(rng.choice([0.2, 0.5])),
        "learning_rate": 0.1,
    },
    "convolutional": lambda rng: {
        "filters": [[int(rng.integers(4, 9))]],
        "kernel": 3,
        "hidden": [width(rng, 24, 48)],
        "learning_rate": 0.05,
    },
}

HIDDEN = [name for name in RECIPES if name != "linear"]
SGD = ["linear", "relu", "deep relu", "tanh", "sigmoid", "leaky, constant rate", "convolutional"]
DENSE_DESCENT = ["relu", "tanh", "sigmoid", "leaky, constant rate"]

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


def labels_at_random(rng: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Deal the labels out at random."""
    return x, rng.permutation(y)


def half_wrong(rng: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Replace half of the labels, or a little more, by any."""
    wrong = rng.random(len(y)) < rng.uniform(0.5, 0.6)
    return x, np.where(wrong, rng.integers(0, y.max() + 1, len(y)), y)


def scrambled(rng: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Put the pixels of each image in an order of its own."""
    return rng.permuted(x, axis=1), y


def off_by_one(_: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Give each image the label of the one before it."""
    return x, np.roll(y, 1)


def constant(_: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Make every image the first one."""
    return np.broadcast_to(x[:1], x.shape).copy(), y


def half_blank(rng: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Blank some of the images."""
    blank = rng.random(len(x)) < rng.uniform(0.3, 0.7)
    return np.where(blank[:, None], np.float32(0), x), y


def repeated(rng: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Repeat a twentieth of the images."""
    rows = rng.integers(0, len(x) // 20, len(x))
    return x[rows], y[rows]


def by_class(_: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Sort the examples by class."""
    order = np.argsort(y, kind="stable")
    return x[order], y[order]


def times(low: float, high: float) -> Callable[..., tuple[Images, Labels]]:
    """Return what multiplies all values by a factor."""

    def spoil(rng: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
        return x * np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))), y

    return spoil


def inverted(_: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Turn ink and paper."""
    return 1 - x, y


def uneven(rng: Rng, x: Images, y: Labels) -> tuple[Images, Labels]:
    """Keep a hundredth of the images of all classes but the first."""
    kept = (y == 0) | (rng.random(len(y)) < 0.01)
    return x[kept], y[kept]


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """Draw a number of two digits, evenly on a logarithmic scale."""
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.2g}")


@dataclass(frozen=True)
class Fault:
    """Something that can be wrong.

    Attributes
    ----------
    names : tuple of str
        The findings that name it: one of them must come first.
    recipes : sequence of str
        With what it can be wrong.
    change : function
        Returns other settings, of a random generator and the settings.
    spoil : function or None
    harms : bool
        Whether it counts only where it costs accuracy; else it always does.
    n : (int, int)
        Training images, at least and at most.
    """

    names: tuple[str, ...]
    recipes: list[str]
    change: Callable[[Rng, Settings], Settings] = lambda _, __: {}
    spoil: Callable[..., Any] | None = None
    whole: bool = False
    harms: bool = True
    n: tuple[int, int] | None = None


FAULTS: dict[str, Fault] = {
    "rate too low": Fault(
        ("rate-too-low",),
        list(RECIPES),
        lambda rng, s: {"learning_rate": s["learning_rate"] / log_uniform(rng, 300, 3000)},
    ),
    "rate too high": Fault(
        ("rate-too-high",),
        [name for name in RECIPES if name != "batch normalisation"],
        lambda rng, s: {"learning_rate": s["learning_rate"] * log_uniform(rng, 30, 1000)},
    ),
    "zero weights": Fault(("identical-units",), HIDDEN, lambda _, __: {"initialiser": "zeros"}),
    "large weights": Fault(
        ("large-first-weights",),
        [name for name in HIDDEN if name != "batch normalisation"],
        lambda rng, _: {"initialiser": "normal", "initial_scale": log_uniform(rng, 2, 10)},
    ),
    "uniform weights": Fault(
        ("large-first-weights",),
        ["relu", "tanh", "deep relu", "sigmoid", "deep sigmoid with adam"],
        lambda _, __: {"initialiser": "uniform"},
    ),
    "small weights": Fault(
        ("small-first-weights", "vanishing-gradients"),
        ["deep relu", "tanh", "deep sigmoid with adam"],
        lambda rng, s: {
            **PLAIN,
            "hidden": [s["hidden"][0]] * 3,
            "initialiser": "normal",
            "initial_scale": log_uniform(rng, 1e-4, 3e-3),
        },
    ),
    "deep sigmoids": Fault(
        ("vanishing-gradients",),
        ["sigmoid", "deep sigmoid with adam"],
        lambda rng, s: {
            **PLAIN,
            "hidden": [s["hidden"][0]] * int(rng.integers(4, 7)),
            "learning_rate": log_uniform(rng, 0.1, 2),
        },
    ),
    "deep tanh with small weights": Fault(
        ("vanishing-gradients", "small-first-weights"),
        ["tanh"],
        lambda rng, s: {
            "hidden": [s["hidden"][0]] * int(rng.integers(5, 8)),
            "initial_scale": log_uniform(rng, 0.1, 0.2),
        },
    ),
    "up the gradient": Fault(
        ("uphill",), DENSE_DESCENT, lambda _, __: {"optimiser": "gradient-ascent"}
    ),
    "wrong derivative": Fault(
        ("wrong-gradient",),
        ["relu", "leaky, constant rate"],
        lambda _, __: {
            "activation": "relu-with-unit-derivative",
            "output": "relu-with-unit-derivative",
            "loss": "quadratic",
        },
    ),
    "wrong pairs": Fault(
        ("wrong-gradient",),
        ["deep relu", "tanh"],
        lambda _, s: {
            "hidden": [s["hidden"][0]] * 3,
            "backpropagation": "mispaired-activations",
        },
    ),
    "decay too strong": Fault(
        ("strong-decay",),
        SGD,
        lambda rng, _: {"weight_decay": log_uniform(rng, 0.1, 1)},
    ),
    "adamw's decay too strong": Fault(
        ("strong-decay",),
        ["gelu with adamw"],
        lambda rng, _: {"weight_decay": log_uniform(rng, 30, 200)},
    ),
    "dropout too high": Fault(
        ("strong-dropout",),
        ["relu", "deep relu", "tanh", "dropout", "sigmoid"],
        lambda rng, _: {"dropout": float(rng.choice([0.9, 0.95, 0.98, 0.99]))},
    ),
    "batch normalisation of few": Fault(
        ("few-normalised",),
        ["batch normalisation"],
        lambda _, __: {"batch_size": 2, "epochs": 3},
    ),
    "large inputs": Fault(
        ("large-inputs",),
        ["linear", "relu", "deep relu", "tanh", "sigmoid", "deep sigmoid with adam"],
        spoil=times(100, 1000),
        whole=True,
    ),
    "small inputs": Fault(
        ("small-inputs",),
        ["linear", "relu", "deep relu", "tanh", "sigmoid", "convolutional"],
        spoil=times(1e-4, 4e-3),
        whole=True,
    ),
    "bright paper": Fault(
        ("inputs-off-centre",),
        ["relu", "deep relu", "convolutional", "leaky, constant rate", "tanh"],
        lambda _, s: {"learning_rate": s["learning_rate"] * 3},
        spoil=inverted,
        whole=True,
    ),
    "inputs all the same": Fault(("inputs-without-variation",), list(RECIPES), spoil=constant),
    "blank images": Fault(("blank-images",), list(RECIPES), spoil=half_blank, harms=False),
    "repeated images": Fault(("repeated-images",), list(RECIPES), spoil=repeated, harms=False),
    "labels at random": Fault(
        ("unrelated-labels",), list(RECIPES), spoil=labels_at_random, whole=True
    ),
    "labels off by one": Fault(("unrelated-labels",), list(RECIPES), spoil=off_by_one, whole=True),
    "pixels at random": Fault(("unrelated-labels",), list(RECIPES), spoil=scrambled, whole=True),
    "half of the labels wrong": Fault(
        ("noisy-labels",), list(RECIPES), spoil=half_wrong, whole=True
    ),
    "sorted file": Fault(
        ("sorted-examples",),
        [name for name in RECIPES if name != "batch normalisation"],
        lambda _, __: {"shuffle": False},
        spoil=by_class,
    ),
    "too few epochs": Fault(
        ("still-improving",),
        ["leaky, constant rate", "relu", "sigmoid", "tanh"],
        lambda rng, _: {
            **PLAIN,
            "batch_size": 64,
            "epochs": int(rng.integers(1, 3)),
        },
    ),
    "too few units": Fault(
        ("underfitting",),
        ["relu", "tanh", "leaky, constant rate"],
        lambda rng, _: {"hidden": [int(rng.integers(1, 3))]},
    ),
    "too few images": Fault(
        ("overfitting",),
        ["relu", "tanh", "deep relu", "convolutional", "leaky, constant rate"],
        lambda _, __: {"epochs": 60, "batch_size": 16},
        n=(40, 150),
    ),
    "one class in a hundred": Fault(
        ("uneven-classes",),
        ["linear", "relu", "sigmoid", "tanh"],
        spoil=uneven,
    ),
    "dead outputs": Fault(
        ("rate-too-high",),
        ["relu", "deep relu"],
        lambda rng, _: {
            "output": "relu",
            "loss": "quadratic",
            "learning_rate": log_uniform(rng, 1, 4),
        },
    ),
    "saturated outputs": Fault(
        ("large-first-weights",),
        ["sigmoid"],
        lambda rng, _: {"initialiser": "normal", "initial_scale": log_uniform(rng, 5, 20)},
    ),
}
