"""Location of the workflow's files: around the package in a checkout, inside it if installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_INSTALLED = _PACKAGE / "checkout"  # written by the build alone (pyproject.toml)

# Holds Snakefile, config.yaml, profiles/, workflow/ and data/.
WORKFLOW = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1]
SNAKEFILE = str(WORKFLOW / "Snakefile")


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
    return root, snakefile.parent if (snakefile.parent / "config.yaml").is_file() else root
