"""`scrawl export`: what it says; what it writes is tested in tests/peers, by those who read it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    run = Run(hidden=(3,))
    network = model.build(run, (2, 3), 2, np.random.default_rng(0))
    dataset = Dataset(("a", "b"), (2, 3), "unit", 0.0, 255.0)
    model.save(tmp_path / "model.h5", network, run, dataset, "0")
    return tmp_path / "model.h5"


def test_another_ending_is_refused_with_those_that_there_are(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", str(trained), "--output", "model.pt"]) == 1
    assert capsys.readouterr().err == (
        "scrawl export: model.pt: found the ending '.pt', expected one of .onnx, .safetensors, "
        ".keras\n"
    )


@pytest.mark.parametrize(
    ("ending", "package"), [("onnx", "onnx"), ("safetensors", "safetensors"), ("keras", "keras")]
)
def test_a_missing_package_is_named_with_what_installs_it(
    trained: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    package: str,
) -> None:
    monkeypatch.delitem(sys.modules, f"scrawl.tools.exports.{ending}", raising=False)
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    output = trained.with_name(f"model.{ending}")
    assert cli.main(["export", str(trained), "--output", str(output)]) == 1
    message = capsys.readouterr().err
    assert f"needs the package {package}" in message
    assert f"install it with `{sys.executable} -m pip install {package}" in message
    assert not output.exists()


def test_a_network_of_treated_images_is_refused_with_how_to_train_one_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(hidden=(3,))
    network = model.build(run, (2, 3), 2, np.random.default_rng(0))
    look = Appearance(treatment=("smoothed",))
    dataset = Dataset(("a", "b"), (2, 3), "unit", 0.0, 255.0, look)
    model.save(tmp_path / "model.h5", network, run, dataset, "0")
    output = tmp_path / "model.onnx"
    assert cli.main(["export", str(tmp_path / "model.h5"), "--output", str(output)]) == 1
    message = capsys.readouterr().err
    assert "its images are smoothed before the network sees them" in message
    assert "set `stored_as: uint8` for the dataset, or `normalisation: none` for the exp" in message
    assert not output.exists()
