"""Remedies for artifacts that are damaged or missing: commands that make them again."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

PIPELINES_OWN = (".snakemake", "Snakefile")  # beside what a pipeline has made, or is to make


def made_again(path: Path) -> str:
    """Return how to make an artifact again, with a command that works as it is printed.

    Snakemake knows a file by its path from the folder that it ran in. A file that no run of the
    pipeline can have made was written by some other command.

    >>> made_again(Path("/nowhere/model.h5"))
    'make it again with the command that wrote it'
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 — links stay: Snakemake follows none
    for folder in absolute.parents:
        if any((folder / name).exists() for name in PIPELINES_OWN):
            name = shlex.quote(str(absolute.relative_to(folder)))
            command = f"snakemake --cores 1 --force {name}"
            elsewhere = "" if folder == Path.cwd() else f"in {folder}, "
            named = ", with the --configfile that names its dataset, if one does"
            return f"{elsewhere}make it again with `{command}`{named}"
    return "make it again with the command that wrote it"
