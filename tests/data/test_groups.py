"""Groups of images: read from tables, and whole groups on one side of the validation split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.data.groups import (
    chosen_for_test,
    group_numbers,
    split_by_group,
    split_warnings,
)
from scrawl.settings.dataset import Preparation

Ints = NDArray[np.int64]


@st.composite
def written(draw: Any) -> tuple[Ints, Ints, int]:
    """Draw classes and writers of images, and how many are to be kept back."""
    writers = draw(st.integers(2, 30))
    sizes = draw(st.lists(st.integers(1, 40), min_size=writers, max_size=writers))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    groups = rng.permutation(np.repeat(rng.permutation(1000)[:writers] - 500, sizes))
    classes = rng.integers(0, draw(st.integers(1, 6)), len(groups))
    return classes, groups, draw(st.integers(1, max(len(groups) // 2, 1)))


@given(written(), st.integers(0, 5))
def test_no_group_is_on_both_sides(images: tuple[Ints, Ints, int], seed: int) -> None:
    classes, groups, wanted = images
    kept_back = split_by_group(classes, groups, wanted, seed)
    assert set(groups[kept_back]).isdisjoint(groups[~kept_back])


@given(written(), st.integers(0, 5))
def test_training_keeps_every_class(images: tuple[Ints, Ints, int], seed: int) -> None:
    classes, groups, wanted = images
    kept_back = split_by_group(classes, groups, wanted, seed)
    assert set(classes[~kept_back]) == set(classes)


@given(st.integers(0, 50), st.integers(2, 40), st.integers(1, 30))
def test_every_class_that_every_group_has_is_on_both_sides(
    seed: int, writers: int, wanted: int
) -> None:
    groups = np.repeat(np.arange(writers), 10)
    classes = np.tile(np.arange(5), 2 * writers)
    kept_back = split_by_group(classes, groups, wanted, seed)
    assert set(classes[kept_back]) == set(classes[~kept_back]) == set(range(5))


def test_the_same_seed_keeps_the_same_groups_and_another_seed_others() -> None:
    rng = np.random.default_rng(1)
    groups, classes = rng.integers(0, 200, 5000), rng.integers(0, 10, 5000)
    first, again, other = (split_by_group(classes, groups, 500, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert set(groups[first]) != set(groups[other])


@pytest.mark.parametrize("seed", range(5))
def test_size_and_shares_of_classes_are_nearer_than_those_of_groups_at_random(seed: int) -> None:
    rng = np.random.default_rng(seed)
    habits = rng.dirichlet(np.full(10, 3), 150)  # of each writer, how often each digit
    sizes = rng.integers(20, 200, 150)
    groups = np.repeat(np.arange(150), sizes)
    classes = np.concatenate([rng.choice(10, n, p=p) for n, p in zip(sizes, habits, strict=True)])
    wanted = len(groups) // 10
    target = np.bincount(classes) * wanted / len(classes)

    def distance(kept_back: NDArray[np.bool_]) -> float:
        found = np.bincount(classes[kept_back], minlength=10)
        return float(((found - target) ** 2 / target).sum())

    kept_back = split_by_group(classes, groups, wanted, seed)
    at_random = [np.isin(groups, rng.permutation(150)[:15]) for _ in range(200)]
    assert distance(kept_back) < min(map(distance, at_random))
    assert abs(kept_back.sum() - wanted) < 0.02 * wanted


def test_groups_of_one_image_give_each_class_its_share() -> None:
    classes = np.repeat([0, 1, 2], [600, 300, 100])
    kept_back = split_by_group(classes, np.arange(1000), 100, seed=0)
    assert np.bincount(classes[kept_back]).tolist() == [60, 30, 10]


def test_a_class_of_one_group_stays_in_training_and_is_warned_of() -> None:
    groups, classes = np.repeat(np.arange(10), 10), np.tile([0, 1], 50)
    classes[groups == 4] = 2
    kept_back = split_by_group(classes, groups, 40, seed=0)
    assert not kept_back[groups == 4].any()
    settings = Preparation(split="group", validation=40)
    (warning,) = split_warnings(classes, kept_back, ["a", "b", "c"], settings)
    assert warning.endswith("of all: c")


def test_too_much_kept_back_is_warned_of() -> None:
    groups, classes = np.repeat(np.arange(3), 100), np.tile([0, 1], 150)
    settings = Preparation(split="group", validation=10)
    kept_back = split_by_group(classes, groups, 10, seed=0)
    (warning,) = split_warnings(classes, kept_back, ["a", "b"], settings)
    assert "about 10 training images together; kept 100 back" in warning


def test_one_group_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="all 6 training images are of one group"):
        split_by_group(np.arange(6) % 2, np.full(6, 7), 2, seed=0)


def tables(**groups: Any) -> dict[str, Any]:
    labels = np.array([[0, 4], [1, 4], [0, 9]], np.int32)
    return {
        "train/labels": labels,
        "test/labels": labels[:2],
        **{f"{split}/groups": np.asarray(values) for split, values in groups.items()},
    }


def test_without_tables_and_without_a_column_there_are_no_groups() -> None:
    assert group_numbers(tables(), Preparation(label_column=0)) == {}


def test_groups_are_a_column_of_the_labels_or_of_their_own_table() -> None:
    found = group_numbers(tables(), Preparation(group_column=1))
    assert {k: v.tolist() for k, v in found.items()} == {"train": [4, 4, 9], "test": [4, 4]}
    own = tables(train=np.array([[7, 1], [7, 2], [7, 3]]), test=np.array([[7, 4], [7, 5]]))
    found = group_numbers(own, Preparation(group_column=1))
    assert {k: v.tolist() for k, v in found.items()} == {"train": [1, 2, 3], "test": [4, 5]}
    found = group_numbers(tables(train=[8, 9, 9], test=[3, 3]), Preparation())
    assert {k: v.tolist() for k, v in found.items()} == {"train": [8, 9, 9], "test": [3, 3]}


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        ({}, {"group_column": 2}, "group_column: found 2, but /train/labels has 2 columns"),
        ({"train": [1, 2, 3], "test": [1, 2]}, {"group_column": 1}, "/train/groups has one column"),
        ({"train": [[1, 2]] * 3, "test": [[1, 2]] * 2}, {}, "found 2 columns.*0 to 1: `group_col"),
        ({"train": [1.0, 2, 3], "test": [1, 2]}, {}, "/train/groups: found groups of float64"),
    ],
)
def test_what_is_no_group_is_refused(
    given: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        group_numbers(tables(**given), Preparation(**settings))


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """Return a prepared dataset with the groups 1, 2 and 3 of its training images, and 7."""
    path = tmp_path / "others.h5"
    with store.writing(path, "prepared", settings={}, made_from={}) as file:
        Dataset(("0", "1"), (2, 2), "unit", 0.0, 255.0, Appearance(0, 255)).write(file)
        for split, groups in {"train": [1, 2], "validation": [3], "test": [7, 7]}.items():
            file[f"{split}/groups"] = np.array(groups)
            file[f"{split}/images"] = np.zeros((len(groups), 4), np.float32)
            file[f"{split}/labels"] = np.eye(2, dtype=np.float32)[[0] * len(groups)]
            file[f"{split}/positions"] = np.arange(len(groups))
    return path


def test_images_are_taken_by_whether_another_dataset_has_their_group(others: Path) -> None:
    groups = {"test": np.array([5, 3, 7, 1, 6, 3])}
    met, origin = chosen_for_test(groups, 6, Preparation(met_in="others"), others)
    unmet, _ = chosen_for_test(groups, 6, Preparation(unmet_in="others"), others)
    assert groups["test"][met].tolist() == [3, 7, 1, 3]
    assert groups["test"][unmet].tolist() == [5, 6]
    with store.reading(others, "prepared") as file:
        assert origin == {"groups_of": store.sha256_of_content(file)}


def test_all_images_are_taken_where_no_dataset_is_compared() -> None:
    every, origin = chosen_for_test({}, 3, Preparation(), None)
    assert (every.tolist(), origin) == ([True] * 3, {})


@pytest.mark.parametrize(
    ("settings", "found", "message"),
    [
        ({"met_in": "others"}, [5, 6], "no test image to take: others has none of their 2 groups"),
        ({"unmet_in": "others"}, [7, 7], "no test image to take: others has all of their 1 group"),
        ({"unmet_in": "others"}, None, "found no groups of the images to compare with those of"),
        ({}, [5], "--groups-of: expected it with met_in or unmet_in"),
    ],
)
def test_what_leaves_no_images_or_cannot_be_compared_is_refused(
    others: Path, settings: dict[str, Any], found: list[int] | None, message: str
) -> None:
    groups = {} if found is None else {"test": np.array(found)}
    with pytest.raises(ValueError, match=message):
        chosen_for_test(groups, 2, Preparation(**settings), others)
