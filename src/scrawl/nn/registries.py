"""Registries of the network library: the class or function behind each name in the settings.

Each kind is listed in its own module; here those are put together that come from several, and
`Registries` holds them all. A file of the user's adds names of its own: see `Registries.extended`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from scrawl.nn import deliberate_mistakes, optimisers
from scrawl.nn.initialisers import INITIALISERS, Initialiser
from scrawl.nn.layers import activations
from scrawl.nn.layers.base import Dense, Layer
from scrawl.nn.losses import LOSSES, Loss
from scrawl.nn.network import Network
from scrawl.nn.schedules import SCHEDULES, Schedule

ACTIVATIONS: dict[str, type[activations.Activation]] = {
    **activations.ACTIVATIONS,
    deliberate_mistakes.ReLUWithUnitDerivative.name: deliberate_mistakes.ReLUWithUnitDerivative,
}

OUTPUTS: dict[str, type[Layer] | None] = {
    "linear": None,
    "softmax": activations.Softmax,
    **ACTIVATIONS,
}
"""The layer after the last dense one; `linear` is none."""

OPTIMISERS: dict[str, Callable[..., optimisers.Optimiser]] = {
    **optimisers.OPTIMISERS,
    "gradient-ascent": deliberate_mistakes.GradientAscent,
}

LAYERS: dict[str, Callable[..., Layer]] = {"dense": Dense}
"""The hidden layers that have units."""

BACKPROPAGATION: dict[str, type[Network]] = {
    "exact": Network,
    "mispaired-activations": deliberate_mistakes.MispairedNetwork,
}

OWN = "own."
"""Before the names of a user's file: they never hide those of scrawl."""

Choice = TypeVar("Choice")


def chosen(what: str, name: str, registry: Mapping[str, Choice]) -> Choice:
    """Return the entry of a registry; a ValueError names those that there are."""
    if name not in registry:
        raise ValueError(f"there is no {what} {name!r}; choose one of {', '.join(registry)}")
    return registry[name]


@dataclass(frozen=True)
class Registries:
    """All registries, each an attribute: what the names of an experiment are looked up in.

    Attributes
    ----------
    networks : mapping of str to function
        Whole networks: each returns layers, given the shape of an image and the number of classes.
    """

    activations: Mapping[str, Callable[..., Layer]]
    outputs: Mapping[str, Callable[..., Layer] | None]
    initialisers: Mapping[str, Initialiser]
    losses: Mapping[str, Callable[..., Loss]]
    optimisers: Mapping[str, Callable[..., optimisers.Optimiser]]
    schedules: Mapping[str, Schedule]
    layers: Mapping[str, Callable[..., Layer]]
    networks: Mapping[str, Callable[..., list[Layer]]]

    def extended(self, own: Mapping[str, Mapping[str, Any]]) -> Registries:
        """Return these with more entries, whose names begin with `own.`.

        >>> more = BUILT_IN.extended({"schedules": {"flat": lambda step, steps: 1.0}})
        >>> more.schedules["own.flat"](0, 9)
        1.0
        """
        more = {
            kind: {f"{OWN}{name}": value for name, value in entries.items()}
            for kind, entries in own.items()
        }
        mine = {field.name: {**getattr(self, field.name)} for field in fields(self)}
        return Registries(**{kind: {**there, **more.get(kind, {})} for kind, there in mine.items()})


BUILT_IN = Registries(
    ACTIVATIONS, OUTPUTS, INITIALISERS, LOSSES, OPTIMISERS, SCHEDULES, LAYERS, networks={}
)


def made(factory: Callable[..., Choice], *arguments: Any, **offered: Any) -> Choice:
    """Call a factory with those of the offered arguments that it has parameters for.

    >>> made(lambda units, bias: (units, bias), 3, bias=True, scale=1.0)
    (3, True)
    """
    known = inspect.signature(factory).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
        offered = {name: value for name, value in offered.items() if name in known}
    return factory(*arguments, **offered)
