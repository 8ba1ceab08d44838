"""What no schema sees in a configuration: names of nothing, entries that contradict others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from scrawl.settings.parsing import suggestion

SUMS = ("sha256", "sha256_raw", "md5")
WEB = ("http://", "https://")


def contradictions(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield every mistake in a configuration that its schema allows, with its path in the file."""
    return chain(
        _doubtful_origins(config),
        _unknown_names(config),
        _unchecked_downloads(config),
        _faulty_ensembles(config),
    )


def deformed_datasets(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the datasets that are made of another's images, and that one's name."""
    datasets = config["datasets"].items()
    return {name: given["deformed"]["from"] for name, given in datasets if "deformed" in given}


def listed(value: Any) -> list[Any]:
    """Return a selection as a list, however it was written: `a`, `a,b` or `[a, b]`.

    >>> listed("1, 2"), listed([1, 2]), listed(1)
    (['1', '2'], [1, 2], [1])
    """
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]


def _names(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield where a name is used, the name, and the section that it must come from."""
    yield "suite", config["suite"], "suites"
    if "sweep" in config:
        yield "sweep", config["sweep"], "sweeps"
    for key, section in {"dataset": "datasets", "experiment": "experiments"}.items():
        yield from ((key, name, section) for name in listed(config.get(key, [])))
    for suite, given in config["suites"].items():
        for section in ("datasets", "experiments"):
            yield from ((f"suites.{suite}.{section}", n, section) for n in given[section])
    for ensemble, given in config.get("ensembles", {}).items():
        yield from ((f"ensembles.{ensemble}.of", n, "experiments") for n in given["of"])
    for sweep, given in config.get("sweeps", {}).items():
        yield f"sweeps.{sweep}.base", given["base"], "experiments"
        yield from ((f"sweeps.{sweep}.datasets", n, "datasets") for n in given["datasets"])
    for dataset, original in deformed_datasets(config).items():
        yield f"datasets.{dataset}.deformed.from", original, "datasets"


def _unknown_names(config: Mapping[str, Any]) -> Iterator[str]:
    for where, name, section in _names(config):
        known = list(config.get(section, {}))
        if where.startswith("datasets."):  # an original, not deformed itself
            known = [one for one in known if one not in deformed_datasets(config)]
        if section == "experiments" and not where.startswith(("ensembles.", "sweeps.")):
            known += config.get("ensembles", {})  # stand wherever an experiment does
        if name not in known:
            yield f"{where}: there is no {name!r}{suggestion(str(name), known)}"
    for seed in listed(config.get("seed", [])):
        if not str(seed).isdecimal():
            yield f"seed: found {seed!r}, expected whole numbers such as 1,2,3"
    if "sweep" in config and "experiment" in config:
        yield "experiment: has no effect with sweep, which has its own; leave one out"


def _unchecked_downloads(config: Mapping[str, Any]) -> Iterator[str]:
    """Name the files that may come from the web and that nothing tells from another."""
    for name, given in config["datasets"].items():
        if not any(source.startswith(WEB) for source in given.get("sources", [])):
            continue
        where = f"datasets.{name}."
        files = {f"{where}files.{part}": file for part, file in given.get("files", {}).items()}
        if "archive" in given:
            files = {f"{where}archive": given["archive"]}
        for place, file in files.items():
            if not any(file.get(key) for key in (*SUMS, "unchecked")):
                yield (
                    f"{place}: found no sum for a file from the web, expected sha256, "
                    "sha256_raw or md5 (or unchecked: true, to take what comes)"
                )


def _doubtful_origins(config: Mapping[str, Any]) -> Iterator[str]:
    """Name what says twice where the images of a dataset come from."""
    for name in deformed_datasets(config):
        for key in sorted({"sources", "files", "archive"} & set(config["datasets"][name])):
            yield f"datasets.{name}: deformed takes the place of {key}; leave one of them out"


def _faulty_ensembles(config: Mapping[str, Any]) -> Iterator[str]:
    for name in config.get("ensembles", {}):
        if name in config["experiments"]:
            yield f"ensembles.{name}: an experiment has this name too; choose another"
