"""Selections of runs, narrowed on the command line, and the name of their report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

MOST_LETTERS = 60  # of a report's name


@dataclass(frozen=True)
class Selection:
    """The runs that are asked for: a suite or a sweep, narrowed by `dataset`, `experiment`, `seed`.

    `name` is that of the report and the drawing page, `asked` what stands after `--config` to ask
    for these runs, `target` the rule whose inputs are made, `sweep` the sweep, if it is one.
    """

    datasets: tuple[str, ...]
    experiments: tuple[str, ...]
    seeds: tuple[int, ...]
    name: str
    asked: str
    target: str = "reported"
    sweep: str | None = None

    def runs(self) -> Iterator[tuple[str, int]]:
        """Yield each experiment with each seed."""
        return product(self.experiments, self.seeds)


def report_name(suite: str, experiments: Sequence[str] = (), seeds: Sequence[int] = ()) -> str:
    """Return the name of a report, which no other selection of experiments and seeds has.

    No suite's name has the characters that join the parts.

    Parameters
    ----------
    suite : str
    experiments, seeds : sequence, optional
        Those that take the place of the suite's.

    Examples
    --------
    >>> report_name("quick"), report_name("quick", ["linear", "dense-128"], [1, 2])
    ('quick', 'quick+linear+dense-128@1+2')
    >>> report_name("quick", ["x" * 64, "y"])  # a file's name has an end
    'quick+xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx+a3f2b507'
    """
    name = "+".join([suite, *experiments]) + "@" * bool(seeds) + "+".join(map(str, seeds))
    if len(name) <= MOST_LETTERS:
        return name
    return f"{name[:MOST_LETTERS]}+{hashlib.sha256(name.encode()).hexdigest()[:8]}"
