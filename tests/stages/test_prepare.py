"""Stage prepare: normalised, flattened, one-hot, split; the oracles are worked out by hand."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scrawl import __main__ as cli
from scrawl.artifacts import cautions, store
from scrawl.artifacts.appearance import Appearance
from scrawl.data import idx
from scrawl.data.appearance_detection import BLOCK_BYTES
from scrawl.settings.configuration import Configuration
from scrawl.settings.configuration_files import configuration_files
from scrawl.settings.dataset import Preparation
from scrawl.stages import decode, prepare

IMAGES = np.array([[[0, 255], [51, 102]], [[255, 0], [0, 0]], [[1, 2], [3, 4]]], np.uint8)


def decoded(
    folder: Path,
    train: tuple[Any, Any] = (IMAGES, [0, 1, 0]),
    test: tuple[Any, Any] = (IMAGES[:1], [1]),
) -> Path:
    path = folder / "decoded.h5"
    with store.writing(path, "decoded", settings={}, made_from={"raw": "f00"}) as file:
        for split, (images, labels) in {"train": train, "test": test}.items():
            file[f"{split}/images"] = np.asarray(images)
            file[f"{split}/labels"] = np.asarray(labels)
    return path


def prepared(data: Path, groups_of: Path | None = None, **settings: Any) -> dict[str, Any]:
    path = data.parent / "prepared.h5"
    prepare.prepare(Preparation(**settings), data, path, groups_of)
    with store.reading(path, "prepared") as file:
        tables: dict[str, Any] = {}
        file.visititems(
            lambda name, x: tables.update({name: x[...]} if hasattr(x, "shape") else {})
        )
        return {**tables, "names": store.read_texts(file["class_names"]), **file.attrs}


def test_unit_divides_by_255_and_flattens_row_by_row(tmp_path: Path) -> None:
    result = prepared(decoded(tmp_path), validation=0.0)
    np.testing.assert_array_equal(
        result["train/images"],
        np.array(
            [[0, 1, 0.2, 0.4], [1, 0, 0, 0], [1 / 255, 2 / 255, 3 / 255, 4 / 255]], np.float32
        ),
    )
    assert result["train/images"].dtype == np.float32
    assert result["image_shape"].tolist() == [2, 2]
    assert (result["offset"], result["scale"]) == (0, 255)


def test_none_leaves_the_pixels_as_they_are(tmp_path: Path) -> None:
    result = prepared(decoded(tmp_path), validation=0.0, normalisation="none")
    np.testing.assert_array_equal(result["train/images"], IMAGES.reshape(3, 4))


def test_standard_takes_mean_and_deviation_of_the_images_trained_on_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 3, 3)).astype(np.uint8)
    data = decoded(tmp_path, (images, np.arange(40) % 4), (images[:5], np.arange(5) % 4))
    result = prepared(data, validation=0.5, normalisation="standard")
    kept = images[result["train/positions"]].astype(np.float64)
    assert result["offset"] == pytest.approx(kept.mean(), rel=1e-12)
    assert result["scale"] == pytest.approx(kept.std(), rel=1e-12)
    np.testing.assert_allclose(
        result["test/images"], (images[:5].reshape(5, 9) - kept.mean()) / kept.std(), rtol=1e-5
    )


def test_images_of_one_grey_become_zeros_not_nan(tmp_path: Path) -> None:
    data = decoded(tmp_path, (np.full((3, 2, 2), 7, np.uint8), [0, 1, 0]))
    result = prepared(data, validation=0.0, normalisation="standard")
    np.testing.assert_array_equal(result["train/images"], np.zeros((3, 4)))


def test_labels_become_one_hot_in_the_order_of_the_numbers_that_occur(tmp_path: Path) -> None:
    result = prepared(decoded(tmp_path, (IMAGES, [7, -2, 7]), (IMAGES[:1], [3])), validation=0.0)
    assert result["names"] == ["-2", "3", "7"]
    np.testing.assert_array_equal(result["train/labels"], [[0, 0, 1], [1, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(result["test/labels"], [[0, 1, 0]])


def test_named_classes_may_count_from_one_as_emnist_letters_do(tmp_path: Path) -> None:
    data = decoded(tmp_path, (IMAGES, [2, 1, 3]))
    result = prepared(data, validation=0.0, class_names=("a", "b", "c"), first_label=1)
    assert result["names"] == ["a", "b", "c"]
    assert result["train/labels"].argmax(axis=1).tolist() == [1, 0, 2]


def test_a_label_outside_the_named_classes_is_counted_and_refused(tmp_path: Path) -> None:
    data = decoded(tmp_path, (IMAGES, [0, 9, 9]))
    with pytest.raises(ValueError, match=r"/train/labels: .* 9 \(2×\); expected 0\.\.1"):
        prepared(data, class_names=("a", "b"))


def test_transposed_images_are_turned_back(tmp_path: Path) -> None:
    image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    data = decoded(tmp_path, (np.repeat(image, 3, axis=0), [0, 1, 0]), (image, [0]))
    result = prepared(data, validation=0.0, normalisation="none", transposed=True)
    assert result["image_shape"].tolist() == [3, 2]
    np.testing.assert_array_equal(result["test/images"], [[0, 3, 1, 4, 2, 5]])


def test_the_class_is_taken_from_the_column_that_is_named(tmp_path: Path) -> None:
    labels = np.array([[5, 0], [5, 1], [5, 0]], np.int32)
    data = decoded(tmp_path, (IMAGES, labels), (IMAGES[:1], labels[:1]))
    assert prepared(data, label_column=1, validation=0.0)["names"] == ["0", "1"]
    with pytest.raises(ValueError, match="label_column: found 2, but /train/labels has 2 columns"):
        prepared(data, label_column=2)


def test_several_columns_of_labels_are_asked_about(tmp_path: Path) -> None:
    labels = np.array([[5, 0], [5, 1], [5, 0]], np.int32)
    data = decoded(tmp_path, (IMAGES, labels), (IMAGES[:1], labels[:1]))
    with pytest.raises(ValueError, match=r"/train/labels: found 2 columns.* 0 to 1: `label_col"):
        prepared(data)
    (tmp_path / "decoded.h5").unlink()
    one = labels[:, 1:]
    assert prepared(decoded(tmp_path, (IMAGES, one), (IMAGES[:1], one[:1])))["names"] == ["0", "1"]


def of_writers(folder: Path) -> Path:
    labels = np.stack([np.arange(60) % 3, np.arange(60) // 6], axis=1).astype(np.int32)
    return decoded(folder, (np.tile(IMAGES, (20, 1, 1)), labels), (IMAGES[:2], labels[-2:]))


def test_groups_travel_with_their_images(tmp_path: Path) -> None:
    result = prepared(of_writers(tmp_path), label_column=0, group_column=1)
    for split in ("train", "validation"):
        assert result[f"{split}/groups"].dtype == np.int64
        np.testing.assert_array_equal(result[f"{split}/groups"], result[f"{split}/positions"] // 6)
    assert result["test/groups"].tolist() == [9, 9]


def test_a_split_by_group_keeps_whole_writers_back(tmp_path: Path) -> None:
    data = of_writers(tmp_path)
    result = prepared(data, label_column=0, group_column=1, split="group", validation=12)
    writers = result["validation/groups"]
    assert len(writers) == 12
    assert len(set(writers)) == 2
    assert set(writers).isdisjoint(result["train/groups"])


def test_a_split_by_group_needs_groups(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="split: found group, but nothing names the groups"):
        prepared(of_writers(tmp_path), label_column=0, split="group")


def of_qmnist(
    folder: Path, train: NDArray[np.int32], test: NDArray[np.int32], mnist: int, **settings: Any
) -> dict[str, Any]:
    """Prepare the later test images of QMNIST's files, beside MNIST's; images are made up.

    Parameters
    ----------
    train, test : (n, 8) int32
        Its labels: column 0 the class, 2 the writer.
    mnist : int
        How many of the test images, the first, are MNIST's.
    """
    files = {}
    for split, labels in (("train", train), ("test", test)):
        images = np.arange(4 * len(labels)).reshape(-1, 2, 2).astype(np.uint8)
        for kind, values in (("images", images), ("labels", labels)):
            files[f"{split}-{kind}"] = folder / f"{split}-{kind}.idx"
            idx.write(files[f"{split}-{kind}"], values)
    columns: dict[str, Any] = {"label_column": 0, "group_column": 2, "normalisation": "none"}
    for name, rows in {"mnist": (0, mnist), "later": (mnist, len(test))}.items():
        chosen = {"test-images": rows, "test-labels": rows}
        decode.decode(files, folder / f"{name}.h5", chosen)
    others = folder / "others.h5"
    prepare.prepare(Preparation(**columns), folder / "mnist.h5", others)
    return prepared(folder / "later.h5", others, **columns, **settings)


def test_later_images_are_told_by_whether_their_writers_were_met_before(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, (160, 8)).astype(np.int32)
    labels[:60, 2] = np.arange(60) % 6  # writers 0 to 5 wrote the training images
    labels[60:, 2] = 6 + np.arange(100) // 10  # 6 to 15, ten images each, the test images
    labels[150:, 2] = [6, 7, 14, 3, 20, 20, 20, 20, 6, 14]
    # MNIST's test images are the first 40, by the writers 6 to 9.
    expected = {"unmet_in": [*range(40, 90), 92, *range(94, 98), 99], "met_in": [90, 91, 93, 98]}
    for key, rows in expected.items():
        (folder := tmp_path / key).mkdir()
        found = of_qmnist(folder, labels[:60], labels[60:], 40, **{key: "mnist"})
        assert (found["test/positions"] + 40).tolist() == rows
        np.testing.assert_array_equal(found["test/groups"], labels[60:][rows, 2])
        np.testing.assert_array_equal(found["test/images"][:, 1], (4 * np.array(rows) + 1) % 256)
        assert json.loads(found["settings"])[key] == "mnist"
        with store.reading(folder / "others.h5", "prepared") as file:
            assert json.loads(found["made_from"])["groups_of"] == store.sha256_of_content(file)


@pytest.mark.parametrize(
    ("name", "images", "writers"),
    [("qmnist_new_writers", 25418, 238), ("qmnist_met_writers", 24582, 250)],
)
def test_qmnist_has_as_many_images_by_people_whom_mnist_has_not_as_are_known(
    name: str, images: int, writers: int, tmp_path: Path, mnist_folder: Path
) -> None:
    folder = mnist_folder.parent / "qmnist"
    files = [folder / f"qmnist-{split}-labels-idx2-int.gz" for split in ("train", "test")]
    if not all(file.is_file() for file in files):
        pytest.skip(f"no labels of QMNIST in {folder}")
    root = Path(__file__).parents[2]
    dataset = Configuration.read(configuration_files(root, root), root).dataset(name)
    assert dataset.rows == [
        "--rows",
        *["test-images", "10000", "60000", "--rows", "test-labels", "10000", "60000"],
    ]
    given: dict[str, Any] = {"met_in": dataset.met_in, "unmet_in": dataset.unmet_in}
    train, test = map(idx.read, files)
    found = of_qmnist(tmp_path, train, test, 10000, **given)
    assert (len(found["test/images"]), len(set(found["test/groups"]))) == (images, writers)


def test_datasets_without_groups_keep_their_settings_and_tables(tmp_path: Path) -> None:
    result = prepared(decoded(tmp_path))
    assert not [name for name in result if "groups" in name]
    assert set(json.loads(result["settings"])).isdisjoint(
        {"split", "group_column", "met_in", "unmet_in"}
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32])
def test_one_hot_labels_are_recognised(tmp_path: Path, dtype: Any) -> None:
    labels = np.eye(3, dtype=dtype)
    data = decoded(tmp_path, (IMAGES, labels), (IMAGES[:1], labels[:1]))
    with pytest.raises(ValueError, match=r"one-hot rows of 3 columns.*labels\.argmax\(axis=1\)"):
        prepared(data)


def test_names_that_are_shifted_against_the_labels_are_a_warning(tmp_path: Path) -> None:
    data = decoded(tmp_path, (IMAGES, [1, 2, 3]))
    result = prepared(data, validation=0.0, class_names=("a", "b", "c", "d"))
    assert any(
        "labels are 1 to 3, but class_names has names for 0 to 3" in one
        for one in json.loads(result["warnings"])
    )


def test_labels_that_are_no_whole_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="/train/labels: found float32 values that are no whole"):
        prepared(decoded(tmp_path, (IMAGES, np.array([0, 0.5, 1], np.float32))))


def test_classes_that_only_the_test_images_have_are_a_warning_with_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = decoded(tmp_path, (IMAGES, [0, 1, 0]), (IMAGES, [2, 0, 1]))
    prepared(data, validation=0.0, class_names=("cat", "dog", "eel", "fox"))
    warnings = capsys.readouterr().err
    assert "not in the training images but in the test images: eel" in warnings
    assert "not in the training images nor in the test images: fox" in warnings
    kept = list(cautions.collected([tmp_path / "prepared.h5", data, tmp_path / "none.h5"]))
    assert [line.partition(".h5: ")[2] for line in kept] == [
        line.partition("warning: ")[2] for line in warnings.splitlines()
    ]


def test_ink_is_shown_above_paper_by_unit_and_standard_whichever_is_darker(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = np.zeros((30, 9, 9), np.uint8)
    images[:, 3:6, 3:6] = rng.integers(100, 256, (30, 3, 3))
    images[0, 4, 4] = 255
    for normalisation in ("unit", "standard"):
        tables = []
        for version in (images, 255 - images):
            (tmp_path / "decoded.h5").unlink(missing_ok=True)
            data = decoded(tmp_path, (version, np.arange(30) % 3), (version[:3], [0, 1, 2]))
            result = prepared(data, normalisation=normalisation)
            tables.append(result["train/images"])
            assert Appearance(result["paper"], result["ink"]).dark_on_light == (len(tables) == 2)
        np.testing.assert_allclose(tables[0], tables[1], atol=1e-5)


def test_a_pixel_that_is_not_finite_in_a_test_image_is_named(tmp_path: Path) -> None:
    images = IMAGES.astype(np.float32)
    wrong = images.copy()
    wrong[1, 0, 0] = np.nan
    data = decoded(tmp_path, (images, [0, 1, 0]), (wrong, [0, 1, 0]))
    with pytest.raises(ValueError, match=r"/test/images: .* not finite in image 1 of the test"):
        prepared(data)
    assert not (tmp_path / "prepared.h5").exists()


@pytest.mark.parametrize("there", ["source", "raw", "nothing"])
def test_the_file_to_correct_is_the_source_as_far_as_it_is_known(
    tmp_path: Path, there: str
) -> None:
    """The log of a download ends with the place that the file was copied from."""
    images = IMAGES.astype(np.float32)
    images[2, 1, 1] = np.inf
    digest = "0123456789abcdef" * 4
    with store.writing(
        tmp_path / "d.h5", "decoded", settings={}, made_from={"train-images": digest}
    ) as file:
        for split, rows in (("train", images), ("test", IMAGES)):
            file[f"{split}/images"], file[f"{split}/labels"] = rows, np.array([0, 1, 0])
    source, raw = tmp_path / "mine.idx", tmp_path / "raw/train-images.idx"
    expected = {"source": source, "raw": raw, "nothing": "the file of the train images"}[there]
    if there != "nothing":
        raw.parent.mkdir()
        raw.touch()
    if there == "source":
        source.touch()
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs/download-train-images.log").write_text(f"as it was, from {source}\n")
    with pytest.raises(ValueError, match="not finite in image 2 of the train images") as raised:
        prepared(tmp_path / "d.h5")
    assert str(raised.value).startswith(f"{tmp_path}/d.h5: /train/images: ")
    assert str(raised.value).endswith(f"; correct {expected} (SHA-256 0123456789abcdef…)")


def test_test_images_that_are_the_training_images_are_a_warning(tmp_path: Path) -> None:
    digests = {"train-images": "a", "test-images": "a"}
    with store.writing(tmp_path / "d.h5", "decoded", settings={}, made_from=digests) as file:
        for split in ("train", "test"):
            file[f"{split}/images"], file[f"{split}/labels"] = IMAGES, np.array([0, 1, 0])
    assert (
        "the test images are the training images"
        in prepared(tmp_path / "d.h5")["warnings"].decode()
    )


def test_ten_images_one_of_each_class_all_stay_for_training(tmp_path: Path) -> None:
    images = np.zeros((10, 2, 2), np.uint8)
    result = prepared(decoded(tmp_path, (images, np.arange(10))), validation=0.3)
    assert len(result["train/images"]) == 10
    assert result["validation/images"].shape == (0, 4)


def test_nothing_is_lost_or_doubled_by_the_split_and_files_keep_their_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (500, 2, 2)).astype(np.uint8)
    labels = rng.integers(0, 3, 500)
    result = prepared(decoded(tmp_path, (images, labels), (images, labels)), validation=100.0)
    positions = [result[f"{split}/positions"] for split in ("train", "validation")]
    assert [len(one) for one in positions] == [400, 100]
    assert sorted(np.concatenate(positions)) == list(range(500))
    for split, where in zip(("train", "validation"), positions, strict=True):
        assert (np.diff(where) > 0).all()
        np.testing.assert_array_equal(
            result[f"{split}/images"], np.float32(images[where].reshape(-1, 4)) / np.float32(255)
        )
        assert result[f"{split}/labels"].argmax(axis=1).tolist() == labels[where].tolist()


@example(counts=[1, 1, 32], share=0.3125, seed=0)  # 11 of 34 images, where 10.6 were asked for
@given(
    counts=st.lists(st.integers(0, 60), min_size=1, max_size=8).filter(lambda c: sum(c) > 1),
    share=st.floats(0, 0.9),
    seed=st.integers(0, 5),
)
def test_every_class_gives_its_share_and_keeps_one(
    counts: list[int], share: float, seed: int
) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    kept_back = prepare.validation_split(labels, share, seed)
    given = np.bincount(labels[kept_back], minlength=len(counts))
    of_all = round(share * sum(counts)) / sum(counts)  # whole images are kept back
    for count, part in zip(counts, given, strict=True):
        assert part <= max(count - 1, 0)
        assert abs(part - of_all * count) < 1 or part == count - 1


def test_the_split_is_decided_by_its_seed_alone() -> None:
    labels = np.arange(1000) % 10
    first, again, other = (prepare.validation_split(labels, 0.1, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_validation_split_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="validation: found 10, but there are only 10 training"):
        prepare.validation_split(np.arange(10) % 2, 10, seed=0)


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    n = 4 * BLOCK_BYTES // 784
    with store.writing(tmp_path / "d.h5", "decoded", settings={}, made_from={}) as file:
        for split in ("train", "test"):
            file[f"{split}/images"] = np.zeros((n, 28, 28), np.uint8)
            file[f"{split}/labels"] = np.arange(n) % 10
    tracemalloc.start()
    prepare.prepare(Preparation(normalisation="standard"), tmp_path / "d.h5", tmp_path / "p.h5")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A block of bytes becomes four times as much in float32, and twice that in float64.
    assert peak < 16 * BLOCK_BYTES < 4 * 2 * n * 784


def test_the_command_says_what_is_wrong_with_its_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "decoded.h5").write_text("<html>")
    words = ["--data", str(tmp_path / "decoded.h5"), "--output", str(tmp_path / "p.h5")]
    assert cli.main(["prepare", "--settings", "{}", *words]) == 1
    assert "decoded.h5: not a complete HDF5 file" in capsys.readouterr().err
    assert cli.main(["prepare", "--settings", '{"validaton": 1}', *words]) == 1
    assert "did you mean 'validation'?" in capsys.readouterr().err
    assert not (tmp_path / "p.h5").exists()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    data = decoded(tmp_path)
    for name in ("a.h5", "b.h5"):
        prepare.prepare(Preparation(), data, tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with h5py.File(tmp_path / "a.h5") as file, store.reading(data, "decoded") as source:
        assert store.sha256_of_content(source) in store.text(file.attrs["made_from"])


def test_mnist_has_its_published_mean_and_deviation(mnist_folder: Path) -> None:
    from scrawl.data import idx

    pixels: NDArray[Any] = idx.read(mnist_folder / "train-images-idx3-ubyte.gz")
    everything = np.ones(len(pixels), dtype=bool)
    mean, deviation = prepare.pixel_scale(pixels, everything, "standard", Appearance())
    assert (round(mean / 255, 5), round(deviation / 255, 5)) == (0.13066, 0.30811)
