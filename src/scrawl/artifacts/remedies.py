"""Remedies for what is damaged or missing: commands that make it again, or install it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from shlex import quote

PIPELINES_OWN = (".snakemake", "Snakefile")  # beside what a pipeline has made, or is to make
# What the pipeline makes: below a folder for all artifacts, and one for a dataset.
MADE = re.compile(r".+/[^/]+/(decoded\.h5|raw/[^/]+|prepared/[^/]+|runs/[^/]+/\d+/.+)")


def made_again(path: Path) -> str:
    """Return how to make an artifact again, with a command that works as it is printed.

    Snakemake knows a file by its path from the folder that it ran in. A file that no run of the
    pipeline can have made was written by some other command.

    >>> made_again(Path("/nowhere/model.h5"))
    'make it again with the command that wrote it'
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 — links stay: Snakemake follows none
    for folder in absolute.parents:
        name = absolute.relative_to(folder).as_posix()
        if MADE.fullmatch(name) and any((folder / one).exists() for one in PIPELINES_OWN):
            elsewhere = "" if folder == Path.cwd() else f"in {folder}, "
            return (
                f"{elsewhere}make it again with `snakemake --cores 1 --force {quote(name)}`, "
                "with the --configfile that names its dataset, if one does"
            )
    return "make it again with the command that wrote it"


def installed(*packages: str) -> str:
    """Return how to install packages beside this one, whatever environment is active.

    >>> installed("onnx").endswith(" -m pip install onnx`")
    True
    """
    return f"install it with `{quote(sys.executable)} -m pip install {' '.join(packages)}`"
