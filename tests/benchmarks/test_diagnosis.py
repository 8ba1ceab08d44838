"""The bed of the diagnosis: which runs count, which are right, and what its page says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.diagnosis import Row
from benchmarks.diagnosis_faults import FAULTS, RECIPES
from benchmarks.diagnosis_sets import SETS

from benchmarks import diagnosis
from scrawl.nn.diagnosis.catalogue import CAUSES

ROOT = Path(__file__).parents[2]
CHECKED_BEFORE = {"uphill", "wrong-gradient"}


def row(fault: str, *found: str, accuracy: float = 0.5, control: float = 0.9) -> Row:
    return Row(fault, "relu", "glyphs", {}, 100, accuracy, control, list(found))


def test_the_page_has_the_catalogue_of_the_code() -> None:
    page = (ROOT / "docs/diagnosis.md").read_text(encoding="utf-8")
    assert "\n".join(diagnosis.catalogue()) in page


def test_faults_expect_causes_of_the_catalogue_and_change_recipes_that_there_are() -> None:
    causes = {cause.name for cause in CAUSES} | CHECKED_BEFORE
    for fault in FAULTS.values():
        assert set(fault.names) <= causes
        assert set(fault.recipes) <= set(RECIPES)


def test_a_fault_counts_only_if_it_costs_accuracy_or_need_not() -> None:
    assert row("zero weights", accuracy=0.79, control=0.9).counts
    assert not row("zero weights", accuracy=0.81, control=0.9).counts
    assert row("blank images", accuracy=0.9, control=0.9).counts
    assert row("", accuracy=0.9, control=0.9).counts


def test_the_first_finding_decides() -> None:
    assert row("zero weights", "identical-units", "dead-units").right
    assert not row("zero weights", "dead-units", "identical-units").right
    assert not row("zero weights").right
    assert row("").right
    assert not row("", "overfitting").right


def test_findings_are_counted_as_named_missed_and_named_falsely() -> None:
    done = [
        row("zero weights", "identical-units"),
        row("zero weights", "overfitting"),
        row("", "overfitting"),
        row(""),
    ]
    lines = diagnosis.outcome(done)
    assert "| broken: right cause first | 2 | 1 | 50.0 % |" in lines
    assert "| sound: no finding | 2 | 1 | 50.0 % |" in lines
    assert "| `identical-units` | 2 | 1 | 1 | 0 | 0 |" in lines
    assert "| `overfitting` | 0 | 0 | 0 | 1 | 1 |" in lines


def test_the_beds_share_no_glyph() -> None:
    def drawn(bed: str) -> set[bytes]:
        draw = next(draw for name, draw in SETS[bed].items() if name.endswith("glyphs"))
        return {image.tobytes() for image in draw(np.random.default_rng(0), 2000)[0]}

    assert not drawn("choose") & drawn("judge")


@pytest.mark.parametrize("bed", SETS)
def test_images_are_between_0_and_1_and_of_every_class(bed: str) -> None:
    for draw in SETS[bed].values():
        images, labels = draw(np.random.default_rng(0), 300)
        assert images.dtype == np.float32
        assert images.min() >= 0
        assert images.max() <= 1
        assert len(images) == len(labels) == 300
        assert (np.bincount(labels) > 0).all()
