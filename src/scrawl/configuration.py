"""config.yaml: read with the line of every mistake, checked against its schema, looked up."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from scrawl.files import canonical_json
from scrawl.settings import (
    CHECKPOINT_SECONDS,
    Ensemble,
    Evaluation,
    Experiment,
    Preparation,
    Run,
    suggestion,
)

PARTS = ("train-images", "train-labels", "test-images", "test-labels")
SUMS = ("sha256", "sha256_raw", "md5")
WEB = ("http://", "https://")


class _Loader(yaml.SafeLoader):
    """YAML without surprises: a key that is given twice is a mistake, not a victory of the last."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.value in seen and key.value != "<<":
            raise yaml.MarkedYAMLError(
                problem=f"the key {key.value!r} was given before, in line {seen[key.value]}",
                problem_mark=key.start_mark,
            )
        seen[key.value] = line
    loader.flatten_mapping(node)
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises
    ------
    ValueError
        With file, line and column, if it is no YAML or gives a key twice.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ValueError(f"{where}: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


@dataclass(frozen=True)
class Selection:
    """What is asked for: the suite, narrowed by `dataset`, `experiment` and `seed`.

    `target` names the rule whose inputs are made.
    """

    datasets: tuple[str, ...]
    experiments: tuple[str, ...]
    seeds: tuple[int, ...]
    target: str = "reported"

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

    Raises
    ------
    ValueError
        Naming every mistake at once, each with its path in the file, what was found, what is
        allowed and the nearest spelling.
    """

    def __init__(self, config: Mapping[str, Any], schema: Mapping[str, Any], folder: Path) -> None:
        self.config = config
        self.folder = folder
        validator = Draft202012Validator(schema)
        _refuse(_in_words(error) for error in _leaves(validator.iter_errors(config)))
        _refuse(self._unknown_names())
        _refuse(self._unchecked_downloads())
        _refuse(self._faulty_experiments())
        _refuse(self._faulty_ensembles())

    def selection(self) -> Selection:
        """Return the datasets, experiments and seeds that the configured suite asks for."""
        suite = self.config["suites"][self.config["suite"]]
        return Selection(
            tuple(_listed(self.config.get("dataset", suite["datasets"]))),
            tuple(_listed(self.config.get("experiment", suite["experiments"]))),
            tuple(int(seed) for seed in _listed(self.config.get("seed", suite["seeds"]))),
            suite.get("target", "reported"),
        )

    def checkpoint_seconds(self) -> float:
        """Return how long a run goes on from one checkpoint to the next; nothing depends on it."""
        return float(self.config.get("checkpoint_seconds", CHECKPOINT_SECONDS))

    def dataset(self, name: str) -> Mapping[str, Any]:
        """Return the description of a dataset; a ValueError says which there are."""
        return self._named("datasets", name)

    def run(self, experiment: str, seed: int | str) -> Run:
        """Return the settings of one run; a ValueError says which experiments there are."""
        given, _ = _trained_and_evaluated(self._named("experiments", experiment))
        return Run.parse({**given, "seed": int(seed)}, f"experiments.{experiment}")

    def evaluation(self, experiment: str) -> Evaluation:
        """Return how the networks of an experiment are evaluated."""
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
        """Return the ending that a published file's name has after its format's: .gz, .xz or ''."""
        suffix = Path(self.dataset(dataset)["files"][part.replace("-", "_")]["name"]).suffix
        return suffix if suffix in {".gz", ".xz"} else ""

    def _sources(self, dataset: Mapping[str, Any]) -> list[str]:
        return [_located(source, self.folder) for source in dataset["sources"]]

    def _named(self, section: str, name: str) -> Mapping[str, Any]:
        known = self.config[section]
        if name not in known:
            raise ValueError(
                f"config.yaml: {section}: there is no {name!r}{suggestion(name, known)}"
            )
        return dict(known[name])

    def _unknown_names(self) -> Iterator[str]:
        config = self.config
        uses = [("suite", config["suite"], "suites")]
        for key, section in {"dataset": "datasets", "experiment": "experiments"}.items():
            uses += [(key, name, section) for name in _listed(config.get(key, []))]
        for suite, given in config["suites"].items():
            for section in ("datasets", "experiments"):
                where = f"suites.{suite}.{section}"
                uses += [(where, name, section) for name in given[section]]
        uses += [
            (f"ensembles.{ensemble}.of", name, "experiments")
            for ensemble, given in self.ensembles.items()
            for name in given["of"]
        ]
        for where, name, section in uses:
            known = list(config[section])
            if section == "experiments" and not where.startswith("ensembles."):
                known += self.ensembles  # stand wherever an experiment does
            if name not in known:
                yield f"{where}: there is no {name!r}{suggestion(str(name), known)}"
        for seed in _listed(config.get("seed", [])):
            if not str(seed).isdecimal():
                yield f"seed: found {seed!r}, expected whole numbers such as 1,2,3"

    def _unchecked_downloads(self) -> Iterator[str]:
        """Name the files that may come from the web and that nothing tells from another."""
        for name, given in self.config["datasets"].items():
            if not any(source.startswith(WEB) for source in given["sources"]):
                continue
            where = f"datasets.{name}."
            files = {f"{where}files.{part}": file for part, file in given["files"].items()}
            if "archive" in given:
                files = {f"{where}archive": given["archive"]}
            for place, file in files.items():
                if not any(file.get(key) for key in (*SUMS, "unchecked")):
                    yield (
                        f"{place}: found no sum for a file from the web, expected sha256, "
                        "sha256_raw or md5 (or unchecked: true, to take what comes)"
                    )

    def _faulty_experiments(self) -> Iterator[str]:
        for name, given in self.config["experiments"].items():
            try:
                Experiment.parse(_trained_and_evaluated(given)[0], f"experiments.{name}")
            except ValueError as error:
                yield str(error)

    def _faulty_ensembles(self) -> Iterator[str]:
        for name in self.ensembles:
            if name in self.config["experiments"]:
                yield f"ensembles.{name}: an experiment has this name too; choose another"


def _trained_and_evaluated(
    experiment: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what training depends on, and what only evaluation does."""
    later = Evaluation.__dataclass_fields__
    return (
        {key: value for key, value in experiment.items() if key not in later},
        {key: value for key, value in experiment.items() if key in later},
    )


def _refuse(problems: Iterable[str]) -> None:
    if found := list(problems):
        raise ValueError("config.yaml:\n" + "\n".join(f"  {problem}" for problem in found))


def _listed(value: Any) -> list[Any]:
    """Return a selection as a list, however it was written: `a`, `a,b` or `[a, b]`."""
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]


def _located(source: str, folder: Path) -> str:
    """Return a source so that it holds from the working directory."""
    local = source.removeprefix("file:")
    if "://" in source or local.startswith(("~", "/")):
        return source
    return os.path.relpath(folder / local)


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        if error.context:
            yield from _leaves(error.context)
        else:
            yield error


def _in_words(error: ValidationError) -> str:
    """Say what the schema has against a value, for the person who wrote it."""
    where = ".".join(str(step) for step in error.absolute_path) or "(top level)"
    found: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        return "\n  ".join(_unknown_keys(where, error))
    if error.validator == "required":
        missing = next(key for key in rule if key not in found)
        return f"{where}: the key {missing!r} is missing"
    if error.validator == "enum":
        return f"{where}: found {found!r}{suggestion(str(found), rule)}"
    if error.validator == "type":
        hint = _selection_hint(where, found) or _number_hint(found)
        return f"{where}: found {found!r}, expected {_types_in_words(rule)}{hint}"
    if error.validator == "pattern":
        return f"{where}: found {found!r}, expected text of the form {rule}"
    if error.validator in {"minimum", "exclusiveMinimum"}:
        bound = "at least" if error.validator == "minimum" else "more than"
        return f"{where}: found {found!r}, expected {bound} {rule}"
    if error.validator in {"maximum", "maxLength"}:
        return f"{where}: found {found!r}, expected at most {rule}"
    return f"{where}: {error.message}"


def _unknown_keys(where: str, error: ValidationError) -> Iterator[str]:
    schema: Any = error.schema
    found: Any = error.instance
    allowed = schema.get("properties", {})
    for key in found:
        if key not in allowed:
            yield f"{where}: unknown key {key!r}{suggestion(str(key), allowed)}"


def _types_in_words(types: str | list[str]) -> str:
    words = {
        "integer": "a whole number",
        "number": "a number",
        "string": "text",
        "boolean": "true or false",
        "array": "a list",
        "object": "keys with values",
        "null": "nothing",
    }
    return " or ".join(words[one] for one in ([types] if isinstance(types, str) else types))


def _selection_hint(where: str, found: Any) -> str:
    """`--config experiments=linear` would replace all definitions by a name."""
    if where in {"datasets", "experiments", "suites"} and isinstance(found, str):
        return f" (to choose among them: {where.removesuffix('s')}={found})"
    return ""


def _number_hint(found: Any) -> str:
    """YAML takes 1e-3 for text: it asks for a point in the number."""
    try:
        number = float(found) if isinstance(found, str) else math.nan
    except ValueError:
        return ""
    return f" (YAML reads this as text: write {number!r})" if math.isfinite(number) else ""
