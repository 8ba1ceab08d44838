"""The chapters of docs/learn run as printed, and state no number that their code does not show."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from learn import figures
from learn.chapters import CHAPTERS, FOLDER, TRY, alike, numbers_of_the_text, run
from scrawl.exercises.catalogue import EXERCISES

MOST_BYTES = 1_500_000  # of all figures together: they are part of every checkout


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_prints_what_it_shows_and_its_figure_is_drawn_from_it(chapter: Path) -> None:
    cells, names = run(chapter)
    for cell in cells:
        assert alike(cell.said, cell.printed), f"{cell.code}\nprints\n{cell.printed}"
    shown = " ".join(cell.code + cell.printed for cell in cells)
    stated = numbers_of_the_text(chapter)
    assert {n for n in stated if not re.search(rf"(?<!\d){re.escape(n)}(?!\d)", shown)} == set()
    figure = figures.figure_of(chapter.stem, names)
    figure.draw_without_rendering()
    assert figure.axes


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_a_question_a_figure_code_and_three_things_to_try(chapter: Path) -> None:
    text = chapter.read_text(encoding="utf-8")
    assert re.search(r"^# \d+\. .+\n\n\*\*.+\?\*\*$", text, re.M)
    assert f"]({chapter.stem}.png)" in text
    assert re.findall(r"^\d(?=\. )", text.partition(TRY)[2], re.M) == ["1", "2", "3"]
    assert text.count("```python") >= 4


def test_the_chapters_are_in_order_and_each_leads_to_the_next() -> None:
    front = (FOLDER.parent / "learn.md").read_text(encoding="utf-8")
    assert re.findall(r"\(learn/(\d.*?\.md)\)", front) == [path.name for path in CHAPTERS]
    for number, (here, following) in enumerate(pairwise(CHAPTERS), start=1):
        assert here.stem.startswith(f"{number:02}-")
        assert f"]({following.name})" in here.read_text(encoding="utf-8")


def test_every_exercise_belongs_to_a_chapter() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in CHAPTERS)
    assert set(re.findall(r"`scrawl exercise (\w+)`", text)) == set(EXERCISES)


def test_the_figures_are_those_of_the_chapters_and_small() -> None:
    pictures = sorted(FOLDER.glob("*.png"))
    assert [path.stem for path in pictures] == [path.stem for path in CHAPTERS]
    assert sum(path.stat().st_size for path in pictures) < MOST_BYTES
