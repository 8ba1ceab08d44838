"""`scrawl inspect`: the tree and the pictures, as a person reads them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from scrawl import artifacts, cli, model


def prepared(path: Path) -> Path:
    """Write two images of 4 × 3: a bright left column, and a bright last row."""
    pictures = np.zeros((2, 4, 3), np.float32)
    pictures[0, :, 0] = 1
    pictures[1, 2:, :] = 0.5
    with artifacts.writing(path, "prepared", settings={"é": 1}, made_from={"x": "y"}) as file:
        model.Dataset(("left", "low"), (4, 3), "unit", 0.0, 255.0).write(file)
        for split, count in {"train": 2, "validation": 0, "test": 1}.items():
            file[f"{split}/images"] = pictures[:count].reshape(count, 12)
            file[f"{split}/labels"] = np.eye(2, dtype=np.float32)[:count]
            file[f"{split}/positions"] = np.arange(count)
    return path


def test_the_tree_shows_shapes_dtypes_labels_and_attributes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["inspect", str(prepared(tmp_path / "p.h5"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "@format = scrawl/prepared" in lines
    assert '@settings = {"é":1}' in lines
    assert "/train/images          (2, 12) float32  (n, pixels)" in lines
    assert "/validation/positions  (0,) int64  (n)" in lines


def test_images_are_drawn_two_rows_to_a_character_with_their_class_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["inspect", str(prepared(tmp_path / "p.h5"))])
    train = capsys.readouterr().out.split("train:  ")[1].splitlines()
    assert train[:3] == ["left  low", "@", "@    +++"] or train[:3] == [
        "left  low",
        "@",
        "@    ===",
    ]


def test_decoded_files_show_the_numbers_of_their_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with artifacts.writing(tmp_path / "d.h5", "decoded", settings={}, made_from={}) as file:
        for split in ("train", "test"):
            file[f"{split}/images"] = np.full((2, 2, 2), 9, np.uint8)
            file[f"{split}/labels"] = np.array([7, 3], np.uint8)
    assert cli.main(["inspect", str(tmp_path / "d.h5")]) == 0
    assert "train:  7  3" in capsys.readouterr().out


def test_any_hdf5_file_can_be_looked_into_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with h5py.File(tmp_path / "any.h5", "w") as file:
        file["numbers/few"] = np.arange(3)
    assert cli.main(["inspect", str(tmp_path / "any.h5")]) == 0
    assert "/numbers/few  (3,) int64" in capsys.readouterr().out
    (tmp_path / "text.h5").write_text("no")
    assert cli.main(["inspect", str(tmp_path / "text.h5")]) == 1
    assert "text.h5: not a complete HDF5 file" in capsys.readouterr().err
