"""Files of datasets and runs, as the rules of the workflow name them, below `<artifacts>`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NoReturn

from scrawl.settings.configuration import PARTS, Configuration


def prepared_as(configuration: Configuration, experiment: str, dataset: str = "{dataset}") -> str:
    """Return the prepared form of a dataset that an experiment, or first member, asks for."""
    first, _ = configuration.networks([(experiment, 1)])[0]
    return f"<artifacts>/{dataset}/prepared/{configuration.run(first, 0).normalisation}.h5"


def members_of(configuration: Configuration, dataset: str, ensemble: str, seed: int) -> list[str]:
    """Return the folders of the runs whose answers an ensemble averages."""
    members = configuration.networks([(ensemble, seed)])
    return [f"<artifacts>/{dataset}/runs/{experiment}/{seed}" for experiment, seed in members]


def runs_of(configuration: Configuration, suite: str, file: str) -> list[str]:
    """Return a file of every run of a suite, on each of its datasets."""
    chosen = configuration.suites[suite]
    return [
        f"<artifacts>/{dataset}/runs/{experiment}/{seed}/{file}"
        for dataset in chosen.datasets
        for experiment in chosen.experiments
        for seed in chosen.seeds
    ]


def no_transfers(datasets: Collection[str]) -> NoReturn:
    """Refuse the target `transferred`, of which nothing would come.

    Raises
    ------
    ValueError
    """
    raise ValueError(
        "transferred: found no other dataset to score the runs of "
        f"{', '.join(datasets)} on; name one, such as `--config evaluated_on=mnist`"
    )


def raw_files(configuration: Configuration, dataset: str) -> dict[str, str]:
    """Return the raw files of a dataset by name; their suffix tells how they are compressed."""
    return {
        part.replace("-", "_"): f"<artifacts>/{dataset}/raw/{part}.idx"
        + configuration.compression(dataset, part)
        for part in PARTS + configuration.dataset(dataset).groups
    }


def groups_compared(
    configuration: Configuration, dataset: str, normalisation: str
) -> dict[str, str]:
    """Return the prepared dataset whose groups decide which test images of another are taken."""
    other = configuration.dataset(dataset).compared_with
    return {"groups_of": f"<artifacts>/{other}/prepared/{normalisation}.h5"} if other else {}


def folders(files: Iterable[str]) -> list[str]:
    """Return the folders of some files, each once, in the files' order.

    >>> folders(["runs/linear/1/model.h5", "runs/linear/1/history.csv", "runs/linear/2/model.h5"])
    ['runs/linear/1', 'runs/linear/2']
    """
    return list(dict.fromkeys(str(Path(file).parent) for file in files))
