"""HDF5 files that lead elsewhere, promise what they do not hold, or are damaged, are refused."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model as model_file
from scrawl.artifacts import store
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run

OUTSIDE = "outside.h5"


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """Return a whole artifact, beside a file that it must not lead to."""
    with h5py.File(tmp_path / OUTSIDE, "w") as file:
        file["labels"] = np.arange(3)
    (tmp_path / "outside.bin").write_bytes(bytes(24))
    path = tmp_path / "p.h5"
    with store.writing(path, "predictions", settings={}, made_from={}) as file:
        file["probabilities"] = np.eye(3, dtype=np.float32)
        file["predicted"] = np.arange(3)
        file["labels"] = np.arange(3)
        store.write_texts(file, "class_names", ["a", "b", "c"])
    return path


def write_model(path: Path) -> None:
    """Write an untrained network for two classes."""
    run = Run(hidden=())
    dataset = Dataset(("a", "b"), (4, 4), "unit", 0.0, 255.0)
    network = model_file.build(run, dataset.image_shape, 2, np.random.default_rng(0))
    model_file.save(path, network, run, dataset, "0" * 64)


def labels(value: Any) -> Callable[[Any], None]:
    """Return a change of a file's labels: to a value, or to what a function makes."""

    def change(file: Any) -> None:
        del file["labels"]
        if callable(value):
            value(file)
        else:
            file["labels"] = value

    return change


def bomb(file: Any) -> None:
    file.create_dataset("labels", (1 << 40,), np.int64, compression="gzip", chunks=(1 << 20,))


def terabytes(file: Any) -> None:
    file.create_dataset("labels", (1 << 40,), np.int64)


def view_of_another_file(file: Any) -> None:
    layout = h5py.VirtualLayout((3,), np.int64)
    layout[:] = h5py.VirtualSource(OUTSIDE, "labels", (3,))
    file.create_virtual_dataset("labels", layout)


def stored_in_another_file(file: Any) -> None:
    file.create_dataset("labels", (3,), np.int64, external=[("outside.bin", 0, 24)])


def set_attribute(name: str, value: Any) -> Callable[[Any], None]:
    return lambda file: store.write_attributes(file, **{name: value})


HOSTILE: dict[str, tuple[Callable[[Any], None], str]] = {
    "external link": (
        labels(h5py.ExternalLink(OUTSIDE, "/labels")),
        "/labels is a link to another file, expected everything inside the file",
    ),
    "external link beside the tables": (
        lambda file: file.__setitem__("more", h5py.ExternalLink(OUTSIDE, "/")),
        "/more is a link to another file",
    ),
    "soft link": (
        labels(h5py.SoftLink("/predicted")),
        "/labels is a soft link",
    ),
    "virtual dataset": (labels(view_of_another_file), "/labels is a view of other files"),
    "external storage": (
        labels(stored_in_another_file),
        "/labels is stored in another file, b?'outside.bin'",
    ),
    "a bomb": (labels(bomb), "/labels is stored in chunks"),
    "terabytes": (
        labels(terabytes),
        r"/labels promises 8796093022208 bytes \(\(1099511627776,\)\), more than the file holds",
    ),
    "one label too many": (
        labels(np.arange(4)),
        "/labels has 4 n, but /probabilities has 3",
    ),
    "text of any length": (
        labels(np.array(["a", "b", "c"], dtype=h5py.string_dtype())),
        "/labels holds object, expected numbers or text",
    ),
    # Read, a damaged one ends the process: found by fuzzing.
    "an attribute of any length": (
        lambda file: file["labels"].attrs.__setitem__("note", "of any length"),
        "the attribute 'note' of /labels is neither a number nor text of fixed length",
    ),
    "no settings": (
        lambda file: file.attrs.__delitem__("settings"),
        "the attribute 'settings': not JSON: ",
    ),
    "settings that are no JSON": (
        set_attribute("settings", "{"),
        "the attribute 'settings': not JSON: ",
    ),
    "settings that are a list": (
        set_attribute("settings", "[]"),
        r"the attribute 'settings': found '\[\]', expected a JSON object",
    ),
    "settings without end": (
        set_attribute("settings", "[" * 30000),
        "the attribute 'settings': not JSON: ",
    ),
    "no digest": (
        lambda file: file.attrs.__delitem__("sha256"),
        "the attribute 'sha256' is missing, expected 64 digits",
    ),
    "an older version": (
        set_attribute("format_version", 0),
        "'format_version' is 0, expected 1; make it again with the command that wrote it",
    ),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_file_that_scrawl_would_not_write_is_refused(artifact: Path, fault: str) -> None:
    change, message = HOSTILE[fault]
    with h5py.File(artifact, "r+") as file:
        change(file)
    with (
        pytest.raises(ValueError, match=rf"p\.h5: {message}|p\.h5: the attribute {message}"),
        store.reading(artifact, "predictions"),
    ):
        pytest.fail("it was opened")


def test_a_group_that_holds_itself_is_entered_once(artifact: Path) -> None:
    with h5py.File(artifact, "r+") as file:
        file["again"] = file["/"]
    with store.reading(artifact, "predictions") as file:
        assert store.content_sha256(file)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"hidden": [1 << 20, 1 << 20], "seed": 1},
            r"a network of 1,099,\d{3},\d{3},\d{3} parameters, expected at most \d",
        ),
        (
            {"filters": [[1 << 20, 1 << 18]], "kernel": 2, "padding": 1, "hidden": [], "seed": 1},
            r"with padding 1 take 1\.1e\+12 weights or outputs an image, more than",
        ),
        (
            {"filters": [[1]], "padding": 5000, "seed": 1},
            r"a network of 3,198,720,540 parameters, expected at most \d",
        ),
        ({"hidden": [1] * 5000, "seed": 1}, r"a network of 10,007 parameters, expected at most \d"),
    ],
)
def test_a_model_that_promises_terabytes_claims_no_memory(
    settings: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with store.writing(tmp_path / "m.h5", "model", settings=settings, made_from={}) as file:
        Dataset(("a", "b"), (2, 2), "unit", 0.0, 1.0).write(file)
    words = ["--data", "d", "--model", str(tmp_path / "m.h5"), "--metrics", "m"]
    assert cli.main(["evaluate", *words, "--predictions", "p"]) == 1
    assert re.search(rf"m\.h5: .* {message}", capsys.readouterr().err)


FULL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from scrawl.artifacts import hdf5
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    with hdf5.created(Path(sys.argv[1])) as file:
        for i in range(4):
            file[f"group/{i}"] = np.full((30, 30), i)
            file.attrs[f"attribute {i}"] = np.arange(100)
except OSError as error:
    print(error)
"""


@pytest.mark.parametrize("size", [0, 50, 2_000, 8_000, 20_000, 31_000])
def test_a_full_disk_is_an_error_and_not_a_crash(tmp_path: Path, size: int) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path / "a.h5"), str(size)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "[Errno 27] File too large\n"), result.stderr


@pytest.mark.parametrize("command", ["inspect", "predict", "export", "predict a picture"])
def test_a_pipe_is_named_as_one_and_nobody_waits_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A pipe that nobody writes to: to open it would be to wait."""
    pipe, model = str(tmp_path / "pipe"), str(tmp_path / "model.h5")
    os.mkfifo(pipe)
    write_model(Path(model))
    words = {
        "inspect": ["inspect", pipe],
        "predict": ["predict", pipe, "a.png"],
        "export": ["export", pipe, "--output", str(tmp_path / "a.onnx")],
        "predict a picture": ["predict", model, pipe],
    }
    assert cli.main(words[command]) == 1
    said = capsys.readouterr().err
    assert re.search(f"{pipe}: found (a pipe|no regular file)", said)
    assert "write what comes through it into one" in said
    assert not (tmp_path / "a.onnx").exists()


def test_attributes_by_the_thousand_are_refused_before_they_are_read(artifact: Path) -> None:
    with h5py.File(artifact, "r+", libver="latest") as file:
        group = file.create_group("g")
        for number in range(1200):
            group.attrs[f"a{number}"] = 0
    with (
        pytest.raises(ValueError, match="/g has 1200 attributes, expected at most 1000"),
        store.reading(artifact, "predictions"),
    ):
        pass


def test_a_file_that_another_program_writes_to_is_not_called_damaged(artifact: Path) -> None:
    """HDF5 locks files by `flock`, as whoever writes to one does."""
    with artifact.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with (
            pytest.raises(ValueError, match="another program has it open for writing") as raised,
            store.reading(artifact, "predictions"),
        ):
            pass
    assert "--force" not in str(raised.value)


def compound(file: Any) -> None:
    del file["layers/1-dense/weights"]
    file["layers/1-dense/weights"] = np.zeros((16, 2), [("a", "f4"), ("b", "f4")])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda file: file.attrs.__setitem__("image_shape", 16), "'image_shape'"),
        (lambda file: file.attrs.__setitem__("scale", [1.0, 2.0]), "'scale'"),
        (lambda file: file.attrs.__setitem__("image_shape", [2**62, 2**62]), "expected at most"),
        (compound, "/layers/1-dense/weights"),
    ],
    ids=["scalar for a shape", "vector for a number", "huge shape", "compound weights"],
)
def test_attributes_and_tables_of_another_kind_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Any], None], named: str
) -> None:
    path = tmp_path / "model.h5"
    write_model(path)
    with h5py.File(path, "r+") as file:
        change(file)
        file.attrs["sha256"] = store.as_fixed_text(store.content_sha256(file))
    assert cli.main(["predict", str(path), str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"scrawl predict: {path}: ")
    assert named in said
