"""Settings: strict on the way in, canonical on the way out."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrawl.settings.dataset import Preparation
from scrawl.settings.experiment import Experiment, Run


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hiden": [30]}, "unknown key 'hiden'; did you mean 'hidden'"),
        ({"swallow": 1}, "unknown key 'swallow'; allowed: "),
        ({"activation": "rleu"}, "activation: found 'rleu'; did you mean 'relu'"),
        ({"batch_size": 0}, "batch_size: found 0, expected at least 1"),
        ({"batch_size": 1.5}, "batch_size: found 1.5, expected a whole number"),
        ({"epochs": True}, "epochs: found True, expected a whole number"),
        ({"epochs": float("inf")}, "epochs: found inf, expected a whole number"),
        ({"shuffle": 1}, "shuffle: found 1, expected true or false"),
        ({"hidden": 3}, "hidden: found 3, expected a list"),
        ({"hidden": [30, 0]}, r"hidden\.1: found 0, expected at least 1"),
        ({"learning_rate": 0}, "learning_rate: found 0, expected more than 0"),
        ({"learning_rate": float("nan")}, "learning_rate: found nan, expected a number"),
        ({"learning_rate": "1e-3"}, "learning_rate: found '1e-3', expected a number"),
        ({"momentum": 1}, "momentum: found 1, expected at least 0 and at most 0.9999"),
        ({"clip_norm": 0}, "clip_norm: found 0, expected more than 0"),
        ({"patience": 0.5}, "patience: found 0.5, expected a whole number"),
        ({"filters": [16]}, r"filters\.0: found 16, expected a list"),
        ({"filters": [[0]]}, r"filters\.0\.0: found 0, expected at least 1"),
    ],
)
def test_a_mistake_is_named_with_what_was_found_and_what_is_allowed(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^here: {message}"):
        Experiment.parse(given, "here")


@pytest.mark.parametrize("text", ["", "[1]", "3", "{", '{"hidden": [}'])
def test_text_that_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--settings: "):
        Run.parse(text)


def test_equal_settings_are_equal_text_whatever_their_order_and_number_types() -> None:
    given = {"learning_rate": 1, "hidden": [30.0, 20], "epochs": 5.0, "seed": 7}
    texts = {Run.parse(dict(order)).canonical() for order in itertools.permutations(given.items())}
    texts.add(
        Run.parse({"learning_rate": 1.0, "hidden": [30, 20], "epochs": 5, "seed": 7}).canonical()
    )
    assert len(texts) == 1


def test_canonical_text_fills_in_the_defaults_and_reads_back_as_the_same_settings() -> None:
    text = Run.parse({"seed": 7}).canonical()
    assert json.loads(text)["hidden"] == [128]
    assert Run.parse(text) == Run(seed=7)
    assert Preparation.parse(Preparation(class_names=("a", "b")).canonical()).class_names == (
        "a",
        "b",
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(list(Run.__dataclass_fields__)), json_values, max_size=4))
def test_any_values_give_settings_or_a_value_error_never_anything_else(
    given: dict[str, Any],
) -> None:
    try:
        settings = Run.parse(given)
    except ValueError:
        return
    assert Run.parse(settings.canonical()) == settings
