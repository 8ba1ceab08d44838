"""Figures of what a network has learnt: which numbers are drawn where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.figures import network as network_figures
from scrawl.settings.experiment import Run
from scrawl.stages import plot

Array = NDArray[Any]
DATASET = Dataset(("a", "b", "c"), (4, 5), "unit", 0.0, 1.0)
IMAGES = np.random.default_rng(0).random((6, 20), dtype=np.float32)
LABELS = [2, 0, 2, 0, 0, 2]  # no image shows "b"
CONVOLUTIONAL = Run(filters=((2,), (3,)), kernel=2, padding=1, hidden=())


def run_folder(folder: Path, run: Run) -> tuple[Path, model.Model]:
    """Write a dataset and an untrained network; return its folder, and the network."""
    with store.writing(folder / "p.h5", "prepared", settings={}, made_from={}) as file:
        for split in ("train", "validation", "test"):
            file[f"{split}/images"] = IMAGES
            file[f"{split}/labels"] = np.eye(3, dtype=np.float32)[LABELS]
            file[f"{split}/positions"] = np.arange(6)
        DATASET.write(file)
    path = folder / "runs" / "net" / "1"
    path.mkdir(parents=True)
    network = model.build(run, DATASET.image_shape, 3, np.random.default_rng(1))
    model.save(path / "model.h5", network, run, DATASET, "f00")
    return path, model.load(path / "model.h5")


def drawn(axes: Any) -> Array:
    (image,) = axes.images
    return np.asarray(image.get_array())


def test_weights_are_drawn_unit_by_unit_with_gaps_between(tmp_path: Path) -> None:
    path, trained = run_folder(tmp_path, CONVOLUTIONAL)
    axes, colours = plot.weights([path]).axes
    sheet = drawn(axes)  # two filters of 2 × 2 with a margin of 1
    filters = trained.network.named_parameters()["2-convolution/weights"][:, 0]
    assert sheet.shape == (4, 8)
    assert np.array_equal(sheet[1:3, 1:3], filters[0])
    assert np.array_equal(sheet[1:3, 5:7], filters[1])
    assert np.isfinite(sheet).sum() == 8
    title = axes.get_title(loc="left")  # in lines, for the figure is narrow
    assert title.replace("\n", " ") == "net, seed 1: weights of 2-convolution"
    assert colours.get_ylim() == pytest.approx((-np.abs(filters).max(), np.abs(filters).max()))


def test_weights_of_a_dense_layer_are_drawn_as_images_and_not_too_many(tmp_path: Path) -> None:
    path, trained = run_folder(tmp_path, Run(hidden=(70,)))
    axes, _ = plot.weights([path]).axes
    assert axes.get_title(loc="left") == "net, seed 1: weights of 1-dense, 64 of 70"
    weights = trained.network.named_parameters()["1-dense/weights"]
    assert np.array_equal(drawn(axes)[1:5, 1:6], weights[:, 0].reshape(4, 5))


def test_colours_are_drawn_one_below_the_other() -> None:
    weights = np.arange(24.0).reshape(12, 2)
    tables = network_figures.tables_of(weights, (2, 2, 3))
    assert tables.shape == (6, 2, 2)
    assert tables[1].tolist() == [[2, 8], [14, 20]]  # unit 0, green
    assert network_figures.tables_of(weights, (12,)).shape == (2, 3, 12)
    assert network_figures.tables_of(np.zeros((5, 3, 4, 4)), (9, 9, 3)).shape == (15, 4, 4)


def test_features_are_the_outputs_of_each_activation(tmp_path: Path) -> None:
    path, trained = run_folder(tmp_path, CONVOLUTIONAL)
    figure = plot.features(tmp_path / "p.h5", [path])
    image, first, second = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["image", "4-relu", "7-relu"]
    assert [label.get_text() for label in image.get_yticklabels()] == ["a", "c"]
    assert drawn(image).shape == (2 * 6, 7)
    # written out in float64: windows of the padded image, their maxima in squares, and ReLU
    weights = trained.network.named_parameters()["2-convolution/weights"][:, 0].astype(float)
    padded = np.pad(IMAGES[[1, 0]].reshape(2, 4, 5).astype(float), ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2, 2), axis=(1, 2))
    sums = np.einsum("nyxij,fij->nfyx", windows, weights)[:, :, :4, :6]
    maps = np.maximum(sums.reshape(2, 2, 2, 2, 3, 2).max(axis=(3, 5)), 0)
    expected = 1 - (maps - maps.min()) / np.ptp(maps)
    np.testing.assert_allclose(drawn(first)[1:3, 6:9], expected[0, 1], atol=1e-5)
    np.testing.assert_allclose(drawn(first)[5:7, 1:4], expected[1, 0], atol=1e-5)
    assert drawn(second).shape == (2 * 3, 3 * 4)


def test_of_many_filters_some_are_shown() -> None:
    maps = np.random.default_rng(0).random((2, 40, 3, 3))
    figure = network_figures.features(np.zeros((2, 4, 4)), {"4-relu": maps}, ["a", "b"], "net")
    assert figure.axes[1].get_title(loc="left") == "4-relu, 16 of 40"
    assert drawn(figure.axes[1]).shape == (2 * 5, 16 * 5)


def test_a_run_without_filters_has_no_features(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = run_folder(tmp_path, Run(hidden=(4,)))
    words = ["plot", "features", "--data", tmp_path / "p.h5", "--runs", path]
    assert cli.main([*map(str, words), "--output", str(tmp_path / "a.png")]) == 1
    assert "has no convolution; name a run with filters" in capsys.readouterr().err


def test_maps_of_large_images_are_drawn_smaller() -> None:
    rng = np.random.default_rng(0)
    maps = {"1-relu": rng.random((2, 3, 300, 280))}
    figure = network_figures.features(rng.random((2, 304, 284)), maps, ["a", "b"], "net")
    image, panel = figure.axes
    # Halves of the sides, and margins of a 28th of the width around each picture.
    assert drawn(image).shape == (2 * (152 + 2 * 5), 142 + 2 * 5)
    assert drawn(panel).shape == (2 * (150 + 2 * 5), 3 * (140 + 2 * 5))
