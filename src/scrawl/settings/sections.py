"""The sections of a configuration: suites, datasets, experiments, ensembles, sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args

from scrawl.settings.arithmetic import Arithmetic
from scrawl.settings.constraints import ChosenBy, Form, Items, Listed, Name, Range, Seeds
from scrawl.settings.dataset_files import Dataset
from scrawl.settings.ensemble import Members
from scrawl.settings.experiment import CHECKPOINT_SECONDS
from scrawl.settings.parsing import Settings
from scrawl.settings.recipe import Recipe
from scrawl.settings.sweeps import Variation

AName = Annotated[str, Name()]
Names = Annotated[tuple[AName, ...], Listed(), Items()]
SeedList = Annotated[tuple[Annotated[int, Range(low=0)], ...], Seeds(), Items(distinct=True)]


@dataclass(frozen=True, kw_only=True)
class Suite(Settings):
    """A named set of runs: each experiment on each dataset with each seed."""

    datasets: Names
    """Names from `datasets`."""
    experiments: Names
    """Names from `experiments` and `ensembles`, in the order in which tables and figures list
    them."""
    seeds: SeedList
    """Random seeds. Each decides the initial weights and the order of the images; several show how
    much of a difference is luck."""
    target: Annotated[str, Form("[a-z_]+")] = "reported"
    """The rule whose files are made from the runs: `reported`, figures and a page; or that of a
    study, such as `originals`, `questioned`, `recorded` or `searched`."""


@dataclass(frozen=True, kw_only=True)
class Sections(Settings):
    """The top level of a configuration."""

    suite: AName
    """The suite that `snakemake --cores N` builds; `--config suite=NAME` picks another."""
    dataset: Names | None = None
    """Takes the place of the suite's datasets, usually as `--config dataset=mnist`. One name,
    several separated by commas, or a list."""
    experiment: Names | None = None
    """Takes the place of the suite's experiments, as `--config experiment=linear,dense-128`."""
    seed: SeedList | None = None
    """Takes the place of the suite's random seeds, as `--config seed=1,2,3`."""
    evaluated_on: Names | None = None
    """Datasets on whose test images the rule `transferred` evaluates each run, too: of the same
    shape and classes, shown as a run's own are. `rows` of a dataset's files select some images."""
    sweep: AName | None = None
    """The sweep that is built instead of a suite, as `--config sweep=NAME`. `dataset` and `seed`
    narrow it."""
    artifacts: Annotated[str, Form("[^{}<>]+")] = "artifacts"
    """The folder that everything is written to. A workflow that imports this one may give it a
    `prefix` instead."""
    checkpoint_seconds: Annotated[float, Range(low=0)] = CHECKPOINT_SECONDS
    """Seconds between checkpoints, from which a killed run continues; 0 for never. No result
    depends on it, so nothing is made again when it changes."""
    arithmetic: Arithmetic = "portable"
    """The arithmetic of every experiment and dataset that names none, `portable` or `native`. It is
    part of what decides a result: with another, everything is made again."""
    suites: Annotated[dict[AName, Suite], ChosenBy("suite")]
    """Suites by name."""
    datasets: Annotated[dict[AName, Dataset], ChosenBy("dataset")]
    """Datasets by name."""
    experiments: Annotated[dict[AName, Recipe], ChosenBy("experiment")]
    """Experiments by name."""
    ensembles: dict[AName, Members] = field(default_factory=dict)
    """Ensembles by name. Their names may stand wherever those of experiments do, in suites and
    after `experiment=`, and their runs lie beside other runs."""
    sweeps: dict[AName, Variation] = field(default_factory=dict)
    """Sweeps by name."""

    def deformed(self) -> dict[str, str]:
        """Return the datasets that are made of another's images, and that one's name."""
        return {
            name: dataset.deformed.from_
            for name, dataset in self.datasets.items()
            if dataset.deformed
        }


def with_arithmetic(given: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration whose arithmetic is written into each experiment and dataset.

    >>> with_arithmetic({"arithmetic": "native", "experiments": {"linear": {}}})["experiments"]
    {'linear': {'arithmetic': 'native'}}
    """
    if given.get("arithmetic") not in get_args(Arithmetic):
        return given  # none, or a mistake, which is told when it is read
    shared = {"arithmetic": given["arithmetic"]}
    sections = {}
    for key in ("experiments", "datasets"):
        if isinstance(section := given.get(key), Mapping):
            sections[key] = {name: _written(shared, entry) for name, entry in section.items()}
    return given | sections


def _written(shared: Mapping[str, Any], entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    inner = {key: _written(shared, value) for key, value in entry.items() if key == "deformed"}
    return {**shared, **entry, **inner}
