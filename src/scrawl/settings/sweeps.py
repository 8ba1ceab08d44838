"""Settings of a sweep: experiments at sampled points of a space of settings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, Literal

from scrawl.settings.constraints import Items, Name, Range, Seeds
from scrawl.settings.errors import SettingsError, suggestion
from scrawl.settings.experiment import Experiment
from scrawl.settings.json_text import canonical_json
from scrawl.settings.parsing import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Sample = Literal["grid", "random", "quasi-random"]

BOUNDS, SCALES = ("low", "high"), ("linear", "log")
# Of a sampled number. More would make longer names and tables, and tell no rate from another.
DIGITS = 4
# Of a point's name, hexadecimal: among 1,000 points two share one in a million sweeps or so.
NAME_DIGITS = 10


@dataclass(frozen=True, kw_only=True)
class Sampling(Settings):
    """The points of a sweep: which settings are varied, and how."""

    sample: Sample
    """The points that are tried: `grid`, every combination of the values; `random` ones; or
    `quasi-random` ones (Halton's sequence), which leave smaller gaps than chance does."""
    settings: dict[str, Any]
    """The settings that are varied, by their names: a list of values (`sample: random` takes each
    equally often), or, except with `sample: grid`, the range of a number: `low`, `high` and
    `scale`, where equal steps (`linear`, the default) or equal factors (`log`) are as likely."""
    points: Annotated[int, Range(low=1)] | None = None
    """The number of points, unless `sample: grid`. The first are the same, however many there
    are."""
    sample_seed: Annotated[int, Range(low=0)] = 0
    """The random seed of the sample."""
    seeds: Annotated[tuple[Annotated[int, Range(low=0)], ...], Seeds(), Items(distinct=True)] = (1,)
    """The random seeds of the runs at each point."""

    def __post_init__(self) -> None:
        if not self.settings:
            raise ValueError("settings: found none, expected at least one")
        if self.sample == "grid" and self.points is not None:
            raise ValueError("points: has no effect with sample: grid; leave it out")
        if self.sample != "grid" and self.points is None:
            raise ValueError(f"the key 'points' is missing: how many, with sample: {self.sample}")
        # In a canonical form, so that equal sweeps are equal text.
        spaces = {name: self._space(name, self.settings[name]) for name in sorted(self.settings)}
        object.__setattr__(self, "settings", spaces)

    def _space(self, name: str, given: Any) -> Any:
        """Return the values, or the range, of one setting, each of them checked."""
        where = f"settings.{name}"
        if isinstance(given, list | tuple):
            if not given:
                raise ValueError(f"{where}: found an empty list, expected values")
            return [_checked(name, value) for value in given]
        if not isinstance(given, dict) or not {"low", "high"} <= given.keys() <= {*BOUNDS, "scale"}:
            raise ValueError(f"{where}: found {given!r}, expected a list, or low, high and scale")
        if self.sample == "grid":
            raise ValueError(f"{where}: found a range, but sample: grid takes lists of values")
        low, high = (_checked(name, given[bound]) for bound in BOUNDS)
        scale = given.get("scale", "linear")
        if scale not in SCALES:
            raise ValueError(f"{where}.scale: found {scale!r}{suggestion(str(scale), SCALES)}")
        if not all(isinstance(end, int | float) for end in (low, high)) or isinstance(low, bool):
            raise ValueError(f"{where}: found a range, but it is no number: list its values")
        if not low < high or (scale == "log" and low <= 0):
            least = "0 < " if scale == "log" else ""
            raise ValueError(f"{where}: found {low} to {high}, expected {least}low < high")
        return {"low": low, "high": high, "scale": scale}


@dataclass(frozen=True, kw_only=True)
class Variation(Sampling):
    """A sweep of the configuration: an experiment with some of its settings varied.

    Each point is an experiment of its own, NAME-xxxxxxxxxx, named by its values: adding or removing
    others leaves it as it is.
    """

    base: Annotated[str, Name()]
    """The experiment whose settings hold where nothing else is said."""
    datasets: Annotated[tuple[Annotated[str, Name()], ...], Items()]
    """Names from `datasets`."""


@dataclass(frozen=True, kw_only=True)
class Sweep(Sampling):
    """A sweep with the settings of its experiment: those of `scrawl sweep`."""

    name: str
    base: dict[str, Any]

    def experiments(self) -> dict[str, Experiment]:
        """Return the experiment at each point, by a name that depends on nothing else.

        Two points with the same values, as whole numbers and lists may have, are one experiment.

        Raises
        ------
        ValueError
            Naming the first point whose settings do not go together.

        Examples
        --------
        >>> sweep = Sweep.read(
        ...     {
        ...         "name": "rates",
        ...         "base": {"hidden": []},
        ...         "sample": "grid",
        ...         "settings": {"learning_rate": [0.1, 1]},
        ...     }
        ... )
        >>> {name: run.learning_rate for name, run in sweep.experiments().items()}
        {'rates-4cd86ac271': 0.1, 'rates-7f7d850d9f': 1.0}
        """
        found: dict[str, Experiment] = {}
        for values in self._points():
            words = ", ".join(f"{name} {value}" for name, value in values.items())
            try:
                experiment = Experiment.read({**self.base, **values})
            except SettingsError as error:
                raise SettingsError.one(f"at {words}: {error}") from error
            if experiment.train_on == "all" or not experiment.epochs:
                raise SettingsError.one(
                    f"at {words}: nothing to choose by: expected epochs and train_on: training"
                )
            found[self._name_of(experiment)] = experiment
        return found

    def values(self, experiment: Experiment) -> dict[str, Any]:
        """Return the settings that are varied, as an experiment has them."""
        return {name: getattr(experiment, name) for name in self.settings}

    def _name_of(self, experiment: Experiment) -> str:
        text = canonical_json(self.values(experiment))
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:NAME_DIGITS]}"

    def _points(self) -> Iterator[dict[str, Any]]:
        if self.points is None:
            for values in product(*self.settings.values()):
                yield dict(zip(self.settings, values, strict=True))
            return
        for place in places(self.sample, self.points, len(self.settings), self.sample_seed):
            by_name = zip(self.settings.items(), place.tolist(), strict=True)
            yield {name: value_at(space, share) for (name, space), share in by_name}


def _checked(name: str, value: Any) -> Any:
    """Return a value of a setting as its type; raise SettingsError inside of `settings`."""
    try:
        return Experiment.value(name, value)
    except SettingsError as error:
        raise SettingsError(mistake.inside("settings") for mistake in error.mistakes) from error


def places(sample: Sample, n: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return points of the unit cube, (n, dimensions), each number at least 0 and less than 1.

    The quasi-random ones are Halton's sequence with its digits permuted by the seed (Owen, A
    randomized Halton algorithm in R, 2017): unlike Sobol's, it is as good for any n.
    """
    # Here, because a second of imports is not to delay every start of Snakemake.
    if sample == "quasi-random":
        from scipy.stats.qmc import Halton

        points: NDArray[np.float64] = Halton(dimensions, rng=seed).random(n)
        return points
    import numpy as np

    return np.random.default_rng(seed).random((n, dimensions))


def value_at(space: Any, share: float) -> Any:
    """Return the value at a place of a setting's list or range.

    Parameters
    ----------
    space : list, or dict with low, high and scale
        As a sweep keeps it: whole numbers give whole numbers, `high` included.
    share : float
        At least 0, less than 1: how far along.

    Examples
    --------
    >>> value_at(["a", "b"], 0.5)
    'b'
    >>> value_at({"low": 0.001, "high": 1.0, "scale": "log"}, 0.5)
    0.03162
    >>> [value_at({"low": 1, "high": 3, "scale": "linear"}, s) for s in (0, 0.34, 0.99)]
    [1, 2, 3]
    """
    if isinstance(space, list):
        return space[int(share * len(space))]
    low, high = space["low"], space["high"]
    whole = isinstance(low, int)
    end = high + whole
    value = low * (end / low) ** share if space["scale"] == "log" else low + share * (end - low)
    if whole:
        return min(int(value), high)
    return min(max(float(f"{value:.{DIGITS}g}"), low), high)
