"""Comparison of experiments: the settings that differ, and the significance of differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any, TypeVar

from scrawl.results.metrics import mcnemar
from scrawl.results.predictions import Answers

Run = TypeVar("Run")

ABSENT = "–"  # the value of a setting that an experiment lacks


def differing(settings: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the names of the settings that differ between experiments, and of those that do not.

    Parameters
    ----------
    settings : mapping of str to mapping
        By experiment, settings by name; one that is missing differs from any value.

    Examples
    --------
    >>> differing({"a": {"hidden": [], "bias": True}, "b": {"hidden": [30], "bias": True}})
    (['hidden'], ['bias'])
    """
    names = list(dict.fromkeys(name for given in settings.values() for name in given))
    values = {name: [given.get(name, ABSENT) for given in settings.values()] for name in names}
    differ = [name for name in names if any(value != values[name][0] for value in values[name])]
    return differ, [name for name in names if name not in differ]


@dataclass(frozen=True)
class Paired:
    """Two experiments compared on the same test images, seed by seed.

    Attributes
    ----------
    pairs : int
        How many pairs of runs were compared.
    only_first, only_second : float
        The number of test images that only the one and only the other has right, the mean over the
        pairs.
    p : float
        McNemar's exact p of one pair; of several, twice their median, and at most 1.
    """

    pairs: int
    only_first: float
    only_second: float
    p: float


def paired(first: Mapping[int, Answers], second: Mapping[int, Answers]) -> Paired:
    """Compare two experiments by McNemar's exact test, paired over their random seeds.

    The pairs share their test images, so their p are not independent. Twice their median is a valid
    p whatever the dependence: it is below 0.05 by chance in at most 5 of 100 cases.

    Parameters
    ----------
    first, second : mapping of int to Answers
        By random seed; see `paired_runs`.

    References
    ----------
    V. Vovk, R. Wang, Combining p-values via averaging, Biometrika 107 (2020) 791-808, section 4;
    after B. Rüger, Das maximale Signifikanzniveau des Tests "Lehne H₀ ab, wenn k unter n gegebenen
    Tests zur Ablehnung führen", Metrika 25 (1978) 171-178.
    """
    pairs = paired_runs(first, second)
    found = [mcnemar(a.labels, a.predicted, b.predicted) for a, b in pairs]
    ps = [p for *_, p in found]
    return Paired(
        len(pairs),
        fmean(b for b, *_ in found),
        fmean(c for _, c, _ in found),
        ps[0] if len(ps) == 1 else min(1.0, 2 * median(ps)),
    )


def paired_runs(first: Mapping[int, Run], second: Mapping[int, Run]) -> list[tuple[Run, Run]]:
    """Return the pairs of runs that share a random seed; without any, the runs in their order.

    >>> paired_runs({1: "a1", 2: "a2"}, {2: "b2"}), paired_runs({1: "a1"}, {2: "b2", 3: "b3"})
    ([('a2', 'b2')], [('a1', 'b2')])
    """
    common = [seed for seed in first if seed in second]
    return [(first[seed], second[seed]) for seed in common] or list(
        zip(first.values(), second.values(), strict=False)
    )
