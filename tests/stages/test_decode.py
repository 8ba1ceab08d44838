"""Stage decode: value for value what the IDX files hold, or a word about what is wrong."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.data import idx
from scrawl.stages import decode

Arrays = dict[str, NDArray[Any]]


@pytest.fixture
def arrays() -> Arrays:
    rng = np.random.default_rng(1)
    return {
        "train-images": rng.integers(0, 256, (7, 3, 2)).astype(np.uint8),
        "train-labels": np.arange(7, dtype=np.uint8),
        "test-images": rng.integers(0, 256, (4, 3, 2)).astype(np.uint8),
        "test-labels": np.arange(4, dtype=np.uint8),
    }


def written(arrays: Arrays, folder: Path, suffix: str = ".gz") -> dict[str, Path]:
    files = {part: folder / f"{part}.idx{suffix}" for part in arrays}
    for part, path in files.items():
        idx.write(path, arrays[part])
    return files


def call(files: dict[str, Path], output: Path) -> int:
    words = [word for part, path in files.items() for word in (f"--{part}", str(path))]
    return cli.main(["decode", *words, "--output", str(output)])


@pytest.mark.parametrize("suffix", [".gz", ".xz", ""])
def test_every_value_arrives_whatever_the_compression(
    arrays: Arrays, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / "decoded.h5"
    assert call(written(arrays, tmp_path, suffix), output) == 0
    with store.reading(output, "decoded") as file:
        for part, expected in arrays.items():
            found = file[part.replace("-", "/")]
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found[...], expected)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "float32", "float64"])
def test_the_dtype_is_the_files_own(arrays: Arrays, tmp_path: Path, dtype: str) -> None:
    arrays = {part: array.astype(dtype) for part, array in arrays.items()}
    decode.decode(written(arrays, tmp_path), tmp_path / "decoded.h5")
    with store.reading(tmp_path / "decoded.h5", "decoded") as file:
        assert file["train/images"].dtype == np.dtype(dtype)
        np.testing.assert_array_equal(file["train/images"][...], arrays["train-images"])


def test_labels_may_have_columns_and_images_any_shape(tmp_path: Path) -> None:
    arrays: Arrays = {
        "train-images": np.zeros((2, 5, 4, 3), np.uint8),
        "train-labels": np.arange(16, dtype=np.int32).reshape(2, 8),
        "test-images": np.zeros((0, 5, 4, 3), np.uint8),
        "test-labels": np.zeros((0, 8), np.int32),
    }
    decode.decode(written(arrays, tmp_path), tmp_path / "decoded.h5")
    with store.reading(tmp_path / "decoded.h5", "decoded") as file:
        np.testing.assert_array_equal(file["train/labels"][...], arrays["train-labels"])
        assert file["test/images"].shape == (0, 5, 4, 3)


def test_a_mirror_that_compressed_anew_gives_the_same_bytes(arrays: Arrays, tmp_path: Path) -> None:
    for suffix in (".gz", ""):
        decode.decode(written(arrays, tmp_path, suffix), tmp_path / f"decoded{suffix}.h5")
    assert (tmp_path / "decoded.gz.h5").read_bytes() == (tmp_path / "decoded.h5").read_bytes()


def test_swapped_files_are_recognised(
    arrays: Arrays, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = written(arrays, tmp_path)
    files["train-images"], files["train-labels"] = files["train-labels"], files["train-images"]
    assert call(files, tmp_path / "decoded.h5") == 1
    message = capsys.readouterr().err
    assert "train-labels.idx.gz: expected images (n, height, width), found (7,)" in message
    assert "the two look swapped" in message


@pytest.mark.parametrize(
    ("part", "array", "message"),
    [
        ("test-labels", np.zeros(5, np.uint8), "4 images but .*test-labels.idx.gz 5 labels"),
        ("test-images", np.zeros((4, 2, 3), np.uint8), r"\(2, 3\), those of .* \(3, 2\)"),
        ("train-labels", np.zeros((7, 1, 1), np.uint8), r"expected labels .*, found \(7, 1, 1\)"),
    ],
)
def test_files_that_do_not_belong_together_are_named(
    arrays: Arrays, tmp_path: Path, part: str, array: NDArray[Any], message: str
) -> None:
    files = written({**arrays, part: array}, tmp_path)
    with pytest.raises(ValueError, match=message):
        decode.decode(files, tmp_path / "decoded.h5")


def test_a_damaged_file_leaves_no_output(
    arrays: Arrays, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = written(arrays, tmp_path / "raw")
    damaged = files["test-images"]
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert call(files, tmp_path / "out" / "decoded.h5") == 1
    assert "test-images.idx.gz" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    n = 6 * decode.BLOCK_BYTES // 784
    arrays: Arrays = {
        "train-images": np.zeros((n, 28, 28), np.uint8),
        "train-labels": np.zeros(n, np.uint8),
        "test-images": np.zeros((1, 28, 28), np.uint8),
        "test-labels": np.zeros(1, np.uint8),
    }
    files = written(arrays, tmp_path)
    del arrays
    tracemalloc.start()
    decode.decode(files, tmp_path / "decoded.h5")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * decode.BLOCK_BYTES


def with_groups(arrays: Arrays, **more: NDArray[Any]) -> Arrays:
    groups = {
        "train-groups": np.arange(7, dtype=np.int32) // 2,
        "test-groups": np.zeros(4, np.int32),
    }
    return {**arrays, **groups, **{part.replace("_", "-"): array for part, array in more.items()}}


def test_groups_are_decoded_and_files_without_hold_nothing_of_them(
    arrays: Arrays, tmp_path: Path
) -> None:
    assert call(written(with_groups(arrays), tmp_path), tmp_path / "grouped.h5") == 0
    with store.reading(tmp_path / "grouped.h5", "decoded") as file:
        assert file["train/groups"][...].tolist() == [0, 0, 1, 1, 2, 2, 3]
        assert "train-groups" in store.made_from(file)
    assert call(written(arrays, tmp_path), tmp_path / "plain.h5") == 0
    with store.reading(tmp_path / "plain.h5", "decoded") as file:
        assert list(file["train"]) == ["images", "labels"]
        assert store.settings_of(file) == {}


@pytest.mark.parametrize("block_bytes", [1, 8 << 20])
def test_only_the_rows_asked_for_are_taken(
    arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(decode, "BLOCK_BYTES", block_bytes)
    longer = np.arange(60, dtype=np.int32).reshape(20, 3)
    files = written(with_groups(arrays, test_groups=longer), tmp_path)
    words = [word for part, path in files.items() for word in (f"--{part}", str(path))]
    words += ["--rows", "test-groups", "5", "9", "--output", str(tmp_path / "decoded.h5")]
    assert cli.main(["decode", *words]) == 0
    with store.reading(tmp_path / "decoded.h5", "decoded") as file:
        np.testing.assert_array_equal(file["test/groups"][...], longer[5:9])
        assert store.settings_of(file) == {"rows": {"test-groups": [5, 9]}}
        with idx.reading(files["test-groups"]) as reader:
            assert store.made_from(file)["test-groups"] == reader.verify()


@pytest.mark.parametrize(
    ("more", "rows", "message"),
    [
        ({"test_groups": np.zeros(5, np.int32)}, {}, "groups of 5 images, expected 4, as many as"),
        ({"test_groups": np.zeros(4, np.float32)}, {}, r"groups \(4,\) of float32, expected whole"),
        ({}, {"train-groups": (0, 8)}, "train-groups.idx.gz: found 7 rows, expected 8 or more"),
    ],
)
def test_groups_that_do_not_belong_to_the_images_are_named(
    arrays: Arrays, tmp_path: Path, more: Arrays, rows: dict[str, tuple[int, int]], message: str
) -> None:
    files = written(with_groups(arrays, **more), tmp_path)
    with pytest.raises(ValueError, match=message):
        decode.decode(files, tmp_path / "decoded.h5", rows)


def test_groups_of_one_split_only_are_refused(arrays: Arrays, tmp_path: Path) -> None:
    files = written(with_groups(arrays), tmp_path)
    del files["test-groups"]
    with pytest.raises(ValueError, match="one split only; expected both or none"):
        decode.decode(files, tmp_path / "decoded.h5")


@pytest.mark.parametrize("words", [["labels", "0", "2"], ["test-labels", "2", "2"]])
def test_rows_of_no_file_or_in_no_order_are_refused(
    arrays: Arrays, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    files = written(arrays, tmp_path)
    given = [word for part, path in files.items() for word in (f"--{part}", str(path))]
    assert cli.main(["decode", *given, "--rows", *words, "--output", str(tmp_path / "x.h5")]) == 1
    assert (
        f"--rows: found {' '.join(words)}, expected one of train-images" in capsys.readouterr().err
    )
