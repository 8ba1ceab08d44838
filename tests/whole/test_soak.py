"""The short form of tests/whole/soak.py: a few kills and failures, and everything is there."""

from __future__ import annotations

from pathlib import Path

from project import Project
from whole.soak import built, lengthen, soak

SMALL: dict[str, list[object]] = {"experiments": [], "seeds": [1]}


def test_killed_anywhere_the_plain_command_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    def configure(project: Project) -> None:
        project.configure(lambda config: config["suites"]["tiny"].update(SMALL))
        lengthen(project)

    project, references = built(tmp_path, configure, "evaluated")
    hits, failures, _ = soak(project, references, "evaluated", kills=4, seed=5)
    assert hits.total() == 4
    assert failures
