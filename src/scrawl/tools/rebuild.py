"""Rebuild a bundled run and compare it, stage by stage, with what the bundle expects."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py

from scrawl.artifacts import store
from scrawl.pipeline.provenance import PACKAGE, code_of
from scrawl.pipeline.workflow_files import WORKFLOW
from scrawl.settings.dataset_files import located
from scrawl.settings.json_text import canonical_json, json_object
from scrawl.tools.bundle import CONTENT, STAGES, VERSION
from scrawl.tools.digests import DECIDING, values_sha256
from scrawl.training.environment import environment

LARGEST = 10_000_000  # bytes of bundle.json; it has some thousand
KEYS = {"settings": dict, "code": dict, "versions": dict, "sources": dict, "expected": dict}


def rebuilt(path: Path) -> Iterator[str]:
    """Rebuild a bundled run in a temporary folder; yield a line for each artifact that is the same.

    Parameters
    ----------
    path : Path
        A bundle. Only its settings and digests are used; no command is taken from it.

    Raises
    ------
    ValueError
        If the file is no bundle; if an artifact differs: it names the first one and the likely
        reason; if a stage fails, with what it said.
    """
    content = read(path)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for stage, words in commands(content["settings"], folder):
            run(stage, words)
            if stage == "decode":
                check_sources(path, content, folder)
            for artifact in made_by(stage, content["expected"]):
                found = values_sha256(folder / artifact)
                if found != content["expected"][artifact]:
                    raise ValueError(
                        f"{path}: {artifact}: its values differ: SHA-256 {found}, expected "
                        f"{content['expected'][artifact]}; {likely_reason(content)}"
                    )
                yield f"{found[:16]} {artifact}"
    yield f"{path}: the same, {len(content['expected'])} artifacts"


def read(path: Path) -> dict[str, Any]:
    """Return the checked content of a bundle."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(CONTENT).file_size > LARGEST:
                raise ValueError(f"{path}: {CONTENT} is larger than {LARGEST} bytes")
            text = archive.read(CONTENT).decode()
    except (KeyError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: is no bundle of scrawl ({error})") from error
    content = json_object(text, f"{path}: {CONTENT}")
    if content.get("format") != "scrawl bundle" or content.get("format_version") != VERSION:
        raise ValueError(f"{path}: expected format 'scrawl bundle', version {VERSION}")
    for key, kind in KEYS.items():
        if not isinstance(content.get(key), kind):
            raise ValueError(f"{path}: {CONTENT}: {key}: expected keys with values")
    return content


def commands(settings: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield stage and words of each command that makes a run in a folder, in their order."""

    def given(stage: str, of: Any = None) -> list[str]:
        return ["--settings", canonical_json(of or settings[stage])]

    def file(name: str) -> str:
        return str(folder / name)

    suffixes = {
        part: Path(download["name"]).suffix for part, download in settings["download"].items()
    }
    raw = {p: file(f"{p}.idx{s if s in {'.gz', '.xz'} else ''}") for p, s in suffixes.items()}
    for part, download in settings["download"].items():
        sources = located(download.get("sources", ()), [Path(), WORKFLOW])
        placed = download | {"sources": sources}
        yield "download", [*given("download", placed), "--output", raw[part]]
    parts = [word for part, at in raw.items() for word in (f"--{part}", at)]
    yield "decode", [*parts, "--output", file("decoded.h5")]
    prepared = file(f"prepared/{settings['prepare']['normalisation']}.h5")
    (folder / "prepared").mkdir()
    yield "prepare", [*given("prepare"), "--data", file("decoded.h5"), "--output", prepared]
    shared = ["--data", prepared, "--model", file("model.h5")]
    yield "train", [*given("train"), *shared, "--history", file("history.csv")]
    answers = ["--metrics", file("metrics.json"), "--predictions", file("predictions.h5")]
    yield "evaluate", [*given("evaluate"), *shared, *answers]


def made_by(stage: str, expected: Mapping[str, str]) -> list[str]:
    """Return the expected artifacts of a stage."""
    made = {"decode": "decoded", "prepare": "prepared/", "train": "model", "evaluate": "predict"}
    return [name for name in expected if stage in made and name.startswith(made[stage])]


def run(stage: str, words: Sequence[str]) -> None:
    """Run a stage in a process of its own, which pins its arithmetic by its settings."""
    result = subprocess.run(
        [sys.executable, "-m", "scrawl", stage, *words],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ValueError(f"the stage {stage} failed: {result.stderr.strip()[-2000:]}")


def check_sources(path: Path, content: Mapping[str, Any], folder: Path) -> None:
    """Refuse raw files that are not those of the bundled run."""
    with h5py.File(folder / "decoded.h5") as file:
        found = store.made_from(file)
    for part, digest in content["sources"].items():
        if found.get(part) != digest:
            raise ValueError(
                f"{path}: {part}: its source has SHA-256 {found.get(part)}, expected {digest}; the "
                "dataset is another, or has changed"
            )


def likely_reason(content: Mapping[str, Any]) -> str:
    """Return why a rebuilt run differs, as far as versions and digests of the code tell."""
    here = environment()
    versions = [
        f"{name}: {here[name]}, bundled {content['versions'].get(name, 'unknown')}"
        for name in DECIDING
        if here[name] != content["versions"].get(name)
    ]
    code = {line for stage in STAGES for line in code_of(f"stages.{stage}")}
    bundled = {line for lines in content["code"].values() for line in lines}
    modules = sorted({line.partition("@")[0] for line in bundled ^ code})
    reasons = []
    if versions:
        reasons.append(f"other versions or another processor's arithmetic ({', '.join(versions)})")
    if modules:
        reasons.append(f"other code ({', '.join(modules)})")
    return (
        "it has " + " and ".join(reasons) if reasons else "code, versions and sources are the same"
    )
