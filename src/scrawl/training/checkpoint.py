"""Checkpoints: a training run saved on disk, and resumed from there to the same bits.

A checkpoint holds the state, between two steps, of everything that the rest of a run depends on. It
belongs to one run: to its settings, data and code, and to the machine and libraries that its bits
depend on. Any other is set aside.

Where artifacts are objects in a bucket, so is a copy of the checkpoint: another node goes on from
it.
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

from scrawl.artifacts import hdf5, store
from scrawl.artifacts.files import abandoned, refuse_orphans, written_whole
from scrawl.nn.state import Composite, State, Stateful
from scrawl.pipeline import provenance
from scrawl.pipeline.recovery import is_orphan
from scrawl.pipeline.storage import StoredCopy
from scrawl.settings.json_text import canonical_json, json_object
from scrawl.training.cost import Meter
from scrawl.training.environment import environment

# From a signal to the end of the process, at most: two seconds are promised.
LEAVE_SECONDS = 1.8

# Attributes of the file that must equal those of the run, and what they describe.
KEY = {
    "settings": "settings",
    "made_from": "data",
    "code": "code",
    "environment": "libraries or another machine",
}


class Checkpoint(AbstractContextManager["Checkpoint"]):
    """The checkpoint of one run: written while the block runs, deleted when that has ended well.

    In the block SIGTERM and Ctrl-C are noted: the next `pause` writes one last checkpoint and
    leaves. A step that takes too long for that is not waited for. A second signal changes nothing:
    Slurm sends two to a job that is out of time.

    Parameters
    ----------
    path : Path, optional
        Of the file. Without it, nothing is written at all.
    every : float
        Seconds between checkpoints; 0 for none at all.
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
        self.copy: StoredCopy | None = None
        self.every, self.due = every, math.inf
        self.settings, self.prepared_sha256 = settings or {}, prepared_sha256
        self.meter = Meter()
        self.run = Composite({})
        self.asked: int | None = None
        self.handlers: dict[int, Any] = {}
        self.failed = False
        if self.path:
            provenance.read_sources()

    def __enter__(self) -> Self:
        """Note signals from now on."""
        if self.path:
            self.handlers = {
                number: signal.signal(number, self.leave_soon)
                for number in (signal.SIGTERM, signal.SIGINT)
                if signal.getsignal(number) != signal.SIG_IGN  # as under `nohup`
            }
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Restore the previous signal handlers and delete the finished run's checkpoint."""
        if self.asked:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        # An orphan's successor may have begun one of its own.
        if self.path and kind is None and not is_orphan():
            with suppress(OSError):  # one that is left does no harm: the results are written
                for path in (self.path, *abandoned(self.path)):
                    path.unlink(missing_ok=True)
            if self.copy:
                self.copy.remove()

    def leave_soon(self, number: int, _: object) -> None:
        """Note a signal."""
        if self.asked is not None:
            return
        self.asked = number
        # Handlers wait for the end of a product of matrices. The alarm's own action does not.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, LEAVE_SECONDS)

    @cached_property
    def key(self) -> dict[str, dict[str, Any]]:
        """The values of `KEY` that a checkpoint of this run has."""
        key = {
            "settings": self.settings,
            "made_from": {"prepared": self.prepared_sha256},
            "code": dict(module.split("@") for module in provenance.code_of("stages.train")),
            "environment": environment(),
        }
        return {name: json.loads(canonical_json(value)) for name, value in key.items()}

    def resume(self, run: Composite, **others: Stateful) -> None:
        """Restore a run from its checkpoint, if there is one; `pause` saves it from now on.

        Parameters
        ----------
        run : Composite
            Such as a `Trainer`.
        **others : Stateful
            What else the rest of the run depends on, by the name of its group in the file.
        """
        self.run = Composite({**run.parts, **others, "cost": self.meter})
        if self.path:
            self.fetch(self.path)
        if self.path and self.path.exists():
            try:
                saved = self.read(self.path)
                self.run.restore(saved)
            except (ValueError, *hdf5.DAMAGE) as error:
                set_aside(self.path, error)
            else:
                self.meter.resumed += 1
                epoch, steps = saved["progress/epoch"].item(), saved["progress/steps"].item()
                say(f"resumed at epoch {epoch}, step {steps}")
        self.due = time.monotonic() + self.every

    def fetch(self, path: Path) -> None:
        """Put the copy in storage, if there is one, in the checkpoint's place.

        Of the two it is at most one interval older; that of another node may be much younger.
        """
        try:
            self.copy = StoredCopy.of(path)
            if self.copy and self.copy.exists:
                with written_whole(path, by_orphans=True) as part:
                    self.copy.fetch(part)
        except (OSError, ValueError) as error:
            say(f"no checkpoint from storage: {error}")

    def pause(self) -> None:
        """Write a checkpoint if it is due; after a signal, write one and leave.

        To be called between steps. It takes a fraction of a microsecond if nothing is to be done.

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
        """Write a checkpoint, or say why not: that is no reason for a run to fail."""
        try:
            self.write(path)
            if self.copy:
                self.copy.send()
        except (OSError, ValueError) as error:
            if not self.failed:
                say(f"no checkpoint: {error}; training goes on without")
            self.failed = True
        else:
            self.failed = False

    def write(self, path: Path) -> None:
        """Write the state of the run."""
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
            for name, values in self.run.state().items():
                file[name] = values

    def read(self, path: Path) -> State:
        """Return the state that a checkpoint holds; ValueError if damaged or of another run."""
        with store.reading(path, "checkpoint", whole=True) as file:
            for name, what in KEY.items():
                if differing := differences(self.key[name], file.attrs.get(name, "{}")):
                    raise ValueError(f"{path}: of a run with other {what} ({', '.join(differing)})")
            return arrays(file)


NEVER = Checkpoint()
"""Writes nothing."""


def differences(mine: Mapping[str, Any], text: Any) -> list[str]:
    """Return the keys in which JSON in an attribute differs, or `unreadable`."""
    try:
        its = json_object(store.text(text), "attribute")
    except ValueError:
        return ["unreadable"]
    return sorted(name for name in mine.keys() | its.keys() if mine.get(name) != its.get(name))


def arrays(group: Any) -> State:
    """Return all datasets of an HDF5 group, by their paths from there."""
    names: list[str] = []
    group.visit(names.append)
    return {name: np.asarray(group[name][()]) for name in names if hasattr(group[name], "shape")}


def set_aside(path: Path, error: Exception) -> None:
    """Move a checkpoint that cannot be used out of the way, and say why."""
    aside = path.with_name(f"{path.name}.set-aside")
    try:
        path.replace(aside)
    except OSError as failure:
        say(f"checkpoint not used: {error}; it can't be moved either ({failure})")
    else:
        say(f"checkpoint set aside as {aside}: {error}; training starts afresh")


def say(words: str) -> None:
    """Print a line at once, above a progress bar."""
    if sys.stderr.isatty():
        from tqdm import tqdm  # here: see `history`

        tqdm.write(words)
    else:
        print(words)
    sys.stdout.flush()
