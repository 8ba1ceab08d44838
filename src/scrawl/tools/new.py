"""Write a project: a folder in which `snakemake` builds what its config.yaml asks for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from scrawl.artifacts.files import write_text
from scrawl.pipeline.workflow_files import WORKFLOW

# Copied: they are the user's to change.
COPIED = ("config.yaml", "profiles/default/profile.yaml")

SNAKEFILE = """\
# The chain of scrawl, as installed, with the configuration beside this file: config.yaml.
# Rules of your own may follow, and may take any artifact as their input.
from scrawl.pipeline.workflow_files import SNAKEFILE


include: SNAKEFILE


rule everything:
    default_target: True
    input:
        rules.all.input,
"""

README = """\
# {name}

Handwritten digits, from raw files to trained networks, by scrawl:

    snakemake --cores 4                            # make what `suite` in config.yaml asks for
    snakemake --cores 4 --config dataset=mnist     # the same on MNIST
    scrawl --help                                  # commands to look into what was made

Networks and datasets of your own are entries in `config.yaml`; `scrawl configuration` prints every
key. `scrawl import FOLDER` makes a dataset of pictures. Results lie in `artifacts/`:
`artifacts/glyphs/index.html` is the page to open first.
"""


def main(argv: Sequence[str]) -> None:
    """Write a project into a folder that has none."""
    parser = argparse.ArgumentParser(prog="scrawl new", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder to write it into")
    folder = parser.parse_args(argv).folder
    files = {"Snakefile": SNAKEFILE, "README.md": README.format(name=folder.resolve().name)}
    files |= {name: (WORKFLOW / name).read_text(encoding="utf-8") for name in COPIED}
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise ValueError(
            f"{folder}: found {there[0]}, expected a folder without one; name another folder"
        )
    for name, text in files.items():
        write_text(folder / name, text)
    print(f"Written to {folder}. To go on:\n\n  cd {quote(str(folder))}\n  snakemake --cores all")
