"""The fuzzer (`make fuzz`) begins with whole files: from others it would not get far."""

from __future__ import annotations

import importlib
from pathlib import Path

from scrawl.artifacts import store
from scrawl.artifacts.formats import FORMATS
from scrawl.data.idx import TYPES
from whole import fuzz

MODULES = {name: importlib.import_module(f"scrawl.{place}") for name, place in fuzz.PACKAGE.items()}


def test_fuzzing_begins_with_an_idx_file_of_each_type(tmp_path: Path) -> None:
    fuzz.seed_idx(tmp_path, MODULES)
    files = list(tmp_path.iterdir())
    assert len(files) >= len(TYPES)
    for path in files:
        fuzz.read_idx(path, MODULES)


def test_fuzzing_begins_with_an_artifact_of_each_kind(tmp_path: Path) -> None:
    fuzz.seed_artifacts(tmp_path, MODULES)
    for kind in FORMATS:
        with store.reading(tmp_path / kind, kind):
            pass
