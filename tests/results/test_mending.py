"""The smallest stroke or erasure that mends an answer: by hand, and by trying all one by one."""

from __future__ import annotations

import math

import numpy as np

from scrawl.nn.architectures import Architecture
from scrawl.nn.layers.base import Dense
from scrawl.nn.network import Network
from scrawl.results.mending import Strokes, smallest

PAPER, INK = np.float32(-0.5), np.float32(1.5)


def under(line: np.ndarray, x: float, y: float) -> bool:
    """Return whether a point lies under a line, by its distance from the nearest of many points."""
    x0, y0, x1, y1, radius = map(float, line)
    steps = np.linspace(0, 1, 101)
    distances = np.hypot(x0 + steps * (x1 - x0) - x, y0 + steps * (y1 - y0) - y)
    return bool(distances.min() <= radius + 1e-3)


def test_dots_and_strokes_cover_the_pixels_whose_centres_they_cover() -> None:
    strokes = Strokes.on((28, 28))
    assert strokes is not None
    counts = strokes.covered.sum(axis=1)
    # Of the inner ones: a dot of radius 1 between four pixels, and moved by 4 to the right.
    assert counts[14 * 6 + 6] == 4
    assert counts[196 + 14 * 6 + 6] == 12
    rng = np.random.default_rng(0)
    for place in rng.choice(len(counts), 25, replace=False):
        expected = [
            under(strokes.lines[place], x + 0.5, y + 0.5) for y in range(28) for x in range(28)
        ]
        np.testing.assert_array_equal(strokes.covered[place], expected)


def brute_force(network: Network, strokes: Strokes, image: np.ndarray, label: int) -> float:
    """Return the least ink of a change that mends, changing and answering one image at a time."""
    least = math.inf
    for covered in strokes.covered:
        for value in (PAPER, INK):
            changed = image.copy()
            changed[covered] = value
            size = float(np.abs(changed.astype(float) - image).sum()) / (float(INK) - float(PAPER))
            right = network.predict(changed[None])[0].argmax() == label
            least = min(least, size / strokes.channels if right else math.inf)
    return least


def test_what_is_found_is_the_smallest_of_the_family() -> None:
    rng = np.random.default_rng(1)
    signs = set()
    for channels, shape in ((1, (6, 5)), (3, (4, 5, 3))):
        strokes = Strokes.on(shape)
        assert strokes is not None
        assert strokes.channels == channels
        some = np.random.default_rng(2).choice(len(strokes.lines), 300, replace=False)
        strokes = Strokes(strokes.lines[some], strokes.covered[some], channels)
        network = Architecture(hidden=(8,)).build(shape, 3, rng)
        network.rows = 50  # several batches
        images = (PAPER + 2 * rng.random((6, math.prod(shape)))).astype(np.float32)
        for image in images:
            label = (int(network.predict(image[None])[0].argmax()) + 1) % 3
            size, line = smallest(network, strokes, image, label, PAPER, INK)
            expected = brute_force(network, strokes, image, label)
            if math.isinf(expected):
                assert math.isnan(size)
                assert np.isnan(line).all()
                continue
            np.testing.assert_allclose(abs(size), expected, atol=1e-3)
            signs.add(size > 0)
            covered = strokes.covered[(strokes.lines == line).all(axis=1)][0]
            changed = np.where(covered, INK if size > 0 else PAPER, image)
            assert network.predict(changed[None])[0].argmax() == label
    assert signs == {True, False}


def test_one_pixel_that_misleads_is_erased_and_one_that_is_missing_is_drawn() -> None:
    """Class 1 where the pixel has more than half its ink, else class 0."""
    network = Network([Dense(2)], 28 * 28, np.random.default_rng(0))
    network.parameters[:] = 0
    parameters = network.named_parameters()
    pixel = 28 * 13 + 13
    parameters["1-dense/weights"][pixel, 1] = 1
    parameters["1-dense/biases"][0] = 0.5
    strokes = Strokes.on((28, 28))
    assert strokes is not None
    paper, ink = np.float32(0), np.float32(1)
    image = np.zeros(28 * 28, np.float32)
    image[pixel] = 0.75
    size, line = smallest(network, strokes, image, 0, paper, ink)
    assert (size, line[-1]) == (-0.75, 1)
    assert math.hypot(line[0] - 13.5, line[1] - 13.5) <= 1
    image[pixel] = 0
    size, line = smallest(network, strokes, image, 1, paper, ink)
    assert (size, line[-1]) == (4, 1)  # a dot over four pixels
    assert smallest(network, strokes, image, 0, paper, ink)[0] == 0
    parameters["1-dense/biases"][0] = 2
    assert math.isnan(smallest(network, strokes, image, 1, paper, ink)[0])


def test_images_that_are_no_pictures_and_large_ones_have_no_strokes() -> None:
    assert Strokes.on((784,)) is None
    assert Strokes.on((2, 3, 4, 5)) is None
    assert Strokes.on((1000, 1000)) is None
