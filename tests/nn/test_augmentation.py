"""Augmentation: what is drawn for each image, and always the same again."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array
from scrawl.nn.augmentation import Augmentation
from scrawl.nn.distortion import SHARD, Distortion
from scrawl.training.workers import workers

ALL = Distortion(1.5, 20, 0.2, 0.3, 1.0, 3.0)


def pictures(n: int, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((n, *shape), dtype=np.float32)


def augmentation(distortion: Distortion, shape: tuple[int, ...], **changes: Any) -> Augmentation:
    settings = {"background": 0.0, "rng": np.random.default_rng(7), **changes}
    return Augmentation(distortion, shape, **settings)


def augmented(distortion: Distortion, images: Array, step: int = 0, **changes: Any) -> Array:
    """Return images (n, height, width, …) as they are shown in one step."""
    augment = augmentation(distortion, images.shape[1:], **changes)
    return augment(images.reshape(len(images), -1), step).reshape(images.shape).copy()


def test_whole_shifts_are_all_equally_frequent_and_keep_images_crisp() -> None:
    image = np.zeros((1, 7, 7), np.float32)
    image[0, 3, 3] = 1
    found = augmented(Distortion(shift_pixels=2), np.repeat(image, 10_000, axis=0))
    assert set(np.unique(found)) == {0.0, 1.0}
    shares = found.mean(axis=0)
    assert not shares[[0, 6]].any()
    np.testing.assert_allclose(shares[1:6, 1:6], 1 / 25, atol=0.006)


def test_fractional_shifts_are_even_over_their_range() -> None:
    image = np.zeros((1, 9, 9), np.float32)
    image[0, 4, 4] = 1
    found = augmented(Distortion(shift_pixels=2.5), np.repeat(image, 10_000, axis=0))
    places = np.einsum("nyx,y->n", found, np.arange(9)) - 4  # linear weights keep the centre
    assert places.min() == pytest.approx(-2.5, abs=0.01)
    assert places.max() == pytest.approx(2.5, abs=0.01)
    assert places.mean() == pytest.approx(0, abs=0.06)
    assert places.std() == pytest.approx(5 / math.sqrt(12), rel=0.03)


@pytest.mark.parametrize("axis", [1, 2])
def test_elastic_displacements_of_a_pixel_have_the_deviation_asked_for(axis: int) -> None:
    ramp = np.indices((4_000, 15, 15), np.float32, sparse=True)[axis]  # tells where a pixel is from
    images = np.ascontiguousarray(np.broadcast_to(ramp, (4_000, 15, 15)))
    found = augmented(Distortion(elastic_pixels=1.2, elastic_sigma_pixels=2.0), images)
    moved = found[:, 7, 7] - 7
    assert moved.mean() == pytest.approx(0, abs=0.08)
    assert moved.std() == pytest.approx(1.2, rel=0.05)


@pytest.mark.parametrize("distortion", [ALL, Distortion(shift_pixels=2)])
def test_the_number_of_threads_changes_no_bit(distortion: Distortion) -> None:
    images = pictures(5 * SHARD + 3, 9, 8)
    one = augmented(distortion, images)
    for threads in (2, 4):
        with workers(threads) as executor:
            assert np.array_equal(augmented(distortion, images, executor=executor), one)


@pytest.mark.parametrize("distortion", [ALL, Distortion(shift_pixels=2)])
def test_steps_and_images_differ_and_any_step_can_be_the_first(distortion: Distortion) -> None:
    images = np.repeat(pictures(1, 9, 8), 2 * SHARD, axis=0)
    augment = augmentation(distortion, (9, 8))
    shown = [augment(images.reshape(len(images), -1), step).copy() for step in range(4)]
    assert len({image.tobytes() for image in np.concatenate(shown)}) > 20
    assert np.array_equal(augmented(distortion, images, 3).reshape(shown[3].shape), shown[3])
    other = augmented(distortion, images, 3, rng=np.random.default_rng(8))
    assert not np.array_equal(other.reshape(shown[3].shape), shown[3])


def test_what_becomes_of_an_image_depends_on_no_other_and_not_on_the_batch() -> None:
    images = pictures(SHARD + 5, 9, 8)
    others = images.copy()
    others[1:] = 0
    whole = augmented(ALL, images)
    assert np.array_equal(augmented(ALL, others)[0], whole[0])
    assert np.array_equal(augmented(ALL, images[:SHARD]), whole[:SHARD])


def test_images_stay_as_they_are_even_read_only_ones() -> None:
    images = pictures(40, 9, 8)
    images.setflags(write=False)
    before = images.copy()
    for distortion in (ALL, Distortion(shift_pixels=2)):
        assert not np.array_equal(augmented(distortion, images), before)
        assert np.array_equal(images, before)


def test_the_callers_random_stream_is_not_drawn_from() -> None:
    rng = np.random.default_rng(3)
    augmented(ALL, pictures(3, 9, 8), rng=rng)
    assert rng.random() == np.random.default_rng(3).random()


@pytest.mark.parametrize("distortion", [ALL, Distortion(shift_pixels=2)])
def test_a_step_makes_no_array_of_the_size_of_a_batch(distortion: Distortion) -> None:
    images = pictures(128, 784)
    augment = augmentation(distortion, (28, 28))
    augment(images, 0)  # makes the buffers
    tracemalloc.start()
    try:
        for step in range(20):
            augment(images, step)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The batch has 400 kB; NumPy's own buffers for what is not contiguous have 32 kB an operand.
    assert peak < 150_000


def test_images_without_height_and_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"found images of shape \(5,\), expected \(height"):
        augmentation(ALL, (5,))
