"""Cures: the settings to try for a cause, given the evidence of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scrawl.nn.diagnosis.checks import steps
from scrawl.nn.diagnosis.evidence import Evidence

Cure = Callable[[Evidence], Mapping[str, Any]]


def settings(**given: Any) -> Cure:
    """Return a cure that is the same for every run."""
    return lambda _: given


def sound_weights(e: Evidence) -> Mapping[str, Any]:
    """Return first weights made for the activation."""
    bounded = e.recipe.activation in {"sigmoid", "tanh"}
    return {"initialiser": "xavier" if bounded else "he", "initial_scale": 1.0}


def other_normalisation(e: Evidence) -> Mapping[str, Any]:
    """Return a normalisation that the run does not have."""
    return {"normalisation": "unit" if e.recipe.normalisation == "none" else "standard"}


def longer_steps(e: Evidence) -> Mapping[str, Any]:
    """Return a rate that leads ten times as far, or as far as was seen to be good."""
    good = {k: v for k, v in e.stretched.items() if v < steps.LOWER * e.loss}
    factor = max(10.0, min(good, key=good.__getitem__)) if good else 100.0
    if e.recipe.clip_norm is not None:
        return {"clip_norm": e.recipe.clip_norm * factor}
    return {"learning_rate": e.recipe.learning_rate * factor}
