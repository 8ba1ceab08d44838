"""Feed the readers with bytes that were never written: they answer with a value or a ValueError.

    python tests/whole/fuzz.py idx|artifacts [options of libFuzzer]        what `make fuzz` runs

Atheris changes the bytes towards code that was not reached before. It starts from whole files and
keeps what it finds in fuzz/, from where the next call goes on.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from scrawl.artifacts.appearance import Appearance

CORPUS = Path(__file__).parents[2] / "fuzz"
PACKAGE = {
    "files": "artifacts.files",
    "formats": "artifacts.formats",
    "idx": "data.idx",
    "hdf5": "artifacts.hdf5",
    "artifacts": "artifacts.store",
    "model": "artifacts.model",
}


def read_idx(path: Path, modules: dict[str, Any]) -> None:
    """Read a file in each way that the stages do."""
    idx = modules["idx"]
    with idx.reading(path) as reader:
        reader.verify()
    with idx.reading(path) as reader:
        for _ in reader.blocks(2):
            pass
    idx.read(path)


def read_artifact(path: Path, modules: dict[str, Any]) -> None:
    """Read a file as an artifact of each kind, as far as it is one."""
    artifacts = modules["artifacts"]
    for kind in modules["formats"].FORMATS:
        try:
            with artifacts.reading(path, kind) as file:
                artifacts.settings_of(file)
                try:
                    artifacts.content_sha256(file)
                except modules["hdf5"].DAMAGE:  # `scrawl verify` says so
                    continue
            if kind == "model":
                modules["model"].load(path)
        except ValueError:
            continue
    raise ValueError("every kind was tried")


def seed_idx(folder: Path, modules: dict[str, Any]) -> None:
    """Write whole IDX files, one of each type and packing."""
    idx = modules["idx"]
    for code, dtype in idx.TYPES.items():
        for suffix in ("", ".gz", ".xz"):
            idx.write(folder / f"{code}.idx{suffix}", np.arange(6).reshape(3, 2).astype(dtype))


def seed_artifacts(folder: Path, modules: dict[str, Any]) -> None:
    """Write a whole artifact of each kind, as small as can be."""
    artifacts = modules["artifacts"]
    settings = {"normalisation": "unit", "hidden": [], "seed": 1}
    for kind, form in modules["formats"].FORMATS.items():
        with artifacts.writing(folder / kind, kind, settings=settings, made_from={}) as file:
            for name, table in form.tables.items():
                if name == "class_names":
                    artifacts.write_texts(file, name, ["a", "b"])
                else:
                    shape = {"n": 2, "classes": 2}
                    lengths = [shape.get(dimension, 1) for dimension in table.dimensions]
                    file[name] = np.zeros(lengths, (table.dtype or "uint8").split(" or ")[0])
            if form.attributes:
                artifacts.write_attributes(file, offset=0.0, scale=1.0)
                file.attrs["image_shape"] = np.array([1, 1])
                Appearance().write(file)
            if kind == "model":
                file["layers/1-dense/weights"] = np.zeros((1, 2), np.float32)
                file["layers/1-dense/biases"] = np.zeros(2, np.float32)


TARGETS = {"idx": (read_idx, seed_idx), "artifacts": (read_artifact, seed_artifacts)}


def main() -> None:
    """Fuzz one target until libFuzzer's limits are reached or something is found."""
    atheris: Any = importlib.import_module("atheris")
    name, *options = sys.argv[1:]
    read, seed = TARGETS[name]
    with atheris.instrument_imports(include=["scrawl"]):
        modules = {
            name: importlib.import_module(f"scrawl.{place}") for name, place in PACKAGE.items()
        }
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    seed(folder, modules)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        atheris.Setup(
            [sys.argv[0], str(folder), "-rss_limit_mb=2048", "-timeout=20", *options],
            once(read, Path(memory) / "file", modules),
        )
        atheris.Fuzz()


def once(
    read: Callable[[Path, dict[str, Any]], None], path: Path, modules: dict[str, Any]
) -> Callable[[bytes], None]:
    """Return a function that writes some bytes to `path` and reads them."""

    def test_one_input(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(ValueError):
            read(path, modules)

    return test_one_input


if __name__ == "__main__":
    main()
