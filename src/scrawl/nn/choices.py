"""Registries of the network library: what each name in the settings stands for.

Each kind is listed in its own module; here those are put together that come from several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from scrawl.nn import mistakes, optimisers
from scrawl.nn.layers import activations
from scrawl.nn.layers.base import Layer
from scrawl.nn.network import Network

ACTIVATIONS: dict[str, type[activations.Activation]] = {
    **activations.ACTIVATIONS,
    mistakes.ReLUWithUnitDerivative.name: mistakes.ReLUWithUnitDerivative,
}

OUTPUTS: dict[str, type[Layer] | None] = {
    "linear": None,
    "softmax": activations.Softmax,
    **ACTIVATIONS,
}
"""The layer after the last dense one; `linear` is none."""

OPTIMISERS: dict[str, Callable[..., optimisers.Optimiser]] = {
    **optimisers.OPTIMISERS,
    "gradient-ascent": mistakes.GradientAscent,
}

BACKPROPAGATION: dict[str, type[Network]] = {
    "exact": Network,
    "mispaired-activations": mistakes.MispairedNetwork,
}

Choice = TypeVar("Choice")


def chosen(what: str, name: str, choices: Mapping[str, Choice]) -> Choice:
    """Return the entry of a registry; a ValueError names those that there are."""
    if name not in choices:
        raise ValueError(f"there is no {what} {name!r}; choose one of {', '.join(choices)}")
    return choices[name]
