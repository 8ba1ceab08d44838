"""A small project that tests run real Snakemake in: the workflow, the package, a few dots."""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
import yaml
from snakemake.utils import update_config

from scrawl.data import idx
from scrawl.pipeline.commands import COMMANDS
from scrawl.pipeline.provenance import code_of
from warm_jobs import Jobs
from warm_snakemake import Snakemake

HOUSE = Path(__file__).parent.parent
STUDIES = HOUSE / "workflow/studies"
BIN = Path(sys.executable).parent
WARM = Snakemake()
JOBS = Jobs()
PRINTED = tempfile.TemporaryDirectory()  # by the present run: workers share a finished project
SEEDS = (1, 2)
# Without the environment's programs: `.venv/bin/snakemake` must work without activating it.
BARE_PATH = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if Path(p) != BIN)

CONFIG = {
    "suite": "tiny",
    "suites": {
        "tiny": {"datasets": ["dots"], "experiments": ["plain", "deep"], "seeds": list(SEEDS)}
    },
    "datasets": {
        "dots": {
            "sources": ["data"],
            "validation": 40,
            "files": {
                f"{split}_{kind}": {"name": f"{split}-{kind}.idx.gz"}
                for split in ("train", "test")
                for kind in ("images", "labels")
            },
        }
    },
    "experiments": {
        "plain": {"hidden": [], "epochs": 3, "batch_size": 16},
        "deep": {"hidden": [8], "epochs": 2, "batch_size": 16, "normalisation": "standard"},
    },
}


ORIGINALS = {
    "experiments": {
        "untrained": {"epochs": 0},
        "relu-128": {"epochs": 1},
        "relu-128-half-rate": {"epochs": 1},
    },
    "suites": {
        "originals": {
            "datasets": ["dots"],
            "target": "originals",
            "experiments": ["untrained", "relu-128"],
            "seeds": [1, 2],
        },
        "originals-search": {
            "datasets": ["dots"],
            "target": "originals",
            "experiments": ["relu-128-half-rate"],
            "seeds": [1, 2],
        },
    },
}


def whole_configuration() -> dict[str, Any]:
    """Return all of the workflow's configuration files together, as the workflow reads them."""
    files = [HOUSE / "workflow/datasets.yaml", *sorted(STUDIES.glob("*/config.yaml"))]
    config: dict[str, Any] = {}
    for file in [*files, HOUSE / "config.yaml"]:
        own = yaml.safe_load(file.read_text(encoding="utf-8"))
        for experiment in own.get("experiments", {}).values():
            if "code" in experiment:  # lies beside its configuration file
                experiment["code"] = str(file.with_name(experiment["code"]))
        update_config(config, own)
    return config


class Project:
    """A checkout of the workflow with a configuration and data of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self,
        *words: str,
        cores: int = 2,
        largest_file: int | None = None,
        cold: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake; `scrawl` is the copy of the package in this folder.

        With `largest_file`, it and its jobs can write no file of more bytes. Jobs are forked from a
        process that has imported their libraries, unless the run is `cold`.
        """
        out = Path(PRINTED.name, "printed")
        status = WARM.run(
            ["--cores", str(cores), *words],
            self.folder,
            self.environment(),
            out,
            largest_file,
            str(BIN) if cold else JOBS.programs(),
        )
        stdout, stderr = (Path(f"{out}.{number}").read_text() for number in (1, 2))
        return subprocess.CompletedProcess(["snakemake", *words], status, stdout, stderr)

    def start(self, *words: str, log: IO[bytes], cores: int = 2) -> subprocess.Popen[bytes]:
        """Start Snakemake in a session of its own, so that all of it can be killed together."""
        return subprocess.Popen(
            [BIN / "snakemake", "--cores", str(cores), *words],
            cwd=self.folder,
            env=self.environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def environment(self) -> dict[str, str]:
        """Return the environment variables of a run."""
        return {
            **os.environ,
            "PATH": BARE_PATH,
            "PYTHONPATH": str(self.folder / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def build(self, *words: str, cold: bool = False) -> str:
        """Run Snakemake to a good end and return what it printed."""
        result = self.run(*words, cold=cold)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def planned(self, *words: str) -> set[str]:
        """Return what a dry run would do: `rule` or, for rules of a run, `rule experiment`."""
        output = self.build("--dry-run", *words)
        if "Nothing to be done" in output:
            return set()
        jobs = re.findall(
            r"^(?:local)?(?:rule|checkpoint) (\w+):\n(.*?)(?=^\[|\Z)", output, re.M | re.S
        )
        assert jobs, output
        return {
            " ".join([rule, *re.findall(r"experiment=([\w-]+)", text)])
            for rule, text in jobs
            if rule not in {"all", "downloaded", "decoded", "prepared", "trained"}
            and rule not in {"evaluated", "validated", "plotted", "drawn", "reported", "swept"}
        }

    def configure(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change config.yaml."""
        path = self.folder / "config.yaml"
        config = yaml.safe_load(path.read_text())
        change(config)
        path.write_text(yaml.safe_dump(config, sort_keys=False))

    def add_study(self, name: str, config: dict[str, Any]) -> None:
        """Add one of the workflow's studies, with a configuration of its own."""
        folder = self.folder / "workflow/studies" / name
        shutil.copytree(STUDIES / name, folder)
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def files(self) -> set[str]:
        """Return the artifacts, without logs and benchmarks."""
        root = self.folder / "artifacts"
        paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return {str(p) for p in paths if not {"logs", "benchmarks"} & set(p.parts)}


def without_measurements(content: bytes) -> bytes:
    """Return a report without times and memory, and nothing of what a run writes of its cost.

    They are never the same twice.
    """
    page = re.sub(rb"<!-- measured -->.*?<!-- /measured -->", b"", content, flags=re.DOTALL)
    page = re.sub(rb'<data class="measured" value="[^"]*">[^<]*</data>', b"", page)
    return re.sub(rb'\A\{\s*"core_seconds": [^{}]*\}\n\Z', b"", page)


def write_dots(folder: Path) -> None:
    """Write a dataset of 6 × 5 images: the class is the quarter of the image that is bright."""
    rng = np.random.default_rng(0)
    for split, n in {"train": 240, "test": 60}.items():
        labels = np.arange(n) % 4
        images = rng.integers(0, 120, (n, 6, 5))
        for image, label in zip(images, labels, strict=True):
            image[3 * (label // 2) : 3 * (label // 2) + 3, 3 * (label % 2) :][:, :2] += 130
        idx.write(folder / f"{split}-images.idx.gz", images.astype(np.uint8))
        idx.write(folder / f"{split}-labels.idx.gz", labels.astype(np.uint8))


@cache
def compile_package() -> None:
    """Compile the package's modules, and keep the facts about them, to be copied with it.

    A copy is never compiled itself: its jobs would each compile all modules again. An edited module
    has another time than the one that was compiled.
    """
    compileall.compile_dir(HOUSE / "src", quiet=2)
    for stage, _ in COMMANDS.values():
        code_of(stage)


def checkout(folder: Path) -> Project:
    """Copy the workflow without its studies, and the package, with a configuration of dots."""
    compile_package()
    for name in ("workflow", "src", "profiles"):
        shutil.copytree(HOUSE / name, folder / name)
    shutil.rmtree(folder / "workflow/studies")
    shutil.copy(HOUSE / "Snakefile", folder)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    write_dots(folder / "data")
    return Project(folder)
