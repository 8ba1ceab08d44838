"""config.yaml, checked once: what its names stand for, and what is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import Any, TypeVar

from scrawl.settings.dataset import Deformation, Preparation
from scrawl.settings.experiment import CHECKPOINT_SECONDS, Ensemble, Evaluation, Experiment, Run
from scrawl.settings.parsing import Settings, canonical_json, suggestion
from scrawl.settings.references import contradictions, deformed_datasets, listed
from scrawl.settings.schema_errors import mistakes
from scrawl.settings.sources import Sources
from scrawl.settings.sweeps import Sweep

PARTS = ("train-images", "train-labels", "test-images", "test-labels")

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class Selection:
    """What is asked for: a suite or a sweep, narrowed by `dataset`, `experiment` and `seed`.

    `target` names the rule whose inputs are made, `sweep` the sweep, if it is one.
    """

    datasets: tuple[str, ...]
    experiments: tuple[str, ...]
    seeds: tuple[int, ...]
    target: str = "reported"
    sweep: str | None = None

    def runs(self) -> Iterator[tuple[str, int]]:
        """Yield each experiment with each seed."""
        return product(self.experiments, self.seeds)


class Configuration:
    """A checked configuration, and what its names stand for.

    Parameters
    ----------
    config : mapping
        What `config.yaml` and the command line say together.
    schema : mapping
        The JSON schema.
    folder : Path
        The folder that relative sources are relative to.
    sources : Sources, optional
        The files of the configuration: each mistake is then named with its file and line.

    Raises
    ------
    ValueError
        Naming every mistake at once, each with its path in the file, what was found, what is
        allowed and the nearest spelling.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        schema: Mapping[str, Any],
        folder: Path,
        sources: Sources | None = None,
    ) -> None:
        self.config = config
        self.folder = folder
        self.sources = sources
        self._refuse(mistakes(config, schema))
        self._refuse(contradictions(config))
        self._experiments = self._parsed("experiments", _experiment)
        self._sweeps = self._parsed("sweeps", self._sweep)
        self._points: dict[str, dict[str, Experiment]] = {}  # a sweep's are drawn when asked for

    def selection(self) -> Selection:
        """Return the datasets, experiments and seeds that the suite, or the sweep, asks for."""
        if name := self.config.get("sweep"):
            datasets = listed(self.config.get("dataset", self.config["sweeps"][name]["datasets"]))
            seeds = self.sweep(name).seeds
            return Selection(tuple(datasets), tuple(self.points(name)), seeds, "swept", name)
        suite = self.config["suites"][self.config["suite"]]
        return Selection(
            tuple(listed(self.config.get("dataset", suite["datasets"]))),
            tuple(listed(self.config.get("experiment", suite["experiments"]))),
            tuple(int(seed) for seed in listed(self.config.get("seed", suite["seeds"]))),
            suite.get("target", "reported"),
        )

    def checkpoint_seconds(self) -> float:
        """Return how long a run goes on from one checkpoint to the next; nothing depends on it."""
        return float(self.config.get("checkpoint_seconds", CHECKPOINT_SECONDS))

    def dataset(self, name: str) -> Mapping[str, Any]:
        """Return the description of a dataset; a ValueError says which there are."""
        return self._named("datasets", name)

    def experiment(self, name: str) -> Experiment:
        """Return an experiment, also one that is a point of a sweep.

        A ValueError says which experiments there are.
        """
        if self.is_point(name):
            return self.points(name.rpartition("-")[0])[name]
        self._named("experiments", name)
        return self._experiments[name]

    def is_point(self, experiment: str) -> bool:
        """Tell whether an experiment is a point of a sweep."""
        sweep = experiment.rpartition("-")[0]
        return sweep in self._sweeps and experiment in self.points(sweep)

    def sweep(self, name: str) -> Sweep:
        """Return a sweep; a ValueError says which there are."""
        self._named("sweeps", name)
        return self._sweeps[name]

    def points(self, sweep: str) -> dict[str, Experiment]:
        """Return the experiments of a sweep by their names."""
        if sweep not in self._points:
            try:
                self._points[sweep] = self.sweep(sweep).experiments()
            except ValueError as error:
                self._refuse([str(error)])
        return self._points[sweep]

    def run(self, experiment: str, seed: int | str) -> Run:
        """Return the settings of one run; a ValueError says which experiments there are."""
        return Run(**self.experiment(experiment).as_dict(), seed=int(seed))

    def evaluation(self, experiment: str) -> Evaluation:
        """Return how the networks of an experiment are evaluated."""
        if self.is_point(experiment):
            experiment = self.config["sweeps"][experiment.rpartition("-")[0]]["base"]
        _, given = _trained_and_evaluated(self._named("experiments", experiment))
        return Evaluation.parse(given, f"experiments.{experiment}")

    @property
    def ensembles(self) -> Mapping[str, Any]:
        """The ensembles that there are, by name."""
        return dict(self.config.get("ensembles", {}))

    def ensemble(self, name: str, seed: int | str) -> Ensemble:
        """Return an ensemble with the number that takes the place of a random seed."""
        return Ensemble.parse({**self.ensembles[name], "seed": int(seed)}, f"ensembles.{name}")

    def networks(self, runs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Return the runs that are trained for some runs: for an ensemble, those of its members."""
        trained = [
            self.ensemble(name, seed).members() if name in self.ensembles else [(name, seed)]
            for name, seed in runs
        ]
        return list(dict.fromkeys(chain.from_iterable(trained)))

    def runs(self, experiments: Iterable[str]) -> str:
        """Return, as JSON for `scrawl measure`, the settings of some experiments by name."""
        return canonical_json({name: self.run(name, 1).as_dict() for name in experiments})

    def recipes(self, names: Sequence[str]) -> str:
        """Return, as JSON for `scrawl protocol`, all settings of experiments and ensembles.

        Of an ensemble, those of its members as well.
        """
        networks = self.networks((name, 1) for name in names)
        settings = {
            name: self.run(name, 1).as_dict() | self.evaluation(name).as_dict()
            for name, _ in networks
        }
        together = [name for name in names if name in self.ensembles]
        return canonical_json(
            settings | {name: self.ensemble(name, 1).as_dict() for name in together}
        )

    def preparation(self, dataset: str, normalisation: str) -> Preparation:
        """Return how a dataset is prepared for the experiments of one normalisation."""
        given = self.dataset(dataset)
        chosen = {key: given[key] for key in Preparation.__annotations__ if key in given}
        return Preparation.parse({**chosen, "normalisation": normalisation}, f"datasets.{dataset}")

    def published(self, dataset: str, part: str) -> str:
        """Return, as JSON for `scrawl download`, where one of a dataset's files comes from."""
        given = self.dataset(dataset)
        file = dict(given["files"][part.replace("-", "_")])
        if archive := given.get("archive"):
            member = file.pop("name")
            place = Path("artifacts", "archives")
            return canonical_json(
                {**file, "name": archive["name"], "member": member, "sources": [str(place)]}
            )
        return canonical_json({**file, "sources": self._sources(given)})

    @property
    def deformed(self) -> dict[str, str]:
        """The datasets that are made of another's images, and that one's name."""
        return deformed_datasets(self.config)

    def deformation(self, dataset: str) -> Deformation:
        """Return how the images of a dataset are made of another's."""
        given = {**self.dataset(dataset)["deformed"]}
        del given["from"]
        return Deformation.parse(given, f"datasets.{dataset}.deformed")

    def archive(self, dataset: str) -> str | None:
        """Return the name of the zip file that a dataset comes in, or None."""
        archive = self.dataset(dataset).get("archive")
        return archive["name"] if archive else None

    def published_archive(self, name: str) -> str:
        """Return, as JSON for `scrawl download`, where an archive comes from."""
        for given in self.config["datasets"].values():
            if given.get("archive", {}).get("name") == name:
                sources = self._sources(given)
                return canonical_json({**given["archive"], "format": "zip", "sources": sources})
        raise ValueError(f"config.yaml: no dataset comes in the archive {name!r}")

    def compression(self, dataset: str, part: str) -> str:
        """Return the ending that a raw file's name has after its format's: .gz, .xz or ''."""
        if dataset in self.deformed:
            return ""
        suffix = Path(self.dataset(dataset)["files"][part.replace("-", "_")]["name"]).suffix
        return suffix if suffix in {".gz", ".xz"} else ""

    def _sources(self, dataset: Mapping[str, Any]) -> list[str]:
        return [_located(source, self.folder) for source in dataset["sources"]]

    def _parsed(self, section: str, parse: Callable[[str, Any], S]) -> dict[str, S]:
        """Parse everything in a section; refuse all mistakes at once."""
        parsed, problems = {}, []
        for name, given in self.config.get(section, {}).items():
            try:
                parsed[name] = parse(name, given)
            except ValueError as error:
                problems.append(str(error))
        self._refuse(problems)
        return parsed

    def _sweep(self, name: str, given: Mapping[str, Any]) -> Sweep:
        own = {key: value for key, value in given.items() if key != "datasets"}
        if name == self.config.get("sweep") and "seed" in self.config:
            own["seeds"] = [int(seed) for seed in listed(self.config["seed"])]
        base = self._experiments[given["base"]].as_dict()
        return Sweep.parse({**own, "name": name, "base": base}, f"sweeps.{name}")

    def _refuse(self, problems: Iterable[str]) -> None:
        found = [line for problem in problems for line in problem.split("\n  ")]
        if found and self.sources:
            raise ValueError("\n".join(map(self.sources.located, found)))
        if found:
            raise ValueError("config.yaml:\n" + "\n".join(f"  {problem}" for problem in found))

    def _named(self, section: str, name: str) -> Mapping[str, Any]:
        known = self.config.get(section, {})
        if name not in known:
            raise ValueError(
                f"config.yaml: {section}: there is no {name!r}{suggestion(name, known)}"
            )
        return dict(known[name])


def _experiment(name: str, given: Mapping[str, Any]) -> Experiment:
    where, (trained, evaluated) = f"experiments.{name}", _trained_and_evaluated(given)
    experiment = Experiment.parse(trained, where)
    try:
        Evaluation(**evaluated).check(experiment)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    return experiment


def _trained_and_evaluated(
    experiment: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what training depends on, and what only evaluation does."""
    later = Evaluation.__dataclass_fields__
    return (
        {key: value for key, value in experiment.items() if key not in later},
        {key: value for key, value in experiment.items() if key in later},
    )


def _located(source: str, folder: Path) -> str:
    """Return a source so that it holds from the working directory."""
    local = source.removeprefix("file:")
    if "://" in source or local.startswith(("~", "/")):
        return source
    return os.path.relpath(folder / local)
