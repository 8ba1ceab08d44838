"""Location of the workflow's files: around the package in a checkout, inside it if installed."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_INSTALLED = _PACKAGE / "checkout"  # written by the build alone (pyproject.toml)

# Holds Snakefile, config.yaml, profiles/, workflow/ and data/.
WORKFLOW = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1]
SNAKEFILE = str(WORKFLOW / "Snakefile")


def package_alone(place: Path) -> Path:
    """Return a folder that holds the package and no other, for a Python of another environment.

    Beside an installed package lie all others, which were built for its own Python.

    Parameters
    ----------
    place : Path
        The folder in which a link to an installed package is made.
    """
    if not _INSTALLED.is_dir():
        return _PACKAGE.parent
    link = place.absolute() / _PACKAGE.name
    if not link.is_symlink() or link.readlink() != _PACKAGE:
        place.mkdir(parents=True, exist_ok=True)
        part = link.with_name(f"{link.name}.{os.getpid()}")  # jobs may do so at the same time
        part.symlink_to(_PACKAGE)
        part.replace(link)
    return link.parent


def locations(rules: Path, snakefile: Path) -> tuple[Path, Path]:
    """Return the folder of the workflow's files, and that of the project.

    Parameters
    ----------
    rules : Path
        `workflow/rules`. Where only it was fetched, from a repository elsewhere, the rest of the
        workflow's files are those of the package.
    snakefile : Path
        The Snakefile that was called for: here, or in a project that takes its rules from here.
    """
    here = rules.parents[1]
    root = here if (here / "workflow/datasets.yaml").is_file() else WORKFLOW
    project = (
        snakefile.parent
    )  # of a Snakefile on a host, no folder; workflow/Snakefile is the root's
    return root, root if project == root / "workflow" or not project.is_dir() else project
