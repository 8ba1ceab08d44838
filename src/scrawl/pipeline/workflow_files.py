"""Location of the workflow's files: around the package in a checkout, inside it if installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_INSTALLED = _PACKAGE / "checkout"  # written by the build alone (pyproject.toml)

# Holds Snakefile, config.yaml, profiles/, workflow/ and data/.
WORKFLOW = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1]
SNAKEFILE = str(WORKFLOW / "Snakefile")
