"""The short form of tests/whole/soak.py: a few kills, and everything is there."""

from __future__ import annotations

from pathlib import Path

from project import checkout
from whole.soak import digests, lengthen, soak


def test_killed_anywhere_the_plain_command_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    first, second = (checkout(tmp_path / name) for name in ("first", "second"))
    for project in (first, second):
        project.configure(lambda config: config["suites"]["tiny"].update(SMALL))
        lengthen(project)
    first.build("evaluated")
    hits, _ = soak(second, digests(first), "evaluated", kills=4, seed=5)
    assert hits.total() == 4


SMALL: dict[str, list[object]] = {"experiments": [], "seeds": [1]}
