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
