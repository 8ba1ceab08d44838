"""The user's own code: it trains, answers and resumes; every fault names its file and line."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.own_code import OwnCode
from scrawl.artifacts.prepared import Dataset

EXAMPLE = Path(__file__).parents[2] / "docs/examples/own_parts.py"
EVERY = {
    "activation": "own.swish",
    "layer": "own.maxout",
    "loss": "own.focal",
    "optimiser": "own.sign-momentum",
    "schedule": "own.triangle",
    "initialiser": "own.half-he",
    "learning_rate": 0.01,
}
BASE = {"hidden": [6], "epochs": 2, "batch_size": 8, "seed": 5}
NETWORK = {"network": "own.two-halves", "hidden": [128]}
CONVOLUTION = {"filters": [[2]], "kernel": 1, "activation": "own.swish"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "prepared.h5"
    rng = np.random.default_rng(1)
    with store.writing(path, "prepared", settings={"normalisation": "unit"}, made_from={}) as file:
        Dataset(("a", "b", "c"), (2, 3), "unit", 0.0, 255.0).write(file)
        for split, n in {"train": 90, "validation": 20, "test": 10}.items():
            classes = np.arange(n) % 3
            images = rng.random((n, 2, 3), dtype=np.float32) / 2
            images[np.arange(n), :, classes] += 0.5
            file[f"{split}/images"] = images.reshape(n, 6)
            file[f"{split}/labels"] = np.eye(3, dtype=np.float32)[classes]
            file[f"{split}/positions"] = np.arange(n)
    return path


def train(data: Path, folder: Path, code: Path | None, settings: dict[str, Any], *more: str) -> int:
    words = ["train", "--settings", json.dumps(BASE | settings), "--data", str(data)]
    words += ["--model", str(folder / "model.h5"), "--history", str(folder / "history.csv")]
    return cli.main([*words, *(["--code", str(code)] if code else []), *more])


def evaluate(data: Path, folder: Path, *more: str) -> int:
    words = ["evaluate", "--data", str(data), "--model", str(folder / "model.h5")]
    files = ["--metrics", str(folder / "m.json"), "--predictions", str(folder / "p.h5")]
    return cli.main([*words, *files, *more])


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if text in line)


@pytest.mark.parametrize("settings", [EVERY, NETWORK], ids=["parts", "network"])
def test_own_code_trains_learns_and_answers(
    settings: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    assert train(data, tmp_path, EXAMPLE, {**settings, "epochs": 20}) == 0
    assert evaluate(data, tmp_path, "--code", str(EXAMPLE)) == 0
    assert json.loads((tmp_path / "m.json").read_text())["accuracy"] > 0.8


def test_the_record_has_the_name_and_digest_of_the_code_and_not_its_folder(
    data: Path, tmp_path: Path
) -> None:
    train(data, tmp_path / "here", EXAMPLE, EVERY)
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(EXAMPLE, tmp_path / "elsewhere")
    train(data, tmp_path / "there", Path(copy), EVERY)
    here, there = (tmp_path / name / "model.h5" for name in ("here", "there"))
    assert here.read_bytes() == there.read_bytes()
    assert re.fullmatch(r"own_parts\.py@[0-9a-f]{16}", model.load(here).run.code or "")


def test_threads_change_no_bit_of_a_network_with_own_code(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path / "one", EXAMPLE, CONVOLUTION)
    train(data, tmp_path / "two", EXAMPLE, CONVOLUTION, "--threads", "2")
    one, two = (tmp_path / name / "model.h5" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_run_with_own_code_resumes_to_the_same_bits(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrawl.training.checkpoint import Checkpoint

    train(data, tmp_path / "whole", EXAMPLE, NETWORK)
    pauses: list[int] = []

    def interrupt(checkpoint: Checkpoint) -> None:
        pauses.append(1)
        if len(pauses) == 7 and checkpoint.path:
            checkpoint.write(checkpoint.path)
            raise KeyboardInterrupt(15)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "pause", interrupt)
        options = ["--checkpoint", str(tmp_path / "c.h5"), "--checkpoint-every", "1000"]
        train(data, tmp_path / "parts", EXAMPLE, NETWORK, *options)
    assert not (tmp_path / "parts/model.h5").exists()
    assert train(data, tmp_path / "parts", EXAMPLE, NETWORK, *options) == 0
    parts, whole = (tmp_path / name / "model.h5" for name in ("parts", "whole"))
    assert parts.read_bytes() == whole.read_bytes()


def test_without_the_code_the_parameters_can_be_read_and_nothing_is_run(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(data, tmp_path, EXAMPLE, EVERY)
    modules = set(sys.modules)
    loaded = model.load(tmp_path / "model.h5")
    assert not loaded.answers
    assert set(sys.modules) == modules
    with_code = model.load(tmp_path / "model.h5", OwnCode.load(EXAMPLE)).network
    for name, table in with_code.named_parameters().items():
        assert np.array_equal(loaded.network.named_parameters()[name], table)
    capsys.readouterr()
    assert evaluate(data, tmp_path) == 1
    assert "name the file own_parts.py: --code FILE.py" in capsys.readouterr().err
    assert cli.main(["export", str(tmp_path / "model.h5"), "--output", "m.onnx"]) == 1
    assert "can't be written" in capsys.readouterr().err


def test_a_network_that_only_trained_with_own_code_answers_without(
    data: Path, tmp_path: Path
) -> None:
    parts = {"optimiser": "own.sign-momentum", "schedule": "own.triangle", "learning_rate": 0.01}
    train(data, tmp_path, EXAMPLE, parts)
    assert model.load(tmp_path / "model.h5").answers
    assert evaluate(data, tmp_path) == 0


def test_changed_code_is_told_from_that_of_the_training(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "helper.py").write_text("ONE = 1\n")
    code = changed(tmp_path, ("import numpy as np", "import numpy as np\nfrom helper import ONE"))
    train(data, tmp_path, code, CONVOLUTION)
    (tmp_path / "helper.py").write_text("ONE = 2\n")
    capsys.readouterr()
    assert evaluate(data, tmp_path, "--code", str(code)) == 1
    assert re.search(
        r"asks for the code mine.py@\w+, but --code is mine.py@\w+", capsys.readouterr().err
    )


FAULTS = {
    "derivative": (
        ("out[...] = sigmoid + a * (1 - sigmoid)", "out[...] = sigmoid + a * (1 + sigmoid)"),
        "def derivative",
        r"layer 2-swish: the gradient by the inputs at \[\d+, \d+\]: found \S+, expected \S+",
    ),
    "weights": (
        ("self.inputs.T @ spread", "2 * self.inputs.T @ spread"),
        "def parameter_gradients",
        r"layer 1-maxout: the gradient by weights at \[\d+, \d+\]: found \S+, expected \S+",
    ),
    "biases": (
        ("spread.sum(axis=0)", "spread.mean(axis=0)"),
        "def parameter_gradients",
        r"layer 1-maxout: the gradient by biases at \[\d+\]: found",
    ),
    "loss": (
        ("(1 - true) ** 2 / true\n", "(1 - true) / true\n"),
        "def __call__",
        r"own.focal: the gradient by the outputs at \[\d+, \d+\]: found",
    ),
    "sum for mean": (
        ("float(np.mean(", "float(np.sum("),
        "def __call__",
        r"own.focal: the loss of a batch that is shown twice: found \S+, expected \S+, a mean",
    ),
    "NumPy scalar": (
        ("return float(np.mean(-((1 - true) ** 2) * np.log(true)))", "return np.mean(true)"),
        "def __call__",
        "own.focal: the loss is of type float32, expected a Python float",
    ),
    "shape": (
        ("return np.where(self.second, pairs[..., 1], pairs[..., 0])", "return pairs[..., 0].T"),
        "def forward",
        r"layer 1-maxout: forward returned the shape \(6, 12\), expected \(12, 6\)",
    ),
    "dtype": (
        ("return np.where(", "return np.float64(1) * np.where("),
        "def forward",
        "layer 1-maxout: forward returned float64 for float32 inputs, expected float32",
    ),
    "NaN": (
        ("out[...] = z / (1", "out[...] = np.log(-1 - z * z) / (1"),
        "def apply",
        "layer 2-swish: forward returned nan at .* expected finite numbers",
    ),
    "overwritten inputs": (
        ("self.inputs = inputs\n", "self.inputs = inputs\n        inputs += 1\n"),
        "def forward",
        "layer 1-maxout: forward wrote into its inputs",
    ),
    "global randomness": (
        ("(inputs @ self.weights", "(inputs @ self.weights + np.float32(np.random.random())"),
        "def forward",
        "layer 1-maxout: forward gave two answers to the same inputs",
    ),
    "uphill": (
        ("p -= np.float32", "p += np.float32"),
        "def update",
        "the steps go up the gradient",
    ),
    "schedule": (
        ("return 1 - abs(", "return np.float64(1) - abs("),
        "def triangle",
        "own.triangle: found np.float64.* at step 0 of 100, expected a finite Python float",
    ),
    "initialiser": (
        ("normal(rng, n_in, n_out", "normal(rng, n_in, 1"),
        "def half_he",
        r"own.half-he: found \(7, 1\), expected finite numbers of \(n_in, n_out\)",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_the_run_before_training_with_file_and_line(
    fault: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, place, words = FAULTS[fault]
    code = changed(tmp_path, change)
    assert train(data, tmp_path, code, EVERY) == 1
    error = capsys.readouterr().err
    text = code.read_text(encoding="utf-8")
    near = text[: text.index(change[1].strip())].rpartition(place)
    line = near[0].count("\n") + 1
    assert f"mine.py:{line}: " in error, error
    assert re.search(words, error), error
    assert "Traceback" not in error
    assert not (tmp_path / "model.h5").exists()


@pytest.mark.parametrize("threads", ["1", "2"])
def test_an_exception_at_a_later_step_names_file_and_line_in_any_process(
    threads: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = (
        "self.n = getattr(self, 'n', 0) + 1\n        if self.n > 20:\n            [][0]\n        "
    )
    code = changed(tmp_path, ("out[...] = z / (1", f"{late}out[...] = z / (1"))
    settings = {**CONVOLUTION, "batch_size": 64, "epochs": 40}
    assert train(data, tmp_path, code, settings, "--threads", threads) == 1
    assert f"mine.py:{line_of(code, '[][0]')}: IndexError: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import numpy\ndef f(:\n", r"mine.py:2: invalid syntax: def f\(:"),
        ("import numpy\n\n1 / 0\nACTIVATIONS = {'swish': 1}\n", "mine.py:3: ZeroDivisionError"),
        ("ACTIVATIONS = {'swish': 1}\n", r"ACTIVATIONS\['swish'\]: found 1, expected a subclass"),
        ("LOSSES = {}\n", "there is no activation 'own.swish'; choose one of"),
        ("LOSSES = {'x': dict}\n", "has no .*predictions.*; subclass CrossEntropy or Quadratic"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    text: str, words: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "mine.py"
    code.write_text(text)
    assert train(data, tmp_path, code, {"activation": "own.swish"}) == 1
    error = capsys.readouterr().err
    assert re.search(words, error), error


def test_a_number_that_is_not_finite_later_names_the_layer(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = "out[...] = np.where(np.abs(z) > 30, np.nan, z)"
    code = changed(tmp_path, ("out[...] = z / (1 + np.exp(-z))", root))
    code.write_text(
        code.read_text().replace("out[...] = sigmoid + a * (1 - sigmoid)", "out[...] = 1")
    )
    settings = {"activation": "own.swish", "learning_rate": 30.0, "epochs": 30}
    assert train(data, tmp_path, code, settings) == 1
    line = line_of(code, "def apply")
    assert f"the first that is not comes from layer 2-swish (mine.py:{line})" in re.sub(
        re.escape(str(tmp_path)) + "/", "", capsys.readouterr().err
    )
