"""A mistake in the configuration is named with the file and line that it stands in."""

from __future__ import annotations

from collections.abc import Callable
from os.path import relpath
from pathlib import Path
from typing import Any

import pytest

from scrawl.settings.sources import Sources, read_mapping

DATASETS = """\
datasets:
  dots: {validation: 1, sources: [a]}
"""
STUDY = """\
suites:
  ladder: {datasets: [dots], experiments: [one,
    two], seeds: [1]}
experiments:
  one: &one
    hidden: [8]
    epochs: -1
  two: {<<: *one, hidden: []}
  with.dots: {epochs: 3}
"""
OWN = """\
suite: tiny
experiments:
  one: {hidden: [9]}
"""

Locate = Callable[[str], str]


@pytest.fixture
def locate(tmp_path: Path) -> Locate:
    write(tmp_path)
    given = {"seed": "x", "experiments": {"three": {"epochs": "9"}}}
    sources = Sources(tmp_path, [], given)
    return lambda problem: sources.located(problem).replace(relpath(tmp_path) + "/", "")


def write(root: Path) -> None:
    texts = {"workflow/datasets.yaml": DATASETS, "workflow/studies/a/config.yaml": STUDY}
    for name, text in {**texts, "config.yaml": OWN}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    ("problem", "place"),
    [
        ("suite: there is no 'tiny'", "config.yaml:1"),
        ("experiments.one.epochs: found -1", "workflow/studies/a/config.yaml:7"),
        ("experiments.one: epochs: found -1", "workflow/studies/a/config.yaml:7"),
        ("experiments.one.hidden.0: found 9", "config.yaml:3"),  # overrides that of the study
        (
            "experiments.two.epochs: found -1",
            "workflow/studies/a/config.yaml:7",
        ),  # merged from another
        ("experiments.with.dots.epochs: found 3", "workflow/studies/a/config.yaml:9"),
        ("experiments.one: unknown key 'hiden'; did you mean 'hidden'?", "config.yaml:3"),
        ("experiments.two: unknown key 'hidden'", "workflow/studies/a/config.yaml:8"),
        ("suites.ladder.experiments: there is no 'two'", "workflow/studies/a/config.yaml:3"),
        ("suites.ladder.experiments.1: found 'two'", "workflow/studies/a/config.yaml:3"),
        ("datasets.dots.sources.0: found 'a'", "workflow/datasets.yaml:2"),
        ("seed: found 'x', expected whole numbers", "--config"),
        ("experiments.three.epochs: found '9'", "--config"),
        ("(top level): the key 'datasets' is missing", "config.yaml"),
    ],
)
def test_a_problem_is_named_with_its_place(locate: Locate, problem: str, place: str) -> None:
    assert locate(problem) == f"{place}: {problem}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# nothing yet\n", "found nothing, expected keys with values"),
        ("[1, 2]", r"found \[1, 2\], expected keys with values"),
        ("a: 1\na: 2\n", r"config\.yaml:2:1: the key 'a' was given before, in line 1"),
    ],
)
def test_a_file_of_anything_but_keys_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_mapping(tmp_path / "config.yaml")


def test_keys_are_read_with_their_values(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: {b: 1}\n")
    given: dict[str, Any] = {"a": {"b": 1}}
    assert read_mapping(tmp_path / "config.yaml") == given


def test_later_files_override_earlier_ones_key_by_key(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "mine.yaml").write_text("a: 1\n")
    sources = Sources(tmp_path, [tmp_path / "mine.yaml"], {})
    names = [relpath(file, tmp_path) for file in sources.files]
    study = "workflow/studies/a/config.yaml"
    assert names == ["workflow/datasets.yaml", study, "config.yaml", "mine.yaml"]
    found = sources.beneath({"experiments": {"one": {"hidden": [9]}}})
    assert found["experiments"]["one"] == {"hidden": [9], "epochs": -1}
    assert found["datasets"] == {"dots": {"validation": 1, "sources": ["a"]}}
