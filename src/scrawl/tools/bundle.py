"""Bundle a run: one zip file from which anyone can train it again, and check that it is the same.

It holds the settings of every stage, the digests of code, sources and results, the versions, the
lock, and RO-Crate metadata, by which archives understand it. `scrawl verify FILE.zip` rebuilds it.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Any

import h5py

from scrawl.artifacts import store
from scrawl.artifacts.files import read_text, written_whole
from scrawl.pipeline.provenance import code_of
from scrawl.pipeline.workflow_files import WORKFLOW
from scrawl.results.runs import RunFolder, read_environment, read_metrics
from scrawl.settings.configuration import PARTS, Configuration
from scrawl.settings.configuration_files import configuration_files
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.json_text import json_object, readable_json
from scrawl.tools.crate import CRATE, crate
from scrawl.tools.digests import values_sha256

CONTENT, METRICS, LOCK = "bundle.json", "metrics.json", "requirements.lock"
ABOUT = {
    CONTENT: "settings, digests of code, sources and results, and versions",
    METRICS: "the scores on the test images",
    LOCK: "the Python packages, pinned",
}
STAGES = ("download", "decode", "prepare", "train", "evaluate")
VERSION = 1
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows: the same run, the same bytes


def main(argv: Sequence[str]) -> None:
    """Write the bundle of one run."""
    parser = argparse.ArgumentParser(prog="scrawl bundle", description=__doc__.split("\n")[0])
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a folder artifacts/DATASET/runs/EXPERIMENT/SEED"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE.zip",
        help="the file to write (default: DATASET-EXPERIMENT-SEED.zip)",
    )
    arguments = parser.parse_args(argv)
    project = Path() if Path("config.yaml").is_file() else WORKFLOW
    files = configuration_files(WORKFLOW, project)
    configuration = Configuration.read(files, project, workflow=WORKFLOW)
    content = described(RunFolder.of(arguments.run), configuration)
    name = "-".join(str(content[key]) for key in ("dataset", "experiment", "seed"))
    output = arguments.output or Path(f"{name}.zip")
    metrics = arguments.run / METRICS
    made = datetime.fromtimestamp(metrics.stat().st_mtime, UTC).date().isoformat()
    texts = {CONTENT: readable_json(content), METRICS: read_text(metrics)}
    if (WORKFLOW / LOCK).is_file():
        texts[LOCK] = read_text(WORKFLOW / LOCK)
    metadata = crate(name, made, texts, ABOUT, results={METRICS})
    write(output, texts | {CRATE: readable_json(metadata)})
    print(f"{output}: rebuild and check it with `scrawl verify {quote(str(output))}`")


def described(run: RunFolder, configuration: Configuration) -> dict[str, Any]:
    """Return the content of `bundle.json`: how a run was made, and what came of it.

    Raises
    ------
    ValueError
        If a file of the run is missing; if it is an ensemble, has code of its own, or is of a
        dataset that is not four files from a source.
    """
    dataset = run.path.resolve().parents[2]
    metrics = read_metrics(run.path / METRICS)
    check_supported(run, dataset.name, configuration, metrics["settings"])
    training = _settings(run.path / "model.h5")
    prepared = f"prepared/{training['normalisation']}.h5"
    of_evaluation = {field.name for field in fields(Evaluation)}
    results = {"decoded.h5": dataset / "decoded.h5", prepared: dataset / prepared}
    results |= {name: run.path / name for name in ("model.h5", "predictions.h5")}
    with h5py.File(dataset / "decoded.h5") as file:
        sources = store.made_from(file)
    return {
        "format": "scrawl bundle",
        "format_version": VERSION,
        "dataset": dataset.name,
        "experiment": run.experiment,
        "seed": run.seed,
        "settings": {
            "download": {
                part: json_object(configuration.published(dataset.name, part), "datasets")
                | {"sources": list(configuration.dataset(dataset.name).sources or ())}
                for part in PARTS
            },
            "prepare": _settings(dataset / prepared),
            "train": training,
            "evaluate": {k: v for k, v in metrics["settings"].items() if k in of_evaluation},
        },
        "code": {stage: code_of(f"stages.{stage}") for stage in STAGES},
        "versions": read_environment(run.path / "environment.json"),
        "sources": dict(sources),
        "expected": {name: values_sha256(path) for name, path in results.items()},
    }


def check_supported(
    run: RunFolder, dataset: str, configuration: Configuration, settings: Mapping[str, Any]
) -> None:
    """Raise ValueError if a bundle cannot hold a run, by its settings in `metrics.json`."""
    if "of" in settings:
        raise ValueError(f"{run.path}: is an ensemble; bundle each of its members")
    if dataset in configuration.deformed or configuration.archive(dataset):
        raise ValueError(
            f"{run.path}: {dataset} is deformed or comes in an archive; a bundle is of a "
            "dataset of four files"
        )
    given = configuration.dataset(dataset)
    if given.groups or given.rows or given.compared_with:
        raise ValueError(
            f"{run.path}: {dataset} has files of groups, or only some rows of its files; a "
            "bundle is of a dataset of four whole files"
        )
    if settings.get("code"):
        raise ValueError(f"{run.path}: computes with code of its own, which a bundle does not hold")


def _settings(path: Path) -> dict[str, Any]:
    with h5py.File(path) as file:
        return dict(store.settings_of(file))


def write(path: Path, files: Mapping[str, str]) -> None:
    """Write texts as a zip file whose bytes depend on them alone."""
    with written_whole(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, EPOCH)
            archive.writestr(member, files[name].encode(), zipfile.ZIP_DEFLATED)
