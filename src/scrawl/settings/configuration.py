"""A checked configuration: settings by name, and the selection of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import Any, Self, TypeVar

from scrawl.settings.configuration_files import COMMAND_LINE, Sources, shown
from scrawl.settings.dataset import Deformation, Preparation
from scrawl.settings.dataset_files import DataFile, Dataset, located
from scrawl.settings.ensemble import Ensemble
from scrawl.settings.errors import Mistake, SettingsError, refuse, suggestion
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Experiment, Run
from scrawl.settings.json_text import canonical_json
from scrawl.settings.own_code import CodeFile
from scrawl.settings.references import contradictions
from scrawl.settings.sections import Sections, Suite, with_arithmetic
from scrawl.settings.selection import Selection, report_name
from scrawl.settings.sweeps import Sweep

PARTS = ("train-images", "train-labels", "test-images", "test-labels")

Entry = TypeVar("Entry")


class Configuration:
    """A checked configuration, with its settings by name.

    Parameters
    ----------
    sources : Sources
        Files and command line.
    folder : Path
        The folder that relative sources of datasets are relative to.
    workflow : Path, optional
        Another one, for what is not there: the workflow that a project takes its rules from.

    Raises
    ------
    ValueError
        Naming every mistake at once, each with its file and line, its path in the file, what was
        found, what is allowed and the nearest spelling.
    """

    def __init__(self, sources: Sources, folder: Path, workflow: Path | None = None) -> None:
        self._sources, self.folder, self.workflow = sources, folder, workflow
        with sources.heading():
            self._sections = Sections.read(with_arithmetic(sources.merged()))
            refuse(m for m in contradictions(self._sections) if not self._of_no_concern(m))
            self._code: dict[str, CodeFile] = {}
            self._take_code()
            self._sweeps = {name: self._sweep(name) for name in self._sections.sweeps}
        self._points: dict[str, dict[str, Experiment]] = {}  # a sweep's are drawn when asked for

    def _of_no_concern(self, mistake: Mistake) -> bool:
        """Tell whether a study nobody asked for misses experiments of the workflow's config.yaml.

        A project's own has other experiments.
        """
        match mistake.path:
            case ("suites", str(suite), "experiments") if suite != self._sections.suite:
                return self._sources.in_study(*mistake.path)
        return False

    @classmethod
    def read(
        cls,
        files: Iterable[Path],
        folder: Path,
        command_line: Mapping[str, Any] | None = None,
        origin: str = COMMAND_LINE,
        workflow: Path | None = None,
    ) -> Self:
        """Read files and what stands after `--config`, or in a workflow that imports this one.

        Raises as the class does.
        """
        return cls(Sources.read(files, command_line or {}, origin), folder, workflow)

    def selection(self) -> Selection:
        """Return the datasets, experiments and seeds that the suite, or the sweep, asks for."""
        asked = self._sections
        if asked.sweep is not None:
            sweep, datasets = self.sweep(asked.sweep), asked.sweeps[asked.sweep].datasets
            return Selection(
                asked.dataset or datasets,
                tuple(self.points(asked.sweep)),
                sweep.seeds,
                report_name("sweep", [asked.sweep]),
                f"sweep={asked.sweep}",
                "swept",
                asked.sweep,
            )
        suite = self.suites[asked.suite]
        experiments, seeds = asked.experiment or suite.experiments, asked.seed or suite.seeds
        own = experiments if experiments != suite.experiments else ()
        own_seeds = seeds if seeds != suite.seeds else ()
        words = [f"experiment={','.join(own)}"] * bool(own)
        words += [f"seed={','.join(map(str, own_seeds))}"] * bool(own_seeds)
        return Selection(
            asked.dataset or suite.datasets,
            experiments,
            seeds,
            report_name(asked.suite, own, own_seeds),
            " ".join([f"suite={asked.suite}", *words]),
            suite.target,
        )

    @property
    def suites(self) -> Mapping[str, Suite]:
        """The suites by name."""
        return self._sections.suites

    @property
    def evaluated_on(self) -> tuple[str, ...]:
        """The datasets on which runs are evaluated beside their own."""
        return self._sections.evaluated_on or ()

    @property
    def artifacts(self) -> str:
        """The folder that everything is written to."""
        return self._sections.artifacts

    @property
    def checkpoint_seconds(self) -> float:
        """Seconds between checkpoints of a run; no result depends on them."""
        return self._sections.checkpoint_seconds

    def dataset(self, name: str) -> Dataset:
        """Return the description of a dataset; a ValueError says which there are."""
        return _named("datasets", self._sections.datasets, name)

    def experiment(self, name: str) -> Experiment:
        """Return an experiment, also one that is a point of a sweep.

        A ValueError says which experiments there are.
        """
        if self.is_point(name):
            return self.points(name.rpartition("-")[0])[name]
        return _named("experiments", self._sections.experiments, name).experiment()

    def is_point(self, experiment: str) -> bool:
        """Tell whether an experiment is a point of a sweep."""
        sweep = experiment.rpartition("-")[0]
        return sweep in self._sweeps and experiment in self.points(sweep)

    def sweep(self, name: str) -> Sweep:
        """Return a sweep; a ValueError says which there are."""
        return _named("sweeps", self._sweeps, name)

    def points(self, sweep: str) -> dict[str, Experiment]:
        """Return the experiments of a sweep by their names."""
        if sweep not in self._points:
            with self._sources.heading("sweeps", sweep):
                self._points[sweep] = self.sweep(sweep).experiments()
                for point in self._points[sweep].values():
                    self._check_names(point)
        return self._points[sweep]

    def run(self, experiment: str, seed: int | str) -> Run:
        """Return the settings of one run; a ValueError says which experiments there are."""
        return Run(**self.experiment(experiment).as_dict(), seed=int(seed))

    def code(self, experiment: str) -> str:
        """Return the option that names the code of an experiment, for a shell; or nothing."""
        one = self.experiment(experiment)
        return f"--code {quote(shown(self._code[one.code].path))}" if one.own and one.code else ""

    def evaluation(self, experiment: str) -> Evaluation:
        """Return how the networks of an experiment are evaluated."""
        if self.is_point(experiment):
            experiment = self._sections.sweeps[experiment.rpartition("-")[0]].base
        return _named("experiments", self._sections.experiments, experiment).evaluation()

    @property
    def ensembles(self) -> tuple[str, ...]:
        """The names of the ensembles."""
        return tuple(self._sections.ensembles)

    def ensemble(self, name: str, seed: int | str) -> Ensemble:
        """Return an ensemble with the number that takes the place of a random seed."""
        members = _named("ensembles", self._sections.ensembles, name)
        if int(seed) < 1:
            raise ValueError(f"ensembles.{name}: seed: found {seed}, expected at least 1")
        return Ensemble(of=members.of, size=members.size, seed=int(seed))

    def obstacles(self) -> list[str]:
        """Return why results may differ elsewhere: native arithmetic, sources without a sum."""
        experiments, datasets = self._sections.experiments, self._sections.datasets
        arithmetic = {
            f"experiments.{name}": experiment.arithmetic for name, experiment in experiments.items()
        }
        arithmetic |= {f"datasets.{name}": dataset.arithmetic for name, dataset in datasets.items()}
        native = [
            f"{place}: arithmetic: native holds for one type of processor only"
            for place, value in arithmetic.items()
            if value == "native"
        ]
        unchecked = [
            f"datasets.{name}: {place}: unchecked: true; give it a sha256"
            for name, dataset in datasets.items()
            for place, file in dataset.published.items()
            if file.unchecked
        ]
        return native + unchecked

    def refuse_target(self) -> None:
        """Raise ValueError for a suite whose target is no rule, with its file and line."""
        path = ("suites", self._sections.suite, "target")
        mistake = Mistake(f"there is no rule {self.selection().target!r}", path)
        raise ValueError(f"{self._sources.place(mistake)}: {mistake}")

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
        return self.dataset(dataset).preparation(normalisation)

    def published(self, dataset: str, part: str, archives: str = "artifacts/archives") -> str:
        """Return, as JSON for `scrawl download`, where one of a dataset's files comes from.

        `archives` is the folder of downloaded zip files.
        """
        given = self.dataset(dataset)
        published = self._file(dataset, part)
        file, own = published.recognised(), published.sources
        if given.archive and not own:
            member = {
                "name": given.archive.name,
                "member": file.pop("name"),
                "sources": [archives],
            }
            return canonical_json(file | member)
        return canonical_json({**file, "sources": self._located(own or given.sources)})

    @property
    def deformed(self) -> dict[str, str]:
        """The datasets that are made of another's images, and that one's name."""
        return self._sections.deformed()

    def deformation(self, dataset: str) -> Deformation:
        """Return how the images of a dataset are made of another's."""
        given = self.dataset(dataset).deformed
        if given is None:
            raise ValueError(f"datasets.{dataset}: is not made of another dataset's images")
        return given.deformation()

    def archive(self, dataset: str) -> str | None:
        """Return the name of the zip file that a dataset comes in, or None."""
        archive = self.dataset(dataset).archive
        return archive.name if archive else None

    def published_archive(self, name: str) -> str:
        """Return, as JSON for `scrawl download`, where an archive comes from."""
        for given in self._sections.datasets.values():
            if given.archive and given.archive.name == name:
                archive = {**given.archive.given(), "format": "zip"}
                return canonical_json({**archive, "sources": self._located(given.sources)})
        raise ValueError(f"datasets: none comes in the archive {name!r}")

    def compression(self, dataset: str, part: str) -> str:
        """Return the ending that a raw file's name has after its format's: .gz, .xz or none."""
        if dataset in self.deformed:
            return ""
        suffix = Path(self._file(dataset, part).name).suffix
        return suffix if suffix in {".gz", ".xz"} else ""

    def _take_code(self) -> None:
        """Read the code that experiments name; in its place they get its name with its digest."""
        experiments = self._sections.experiments
        for name, recipe in experiments.items():
            if recipe.code is None:
                continue
            try:
                file = CodeFile.read(self._sources.beside(recipe.code, "experiments", name, "code"))
                file.check(recipe.own)
            except ValueError as error:
                key = str(error).partition(":")[0]
                mistake = Mistake(str(error), ("experiments", name), key)
                raise SettingsError([mistake]) from error
            experiments[name] = replace(recipe, code=file.label)
            self._code[file.label] = file

    def _check_names(self, point: Experiment) -> None:
        """Refuse a point of a sweep that names what its code does not define."""
        try:
            if point.own and point.code in self._code:
                self._code[point.code].check(point.own)
        except ValueError as error:
            raise SettingsError.one(str(error)) from error

    def _file(self, dataset: str, part: str) -> DataFile:
        file: DataFile | None = getattr(self.dataset(dataset).files, part.replace("-", "_"))
        if file is None:
            raise ValueError(f"datasets.{dataset}: has no file {part.replace('-', '_')}")
        return file

    def _located(self, sources: Sequence[str] | None) -> list[str]:
        folders = [self.folder, *([self.workflow] if self.workflow else [])]
        return located(sources or (), folders)

    def _sweep(self, name: str) -> Sweep:
        given = self._sections.sweeps[name]
        own = given.as_dict() | {"name": name}
        own["base"] = self._sections.experiments[given.base].experiment().as_dict()
        del own["datasets"]
        if name == self._sections.sweep and self._sections.seed:
            own["seeds"] = self._sections.seed
        return Sweep.read(own)


def _named(section: str, known: Mapping[str, Entry], name: str) -> Entry:
    if name not in known:
        raise ValueError(f"{section}: there is no {name!r}{suggestion(name, known)}")
    return known[name]
