"""The page has at most 1.5 MB, 3 MB with a large network, and has room for snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import yaml

from project import HOUSE
from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.artifacts.snapshots import Snapshot
from scrawl.data.novelty import GRID, PICTURES, Likeness
from scrawl.data.reference_images import ReferenceImages, as_image
from scrawl.pages.draw import page as drawing
from scrawl.pages.draw.pictures import MOST_TEST_BYTES, Files, Pictures, first_of_each
from scrawl.settings.experiment import Run
from scrawl.training.snapshots import MOST_PARAMETERS, SHARES

MOST = 1_500_000
CONFIG = yaml.safe_load((HOUSE / "config.yaml").read_text("utf-8"))
SUITE = CONFIG["suites"]["quick"]["experiments"]


@dataclass(frozen=True)
class Kind:
    """A kind of dataset."""

    shape: tuple[int, ...] = (28, 28)
    classes: int = 10
    whole: bool = True  # pixels are whole numbers from 0 to 255

    def pictures(self) -> Pictures:
        """Return noise in the place of images: no numbers are shorter than these."""
        rng, pixels = np.random.default_rng(1), int(np.prod(self.shape))
        labels = np.repeat(np.arange(self.classes), 12)
        chosen = first_of_each(
            labels, self.classes, MOST_TEST_BYTES // (pixels * (4 - 3 * self.whole))
        )
        images = rng.uniform(0, 255, (len(chosen), pixels)).astype(np.float32)
        images = np.rint(images) if self.whole else images
        rows, columns, channels = as_image(self.shape)
        ink = rng.random((PICTURES, min(rows, GRID), min(columns, GRID)))
        likeness = Likeness.of(ink, np.arange(PICTURES) % self.classes)
        files = Files(
            self.shape, tuple(range(len(self.shape))), "uint8", tuple(range(self.classes))
        )
        references = ReferenceImages(
            likeness, [images[:20]], likeness.distances(ink[: len(images[:20])])
        )
        shape = rows, columns, channels
        return Pictures(shape, 0.0, 255.0, True, None, images, labels[chosen], files, references)

    def networks(self) -> dict[str, model.Model]:
        """Return the networks of the default suite, with random weights."""
        names = tuple(f"{i:064}" for i in range(self.classes))
        dataset, made = Dataset(names, self.shape, "unit", 0.0, 255.0), {}
        for name in SUITE:
            run, rng = Run.parse(CONFIG["experiments"][name]), np.random.default_rng(2)
            network = model.build(run, self.shape, self.classes, rng)
            network.parameters[:] = rng.normal(size=network.parameters.shape)
            made[name] = model.Model(network, model.loss_of(run), run, dataset, [], "")
        return made


def snapshots_of(trained: model.Model) -> list[Snapshot]:
    """Return the network as it is, as many times as the pipeline keeps snapshots."""
    if trained.network.parameters.size > MOST_PARAMETERS:
        return []
    return [Snapshot(10**6 + n, 0.123456789, trained.network.tables()) for n in range(len(SHARES))]


KINDS = {
    "default": Kind(),
    "62 classes": Kind(classes=62),
    "200 classes": Kind(classes=200),
    "floats": Kind(whole=False),
    "colour": Kind((32, 32, 3)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_at_most_a_megabyte_and_a_half(kind: str) -> None:
    networks, pictures = KINDS[kind].networks(), KINDS[kind].pictures()
    best_first = [(name, networks[name]) for name in reversed(SUITE)]
    snapshots = {name: snapshots_of(one) for name, one in networks.items()}
    content = drawing.fragment(best_first, pictures, snapshots, dict.fromkeys(SUITE, 0.123456789))
    size = len(drawing.page("Draw a digit", "Here.", content).encode())
    assert size <= MOST


@pytest.mark.parametrize("kind", [Kind(classes=1623), Kind((100, 100))])
def test_a_page_of_many_classes_or_large_images_has_at_most_three_megabytes(kind: Kind) -> None:
    networks = kind.networks()
    sizes = {name: one.network.parameters.nbytes for name, one in networks.items()}
    large = [name for name in SUITE if not drawing.is_small(networks[name])]
    small = sorted(set(SUITE) - set(large), key=lambda name: -sizes[name])
    best_first = [(name, networks[name]) for name in small]
    content = drawing.fragment(best_first, kind.pictures(), large=large)
    assert len(drawing.page("Draw", "Here.", content).encode()) <= 2 * MOST
    assert sizes[small[0]] > 800_000
    facts = drawing.facts(best_first, kind.pictures(), large=large)
    assert {one["title"] for one in facts["models"]} | {*facts["left_out"]} == set(SUITE)


def test_the_default_suite_is_shown_whole_with_snapshots_of_its_best_network() -> None:
    networks = KINDS["default"].networks()
    snapshots: dict[str, Any] = {name: snapshots_of(one) for name, one in networks.items()}
    best_first = [(name, networks[name]) for name in reversed(SUITE)]
    facts = drawing.facts(best_first, KINDS["default"].pictures(), snapshots)
    assert [one["title"] for one in facts["models"]] == [*reversed(SUITE)]
    assert len(facts["models"][0]["snapshots"]) == len(SHARES)
