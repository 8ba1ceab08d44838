"""The HDF5 files: the same bytes every time, and never taken for what they are not."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from scrawl.artifacts import hdf5, store

N = 50
LABELS = np.arange(N) % 3


def write_predictions(path: Path, labels: np.ndarray = LABELS) -> Path:
    with store.writing(
        path, "predictions", settings={"b": 1, "a": "é"}, made_from={"model": "f00"}
    ) as file:
        file["probabilities"] = np.eye(N, 3, dtype=np.float32)
        file["predicted"] = np.arange(N)
        file["labels"] = labels
        store.write_texts(file, "class_names", ["zero", "い", ""])
        store.write_attributes(file.create_group("more/inside"), rate=0.5, kind="dense")
    return path


def test_the_same_content_gives_the_same_bytes_at_another_time_and_place(tmp_path: Path) -> None:
    first = write_predictions(tmp_path / "a.h5").read_bytes()
    time.sleep(1.1)  # HDF5 would stamp whole seconds
    assert write_predictions(tmp_path / "elsewhere" / "b.h5").read_bytes() == first


def test_the_digest_is_of_the_content_and_misses_no_value(tmp_path: Path) -> None:
    path = write_predictions(tmp_path / "a.h5")
    with store.reading(path, "predictions") as file:
        digest = store.sha256_of_content(file)
        assert store.content_sha256(file) == digest
    changes: dict[str, Callable[[Any], None]] = {
        "a value": lambda file: file["labels"].__setitem__(2, 0),
        "an attribute": lambda file: file["more/inside"].attrs.__setitem__("rate", 0.25),
        "a name": lambda file: file.move("more", "less"),
        "the settings": lambda file: file.attrs.__setitem__("settings", "{}"),
    }
    for change in changes.values():
        copy = tmp_path / "changed.h5"
        shutil.copy(path, copy)
        with h5py.File(copy, "r+") as file:
            change(file)
            assert store.content_sha256(file) != digest


def test_a_changed_file_is_refused_when_it_is_opened_a_large_one_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_predictions(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        file["labels"][2] = 0
    changed = "its content has changed since it was written: SHA-256 .*; make it again with"
    with pytest.raises(ValueError, match=rf"a\.h5: {changed} the command that wrote it"):
        store.reading(path, "predictions").__enter__()
    monkeypatch.setattr(store, "ALWAYS_CHECKED_BYTES", path.stat().st_size - 1)
    with store.reading(path, "predictions") as file:
        assert file["labels"][2] == 0
    with pytest.raises(ValueError, match=changed):
        store.reading(path, "predictions", whole=True).__enter__()


def test_text_and_settings_come_back_as_they_were_written(tmp_path: Path) -> None:
    with store.reading(write_predictions(tmp_path / "a.h5"), "predictions") as file:
        assert store.read_texts(file["class_names"]) == ["zero", "い", ""]
        assert store.settings_of(file) == {"a": "é", "b": 1}
        assert [file["probabilities"].dims[i].label for i in (0, 1)] == ["n", "classes"]


def test_a_mapped_dataset_shares_the_file_and_cannot_be_written(tmp_path: Path) -> None:
    with store.reading(write_predictions(tmp_path / "a.h5"), "predictions") as file:
        labels = store.mapped(file["labels"])
        assert isinstance(labels, np.memmap)
        assert labels.offset % hdf5.ALIGNMENT_BYTES == 0
        with pytest.raises(ValueError, match="read-only"):
            labels[0] = 1
    assert labels.tolist() == LABELS.tolist()


def test_what_is_missing_is_said_before_anything_stands_under_the_final_name(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.h5"
    with (
        pytest.raises(ValueError, match=r"a\.h5: no dataset /predicted"),
        store.writing(path, "predictions", settings={}, made_from={}) as file,
    ):
        file["probabilities"] = np.eye(N, 3, dtype=np.float32)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_attribute_is_said_with_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"m\.h5: no attribute 'image_shape', which every model"),
        store.writing(tmp_path / "m.h5", "model", settings={}, made_from={}) as file,
    ):
        store.write_texts(file, "class_names", ["a"])


def test_a_wrong_dtype_or_rank_names_the_file_and_the_table(tmp_path: Path) -> None:
    for labels, message in (
        (LABELS.astype(np.uint8), "/labels holds uint8, expected int64"),
        (LABELS[None], r"/labels has 2 dimensions, expected 1 \(n\)"),
    ):
        with pytest.raises(ValueError, match=message):
            write_predictions(tmp_path / "a.h5", labels)


def test_a_file_of_another_kind_version_or_no_hdf5_at_all_is_refused(tmp_path: Path) -> None:
    path = write_predictions(tmp_path / "a.h5")
    with pytest.raises(ValueError, match="is scrawl/predictions, expected scrawl/prepared"):
        store.reading(path, "prepared").__enter__()
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 0
    with pytest.raises(ValueError, match=r"'format_version' is 0, expected 1; make it again"):
        store.reading(path, "predictions").__enter__()
    with h5py.File(path, "w"):
        pass
    with pytest.raises(ValueError, match="'format' is missing, expected scrawl/predictions"):
        store.reading(path, "predictions").__enter__()
    path.write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match=r"a\.h5: not a complete HDF5 file .* make it again"):
        store.reading(path, "predictions").__enter__()
    with pytest.raises(ValueError, match=r"b\.h5: there is no such file"):
        store.reading(tmp_path / "b.h5", "predictions").__enter__()


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write_predictions(tmp_path / "a.h5")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a complete HDF5 file"):
        store.reading(path, "predictions").__enter__()


@pytest.mark.skipif(shutil.which("h5ls") is None, reason="needs h5ls of Debian's hdf5-tools")
def test_the_hdf5_tools_read_it(tmp_path: Path) -> None:
    path = write_predictions(tmp_path / "a.h5")
    listing = subprocess.run(["h5ls", "-r", path], check=True, capture_output=True, text=True)
    assert "/probabilities           Dataset {50, 3}" in listing.stdout
    dump = subprocess.run(["h5dump", path], check=True, capture_output=True, text=True)
    assert "scrawl/predictions" in dump.stdout
