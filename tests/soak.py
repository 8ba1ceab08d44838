"""Kill the pipeline anywhere, again and again: it goes on, to the same bytes.

    python tests/soak.py --kills 100 --seed 1        what `make soak` runs

A dataset of dots is built once without interruption. Then a second project is built while
Snakemake, one of its jobs or all of them together get SIGKILL at random moments, every other time
in the middle of a write. Before each kill the files of a random stage and of those after it are
removed, so that every stage gets its share. After each kill every file under a final name must be
a whole one, with the bytes of the first project. At the end the plain command must complete the
rest.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from itertools import chain
from pathlib import Path

from project import Project, checkout

VICTIMS = ("snakemake", "everything", "a job")
LONGEST = 5.0  # seconds from the start of Snakemake to a kill; it takes one or two to start
WRITES = 6  # a kill in the middle of a write takes one of the first so many
MADE = (  # by the stages, in their order
    ("raw/*",),
    ("decoded.h5",),
    ("prepared/*",),
    ("runs/*/*/model.h5", "runs/*/*/history.csv"),
    ("runs/*/*/metrics.json", "runs/*/*/predictions.h5"),
    ("figures/**/*.*",),
)


def digests(project: Project) -> dict[str, str]:
    """Return the SHA-256 of each artifact that stands under its final name."""
    root = project.folder / "artifacts"
    return {
        name: hashlib.sha256((root / name).read_bytes()).hexdigest()
        for name in project.files()
        if not name.endswith(".part")
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


def kill(project: Project, target: str, rng: random.Random) -> str:
    """Start Snakemake, kill something at a random moment, and say what was hit."""
    with (project.folder / "soak.log").open("ab") as log:
        process = project.start(target, log=log)
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0, LONGEST))
    else:
        wait_for_writes(project, process, rng.randint(1, WRITES))
    running = jobs(process.pid)
    victim = rng.choice(VICTIMS if running else VICTIMS[:2])
    if process.poll() is not None:
        return "nothing: it was complete"
    try:
        if victim == "everything":
            os.killpg(process.pid, signal.SIGKILL)
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


def soak(
    project: Project, reference: dict[str, str], target: str, kills: int, seed: int
) -> Counter[str]:
    """Kill so many times, then complete; return how often what was hit.

    Raises
    ------
    AssertionError
        If a file differs from the reference, or if the plain command does not complete the rest.
    """
    rng = random.Random(seed)
    hits: Counter[str] = Counter()
    while hits.total() < kills:
        remove_from(project, rng.randrange(len(MADE)))
        hit = kill(project, target, rng)
        if not hit.startswith("nothing"):
            hits[hit] += 1
        for name, found in digests(project).items():
            assert found == reference[name], f"{name} is not whole after kill {hits.total()}: {hit}"
    project.build(target)
    assert digests(project) == reference
    assert not list((project.folder / "artifacts").rglob("*.part"))
    return hits


def main() -> None:
    """Run the long form and print a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        first, second = (checkout(Path(folder) / name) for name in ("first", "second"))
        first.build()
        hits = soak(second, digests(first), "all", arguments.kills, arguments.seed)
        for hit, count in hits.most_common():
            print(f"{count:4}  {hit}")
        print(
            f"{hits.total()} kills with seed {arguments.seed} in {time.monotonic() - begin:.0f} s: "
            f"{len(digests(second))} artifacts, all with the bytes of an uninterrupted run"
        )


if __name__ == "__main__":
    main()
