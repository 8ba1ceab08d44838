"""Sweeps: which points they try, and that each point stays where it is."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from scrawl.settings.sweeps import Sample, Sweep, places, value_at

RANGE = {"low": 0.001, "high": 1.0, "scale": "log"}


def sweep(settings: dict[str, Any], **more: Any) -> Sweep:
    given = {"name": "s", "base": {"epochs": 3}, "sample": "grid", "settings": settings, **more}
    return Sweep.parse(given, "sweeps.s")


def tried(one: Sweep) -> list[tuple[Any, ...]]:
    return [tuple(one.values(e).values()) for e in one.experiments().values()]


# --- which points ---------------------------------------------------------------------------------


def test_a_grid_has_every_combination_once() -> None:
    widths, rates, shares = [[8], [16, 8], []], [0.1, 0.2], [0, 0.1, 0.2, 0.3]
    grid = sweep({"learning_rate": rates, "hidden": widths, "label_smoothing": shares})
    expected = itertools.product([(8,), (16, 8), ()], shares, rates)
    assert sorted(tried(grid)) == sorted(expected)
    assert len(grid.experiments()) == 24


@pytest.mark.parametrize("sample", ["random", "quasi-random"])
def test_a_sample_is_decided_by_its_seed(sample: str) -> None:
    settings = {"learning_rate": RANGE, "hidden": [[8], [16]]}
    one, same, other = (
        sweep(settings, sample=sample, points=20, sample_seed=seed) for seed in (1, 1, 2)
    )
    assert tried(one) == tried(same)
    assert not set(tried(one)) & set(tried(other))


@pytest.mark.parametrize("sample", ["random", "quasi-random"])
def test_more_points_leave_the_first_ones_where_they_are(sample: str) -> None:
    settings = {"learning_rate": RANGE, "dropout": {"low": 0, "high": 0.5}}
    few, many = (sweep(settings, sample=sample, points=n).experiments() for n in (10, 37))
    assert list(few.items()) == list(many.items())[:10]
    assert len(many) == 37


def test_adding_a_value_to_a_grid_adds_points_and_leaves_the_others_their_names() -> None:
    small = sweep({"learning_rate": [0.1, 0.2], "hidden": [[8], [16]]}).experiments()
    large = sweep({"hidden": [[4], [8], [16]], "learning_rate": [0.2, 0.1]}).experiments()
    assert small.items() < large.items()
    assert len(large) == 6


def test_a_name_depends_on_the_values_only_not_on_how_they_or_the_base_are_written() -> None:
    one = sweep({"learning_rate": [1], "batch_size": [16.0]})
    other = sweep({"batch_size": [16], "learning_rate": [1.0]}, base={"epochs": 7, "bias": False})
    assert list(one.experiments()) == list(other.experiments())
    assert next(iter(other.experiments().values())).epochs == 7


def test_points_of_equal_values_are_one_experiment() -> None:
    few = sweep({"batch_size": {"low": 1, "high": 3}}, sample="random", points=50)
    assert sorted(tried(few)) == [(1,), (2,), (3,)]


def test_samples_fill_their_ranges_and_quasi_random_ones_leave_smaller_gaps() -> None:
    gaps = {}
    names: tuple[Sample, ...] = ("random", "quasi-random")
    for sample in names:
        found = places(sample, 200, 3, seed=1)
        assert found.shape == (200, 3)
        assert (found >= 0).all()
        assert (found < 1).all()
        edges = np.sort(np.vstack([found, np.zeros(3), np.ones(3)]), axis=0)
        gaps[sample] = np.diff(edges, axis=0).max()
    assert gaps["quasi-random"] < 0.02 < gaps["random"]


def test_on_a_logarithmic_scale_equal_factors_are_as_likely() -> None:
    rates = [
        e.learning_rate
        for e in sweep({"learning_rate": RANGE}, sample="quasi-random", points=300)
        .experiments()
        .values()
    ]
    assert all(0.001 <= rate <= 1 for rate in rates)
    decades = np.bincount(np.floor(np.log10(rates)).astype(int) + 3, minlength=3)
    assert decades.tolist() == pytest.approx([100, 100, 100], abs=3)


def test_whole_numbers_are_equally_often_each_of_their_range() -> None:
    space = {"low": 2, "high": 5, "scale": "linear"}
    counts = np.bincount([value_at(space, (i + 0.5) / 4000) for i in range(4000)])
    assert counts.tolist() == [0, 0, 1000, 1000, 1000, 1000]
    assert value_at({"low": 1, "high": 8, "scale": "log"}, 0) == 1
    for scale in ("linear", "log"):  # just below 1, rounding may lead past the end
        for low, high in ((1, 2), (1, 8), (3, 4)):
            space = {"low": low, "high": high, "scale": scale}
            assert value_at(space, math.nextafter(1, 0)) == high


def test_sampled_numbers_are_short_and_stay_inside_their_range() -> None:
    narrow = {"low": 0.123456, "high": 0.123457, "scale": "linear"}
    assert 0.123456 <= value_at(narrow, 0.4) <= 0.123457
    assert value_at({"low": 0.0, "high": 1.0, "scale": "linear"}, 1 / 3) == 0.3333


def test_a_sweep_reads_back_from_its_canonical_text() -> None:
    one = sweep({"learning_rate": RANGE, "hidden": [[8], []]}, sample="random", points=5)
    again = Sweep.parse(one.canonical())
    assert again.canonical() == one.canonical()
    assert again.experiments() == one.experiments()


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "more", "message"),
    [
        ({"learning_rat": [1]}, {}, "settings: unknown key 'learning_rat'; did you mean 'learning"),
        ({"hidden": [[8], 8]}, {}, "settings.hidden: found 8, expected a list"),
        ({"epochs": []}, {}, "settings.epochs: found an empty list, expected values"),
        ({"dropout": [0, 1]}, {}, "settings.dropout: found 1, expected at least 0 and at most"),
        ({"dropout": 0.5}, {}, "settings.dropout: found 0.5, expected a list, or low, high"),
        ({"learning_rate": RANGE}, {}, "found a range, but sample: grid takes lists of values"),
        ({}, {}, "settings: found none, expected at least one"),
        ({"epochs": [1]}, {"seeds": []}, "seeds: found none, expected at least one"),
        ({"epochs": [1]}, {"points": 3}, "points: has no effect with sample: grid; leave it out"),
        ({"epochs": [1]}, {"sample": "random"}, "the key 'points' is missing"),
        ({"epochs": [1]}, {"sample": "randm"}, "sample: found 'randm'; did you mean 'random'?"),
        *(
            ({"learning_rate": {**RANGE, **given}}, {"sample": "random", "points": 3}, message)
            for given, message in (
                ({"low": 2}, "learning_rate: found 2.0 to 1.0, expected 0 < low < high"),
                ({"low": -1}, "settings.learning_rate: found -1, expected more than 0"),
                ({"scale": "lgo"}, "learning_rate.scale: found 'lgo'; did you mean 'log'?"),
                ({"hihg": 2}, "learning_rate: found {'low'"),
                ({"low": None}, "settings.learning_rate: found None, expected a number"),
            )
        ),
        (
            {"weight_decay": {"low": 0, "high": 0.1, "scale": "log"}},
            {"sample": "random", "points": 3},
            "settings.weight_decay: found 0.0 to 0.1, expected 0 < low < high",
        ),
        (
            {"clip_norm": {"low": None, "high": 1}},
            {"sample": "random", "points": 3},
            "settings.clip_norm: found a range, but it is no number",
        ),
        (
            {"bias": {"low": False, "high": True}},
            {"sample": "random", "points": 3},
            "settings.bias: found a range, but it is no number",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    settings: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=r"^sweeps\.s: ") as caught:
        sweep(settings, **more)
    assert message in str(caught.value)


def test_a_point_whose_settings_do_not_go_together_is_named() -> None:
    faulty = sweep({"optimiser": ["nesterov", "adam"], "momentum": [0.5]})
    words = "at momentum 0.5, optimiser adam: momentum: has no effect with optimiser"
    with pytest.raises(ValueError, match=words):
        faulty.experiments()


@pytest.mark.parametrize("setting", [{"epochs": [3, 0]}, {"train_on": ["all"]}])
def test_a_point_without_anything_to_choose_by_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="nothing to choose by: expected epochs and train_on: tra"):
        sweep(setting).experiments()
