"""The bundled digits: the files are what the generator draws, centred as MNIST's are."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl import __main__ as cli
from scrawl.data import glyphs, idx
from scrawl.data.strokes import FORMS, WRITTEN, curve, stroke

FOLDER = Path(__file__).parents[2] / "data/glyphs"


@pytest.fixture(scope="module")
def bundled() -> dict[str, NDArray[Any]]:
    names = [f"{split}-{kind}" for split in ("train", "test") for kind in ("images", "labels")]
    return {name: idx.read(FOLDER / f"{name}.idx.gz") for name in names}


def centre_of_mass(images: NDArray[Any]) -> NDArray[np.float64]:
    """Return the centres (n, 2) of images (n, h, w), in pixel numbers from 0."""
    weights = images.astype(np.float64)
    moments = [
        np.einsum("nyx,y->n", weights, np.arange(images.shape[1])),
        np.einsum("nyx,x->n", weights, np.arange(images.shape[2])),
    ]
    centres: NDArray[np.float64] = np.stack(moments, axis=1) / weights.sum(axis=(1, 2))[:, None]
    return centres


# The files in the repository.


def test_the_bundled_files_have_mnists_shapes_and_types(bundled: dict[str, NDArray[Any]]) -> None:
    assert {name: (array.shape, str(array.dtype)) for name, array in bundled.items()} == {
        "train-images": ((20_000, 28, 28), "uint8"),
        "train-labels": ((20_000,), "uint8"),
        "test-images": ((2_000, 28, 28), "uint8"),
        "test-labels": ((2_000,), "uint8"),
    }


def test_the_bundled_files_are_small_enough_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.idx.gz")) < 5_000_000


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_digit_is_about_equally_frequent_and_in_no_order(
    bundled: dict[str, NDArray[Any]], split: str
) -> None:
    labels = bundled[f"{split}-labels"]
    counts = np.bincount(labels, minlength=10)
    # Four standard deviations of a count drawn by lot.
    allowed = 4 * np.sqrt(len(labels) * 0.1 * 0.9)
    assert counts.shape == (10,)
    assert np.abs(counts - len(labels) / 10).max() < allowed
    # A digit follows itself as often as any other does.
    repeated = np.mean(labels[1:] == labels[:-1])
    assert 0.07 < repeated < 0.13


@pytest.mark.parametrize(("split", "step"), [("train", 61), ("test", 11)])
def test_the_generator_draws_the_bundled_images_again(
    bundled: dict[str, NDArray[Any]], split: glyphs.Split, step: int
) -> None:
    stored = bundled[f"{split}-images"][::step].astype(int)
    images, labels = glyphs.dataset(range(0, len(bundled[f"{split}-images"]), step), split)
    np.testing.assert_array_equal(labels, bundled[f"{split}-labels"][::step])
    # One grey level: sine and exponential may differ in the last bit from one machine to another,
    # which matters where a grey lies on the boundary between two levels.
    assert np.abs(images - stored).max() <= 1


def test_no_two_images_are_the_same(bundled: dict[str, NDArray[Any]]) -> None:
    images = [image.tobytes() for name in bundled if "images" in name for image in bundled[name]]
    assert len(set(images)) == 22_000


def test_every_image_is_centred_in_mnists_box(bundled: dict[str, NDArray[Any]]) -> None:
    images = np.concatenate([bundled["train-images"], bundled["test-images"]])
    # Rounding to grey levels moves the centre by less than a hundredth of a pixel. Ink that reaches
    # an edge of the field stops there.
    edges = np.concatenate([images[:, [0, -1]], images[:, :, [0, -1]].swapaxes(1, 2)], axis=1)
    stopped = edges.any(axis=(1, 2))
    assert stopped.mean() < 0.02
    assert np.abs(centre_of_mass(images[~stopped]) - 14).max() < 0.51
    lit = np.stack([images.max(axis=2) > 0, images.max(axis=1) > 0])
    sides = (28 - lit.argmax(axis=2) - lit[:, :, ::-1].argmax(axis=2)).max(axis=0)
    assert sides.max() == 20
    # Ink that rounds to grey level 0 may take a row off.
    assert sides.min() >= 18


def test_images_are_about_as_dark_as_mnists(bundled: dict[str, NDArray[Any]]) -> None:
    pixels = bundled["train-images"] / 255
    # MNIST's training images: mean 0.1307, standard deviation 0.3081.
    assert abs(pixels.mean() - 0.1307) < 0.015
    assert abs(pixels.std() - 0.3081) < 0.02


def test_nearest_mean_image_classifies_neither_everything_nor_nothing(
    bundled: dict[str, NDArray[Any]],
) -> None:
    train = bundled["train-images"].reshape(-1, 784) / 255
    test = bundled["test-images"].reshape(-1, 784) / 255
    means = np.stack([train[bundled["train-labels"] == label].mean(axis=0) for label in range(10)])
    squares = (means**2).sum(axis=1) - 2 * test @ means.T
    assert 0.6 < np.mean(squares.argmin(axis=1) == bundled["test-labels"]) < 0.95


# The generator.


def test_an_image_is_the_same_drawn_alone_as_in_a_dataset() -> None:
    images, labels = glyphs.dataset(range(25), "test", seed=3)
    image, label = glyphs.example(17, "test", seed=3)
    np.testing.assert_array_equal(image, images[17])
    assert label == labels[17]


def test_another_seed_gives_other_images() -> None:
    one, _ = glyphs.dataset(range(20), "train", seed=3)
    other, _ = glyphs.dataset(range(20), "train", seed=4)
    assert not any((a == b).all() for a in one for b in other)


def test_nobody_writes_both_training_and_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    hands: dict[str, list[glyphs.Writer]] = {"train": [], "test": []}

    def remember(label: int, by: glyphs.Writer, rng: np.random.Generator) -> NDArray[np.uint8]:
        hands[split].append(by)
        return np.zeros((28, 28), np.uint8)

    monkeypatch.setattr(glyphs, "draw", remember)
    for split in glyphs.SPLITS:
        glyphs.dataset(range(200), split)
    slants = {split: [by.slant for by in writers] for split, writers in hands.items()}
    assert len(set(slants["train"])) == len(set(slants["test"])) == 40
    assert not set(slants["train"]) & set(slants["test"])


@pytest.mark.parametrize("label", range(10))
def test_every_form_of_a_digit_is_drawn(label: int) -> None:
    rng = np.random.default_rng(label)
    used = {glyphs.writer(rng).forms[label] for _ in range(100)}
    assert used == set(range(len(FORMS[label])))
    for form in used:
        by = glyphs.writer(rng)
        forms = tuple(form if digit == label else 0 for digit in range(10))
        image = glyphs.draw(label, glyphs.Writer(forms, by.habits, by.slant, by.width, by.pen), rng)
        assert image.max() > 200


def test_a_distortion_has_the_size_asked_for() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 100, (50, 2))
    moved = np.stack([glyphs.distortion(4.0, rng)(points) - points for _ in range(2_000)])
    assert np.sqrt(np.mean(moved**2)) == pytest.approx(4.0, rel=0.03)


def test_a_habit_moves_the_waist_and_leaves_head_and_foot_where_they_are() -> None:
    change = glyphs.proportions(12.0, 0.0)
    np.testing.assert_allclose(change(np.array([[5.0, 0.0], [5.0, 100.0]]))[:, 1], [0, 100])
    np.testing.assert_allclose(change(np.array([[5.0, 50.0]])), [[5, 62]])
    heights = change(np.stack([np.zeros(121), np.arange(-10.0, 111.0)], axis=1))[:, 1]
    assert (np.diff(heights) > 0).all()  # nothing is folded


@pytest.mark.parametrize(
    ("label", "form", "strokes"),
    [(0, "70,-8 -8,108", 2), (1, "-6,50 34,0!", 1), (5, "28,-4 76,-6", 2), (7, "6,50 66,46", 2)],
)
def test_forms_of_real_hands_are_among_those_drawn(label: int, form: str, strokes: int) -> None:
    """A slashed nought, a one with a long upstroke, a five with its bar apart, a barred seven."""
    assert any(form in one and len(one.split("/")) == strokes for one in WRITTEN[label])


def test_a_curve_starts_and_ends_at_its_ends_and_meets_its_sharp_corners() -> None:
    seven = stroke("0,0 60,0! 30,50 20,100")
    path = curve(seven.control, seven.repeats).tolist()
    assert path[0] == [0, 0]
    assert path[-1] == [20, 100]
    assert [60, 0] in path
    assert [30, 50] not in path
    assert [25, 75] in path  # the middle of the last side


def test_evenly_spaced_points_lie_on_the_path_no_further_apart_than_asked() -> None:
    corner = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 7.0]])
    points = glyphs.evenly_spaced(corner, 0.5)
    assert all(y == 0 or x == 10 for x, y in points)
    assert max(np.hypot(*(b - a)) for a, b in pairwise(points)) <= 0.5


def test_a_dot_of_ink_has_the_area_of_its_disc() -> None:
    for radius in (2.0, 3.7, 9.0):
        disc = glyphs.ink(np.array([[50.3, -20.9]]), np.array([radius]))
        assert disc.sum() == pytest.approx(np.pi * radius**2, rel=0.03)


def test_a_line_of_ink_has_the_area_of_a_rounded_bar() -> None:
    points = np.stack([np.linspace(0, 30, 121), np.linspace(0, 40, 121)], axis=1)
    bar = glyphs.ink(points, np.full(121, 3.0))
    assert bar.sum() == pytest.approx(50 * 6 + np.pi * 9, rel=0.01)


# The command.


def test_the_command_writes_the_four_files(tmp_path: Path) -> None:
    assert cli.main(["glyphs", "--output", str(tmp_path), "--train", "7", "--test", "3"]) == 0
    assert {path.name: idx.read(path).shape for path in tmp_path.iterdir()} == {
        "train-images.idx.gz": (7, 28, 28),
        "train-labels.idx.gz": (7,),
        "test-images.idx.gz": (3, 28, 28),
        "test-labels.idx.gz": (3,),
    }
    images, labels = glyphs.dataset(range(7), "train")
    np.testing.assert_array_equal(idx.read(tmp_path / "train-images.idx.gz"), images)
    np.testing.assert_array_equal(idx.read(tmp_path / "train-labels.idx.gz"), labels)


@pytest.mark.parametrize("option", ["--train", "--test"])
def test_a_dataset_without_images_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert cli.main(["glyphs", "--output", str(tmp_path / "new"), option, "0"]) == 1
    assert capsys.readouterr().err == f"scrawl glyphs: {option} 0: expected at least 1 image\n"
    assert not (tmp_path / "new").exists()
