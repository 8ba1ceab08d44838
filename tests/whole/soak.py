"""Kill the pipeline anywhere, or let it fail, again and again: it goes on, to the same bytes.

    PYTHONPATH=tests python tests/whole/soak.py --kills 100 --seed 1        what `make soak` runs

A dataset of dots is built without interruption with each of two settings, which differ in what
every stage makes. Then it is built while Snakemake, one of its jobs or all of them together get
SIGKILL, or all of them SIGTERM: at random moments, in the middle of a write, or just after a
checkpoint of training. Before each kill either the files of a random stage and of those after it
are removed, or the settings change to the others with all files in place. In between, runs fail:
training diverges, a checksum is wrong, the disk is full. After each kill and failure every file
under a final name must be a whole one, with the bytes that one of the settings gives. At the end
the plain command must complete the rest. How often training went on from a checkpoint is counted.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import scrawl  # noqa: F401 — before NumPy: jobs that are forked compute with portable arithmetic
from project import Project, checkout, without_measurements
from scrawl.data import idx

VICTIMS = ("snakemake", "everything", "everything by SIGTERM", "a job")
FAILURES = ("divergence", "a wrong sum", "a full disk")
MOMENTS = ("any", "a write", "a checkpoint")
TRAINING = 3  # in `MADE`
LONGEST = 5.0  # seconds from the start of Snakemake to a kill; it takes one or two to start
CHECKPOINT_SECONDS = 0.2
SETTINGS_CHANGE = (
    0.6  # of kills are of files that are made again; before the others they are removed
)
LARGEST_FILE = 18_000  # bytes: less than the decoded dots have
WRITES = 6  # a kill in the middle of a write takes one of the first so many
MADE = (  # by the stages, in their order
    ("raw/*",),
    ("decoded.h5",),
    ("prepared/*",),
    ("runs/*/*/model.h5", "runs/*/*/history.csv"),
    ("runs/*/*/metrics.json", "runs/*/*/predictions.h5"),
    ("figures/**/*.*", "reports/*.html"),
)


def lengthen(project: Project) -> None:
    """Add an experiment that trains for some seconds, with many checkpoints."""
    long = {"hidden": [8], "epochs": 600, "batch_size": 4, "dropout": 0.1, "average": "exponential"}
    project.configure(lambda config: config["experiments"].update(long=long))
    project.configure(lambda config: config["suites"]["tiny"]["experiments"].append("long"))
    project.configure(lambda config: config.update(checkpoint_seconds=CHECKPOINT_SECONDS))


def resumed(project: Project) -> set[tuple[str, int]]:
    """Return the logs of training that went on from a checkpoint, each with when it was written."""
    return {
        (log.name, log.stat().st_mtime_ns)
        for log in (project.folder / "artifacts").rglob("train-*.log")
        if "resumed at epoch" in log.read_text()
    }


def digests(project: Project) -> dict[str, str]:
    """Return the SHA-256 of each artifact that stands under its final name, but checkpoints.

    What was measured is left out.
    """
    root = project.folder / "artifacts"
    return {
        name: hashlib.sha256(without_measurements((root / name).read_bytes())).hexdigest()
        for name in project.files()
        if not name.endswith(".part") and "/checkpoints/" not in name
    }


def jobs(session: int) -> dict[int, str]:
    """Return the stages that run in the session of a Snakemake, by process."""
    command = ["ps", "-ww", "-o", "pid=,args=", "--sid", str(session)]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    words = [line.split() for line in lines]
    return {
        int(line[0]): line[line.index(program) + 1]
        for line in words
        for program in line[1:3]
        if program.endswith("/bin/scrawl")
    }


def remove_from(project: Project, stage: int) -> None:
    """Remove what a stage and those after it made."""
    for pattern in chain(*MADE[stage:]):
        for path in (project.folder / "artifacts/dots").glob(pattern):
            path.unlink(missing_ok=True)


def wait_for_writes(project: Project, process: subprocess.Popen[bytes], count: int) -> None:
    """Return as soon as the last of so many files is being written, or when Snakemake has ended."""
    seen: set[Path] = set()
    while len(seen) < count and process.poll() is None:
        seen.update((project.folder / "artifacts").rglob("*.part"))
        time.sleep(0.001)


def checkpoints(project: Project) -> set[tuple[Path, int]]:
    """Return the checkpoints that there are, each with when it was written."""
    found = list((project.folder / "artifacts").glob("*/checkpoints/*/*.h5"))
    with suppress(FileNotFoundError):  # its run has just come to its end
        return {(path, path.stat().st_mtime_ns) for path in found}
    return set()


def wait_for_checkpoint(project: Project, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as another checkpoint is there, or when Snakemake has ended."""
    before = checkpoints(project)
    while checkpoints(project) <= before and process.poll() is None:
        time.sleep(0.001)


def kill(project: Project, target: str, moment: str, rng: random.Random) -> str:
    """Start Snakemake, kill something at some moment, and say what was hit."""
    with (project.folder / "soak.log").open("ab") as log:
        process = project.start(target, log=log)
    if moment == "any":
        time.sleep(rng.uniform(0, LONGEST))
    elif moment == "a checkpoint":
        wait_for_checkpoint(project, process)
        time.sleep(rng.uniform(0, CHECKPOINT_SECONDS))
    else:
        wait_for_writes(project, process, rng.randint(1, WRITES))
    running = jobs(process.pid)
    victim = rng.choice(VICTIMS if running else VICTIMS[:3])
    if process.poll() is not None:
        return "nothing: it was complete"
    try:
        if victim == "everything":
            os.killpg(process.pid, signal.SIGKILL)
        elif victim == "everything by SIGTERM":
            os.killpg(process.pid, signal.SIGTERM)
        elif victim == "snakemake":
            process.kill()
        else:
            hit = rng.choice(sorted(running))
            running = {hit: running[hit]}
            os.kill(hit, signal.SIGKILL)
    except ProcessLookupError:
        victim = "nothing"  # it ended in the meantime
    process.wait(timeout=240)
    return f"{victim} during {' + '.join(sorted(set(running.values()))) or 'no job'}"


def set_up(project: Project, setting: int) -> None:
    """Give the project the first or the second settings: every stage makes other files of them."""

    def change(config: dict[str, Any]) -> None:
        config["datasets"]["dots"]["sources"] = [("data", "others")[setting]]
        for experiment in config["experiments"].values():
            experiment["learning_rate"] = (0.1, 0.05)[setting]

    project.configure(change)


def write_others(project: Project) -> None:
    """Write the files of the second settings' source: the dots upside down."""
    shutil.copytree(project.folder / "data", project.folder / "others")
    for path in (project.folder / "others").glob("*-images.idx.gz"):
        idx.write(path, idx.read(path)[:, ::-1])


def fail(project: Project, target: str, failure: str) -> None:
    """Run Snakemake to a failure of some job, if there is anything to be made."""
    before = (project.folder / "config.yaml").read_text()

    def spoil(config: dict[str, Any]) -> None:
        if failure == "divergence":
            config["experiments"]["long"]["learning_rate"] = 1e30
        elif failure == "a wrong sum":
            config["datasets"]["dots"]["files"]["train_images"]["sha256"] = "0" * 64

    project.configure(spoil)
    # A limit on the size of files fails in the same calls as a full disk, and needs no root.
    limit = LARGEST_FILE if failure == "a full disk" else None
    result = project.run(target, largest_file=limit)
    assert failure == "a full disk" or result.returncode != 0, f"{failure} went unnoticed"
    (project.folder / "config.yaml").write_text(before)


def check(project: Project, references: Sequence[Mapping[str, str]], event: str) -> None:
    """Refuse a file that is not as any of the settings make it."""
    for name, found in digests(project).items():
        known = [reference[name] for reference in references if name in reference]
        assert found in known, f"{name} is not whole after {event}"


def soak(
    project: Project,
    references: Sequence[Mapping[str, str]],
    target: str,
    kills: int,
    seed: int,
) -> tuple[Counter[str], Counter[str], int]:
    """Kill so many times, then complete; return kills, failures, and resumed trainings.

    Parameters
    ----------
    project : Project
        Finished or not.
    references : sequence of mapping
        The digests that each of the settings gives.
    target : str
    kills, seed : int

    Raises
    ------
    AssertionError
        If a file is not as any of the settings make it, or if the plain command does not complete
        the rest.
    """
    rng = random.Random(seed)
    hits: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    resumes: set[tuple[str, int]] = set()
    setting = 0
    while hits.total() < kills:
        moment = rng.choice(MOMENTS)
        if rng.random() < SETTINGS_CHANGE:
            setting = 1 - setting
            set_up(project, setting)
            if rng.random() < 0.5:
                failure = rng.choice(FAILURES)
                fail(project, target, failure)
                check(project, references, failure)
                failures[failure] += 1
        else:
            remove_from(project, TRAINING if moment == "a checkpoint" else rng.randrange(len(MADE)))
        hit = kill(project, target, moment, rng)
        if not hit.startswith("nothing"):
            hits[hit] += 1
        resumes |= resumed(project)
        check(project, references, f"kill {hits.total()}: {hit}")
    project.build(target)
    assert digests(project) == references[setting]
    assert not list((project.folder / "artifacts").rglob("*.part"))
    assert not list((project.folder / "artifacts").rglob("checkpoints/*/*.h5"))
    return hits, failures, len(resumes | resumed(project))


def main() -> None:
    """Run the long form and print a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        project, references = built(Path(folder), lengthen, "all")
        hits, failures, resumes = soak(project, references, "all", arguments.kills, arguments.seed)
        for hit, count in (hits + failures).most_common():
            print(f"{count:4}  {hit}")
        print(
            f"{hits.total()} kills and {failures.total()} failures with seed {arguments.seed} in "
            f"{time.monotonic() - begin:.0f} s: "
            f"training went on from a checkpoint {resumes} times; {len(digests(project))} "
            "artifacts, all with the bytes of uninterrupted runs"
        )


def built(
    folder: Path, configure: Callable[[Project], None], target: str
) -> tuple[Project, list[dict[str, str]]]:
    """Build a project with each of the settings; return it, and the digests of both.

    It is finished with the first settings, as `soak` begins.
    """
    project = checkout(folder / "project")
    write_others(project)
    configure(project)
    references: list[dict[str, str]] = []
    for setting in (1, 0):
        set_up(project, setting)
        project.build(target)
        references.insert(0, digests(project))
    one, other = references
    chain = [name for name in one if name.endswith((".h5", "images.idx.gz", "history.csv"))]
    assert [name for name in chain if one[name] == other[name]] == []
    return project, references


if __name__ == "__main__":
    main()
