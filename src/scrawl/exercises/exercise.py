"""List the exercises, or write the file to begin one with."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from shlex import quote

from scrawl.artifacts.files import write_text
from scrawl.exercises.catalogue import EXERCISES


def main(argv: Sequence[str]) -> None:
    """Print the list, or write one file to the current folder."""
    parser = argparse.ArgumentParser(prog="scrawl exercise", description=__doc__)
    parser.add_argument("name", nargs="?", metavar="NAME", help="write NAME.py")
    name = parser.parse_args(argv).name
    if name is None:
        print(listing())
        return
    path = write_stub(name, Path())
    print(f"wrote {path}; fill it in, then: `scrawl check {quote(str(path))}`")


def listing() -> str:
    """Return every exercise with its title, under the idea that it belongs to."""
    width = max(map(len, EXERCISES))
    lines = []
    for exercise in EXERCISES.values():
        lines += [f"{exercise.name:<{width}}  {exercise.title}", f"{'':<{width}}  {exercise.idea}"]
    return "\n".join([*lines, "", "`scrawl exercise NAME` writes NAME.py to begin with."])


def write_stub(name: str, folder: Path) -> Path:
    """Write the file to begin an exercise with; return its path.

    Raises
    ------
    ValueError
        If there is no such exercise, or a file of that name that is not empty.
    """
    if name not in EXERCISES:
        near = get_close_matches(name, EXERCISES, 1, cutoff=0.4)  # names are long
        meant = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"there is no exercise {name!r}; {meant}`scrawl exercise` lists them")
    path = folder / f"{name}.py"
    if path.is_symlink() or (path.exists() and not (path.is_file() and path.stat().st_size == 0)):
        raise ValueError(f"{path}: there is such a file, and it stays; move it away for a new one")
    write_text(path, EXERCISES[name].stub)
    return path
