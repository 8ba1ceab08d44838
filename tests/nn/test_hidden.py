"""Values of the last hidden layer, against the textbook's product."""

from __future__ import annotations

import numpy as np

from scrawl.nn.architectures import Architecture
from scrawl.nn.hidden import hidden_values, last_hidden


def test_hidden_values_are_what_the_last_weights_turn_into_the_outputs() -> None:
    images = np.random.default_rng(1).random((700, 36), np.float32)  # more than one batch
    for layers in ({"hidden": (8,)}, {"filters": ((2,),), "hidden": (5,)}):
        network = Architecture(**layers).build((6, 6), 3, np.random.default_rng(0))
        place = last_hidden(network)
        assert place is not None
        values = hidden_values(network, place, images)
        parameters = network.named_parameters()
        last = network.names[place]
        outputs = values @ parameters[f"{last}/weights"] + parameters[f"{last}/biases"]
        np.testing.assert_allclose(network.predict(images), outputs, rtol=1e-4, atol=1e-5)
