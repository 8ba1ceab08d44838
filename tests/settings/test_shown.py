"""Every option appears in an experiment or sweep of the project, where a learner can try it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

import pytest

from project import whole_configuration
from scrawl.settings.constraints import OneOf
from scrawl.settings.recipe import Recipe

# Pieces change the speed and the last bits of a network: docs/benchmarks.md shows what they do.
# Code of one's own is shown by docs/examples/own_parts.py, which tests/whole/test_own_code.py runs.
# Arithmetic changes the last bits only: docs/digests.md and tests/whole/portable.py show it.
ELSEWHERE = ("pieces", "arithmetic", "code", "layer", "network")
NAMES = [field.name for field in fields(Recipe) if field.name not in ELSEWHERE]


def shown() -> dict[str, list[Any]]:
    """Return the values of each setting in all experiments and sweeps of the project."""
    configuration = whole_configuration()
    values: dict[str, list[Any]] = defaultdict(list)
    for recipe in configuration["experiments"].values():
        for name, value in recipe.items():
            values[name].append(value)
    for sweep in configuration["sweeps"].values():
        for name, space in sweep["settings"].items():
            values[name].extend(space if isinstance(space, list) else space.values())
    return values


@pytest.mark.parametrize("name", NAMES)
def test_each_setting_is_used_with_each_of_its_choices(name: str) -> None:
    (field,) = [field for field in fields(Recipe) if field.name == name]
    kind = get_type_hints(Recipe, include_extras=True)[name]
    values = shown()[name]
    if name == "output":  # a hidden layer's activations can end a network, too
        values += shown()["activation"]
    choices = [mark for mark in getattr(kind, "__metadata__", ()) if isinstance(mark, OneOf)]
    if choices:
        assert {*choices[0].names} - {field.default} <= {*values}
    else:
        assert field.default is not MISSING
        assert any(value != field.default for value in values)
