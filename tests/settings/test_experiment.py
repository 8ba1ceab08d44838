"""Settings that do not go together, or that would change nothing, are refused."""

from __future__ import annotations

from typing import Any

import pytest

from scrawl.settings.experiment import Experiment

SOLVED = {
    "optimiser": "least-squares",
    "loss": "quadratic",
    "output": "linear",
    "weight_decay": 1e-6,
    "epochs": 1,
}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"output": "linear"}, "output: found 'linear', but the loss cross-entropy needs softmax"),
        ({"optimiser": "adam", "momentum": 0.5}, "momentum: has no effect"),
        (
            {"loss": "quadratic", "label_smoothing": 0.1},
            "label_smoothing: has no effect with loss: quadratic",
        ),
        ({"warm_up": 0.1}, "warm_up: found 0.1, but schedule: one-cycle begins with a rise of its"),
        ({"train_on": "all", "keep": "best"}, "train_on: found 'all', but patience and keep: best"),
        ({"train_on": "all", "patience": 3}, "train_on: found 'all', but patience and keep: best"),
        ({"average": "tail", "patience": 3}, "average: found 'tail', but with patience"),
        ({"filters": [[16], []]}, "filters: found an empty block"),
        ({"kernel": 3}, r"kernel: has no effect with filters: \[\]"),
        ({"pooling": "average"}, r"pooling: has no effect with filters: \[\]"),
        ({"global_average_pooling": True}, "global_average_pooling: has no effect"),
        ({"filters": [[8]], "hidden": [], "dropout": 0.5}, r"dropout: has no effect with hidden"),
        (
            {"filters": [[8]], "hidden": [4, 4], "backpropagation": "mispaired-activations"},
            "backpropagation: has no effect with filters",
        ),
        ({"hidden": [], "dropout": 0.5}, r"dropout: has no effect with hidden: \[\]"),
        ({"elastic_sigma_pixels": 3}, "elastic_sigma_pixels: has no effect with elastic_pixels: 0"),
        ({"epochs": 0, "shift_pixels": 1}, "shift_pixels: has no effect with epochs: 0"),
        ({"optimiser": "least-squares"}, "loss: found 'cross-entropy', but optimiser: least-sq"),
        ({**SOLVED, "output": "relu"}, "output: found 'relu', but optimiser: least-squares needs"),
        ({**SOLVED, "weight_decay": 0}, "weight_decay: found 0, but optimiser: least-squares"),
        ({**SOLVED, "epochs": 2}, "epochs: found 2, but optimiser: least-squares"),
        ({**SOLVED, "learning_rate": 1}, "learning_rate: has no effect with optimiser: least-sq"),
        ({"initialiser": "zeros", "initial_scale": 2}, "initial_scale: has no effect"),
        (
            {"batch_normalisation": True, "adversarial_radius": 1.5},
            "adversarial_radius: found 1.5, but batch_normalisation would average",
        ),
        ({**SOLVED, "adversarial_radius": 1}, "adversarial_radius: has no effect with optimiser"),
        ({"batch_normalisation": True, "batch_size": 1}, "batch_size: found 1, but batch_norm"),
        ({"epochs": 0, "learning_rate": 3}, "learning_rate: has no effect with epochs: 0"),
        (
            {"hidden": [16, 10], "backpropagation": "mispaired-activations"},
            "backpropagation: has no effect with hidden layers that are not two or more of one",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused_with_the_reason(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^here: {message}"):
        Experiment.parse(given, "here")
