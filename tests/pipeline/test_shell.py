"""The shell of the rules."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from scrawl.pipeline.shell import shell_prefix


def test_commands_are_those_of_the_environment_that_runs_snakemake(tmp_path: Path) -> None:
    command = f"{shell_prefix().format()} python -c 'import sys; print(sys.prefix)'"
    bash = str(shutil.which("bash"))
    answer = subprocess.check_output([bash, "-c", command], env={"PATH": str(tmp_path)}, text=True)
    assert answer.strip() == sys.prefix


def test_braces_in_a_folder_are_no_wildcards_of_snakemake() -> None:
    prefix = shell_prefix(Path("/my {project}/src"))
    assert prefix.format() == "export PYTHONPATH='/my {project}/src'; exec python -m"
