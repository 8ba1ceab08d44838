"""Images a byte a pixel: what a network is shown is the same to the last bit, in no memory."""

from __future__ import annotations

import gc
import os
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import scrawl.artifacts.lazy_images
from scrawl import __main__ as cli
from scrawl.artifacts import model, prepared, store
from scrawl.artifacts.lazy_images import FileRows
from scrawl.nn.examples import LazyRows, batches
from scrawl.settings.dataset import Preparation
from scrawl.settings.experiment import Run
from scrawl.stages import prepare
from scrawl.training.examples import examples_of
from scrawl.training.setup import trainer_of

N, SHAPE = 90, (3, 4)


def stored(folder: Path, name: str, **settings: Any) -> Path:
    """Write a prepared file of 90 random images whose class is their brightest row."""
    rng = np.random.default_rng(0)
    labels = np.arange(N) % 3
    images = rng.integers(0, 200, (N, *SHAPE)).astype(np.uint8)
    images[np.arange(N), labels] += 55
    with store.writing(folder / "d.h5", "decoded", settings={}, made_from={}) as file:
        for split, n in {"train": N, "test": 30}.items():
            file[f"{split}/images"], file[f"{split}/labels"] = images[:n], labels[:n]
    prepare.prepare(Preparation(stored_as=name, **settings), folder / "d.h5", folder / f"{name}.h5")  # type: ignore[arg-type]
    return folder / f"{name}.h5"


def rows_of(path: Path, split: str = "train") -> tuple[NDArray[np.float32] | LazyRows, Any]:
    with store.reading(path, "prepared") as file:
        return prepared.images_of(file, split), file[f"{split}/images"][...]


@pytest.mark.parametrize("normalisation", ["unit", "standard", "none"])
def test_bytes_are_shown_as_the_same_bits_as_float32(tmp_path: Path, normalisation: str) -> None:
    shown, _ = rows_of(stored(tmp_path, "float32", normalisation=normalisation))
    rows, pixels = rows_of(stored(tmp_path, "uint8", normalisation=normalisation))
    assert pixels.dtype == np.uint8
    assert isinstance(rows, FileRows)
    assert np.array_equal(np.asarray(rows).view(np.uint32), np.asarray(shown).view(np.uint32))
    some = np.array([7, 3, 3, 80])
    assert np.array_equal(rows[some], shown[some])
    assert np.array_equal(np.asarray(rows.first(5)), shown[:5])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"shuffle": False},
        {"train_on": "all"},
        {"first_images": 33},
        {"normalisation": "standard", "filters": [[2]], "kernel": 2},
        {"shift_pixels": 1},
        {"batch_size": 1, "epochs": 1},
    ],
)
def test_a_run_learns_the_same_bits_from_bytes_as_from_float32(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    run = Run.parse({"hidden": [5], "epochs": 2, "batch_size": 8, "seed": 3, **settings})
    learnt = []
    for name in ("float32", "uint8"):
        data = stored(tmp_path, name, normalisation=run.normalisation, validation=0.2)
        words = ["--settings", run.canonical(), "--data", str(data)]
        out = ["--model", str(tmp_path / "m.h5"), "--history", str(tmp_path / "h.csv")]
        assert cli.main(["train", *words, *out]) == 0
        scores = ["--metrics", str(tmp_path / "m.json"), "--predictions", str(tmp_path / "p.h5")]
        words = ["--data", str(data), "--model", str(tmp_path / "m.h5")]
        assert cli.main(["evaluate", *words, *scores]) == 0
        with h5py.File(tmp_path / "p.h5") as file:
            answers = file["probabilities"][...].tobytes()
        parameters = model.load(tmp_path / "m.h5").network.parameters.tobytes()
        learnt.append((parameters, (tmp_path / "h.csv").read_bytes(), answers))
    assert learnt[0] == learnt[1]


@pytest.mark.parametrize("order", [None, np.random.default_rng(0).permutation(72)])
def test_batches_of_bytes_come_in_one_buffer(
    tmp_path: Path, order: NDArray[np.intp] | None
) -> None:
    with store.reading(stored(tmp_path, "uint8", validation=0.2), "prepared") as file:
        examples = prepared.examples(file, "train")
    assert examples.labels.dtype == np.uint8
    seen = [(*pair, *(array.copy() for array in pair)) for pair in batches(examples, 20, order)]
    assert {id(images.base) for images, *_ in seen} == {id(seen[0][0].base)}
    assert [len(images) for images, *_ in seen] == [20, 20, 20, 12]
    places = np.arange(72) if order is None else order
    for column, table in ((2, examples.images), (3, examples.labels)):
        together = np.concatenate([batch[column] for batch in seen])
        assert together.dtype == np.float32
        assert np.array_equal(together, np.asarray(table)[places])


def test_training_from_bytes_holds_no_images_in_memory(tmp_path: Path) -> None:
    n, pixels = 20_000, 400
    labels = np.eye(4, dtype=np.uint8)[np.arange(n) % 4]
    with store.writing(
        tmp_path / "p.h5", "prepared", settings={"normalisation": "unit"}, made_from={}
    ) as file:
        prepared.Dataset(("a", "b", "c", "d"), (20, 20), "unit", 0.0, 255.0).write(file)
        for split in ("train", "validation", "test"):
            file[f"{split}/images"] = np.zeros((n, pixels), np.uint8)
            file[f"{split}/labels"], file[f"{split}/positions"] = labels, np.arange(n)
    tracemalloc.start()
    with store.reading(tmp_path / "p.h5", "prepared") as file:
        training, validation = examples_of(file, run := Run(hidden=(6,), epochs=1))
    list(trainer_of(run, training).fit(training, validation))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < n * pixels / 2  # most of it are buffers for batches of 512


def test_a_file_that_was_cut_short_while_it_was_read_is_named(tmp_path: Path) -> None:
    path = stored(tmp_path, "uint8")
    rows, _ = rows_of(path)
    os.truncate(path, 100)
    with pytest.raises(ValueError, match=r"uint8\.h5: found 0 bytes of 2 images of 12 pixels"):
        rows[:2]


def test_an_open_file_is_closed_with_its_last_table(tmp_path: Path) -> None:
    rows, _ = rows_of(stored(tmp_path, "uint8"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    some = rows.first(3) if isinstance(rows, FileRows) else None
    del rows, some
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1


def test_pixels_that_are_no_bytes_are_not_stored_as_such(tmp_path: Path) -> None:
    with store.writing(tmp_path / "d.h5", "decoded", settings={}, made_from={}) as file:
        for split in ("train", "test"):
            file[f"{split}/images"] = np.zeros((3, 2, 2), np.int16)
            file[f"{split}/labels"] = np.arange(3)
    with pytest.raises(ValueError, match=r"stored_as: uint8 .* /train/images holds int16; leave"):
        prepare.prepare(Preparation(stored_as="uint8"), tmp_path / "d.h5", tmp_path / "p.h5")


def test_without_copies_there_are_no_rows(tmp_path: Path) -> None:
    rows, _ = rows_of(stored(tmp_path, "uint8"))
    with pytest.raises(ValueError, match="always copied"):
        np.asarray(rows, copy=False)


def test_before_rows_are_taken_in_any_order_all_of_them_are_read_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, pixels = rows_of(stored(tmp_path, "uint8"))
    assert isinstance(rows, FileRows)
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(scrawl.artifacts.lazy_images, "AHEAD", 100)
    monkeypatch.setattr(
        os, "posix_fadvise", lambda _, start, length, __: asked.append((start, start + length))
    )
    rows.first(0).read_ahead()
    assert asked == []
    rows.read_ahead()
    assert [end for _, end in asked[:-1]] == [start for start, _ in asked[1:]]  # without a gap
    begin, content = asked[0][0], (tmp_path / "uint8.h5").read_bytes()
    assert content[begin : begin + pixels.nbytes] == pixels.tobytes()
    assert begin + pixels.nbytes <= asked[-1][1] < begin + pixels.nbytes + 100
