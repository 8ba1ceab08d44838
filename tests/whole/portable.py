"""Run a small chain here and on emulated processors, and compare the bytes of every artifact.

    python tests/whole/portable.py             what `make test-portable` runs

Every kind of computation is in it: glyphs, deformed images, preparation, dense and convolutional
networks, augmentation, least squares, evaluation, ensembles, a sweep, figures and pages. QEMU's
user-mode emulation stands in for processors that are not there; it is about a hundred times slower
than the processor itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from project import Project, checkout, without_measurements
from scrawl.settings import arithmetic

# An Intel of 2013, an AMD of 2017, an Intel of 2015 without AVX-512.
PROCESSORS = ("Haswell", "EPYC", "Skylake-Client")
QEMU = "qemu-x86_64"
MEASURED = {"cost.json", "environment.json"}

# Runs commands in one process: to load Python and NumPy takes longer than they do.
RUNNER = """
import json, sys
from scrawl.__main__ import main
for words in json.load(open(sys.argv[1])):
    if status := main(words):
        sys.exit(f"{words}: exit status {status}")
"""

DISTORTED = {
    "shift_pixels": 1.0,
    "rotation_degrees": 10.0,
    "scale_share": 0.1,
    "shear_share": 0.1,
    "elastic_pixels": 0.5,
}
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "linear": {"hidden": [], "epochs": 2, "batch_size": 16},
    "sigmoid": {
        "hidden": [12],
        "activation": "sigmoid",
        "output": "sigmoid",
        "loss": "quadratic",
        "initialiser": "lecun",
        "optimiser": "gradient-descent",
        "schedule": "constant",
        "learning_rate": 3.0,
        "epochs": 2,
        "batch_size": 16,
    },
    "gelu": {
        "hidden": [16, 8],
        "activation": "gelu",
        "optimiser": "adamw",
        "weight_decay": 0.01,
        "learning_rate": 0.005,
        "label_smoothing": 0.1,
        "dropout": 0.2,
        "normalisation": "standard",
        "average": "exponential",
        "epochs": 2,
        "batch_size": 16,
    },
    "convolution": {
        "filters": [[4]],
        "kernel": 3,
        "padding": 1,
        "hidden": [8],
        "activation": "tanh",
        "batch_normalisation": True,
        "optimiser": "adam",
        "learning_rate": 0.01,
        "epochs": 2,
        "batch_size": 16,
        **DISTORTED,
    },
    "squares": {
        "hidden": [60],
        "loss": "quadratic",
        "output": "linear",
        "optimiser": "least-squares",
        "weight_decay": 1e-4,
        "epochs": 1,
    },
}

SWEEP = {
    "base": "linear",
    "datasets": ["dots"],
    "sample": "grid",
    "settings": {"learning_rate": [0.1, 0.3]},
    "seeds": [1],
}
GLYPHS = ["glyphs", "--output", "artifacts/drawn", "--train", "30", "--test", "10"]


def chain(folder: Path, experiments: Iterable[str] = EXPERIMENTS) -> Project:
    """Return a project of the dots dataset with these experiments, one random seed each."""
    project = checkout(folder)

    def change(config: dict[str, Any]) -> None:
        names = list(experiments)
        config["experiments"] = {name: EXPERIMENTS[name] for name in names}
        config["ensembles"] = {"both": {"of": ["linear", "convolution"]}}
        config["suites"]["tiny"] |= {"experiments": [*names, "both"], "seeds": [1]}
        config["datasets"]["many"] = {"deformed": {"from": "dots", "images": 400}}
        config["sweeps"] = {"rates": SWEEP}

    project.configure(change)
    return project


def commands(project: Project, *targets: str) -> list[list[str]]:
    """Return the words after `scrawl` of each command that makes the targets, in their order."""
    printed = project.build("--dry-run", "--printshellcmds", "--forceall", *targets).splitlines()
    lines = [line.partition("scrawl ")[2].partition(" > ")[0] for line in printed if " > " in line]
    return [shlex.split(line) for line in lines if line]


def all_commands(project: Project) -> list[list[str]]:
    """Return the commands of the suite, of a deformed dataset, of a sweep, and one for glyphs."""
    more = ("artifacts/many/decoded.h5", "artifacts/dots/sweeps/rates/summary.csv")
    suite = commands(project)
    return [GLYPHS, *suite, *(words for words in commands(project, *more) if words not in suite)]


def run(project: Project, words: Sequence[Sequence[str]], processor: str | None = None) -> None:
    """Run commands in one process, on this processor or on an emulated one.

    Raises
    ------
    RuntimeError
        With what the process said, if it ended with another status than 0.
    """
    with started(project, words, processor) as process:
        said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(said)


def started(
    project: Project, words: Sequence[Sequence[str]], processor: str | None = None
) -> subprocess.Popen[str]:
    """Start the process that `run` waits for."""
    listed = project.folder / "commands.json"
    listed.write_text(json.dumps(words))
    emulator = [QEMU, "-cpu", processor] if processor else []
    environment = project.environment() | {"MPLBACKEND": "agg"}
    for name in (*arithmetic.VARIABLES, "SCRAWL_RUN"):
        environment.pop(name, None)  # what this process pinned is to be pinned again by the command
    return subprocess.Popen(
        [*emulator, Path(sys.executable).resolve(), "-c", RUNNER, listed],
        cwd=project.folder,
        env=environment | {"PYTHONPATH": os.pathsep.join([environment["PYTHONPATH"], *packages()])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def packages() -> list[str]:
    """Return the folders of the environment's packages."""
    return [path for path in sys.path if path.endswith("site-packages")]


def digests(project: Project) -> dict[str, str]:
    """Return the SHA-256 of each artifact but measurements."""
    root = project.folder / "artifacts"
    return {
        name: hashlib.sha256(without_measurements((root / name).read_bytes())).hexdigest()
        for name in sorted(project.files())
        if Path(name).name not in MEASURED
    }


def compare(here: Project, processor: str, words: Sequence[Sequence[str]], folder: Path) -> int:
    """Run the commands on an emulated processor and return how many artifacts were compared.

    Raises
    ------
    AssertionError
        With the names of the artifacts whose bytes differ.
    """
    shutil.copytree(here.folder, folder)
    shutil.rmtree(folder / "artifacts")
    there = Project(folder)
    run(there, words, processor)
    expected, found = digests(here), digests(there)
    differing = [name for name in expected if found.get(name) != expected[name]]
    assert not differing, f"{processor}: other bytes in {', '.join(differing)}"
    return len(expected)


def main() -> None:
    """Compare the whole chain on all processors and print a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        here = chain(Path(folder) / "here")
        words = all_commands(here)
        run(here, words)
        for processor in PROCESSORS:
            count = compare(here, processor, words, Path(folder) / processor)
            print(f"{processor}: {count} artifacts with the bytes of this machine", flush=True)


if __name__ == "__main__":
    main()
