"""A stand-in for conda, which no package registry at hand offers."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

# Answers what Snakemake asks conda. Its environments have a Python of their own, and the packages
# of this one, but not scrawl: a path in a .pth file is not searched for further .pth files.
CONDA = """#!/bin/bash
case "$*" in
info*) echo '{{"conda_prefix": "{root}", "platform": "linux-64", "conda_version": "25.1.0"}}' ;;
config*) echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
*--version) echo conda 25.1.0 ;;
*create*)
    while [ "$1" != --prefix ]; do shift; done
    prefix=$2
    {python} -m venv --without-pip "$prefix"
    for site in "$prefix"/lib/python*/site-packages; do
        echo {packages} > "$site/packages.pth"
        echo 'import sys; print("python of conda")' >> "$site/packages.pth"
    done
    ;;
esac
"""


def stand_in(folder: Path) -> Path:
    """Write it into a new folder; return the folder of its programs.

    What runs in one of its environments prints `python of conda` first.
    """
    programs = folder / "bin"
    programs.mkdir(parents=True)
    packages = Path(yaml.__file__).parents[1]
    script = CONDA.format(root=folder, python=sys.executable, packages=packages)
    (programs / "conda").write_text(script)
    (programs / "conda").chmod(0o755)
    (programs / "activate").write_text('export PATH="$1/bin:$PATH"\n')
    return programs
