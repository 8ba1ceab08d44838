"""Recovery after a kill: live runs of the pipeline, and the locks of dead ones.

Snakemake locks its folder with files. A killed run leaves them, and every later run is refused
until `--unlock` is given. So each run also holds a lock of the operating system, which ends with
its process. Where no run holds one, the files in `.snakemake/locks` belong to dead runs.

A job whose run is dead is an orphan. The next run makes the job's file again, perhaps with other
settings, so an orphan must not write it. On another node of a cluster, where the lock may not be
visible, a job is an orphan as soon as a later run has begun.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

# Where a job finds its run: the path of the run's file, or nothing outside a run.
VARIABLE = "SCRAWL_RUN"


def begin(folder: Path) -> IO[str]:
    """Register this process as a run, and remove the locks and backups of dead runs.

    Parameters
    ----------
    folder : Path
        `.snakemake` of the working directory.

    Returns
    -------
    file
        Open and locked; its name is what `is_held` asks about. To be kept while the run lasts.

    Raises
    ------
    ValueError
        If the folder can't be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "locks").mkdir()
    >>> run = begin(folder)
    >>> is_held(Path(run.name)), (folder / "locks").exists()
    (True, False)
    >>> run.close()
    >>> is_held(Path(run.name))
    False
    """
    runs = folder / "scrawl"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        (runs / "door").touch()
    except OSError as error:
        raise ValueError(
            f"{folder.resolve()}: Snakemake keeps its records there, but {error.strerror}; work in "
            "a folder that can be written: `snakemake --cores 1 --directory FOLDER`"
        ) from error
    with (runs / "door").open("w") as door:
        # One at a time: a run that begins between the look and the clearing would lose its locks.
        _lock(door)
        for run in runs.glob("*.run"):
            if not is_held(run):
                run.unlink()
        if not any(runs.glob("*.run")):
            # A backup may be cut short, and outputs are whole however a run ended.
            for left in ("locks", "backups"):
                shutil.rmtree(folder / left, ignore_errors=True)
        name = f"{platform.node()}-{os.urandom(4).hex()}.run"
        mine = (runs.resolve() / name).open("w")
        _lock(mine)  # jobs are handed no open files: only this process keeps it
    return mine


def _lock(file: IO[str]) -> None:
    # On a file system without locks every run that ever was counts as alive: nothing is cleared.
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX)


def is_held(run: Path) -> bool:
    """Tell whether the process that registered as this run is alive."""
    try:
        with run.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:  # it is locked, or nobody can tell
        return True
    return False


def is_orphan() -> bool:
    """Tell whether this process is a job of a run that is dead."""
    if not os.environ.get(VARIABLE):
        return False
    run = Path(os.environ[VARIABLE])
    host, _, _ = run.stem.rpartition("-")
    if host == platform.node():
        return not is_held(run)
    # Every run removes the files of those before it that are dead. Where not even the folder is
    # seen, no files are shared, and nobody can tell.
    return run.parent.is_dir() and not run.exists()


def bring_to_present(paths: Iterable[str]) -> None:
    """Set the time of files from the future to the present.

    Snakemake deletes what a job made if an input is of a later time, for it suspects a clock that
    is wrong: a finished training would be lost to a clock that ran ahead for a while. Inputs are
    compared by content, so another time makes nothing again.

    Parameters
    ----------
    paths : iterable of str
        Files and folders; of a folder all files below it. What is not there, or not ours, is left,
        as is text that is not a path.
    """
    now = time.time()
    for path in paths:
        with suppress(OSError, ValueError):
            for file in [Path(path), *Path(path).rglob("*")]:
                if file.stat().st_mtime > now:
                    os.utime(file)
