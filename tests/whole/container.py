"""The Dockerfile's steps, one by one, in a folder and an environment that stand for an image.

What an image's own system adds can't be seen in this way; that the files which it copies are enough
for the commands that it runs, can. Not among the tests of `make test`: every package is installed
(`make test-container`).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from project import BARE_PATH, HOUSE

Step = tuple[str, str]


def steps() -> list[Step]:
    """Return the Dockerfile's instructions with their arguments."""
    text = re.sub(r"\\\n", " ", (HOUSE / "Dockerfile").read_text(encoding="utf-8"))
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


@dataclass
class Image:
    """Stand-in for an image.

    Attributes
    ----------
    root : Path
        Stands for `/`.
    workdir : Path
        Where the next command runs.
    environment : dict of str to str
    entrypoint : list of str
    """

    root: Path
    workdir: Path
    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)

    def do(self, instruction: str, argument: str) -> None:
        """Carry out one instruction."""
        match instruction:
            case "FROM":
                assert argument == "python:3.11-slim"  # a virtual environment stands for it
                subprocess.run([sys.executable, "-m", "venv", self.root / "python"], check=True)
                path = f"{self.root}/python/bin{os.pathsep}{BARE_PATH}"
                self.environment = {**os.environ, "PATH": path}
                self.environment.pop("PYTHONPATH", None)
            case "WORKDIR":
                self.workdir = self.root / argument.lstrip("/")
                self.workdir.mkdir(exist_ok=True)
            case "COPY":
                self.copy(*argument.split())
            case "RUN":
                self.run(shlex.split(argument))
            case "ENV":
                name, value = argument.split("=", 1)
                self.environment[name] = value
            case "ENTRYPOINT":
                words = json.loads(argument)
                self.entrypoint = [re.sub("^/", f"{self.root}/", word) for word in words]
            case _:
                pytest.fail(f"this test does not know {instruction}")

    def copy(self, *names: str) -> None:
        """Copy files into the working directory, or the content of a folder into a folder."""
        *sources, target = names
        for source in sources:
            if (HOUSE / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(HOUSE / source, self.workdir / target, ignore=ignored)
            else:
                shutil.copy(HOUSE / source, self.workdir / target)

    def run(self, command: list[str]) -> str:
        """Run a command to a good end, and return what it printed."""
        result = subprocess.run(
            command,
            cwd=self.workdir,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        return result.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Return what stands for the image, built."""
    root = tmp_path_factory.mktemp("image")
    image = Image(root, root)
    for instruction, argument in steps():
        image.do(instruction, argument)
    yield image
    shutil.rmtree(root)


def test_the_image_s_command_trains_and_leaves_its_artifacts_where_it_is_run(image: Image) -> None:
    target = "artifacts/glyphs/runs/linear/1/metrics.json"
    image.run([*image.entrypoint, "--cores", "1", target])
    assert json.loads((image.workdir / target).read_text())["accuracy"] > 0.85
    assert [path.name for path in image.workdir.iterdir() if path.name[0] != "."] == ["artifacts"]


def test_the_image_is_made_from_the_lock_alone(image: Image) -> None:
    lock = (HOUSE / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^(\S+)==(\S+)", lock, re.M))
    listed = json.loads(image.run(["python", "-m", "pip", "list", "--format=json"]))
    found = {(re.sub("[-_.]+", "-", one["name"]).lower(), one["version"]) for one in listed}
    brought = {one for one in found if one[0] in {"scrawl", "setuptools"}}
    assert len(found) > 50
    assert found - brought <= pinned
