"""The shell of the rules: the command `scrawl` in the environment that runs Snakemake."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def shell_prefix(source: Path | None = None) -> str:
    """Return what stands before each command of a rule, with Snakemake's doubled braces.

    `exec` puts the command in the shell's place: Slurm would end a command whose shell has ended,
    while it writes its checkpoint.

    Parameters
    ----------
    source : Path, optional
        With conda or in a container, the folder of the package's code, which the Python there runs.
        Without, commands are those of the environment that runs Snakemake, activated or not.

    Examples
    --------
    >>> shell_prefix(Path("/my project/src"))
    "export PYTHONPATH='/my project/src'; exec python -m"
    """
    if source:
        prefix = f"export PYTHONPATH={shlex.quote(str(source))}; exec python -m"
    else:
        prefix = f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; exec"
    return prefix.replace("{", "{{").replace("}", "}}")
