"""Stage train: what it reads, what it writes, and what it never looks at."""

from __future__ import annotations

import csv
import re
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from forged import forged
from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.augmentation import Augmentation
from scrawl.nn.examples import Examples
from scrawl.nn.trainer import NonFiniteLoss
from scrawl.settings.experiment import Run
from scrawl.tools.digests import values_sha256
from scrawl.training import run as training_run
from scrawl.training.examples import TrainingData, examples_of
from scrawl.training.setup import augmentation, trainer_of

QUICK: dict[str, Any] = {"hidden": [6], "epochs": 3, "batch_size": 8, "seed": 5}


def prepared(path: Path, n_validation: int = 20, **attributes: Any) -> Path:
    """Write a prepared dataset of 2 × 3 images whose class is the brightest of three columns."""
    rng = np.random.default_rng(1)
    positions = np.random.default_rng(2).permutation(90 + n_validation)
    settings = {"normalisation": "unit", **attributes}
    with store.writing(path, "prepared", settings=settings, made_from={"x": "y"}) as file:
        Dataset(("a", "b", "c"), (2, 3), "unit", 0.0, 255.0).write(file)
        for split, n in {"train": 90, "validation": n_validation, "test": 10}.items():
            classes = np.arange(n) % 3
            images = rng.random((n, 2, 3), dtype=np.float32) / 2
            images[np.arange(n), :, classes] += 0.5
            file[f"{split}/images"] = images.reshape(n, 6)
            file[f"{split}/labels"] = np.eye(3, dtype=np.float32)[classes]
            start = {"train": 0, "validation": 90, "test": 0}[split]
            file[f"{split}/positions"] = np.sort(positions[start : start + n])
    return path


def call(data: Path, settings: dict[str, Any], folder: Path, *options: str) -> int:
    files = ["--model", str(folder / "model.h5"), "--history", str(folder / "history.csv")]
    text = Run.parse(settings).canonical()
    return cli.main(["train", "--settings", text, "--data", str(data), *files, *options])


def history_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_learns_and_writes_a_row_for_each_epoch(tmp_path: Path) -> None:
    assert call(prepared(tmp_path / "p.h5"), {**QUICK, "epochs": 30}, tmp_path) == 0
    rows = history_of(tmp_path)
    assert [int(row["epoch"]) for row in rows] == list(range(1, 31))
    assert int(rows[-1]["steps"]) == 30 * 12  # 90 images in batches of 8: the last has two
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert float(rows[-1]["validation_accuracy"]) > 0.9


def test_the_test_images_decide_nothing(tmp_path: Path) -> None:
    data = prepared(tmp_path / "p.h5")
    call(data, QUICK, tmp_path / "before")
    with forged(data) as file:
        file["test/images"][...] = np.nan
        file["test/labels"][...] = -1
    call(data, QUICK, tmp_path / "after")
    before, after = (tmp_path / when for when in ("before", "after"))
    assert (before / "history.csv").read_bytes() == (after / "history.csv").read_bytes()
    # The files differ in the digest of the data that they name, and in nothing else.
    assert values_sha256(before / "model.h5") == values_sha256(after / "model.h5")


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    data = prepared(tmp_path / "p.h5")
    for name, seed in {"one": 5, "same": 5, "other": 6}.items():
        call(data, {**QUICK, "seed": seed}, tmp_path / name)
    one, same, other = ((tmp_path / n / "model.h5").read_bytes() for n in ("one", "same", "other"))
    assert one == same != other


def test_a_run_does_not_copy_the_dataset_into_memory(tmp_path: Path) -> None:
    data, shape = tmp_path / "p.h5", (2000, 400)
    images, labels = np.zeros(shape, np.float32), np.tile(np.eye(4, dtype=np.float32), (500, 1))
    with store.writing(data, "prepared", settings={"normalisation": "unit"}, made_from={}) as file:
        Dataset(("a", "b", "c", "d"), (20, 20), "unit", 0.0, 255.0).write(file)
        for split in ("train", "validation", "test"):
            file[f"{split}/images"], file[f"{split}/labels"] = images, labels
            file[f"{split}/positions"] = np.arange(len(images))
    run = Run(hidden=(6,), epochs=2, batch_size=8)
    tracemalloc.start()
    try:
        with store.reading(data, "prepared") as file:
            training, validation = examples_of(file, run)
        list(trainer_of(run, training).fit(training, validation))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(training.images, np.memmap)
    assert peak < images.nbytes / 2  # a third are buffers for batches of 512


WIDE = {"hidden": [512, 512], "batch_size": 16, "epochs": 1, "pieces": 4}
CONVOLUTIONAL = {"filters": [[4], [4]], "kernel": 2, "padding": 1, "batch_normalisation": True}


@pytest.mark.parametrize("settings", [WIDE, CONVOLUTIONAL])
def test_the_number_of_threads_changes_no_byte(settings: dict[str, Any], tmp_path: Path) -> None:
    data = prepared(tmp_path / "p.h5")
    wide = {**QUICK, **settings}
    for threads in ("1", "2", "4"):
        assert call(data, wide, tmp_path / threads, "--threads", threads) == 0
    for name in ("model.h5", "history.csv"):
        one, two, four = ((tmp_path / threads / name).read_bytes() for threads in ("1", "2", "4"))
        assert one == two == four


def test_without_validation_images_their_columns_are_empty(tmp_path: Path) -> None:
    assert call(prepared(tmp_path / "p.h5", n_validation=0), QUICK, tmp_path) == 0
    assert {row["validation_accuracy"] for row in history_of(tmp_path)} == {""}


def test_a_run_on_all_images_validates_nothing(tmp_path: Path) -> None:
    call(prepared(tmp_path / "p.h5"), {**QUICK, "train_on": "all"}, tmp_path)
    rows = history_of(tmp_path)
    assert int(rows[-1]["steps"]) == 3 * 14  # 110 images in batches of 8
    assert {row["validation_loss"] + row["validation_accuracy"] for row in rows} == {""}


def test_no_epochs_leave_the_first_weights_and_a_history_of_only_its_header(
    tmp_path: Path,
) -> None:
    assert call(prepared(tmp_path / "p.h5"), {"hidden": [6], "epochs": 0, "seed": 5}, tmp_path) == 0
    assert history_of(tmp_path) == []
    assert (tmp_path / "history.csv").read_text().startswith("epoch,steps,")
    run = Run(hidden=(6,), epochs=0, seed=5)
    first = model.build(run, (6,), 3, np.random.default_rng(5).spawn(2)[0])
    stored = model.load(tmp_path / "model.h5").network
    assert np.array_equal(stored.parameters, first.parameters)


def test_clipping_shortens_every_step_that_would_be_longer() -> None:
    examples = Examples(np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32))
    plain: dict[str, Any] = {
        "optimiser": "gradient-descent",
        "schedule": "constant",
        "learning_rate": 1,
    }
    lengths = []
    for clip_norm in (1e-3, 1e3):
        run = Run.parse({**plain, "hidden": [3], "epochs": 1, "clip_norm": clip_norm})
        trainer = trainer_of(run, examples)
        before = trainer.network.parameters.copy()
        list(trainer.fit(examples, examples.first(0)))
        lengths.append(float(np.linalg.norm(trainer.network.parameters - before)))
    assert lengths[0] == pytest.approx(1e-3, rel=1e-3)
    assert 1e-3 < lengths[1] < 1e3


def test_the_warm_up_comes_before_the_schedule(tmp_path: Path) -> None:
    settings = {**QUICK, "schedule": "constant", "learning_rate": 0.3, "warm_up": 0.5}
    call(prepared(tmp_path / "p.h5"), settings, tmp_path)
    rates = [float(row["learning_rate"]) for row in history_of(tmp_path)]
    # 36 steps, of which 18 rise on a line from 0.04 of the rate; epochs end with steps 11, 23, 35
    assert rates == pytest.approx([0.3 * (0.04 + 0.96 * 11 / 18), 0.3, 0.3])


MOVED: dict[str, Any] = {"shift_pixels": 1, "rotation_degrees": 10, "elastic_pixels": 0.5}


def test_augmented_images_are_not_those_of_the_file_and_the_same_for_any_number_of_threads(
    tmp_path: Path,
) -> None:
    data = prepared(tmp_path / "p.h5")
    call(data, QUICK, tmp_path / "plain")
    for threads in ("1", "2", "4"):
        assert call(data, {**QUICK, **MOVED}, tmp_path / threads, "--threads", threads) == 0
    one, two, four = ((tmp_path / n / "model.h5").read_bytes() for n in ("1", "2", "4"))
    assert one == two == four
    assert history_of(tmp_path / "1") != history_of(tmp_path / "plain")


def test_augmentation_changes_neither_first_weights_nor_shuffling_nor_what_is_validated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = np.random.default_rng(3).random((40, 4), dtype=np.float32)
    examples = Examples(images, np.eye(4, dtype=np.float32)[np.arange(40) % 4])
    dataset = Dataset(("a", "b", "c", "d"), (2, 2), "unit", 0.0, 1.0)
    taken: list[NDArray[np.float32]] = []

    def unchanged(self: Augmentation, images: NDArray[np.float32], step: int) -> Any:
        assert step == len(taken) % 15
        taken.append(images.copy())
        return images

    monkeypatch.setattr(Augmentation, "__call__", unchanged)
    ends = []
    for settings in ({}, MOVED):
        run = Run.parse({"hidden": [3], "epochs": 3, "batch_size": 8, **settings})
        trainer = trainer_of(run, examples, dataset)
        history = list(trainer.fit(examples, examples))
        ends.append((trainer.network.parameters, history))
    assert len(taken) == 15  # five batches an epoch, and none to validate with
    assert np.array_equal(ends[0][0], ends[1][0])
    assert ends[0][1] == ends[1][1]


def test_outside_of_an_image_is_what_zero_became_in_its_preparation() -> None:
    dataset = Dataset(("a", "b"), (2, 2), "standard", 33.3, 78.6)
    augment = augmentation(Run(shift_pixels=1), dataset, np.random.default_rng(0))
    assert augment is not None
    found = augment(np.ones((30, 4), np.float32), 0)
    prepared_as = np.zeros(1, np.float32)
    prepared_as -= np.float32(33.3)
    prepared_as /= np.float32(78.6)
    assert set(np.unique(found)) == {np.float32(1), prepared_as[0]}


def test_images_of_unknown_shape_are_not_augmented() -> None:
    examples = Examples(np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32))
    with pytest.raises(ValueError, match="augmentation: found no dataset"):
        trainer_of(Run(shift_pixels=1), examples)


@pytest.mark.parametrize("average", ["exponential", "tail"])
def test_an_averaged_network_is_another_one_after_the_same_training(average: str) -> None:
    images = np.random.default_rng(3).random((40, 4), dtype=np.float32)
    examples = Examples(images, np.eye(4, dtype=np.float32)[np.arange(40) % 4])
    ends, losses = [], []
    for name in ("none", average):
        run = Run.parse({"hidden": [3], "epochs": 4, "batch_size": 4, "average": name})
        trainer = trainer_of(run, examples)
        losses.append([epoch.loss for epoch in trainer.fit(examples, examples)])
        ends.append(trainer.network.parameters.copy())
    assert losses[0] == losses[1]
    assert not np.allclose(ends[0], ends[1], rtol=1e-3)


def test_patience_ends_training_and_keep_best_takes_the_best_epoch() -> None:
    # Labels by lot: what is learnt by heart helps in no other image, so the best epoch is early.
    rng = np.random.default_rng(4)
    images, labels = rng.random((60, 6), np.float32), np.eye(3, dtype=np.float32)
    learnt = Examples(images[:30], labels[rng.integers(0, 3, 30)])
    kept_back = Examples(images[30:], labels[rng.integers(0, 3, 30)])
    plain: dict[str, Any] = {"batch_size": 4, "schedule": "constant"}
    trainer = trainer_of(Run.parse({**plain, "epochs": 200, "patience": 5, "keep": "best"}), learnt)
    history = list(trainer.fit(learnt, kept_back))
    merits = [(epoch.validation_accuracy, -epoch.validation_loss) for epoch in history]
    best = merits.index(max(merits)) + 1
    assert 1 < best == len(history) - 5
    shorter = trainer_of(Run.parse({**plain, "epochs": best}), learnt)
    list(shorter.fit(learnt, kept_back))
    assert np.array_equal(trainer.network.parameters, shorter.network.parameters)


def test_the_log_names_the_epoch_that_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(prepared(tmp_path / "p.h5"), {**QUICK, "keep": "best"}, tmp_path)
    rows = history_of(tmp_path)
    best = max(rows, key=lambda r: (float(r["validation_accuracy"]), -float(r["validation_loss"])))
    assert capsys.readouterr().out.splitlines()[-1] == f"kept: epoch {best['epoch']}"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
@pytest.mark.parametrize("epochs", [0, 3])
def test_raw_pixels_pass_through_without_a_warning(activation: str, epochs: int) -> None:
    rng = np.random.default_rng(1)
    images = np.floor(rng.random((50, 20), dtype=np.float32) * 256)
    examples = Examples(images, np.eye(10, dtype=np.float32)[np.arange(50) % 10])
    run: dict[str, Any] = {"normalisation": "none", "activation": activation, "output": activation}
    run |= {"loss": "quadratic", "initialiser": "normal", "epochs": epochs}
    trainer = trainer_of(Run.parse(run), examples)
    network = trainer.network
    try:
        list(trainer.fit(examples, examples))
    except NonFiniteLoss as error:
        assert "raw pixels" in str(error)  # noqa: PT017  (a ReLU may run away; that is no warning)
    assert np.isfinite(network.predict(images)).all()
    network.parameters[:] = 3e38
    assert np.isfinite(network.predict(images)).all() == (activation == "sigmoid")


def test_data_of_another_normalisation_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = prepared(tmp_path / "p.h5", normalisation="standard")
    assert call(data, QUICK, tmp_path) == 1
    assert "p.h5: prepared with normalisation: standard, but" in capsys.readouterr().err
    assert not (tmp_path / "model.h5").exists()


def test_a_run_that_diverges_says_where_and_why_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = {**QUICK, "output": "linear", "loss": "quadratic", "learning_rate": 1e8, "epochs": 40}
    assert call(prepared(tmp_path / "p.h5"), wild, tmp_path) == 1
    assert re.search(
        r"not a finite number any more, in epoch \d+ at step \d+ with learning rate .*"
        "try a tenth of the learning rate",
        capsys.readouterr().err,
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.h5"]


@pytest.mark.parametrize("keep", ["last", "best"])
def test_divergence_is_recorded_where_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: str
) -> None:
    wild = {**QUICK, "output": "linear", "loss": "quadratic", "learning_rate": 1e8, "epochs": 40}
    data = prepared(tmp_path / "p.h5")
    assert call(data, {**wild, "keep": keep}, tmp_path, "--record-divergence") == 0
    cause, found, *_ = model.load(tmp_path / "model.h5").findings
    assert (cause["name"], found["name"]) == ("rate-too-high", "diverged")
    assert f"unhealthy: {found['words']}\n" in capsys.readouterr().out
    rows = history_of(tmp_path)
    assert [int(row["epoch"]) for row in rows] == list(range(1, found["epoch"] + 1))
    assert (rows[-1]["loss"], rows[-1]["validation_accuracy"]) == ("inf", "")
    assert int(rows[-1]["steps"]) == found["step"]
    assert all(row["validation_accuracy"] for row in rows[:-1])


def test_a_sound_run_has_the_same_bytes_whether_divergence_would_be_recorded_or_not(
    tmp_path: Path,
) -> None:
    data = prepared(tmp_path / "p.h5")
    for name, options in {"a": [], "b": ["--record-divergence"]}.items():
        assert call(data, QUICK, tmp_path / name, *options) == 0
    for file in ("model.h5", "history.csv"):
        one, other = (tmp_path / name / file for name in ("a", "b"))
        assert one.read_bytes() == other.read_bytes()


def test_what_is_unhealthy_is_said_at_the_end_of_the_log_and_kept_with_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alike = {**QUICK, "initialiser": "zeros"}
    assert call(prepared(tmp_path / "p.h5"), alike, tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()[3:]
    found = {one["name"]: one for one in model.load(tmp_path / "model.h5").findings}
    assert lines == [f"unhealthy: {one['words']}" for one in found.values()]
    assert found["identical-units"]["try"] == "initialiser: he\ninitial_scale: 1.0"


def test_the_check_of_gradients_changes_nothing_of_the_run() -> None:
    images = np.random.default_rng(3).random((40, 4), dtype=np.float32)
    examples = Examples(images, np.eye(4, dtype=np.float32)[np.arange(40) % 4])
    run = Run(hidden=(3,), epochs=2, dropout=0.5, batch_normalisation=True)
    dataset = Dataset(("a", "b", "c", "d"), (2, 2), "unit", 0.0, 1.0)
    watched = training_run.train(run, TrainingData(examples, examples, dataset)).network
    alone = trainer_of(run, examples)
    list(alone.fit(examples, examples))
    assert np.array_equal(watched.parameters, alone.network.parameters)
    for one, other in zip(watched.layers, alone.network.layers, strict=True):
        for name, array in one.state().items():
            assert np.array_equal(array, other.state()[name])


def test_training_uses_one_blas_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()

    def spying(epochs: Any, *_: int) -> Any:
        for epoch in epochs:
            pools = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
            seen.update(pool["num_threads"] for pool in pools)
            yield epoch

    monkeypatch.setattr(training_run, "reported", spying)
    call(prepared(tmp_path / "p.h5"), QUICK, tmp_path)
    assert seen == {1}


def test_the_rate_in_the_history_is_the_schedules(tmp_path: Path) -> None:
    settings = {**QUICK, "schedule": "linear", "learning_rate": 0.3}
    call(prepared(tmp_path / "p.h5"), settings, tmp_path)
    rates = [float(row["learning_rate"]) for row in history_of(tmp_path)]
    steps = 3 * 12
    expected = [0.3 * (1 - (12 * epoch - 1) / steps) for epoch in (1, 2, 3)]
    assert rates == pytest.approx(expected)


def test_a_run_can_be_stepped_through_without_any_file() -> None:
    images = np.eye(4, dtype=np.float32)
    examples = Examples(images, images)
    trainer = trainer_of(Run(hidden=(3,), epochs=2), examples)
    first = trainer.network.parameters.copy()
    assert next(trainer.fit(examples, examples)).epoch == 1
    assert (trainer.network.parameters != first).any()


def test_a_network_of_mnist_in_one_epoch_is_right_in_nine_of_ten(
    mnist_folder: Path, tmp_path: Path
) -> None:
    from scrawl.data import idx

    pixels = idx.read(mnist_folder / "t10k-images-idx3-ubyte.gz").reshape(-1, 784)
    labels = idx.read(mnist_folder / "t10k-labels-idx1-ubyte.gz")
    images = (pixels / 255).astype(np.float32)
    one_hot = np.eye(10, dtype=np.float32)[labels]
    learnt, kept = Examples(images[:8000], one_hot[:8000]), Examples(images[8000:], one_hot[8000:])
    *_, last = trainer_of(Run(epochs=3), learnt).fit(learnt, kept)
    assert last.validation_accuracy > 0.9
