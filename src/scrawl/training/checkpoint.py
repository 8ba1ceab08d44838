"""Checkpoints: training keeps itself on the disk, and goes on from there to the same bits.

A checkpoint holds the state of everything that the rest of a run depends on, as it was between two
steps, under the name that each part has there. It belongs to one run: to its settings, data and
code, and to the machine and libraries that its bits depend on. Any other is set aside.
"""

from __future__ import annotations

import json
import math
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from tqdm import tqdm

from scrawl.artifacts import hdf5, store
from scrawl.artifacts.files import abandoned, refuse_orphans
from scrawl.nn.state import State, Stateful
from scrawl.pipeline import provenance
from scrawl.pipeline.recovery import is_orphan
from scrawl.settings.json_text import canonical_json
from scrawl.training.cost import Meter
from scrawl.training.environment import environment

# From a signal to the end, at most: two seconds are promised.
LEAVE_SECONDS = 1.8

# What a checkpoint must share with a run: the attributes of the file, and what they are about.
KEY = {
    "settings": "settings",
    "made_from": "data",
    "code": "code",
    "environment": "libraries or another machine",
}


class Checkpoint(AbstractContextManager["Checkpoint"]):
    """The checkpoint of one run: kept while the block runs, gone when that has ended well.

    In the block SIGTERM and Ctrl-C are taken note of: the next `pause` writes one last checkpoint
    and leaves. Should a step take too long for that, the process is ended without. A second signal
    changes nothing: Slurm sends two to a job that is out of time.

    Parameters
    ----------
    path : Path, optional
        Of the file. Without it, nothing is kept at all.
    every : float
        Seconds from one checkpoint to the next; 0 for none at all.
    settings : mapping
        Those of the run.
    prepared_sha256 : str
        Digest of the data.

    Attributes
    ----------
    meter : Meter
        Measures what the run costs; a checkpoint keeps that too.
    """

    def __init__(
        self,
        path: Path | None = None,
        every: float = 0.0,
        settings: Mapping[str, Any] | None = None,
        prepared_sha256: str = "",
    ) -> None:
        if not 0 <= every < math.inf:
            raise ValueError(f"--checkpoint-every: found {every}, expected seconds, or 0 for never")
        self.path = path if every else None
        self.every, self.due = every, math.inf
        self.settings, self.prepared_sha256 = settings or {}, prepared_sha256
        self.parts: Mapping[str, Stateful] = {}
        self.meter = Meter()
        self.asked: int | None = None
        self.handlers: dict[int, Any] = {}
        self.failed = False
        if self.path:
            provenance.read_sources()

    def __enter__(self) -> Self:
        """Take note of signals from now on."""
        if self.path:
            self.handlers = {
                one: signal.signal(one, self.leave_soon)
                for one in (signal.SIGTERM, signal.SIGINT)
                if signal.getsignal(one) != signal.SIG_IGN  # `nohup` and the like want it so
            }
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leave signals to whom they were before, and remove what is not needed any more."""
        if self.asked:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for one, handler in self.handlers.items():
            signal.signal(one, handler)
        # An orphan's successor may have begun one of its own.
        if self.path and kind is None and not is_orphan():
            with suppress(OSError):  # one that is left does no harm, and the results are there
                for path in (self.path, *abandoned(self.path)):
                    path.unlink(missing_ok=True)

    def leave_soon(self, number: int, _: object) -> None:
        """Take note of a signal."""
        if self.asked is not None:
            return
        self.asked = number
        # Handlers wait for the end of a product of matrices. The alarm's own action does not.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, LEAVE_SECONDS)

    @cached_property
    def key(self) -> dict[str, dict[str, Any]]:
        """What a checkpoint must be of for this run to go on from it, by the names of `KEY`."""
        key = {
            "settings": self.settings,
            "made_from": {"prepared": self.prepared_sha256},
            "code": dict(one.split("@") for one in provenance.code_of("stages.train")),
            "environment": environment(),
        }
        return {name: json.loads(canonical_json(value)) for name, value in key.items()}

    def go_on(self, parts: Mapping[str, Stateful]) -> None:
        """Bring everything that a run depends on to where the checkpoint has it, if there is one.

        Parameters
        ----------
        parts : mapping of str to Stateful
            By the name of its group in the file. From now on `pause` keeps them.
        """
        self.parts = {**parts, "cost": self.meter}
        if self.path and self.path.exists():
            try:
                saved = self.read(self.path)
                restore(self.parts, saved)
            except (ValueError, *hdf5.DAMAGE) as error:
                set_aside(self.path, error)
            else:
                self.meter.resumed += 1
                at = {name: value.item() for name, value in saved["progress"].items()}
                say(f"resumed at epoch {at['epoch']}, step {at['steps']}")
        self.due = time.monotonic() + self.every

    def pause(self) -> None:
        """Write a checkpoint if it is time; after a signal, write one and leave.

        To be called between steps. With nothing to do it takes a fraction of a microsecond.

        Raises
        ------
        ValueError
            If the run of the pipeline that this process works for is dead.
        KeyboardInterrupt
            With the number of the signal.
        """
        if self.path is None or (self.asked is None and time.monotonic() < self.due):
            return
        if self.asked is None:
            refuse_orphans(self.path)
        self.try_to_write(self.path)
        self.due = time.monotonic() + self.every
        if self.asked is not None:
            if not self.failed:
                say(f"checkpoint written: {self.path}; the same command goes on from there")
            raise KeyboardInterrupt(self.asked)

    def try_to_write(self, path: Path) -> None:
        """Write a checkpoint, or say why not: a run that could end well is not to fail by that."""
        try:
            self.write(path)
        except (OSError, ValueError) as error:
            if not self.failed:
                say(f"no checkpoint: {error}; training goes on without")
            self.failed = True
        else:
            self.failed = False

    def write(self, path: Path) -> None:
        """Write the state of all parts."""
        settings, made_from, *others = (self.key[name] for name in KEY)
        with store.writing(
            # Also as an orphan: after a signal to all processes, Snakemake may be the first to go.
            path,
            "checkpoint",
            settings=settings,
            made_from=made_from,
            by_orphans=True,
        ) as file:
            for name, value in zip(list(KEY)[2:], others, strict=True):
                store.write_attributes(file, **{name: canonical_json(value)})
            for group, part in self.parts.items():
                for name, values in part.state().items():
                    file[f"{group}/{name}"] = values

    def read(self, path: Path) -> dict[str, State]:
        """Return the states that a checkpoint holds; ValueError if it is damaged or another's."""
        with store.reading(path, "checkpoint") as file:
            for name, what in KEY.items():
                if differing := differences(self.key[name], file.attrs.get(name, "{}")):
                    raise ValueError(f"{path}: of a run with other {what} ({', '.join(differing)})")
            if store.content_sha256(file) != store.sha256_of_content(file):
                raise ValueError(f"{path}: its content has changed since it was written")
            return {group: arrays(file[group]) for group in file}


NEVER = Checkpoint()
"""Keeps nothing."""


def differences(mine: Mapping[str, Any], text: Any) -> list[str]:
    """Return the keys in which JSON in an attribute differs, or `unreadable`."""
    try:
        its = dict(json.loads(store.text(text)))
    except (ValueError, TypeError, RecursionError):
        return ["unreadable"]
    return sorted(name for name in mine.keys() | its.keys() if mine.get(name) != its.get(name))


def arrays(group: Any) -> State:
    """Return all datasets below a group of an HDF5 file, by their paths from there."""
    names: list[str] = []
    group.visit(names.append)
    return {name: np.asarray(group[name][()]) for name in names if hasattr(group[name], "shape")}


def restore(parts: Mapping[str, Stateful], saved: Mapping[str, State]) -> None:
    """Bring all parts to where they were saved; if one does not fit, none."""
    before = {
        group: {name: np.array(values) for name, values in part.state().items()}
        for group, part in parts.items()
    }
    if parts.keys() != saved.keys():
        raise ValueError(f"holds {', '.join(saved)}, expected {', '.join(sorted(parts))}")
    try:
        for group, part in parts.items():
            part.restore(saved[group])
    except (ValueError, KeyError):
        for group, part in parts.items():
            part.restore(before[group])
        raise


def set_aside(path: Path, error: Exception) -> None:
    """Move a checkpoint that is of no use out of the way, and say why."""
    aside = path.with_name(f"{path.name}.set-aside")
    try:
        path.replace(aside)
    except OSError as failure:
        say(f"checkpoint not used: {error}; it can't be moved either ({failure})")
    else:
        say(f"checkpoint set aside as {aside}: {error}; training starts afresh")


def say(words: str) -> None:
    """Print a line, at once, and not into a bar."""
    tqdm.write(words)
    sys.stdout.flush()
