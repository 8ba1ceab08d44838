"""Published digests: the values that everyone's training of the default suite should give.

`scrawl digests` writes the table; `scrawl verify --published` compares a user's own runs with it. A
digest is taken over an artifact's datasets only, so it holds wherever the numbers are the same.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from scrawl.artifacts import store
from scrawl.artifacts.files import read_json, write_json, write_text
from scrawl.results.runs import read_environment
from scrawl.training.environment import environment

PUBLISHED = Path(__file__).with_name("published.json")
PATTERNS = ("decoded.h5", "prepared/*.h5", "runs/*/*/model.h5", "runs/*/*/predictions.h5")
# What the bits depend on; `system` and `h5py` are not among it.
DECIDING = ("blas", "vectors", "numpy", "python", "scrawl", "machine")

PAGE = """# Published digests

Train it, and get these bytes: the SHA-256 of the values in every artifact of the default suite, and
of two [records](records.md), with portable arithmetic. Build some of it, and compare:

    snakemake --cores 4
    scrawl verify --published artifacts/glyphs

    snakemake --cores 4 evaluated --config dataset=mnist
    snakemake --cores 4 evaluated --config suite=records seed=1 experiment=record-convnet-quick,record-dense
    scrawl verify --published artifacts/mnist

It says `the same`, or names the first artifact that differs and the likely reason. The digest of an
artifact covers its datasets: names, types, shapes and values. The attribute `sha256`, which `scrawl
verify` and the report show, is another: it covers settings and origins, too. The table holds for {versions}.
Python 3.12 and 3.13 with the lock, whose NumPy is then 2.5.5, gave the same bytes in 68 of the 69
files of a small suite (`tests/whole/portable.py`); the other is the report, which names versions.
`scrawl digests artifacts/glyphs artifacts/mnist --page docs/digests.md` writes this page.

What the bytes still depend on: cosines in schedules and float64 exponentials and logarithms are
those of the C library (glibc 2.36 here; another may round a last bit otherwise); figures are drawn
by matplotlib with its FreeType, and pictures by Pillow, whose versions the lock pins.
"""  # noqa: E501


def main(argv: Sequence[str]) -> None:
    """Write the digests of the artifacts of some datasets, as JSON and as a page."""
    parser = argparse.ArgumentParser(prog="scrawl digests", description=__doc__.split("\n")[0])
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="artifacts/DATASET", help="the folder of a dataset"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=PUBLISHED,
        metavar="FILE.json",
        help="the file to write (default: that of the package)",
    )
    parser.add_argument("--page", type=Path, metavar="FILE.md", help="the page to write them on")
    arguments = parser.parse_args(argv)
    here = environment()
    table = {
        "versions": {name: here[name] for name in DECIDING},
        "datasets": {folder.name: entries(folder) for folder in arguments.folders},
    }
    write_json(arguments.output, table)
    if arguments.page:
        write_text(arguments.page, page(table))


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    """Return digest and settings of each artifact of a dataset, in the order of the chain."""
    found = {}
    for pattern in PATTERNS:
        for path in sorted(folder.glob(pattern)):
            with h5py.File(path) as file:
                settings = store.settings_of(file)
            found[path.relative_to(folder).as_posix()] = {
                "sha256": values_sha256(path),
                "settings": settings,
            }
    return found


def values_sha256(path: Path) -> str:
    """Return the SHA-256 of the datasets of an HDF5 file: names, types, shapes and values."""
    digest = hashlib.sha256()
    with h5py.File(path) as file:
        names: list[str] = []
        file.visit(names.append)
        for name in sorted(name for name in names if isinstance(file[name], h5py.Dataset)):
            values = np.ascontiguousarray(file[name][()])
            digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
            digest.update(values.tobytes())
    return digest.hexdigest()


def page(table: Mapping[str, Any]) -> str:
    """Return the published table as Markdown."""
    versions = ", ".join(f"{name} {value}" for name, value in table["versions"].items())
    lines = [PAGE.format(versions=versions)]
    for dataset, artifacts in table["datasets"].items():
        lines += [f"## {dataset}", "", "| artifact | SHA-256 |", "|---|---|"]
        lines += [f"| `{name}` | `{entry['sha256']}` |" for name, entry in artifacts.items()]
        lines.append("")
    return "\n".join(lines)


def compared(folder: Path, table: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Yield a line for each published artifact of a dataset: the same, or not there.

    Parameters
    ----------
    folder : Path
        `artifacts/DATASET`.
    table : mapping, optional
        As `main` writes it; by default the published one.

    Raises
    ------
    ValueError
        If nothing is published of this dataset or nothing published is there; if an artifact
        differs: it names the first one and the likely reason.
    """
    table = read_json(PUBLISHED) if table is None else table
    if folder.name not in table["datasets"]:
        known = ", ".join(table["datasets"])
        raise ValueError(f"{folder}: no digests are published of {folder.name}, only of {known}")
    same = 0
    for name, entry in table["datasets"][folder.name].items():
        path = folder / name
        if not path.exists():
            yield f"not there        {name}"
        elif (found := values_sha256(path)) == entry["sha256"]:
            same += 1
            yield f"{found[:16]} {name}"
        else:
            raise ValueError(
                f"{path}: its values differ from the published ones: SHA-256 {found}, published "
                f"{entry['sha256']}; {likely_reason(path, entry, table['versions'])}"
            )
    if not same:
        raise ValueError(f"{folder}: none of its published artifacts is there; build it first")
    yield f"{folder}: the same as published, {same} artifacts"


def likely_reason(path: Path, entry: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """Return why an artifact's values differ, as far as its settings and environment tell."""
    with h5py.File(path) as file:
        settings = store.settings_of(file)
    if settings != entry["settings"]:
        names = sorted(
            name
            for name in settings.keys() | entry["settings"].keys()
            if settings.get(name) != entry["settings"].get(name)
        )
        changes = ", ".join(
            f"{name}: {settings.get(name)!r}, published {entry['settings'].get(name)!r}"
            for name in names
        )
        return f"it was made with other settings ({changes})"
    recorded = path.with_name("environment.json")
    here: Mapping[str, str] = read_environment(recorded) if recorded.exists() else environment()
    if different := [name for name in DECIDING if here.get(name) != versions[name]]:
        changes = ", ".join(
            f"{n}: {here.get(n, 'unknown')}, published {versions[n]}" for n in different
        )
        return f"it was computed with other versions or another processor's arithmetic ({changes})"
    return "settings and versions are the published ones: the code or the raw data differ"
