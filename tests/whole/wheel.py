"""The package, installed into an empty environment, builds the default suite.

Not among the tests of `make test`, for it installs everything from the package index
(`make test-wheel`, some minutes). `test_installed.py` has its quick form.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from project import HOUSE

# Nothing of the environment that runs the tests.
BARE = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
BARE["PATH"] = "/usr/local/bin:/usr/bin:/bin"


def run(*words: str | Path, folder: Path) -> str:
    result = subprocess.run(
        words, cwd=folder, env=BARE, capture_output=True, text=True, check=False, timeout=1800
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_the_wheel_in_an_empty_environment_builds_the_default_suite(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", tmp_path, HOUSE, folder=tmp_path)
    venv.create(tmp_path / "env", with_pip=True)
    programs = tmp_path / "env/bin"
    (wheel,) = tmp_path.glob("scrawl_digits-*.whl")
    run(programs / "pip", "install", wheel, folder=tmp_path)
    run(programs / "scrawl", "new", "project", folder=tmp_path)
    project = tmp_path / "project"
    run(programs / "snakemake", "--cores", "2", folder=project)
    assert (project / "artifacts/glyphs/reports/quick.html").is_file()
    assert "Nothing to be done" in run(programs / "snakemake", "--cores", "2", folder=project)
    said = run(programs / "scrawl", "verify", "--published", "artifacts/glyphs", folder=project)
    assert "artifacts/glyphs" in said
