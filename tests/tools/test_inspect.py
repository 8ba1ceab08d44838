"""`scrawl inspect`: the tree and the pictures, as a person reads them."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run


def prepared(path: Path) -> Path:
    """Write two images of 4 × 3: a bright left column, and a bright last row."""
    pictures = np.zeros((2, 4, 3), np.float32)
    pictures[0, :, 0] = 1
    pictures[1, 2:, :] = 0.5
    with store.writing(path, "prepared", settings={"é": 1}, made_from={"x": "y"}) as file:
        Dataset(("left", "low"), (4, 3), "unit", 0.0, 255.0).write(file)
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
    assert "images: light ink (255) on dark paper (0), uint8, centred as MNIST's" in lines


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
    with store.writing(tmp_path / "d.h5", "decoded", settings={}, made_from={}) as file:
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


def test_numbers_are_drawn_as_a_histogram_between_their_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with h5py.File(tmp_path / "any.h5", "w") as file:
        file["ramp"] = np.repeat(np.arange(24.0), np.arange(24))  # k of each k
        file["holes"] = np.array([np.nan, 1.0, 2.0, np.inf])
        file["constant"] = np.ones(5)
        file["none"] = np.full(3, np.nan)
    cli.main(["inspect", str(tmp_path / "any.h5")])
    lines = capsys.readouterr().out.splitlines()
    ramp = lines[1 + next(i for i, line in enumerate(lines) if line.startswith("/ramp"))]
    # Σk²/Σk = (2·23 + 1)/3, over 1 to 23: a bin has fewer or as many as the next.
    assert ramp.startswith("    1 ▁")
    assert "█ 23  mean 15.67, deviation" in ramp
    assert any("1 █" in line and line.endswith("; 2 not finite") for line in lines)
    assert lines[lines.index("/constant  (5,) float64") + 1].startswith("/holes")


def test_of_a_large_table_the_beginning_is_looked_at_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrawl.tools.inspect.MOST_VALUES", 10)
    with h5py.File(tmp_path / "any.h5", "w") as file:
        file["table"] = np.arange(100.0).reshape(20, 5)
    cli.main(["inspect", str(tmp_path / "any.h5")])
    assert "    0 " in (line := capsys.readouterr().out.splitlines()[-1])
    assert " 9  mean 4.5" in line
    assert line.endswith("(the first 10)")


def test_classes_are_counted_with_a_bar_for_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with store.writing(tmp_path / "d.h5", "decoded", settings={}, made_from={}) as file:
        for split in ("train", "test"):
            file[f"{split}/images"] = np.zeros((4, 2, 2), np.uint8)
            file[f"{split}/labels"] = np.array([7, 3, 7, 3] if split == "test" else [1, 7, 7, 7])
    cli.main(["inspect", str(tmp_path / "d.h5")])
    lines = capsys.readouterr().out.splitlines()
    begin = lines.index("train: 4 in 2 classes")
    assert lines[begin + 1 : begin + 3] == [f"1 1 {'█' * 13}▍", f"7 3 {'█' * 40}"]
    assert lines[lines.index("test: 4 in 2 classes") + 1] == f"3 2 {'█' * 40}"


def test_json_says_everything_but_the_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["inspect", str(prepared(tmp_path / "p.h5")), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["attributes"]["format"] == "scrawl/prepared"
    assert found["attributes"]["settings"] == {"é": 1}
    assert found["attributes"]["image_shape"] == [4, 3]
    assert found["classes"]["train"] == {"left": 1, "low": 1}
    assert found["tables"]["/validation/images"]["values"] is None
    table = found["tables"]["/train/images"]
    assert (table["shape"], table["dtype"], table["dimensions"]) == (
        [2, 12],
        "float32",
        ["n", "pixels"],
    )
    # Of 24 pixels 14 are 0, 6 are 0.5, 4 are 1.
    values = table["values"]
    assert (values["minimum"], values["maximum"], values["looked_at"]) == (0, 1, 24)
    assert values["mean"] == pytest.approx(7 / 24)
    assert (values["counts"][0], values["counts"][12], values["counts"][-1]) == (14, 6, 4)


def test_a_trained_network_shows_its_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(hidden=(4,))
    network = model.build(run, (4, 3), 2, np.random.default_rng(0))
    dataset = Dataset(("a", "b"), (4, 3), "unit", 0.0, 255.0)
    model.save(tmp_path / "model.h5", network, run, dataset, "0")
    cli.main(["inspect", str(tmp_path / "model.h5")])
    lines = capsys.readouterr().out.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("/layers/1-dense/weights"))
    weights = network.named_parameters()["1-dense/weights"]
    assert lines[begin + 1].startswith(f"    {weights.min():.4g} ")
    assert f"deviation {weights.std():.4g}" in lines[begin + 1]


def test_images_without_labels_and_labels_that_are_text_are_no_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "any.h5", "w") as file:
        file["train/images"] = np.ones((2, 3, 3))
        file["test/labels"] = np.array([b"a", b"b"])
    assert cli.main(["inspect", str(tmp_path / "any.h5")]) == 0


def test_hostile_files_are_shown_or_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = prepared(tmp_path / "p.h5")
    with h5py.File(path, "r+") as file:
        file["train/images"][0, 0] = np.nan
        store.write_attributes(file, note="\x1b[2J", paper=0.0)
        file.attrs["ink"] = np.array([1.0, 2.0])
    assert cli.main(["inspect", str(path)]) == 0
    printed = capsys.readouterr().out
    assert r"@note = \x1b[2J" in printed
    assert "\x1b" not in printed
    with h5py.File(path, "r+") as file:
        h5py.h5g.create(file.id, b"\xff")
    assert cli.main(["inspect", str(path)]) == 1
    assert "has a name that is not UTF-8" in capsys.readouterr().err


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def test_json_has_null_for_numbers_that_it_has_no_words_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with h5py.File(tmp_path / "any.h5", "w") as file:
        file.attrs["learning_rate"] = np.nan
        file.attrs["ends"] = np.array([[1.0, -np.inf]])
        file["holes"] = np.array([np.nan, 1.0, 2.0])
    assert cli.main(["inspect", str(tmp_path / "any.h5"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=refuse_constant)
    assert found["attributes"] == {"learning_rate": None, "ends": [[1.0, None]]}
    assert found["tables"]["/holes"]["values"]["not_finite"] == 1
