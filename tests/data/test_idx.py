"""The IDX format: bytes written by hand are the oracle for reading, NumPy's own for writing."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import re
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from scrawl.data import idx

LABELS = b"\x00\x00\x08\x01\x00\x00\x00\x05" + bytes([5, 0, 4, 1, 9])
MATRIX = b"\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x03" + bytes([1, 2, 3, 4, 5, 6])

# One value of each type, with the bytes that the format asks for: big-endian.
VALUES = {
    "uint8": (b"\x08", b"\xfe", 254),
    "int8": (b"\x09", b"\xfe", -2),
    "int16": (b"\x0b", b"\xff\xfe", -2),
    "int32": (b"\x0c", b"\x00\x01\x00\x02", 65538),
    "float32": (b"\x0d", b"\xbf\xc0\x00\x00", -1.5),
    "float64": (b"\x0e", b"\x40\x09\x21\xfb\x54\x44\x2d\x18", np.pi),
}
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    "": bytes,
}

arrays = st.sampled_from(list(VALUES)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=6, min_side=0))
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.idx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all the examples of a property."""
    return tmp_path_factory.mktemp("idx")


def header(code: int, *shape: int) -> bytes:
    return struct.pack(f">4B{len(shape)}I", 0, 0, code, len(shape), *shape)


def refusal(path: Path, content: bytes) -> str:
    """Return the message with which these bytes are refused."""
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: ") as caught:
        idx.read(path)
    return str(caught.value).removeprefix(f"{path}: ")


# Reading


@pytest.mark.parametrize("dtype", VALUES)
def test_every_type_is_read_from_its_big_endian_bytes(path: Path, dtype: str) -> None:
    code, raw, value = VALUES[dtype]
    path.write_bytes(b"\x00\x00" + code + b"\x01\x00\x00\x00\x02" + raw + raw)
    array = idx.read(path)
    assert array.tolist() == [value, value]
    assert array.dtype == np.dtype(dtype)
    assert array.dtype.isnative


def test_values_come_row_by_row(path: Path) -> None:
    path.write_bytes(MATRIX)
    assert idx.read(path).tolist() == [[1, 2, 3], [4, 5, 6]]


def test_rank_zero_is_a_single_value(path: Path) -> None:
    path.write_bytes(b"\x00\x00\x0b\x00\x01\x02")
    array = idx.read(path)
    assert array.shape == ()
    assert array == 258


def test_a_dimension_of_zero_makes_an_empty_array(path: Path) -> None:
    path.write_bytes(header(0x0C, 3, 0, 2))
    assert idx.read(path).shape == (3, 0, 2)


def test_64_dimensions_are_read_and_65_refused(path: Path) -> None:
    path.write_bytes(header(0x08, *[1] * 64) + b"\x07")
    assert idx.read(path).shape == (1,) * 64
    message = refusal(path, header(0x08, *[1] * 65) + b"\x07")
    assert message == ("found 65 dimensions, expected at most 64: a NumPy array cannot have more")


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_packing_is_told_by_the_bytes_not_the_name(path: Path, packing: str) -> None:
    path.with_suffix(".txt").write_bytes(PACKINGS[packing](LABELS))
    assert idx.read(path.with_suffix(".txt")).tolist() == [5, 0, 4, 1, 9]


def test_gzip_members_in_a_row_are_one_stream(path: Path) -> None:
    path.write_bytes(gzip.compress(LABELS[:6]) + gzip.compress(LABELS[6:]))
    assert idx.read(path).tolist() == [5, 0, 4, 1, 9]


def test_the_array_may_be_changed(path: Path) -> None:
    path.write_bytes(LABELS)
    array = idx.read(path)
    array += 1
    assert array.tolist() == [6, 1, 5, 2, 10]


# Reading in blocks


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, [[5], [0], [4], [1], [9]]), (2, [[5, 0], [4, 1], [9]]), (5, [[5, 0, 4, 1, 9]])],
)
def test_the_last_block_holds_what_is_left(
    path: Path, rows: int, expected: list[list[int]]
) -> None:
    path.write_bytes(LABELS)
    with idx.reading(path) as reader:
        assert reader.header == idx.Header(np.dtype(np.uint8), (5,))
        assert [block.tolist() for block in reader.blocks(rows)] == expected


def test_billions_of_empty_rows_come_at_once(path: Path) -> None:
    path.write_bytes(bytes([0, 0, 8, 2]) + b"\xff\xff\xff\xff" + bytes(4))
    with idx.reading(path) as reader:
        assert [block.shape for block in reader.blocks(1)] == [(2**32 - 1, 0)]


def test_a_single_value_comes_as_one_row(path: Path) -> None:
    path.write_bytes(header(0x08) + b"\x2a")
    with idx.reading(path) as reader:
        assert [block.tolist() for block in reader.blocks(10)] == [[42]]


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_hash_is_that_of_the_unpacked_bytes(path: Path, packing: str) -> None:
    path.write_bytes(PACKINGS[packing](MATRIX))
    with idx.reading(path) as reader:
        for _ in reader.blocks(1):
            with pytest.raises(ValueError, match="known only once every block was read"):
                _ = reader.sha256
        assert reader.sha256 == hashlib.sha256(MATRIX).hexdigest()


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_can_be_verified_without_being_kept(path: Path, packing: str) -> None:
    path.write_bytes(PACKINGS[packing](MATRIX))
    with idx.reading(path) as reader:
        assert reader.verify() == hashlib.sha256(MATRIX).hexdigest()
    path.write_bytes(gzip.compress(MATRIX[:-1]))
    with idx.reading(path) as reader, pytest.raises(ValueError, match=r"\(1 too few\)"):
        reader.verify()


def test_verifying_takes_the_memory_of_no_row(path: Path) -> None:
    path.write_bytes(gzip.compress(header(0x08, 1, 64 << 20) + bytes(64 << 20)))
    tracemalloc.start()
    with idx.reading(path) as reader:
        reader.verify()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_surplus_is_found_after_the_last_block(path: Path) -> None:
    path.write_bytes(gzip.compress(MATRIX + b"\x00"))
    with idx.reading(path) as reader:
        blocks = reader.blocks(1)
        assert [next(blocks).tolist(), next(blocks).tolist()] == [[[1, 2, 3]], [[4, 5, 6]]]
        with pytest.raises(ValueError, match="at least 1 extra"):
            next(blocks)


# Refusals


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "b''"),
        (b"\x00\x00\x08", r"b'\x00\x00\x08'"),
        (b"\x89PNG\r\n", r"b'\x89PNG'"),
        (b"<!DOCTYPE html>", "b'<!DO' (it looks like an HTML or XML page)"),
        (b"\n <html>", r"b'\n <h' (it looks like an HTML or XML page)"),
        (b"\r\n \n\n  <!doctype html>", r"b'\r\n \n' (it looks like an HTML or XML page)"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "b'vers' (it looks like a pointer of Git LFS; `git lfs pull` fetches the file itself)",
        ),
        (b"../mnist/labels.gz\n", "b'../m' (it looks like the text '../mnist/labels.gz')"),
        (b"PK\x03\x04", r"b'PK\x03\x04' (it looks like a zip archive)"),
        (
            gzip.compress(gzip.compress(LABELS, mtime=0), mtime=0),
            r"b'\x1f\x8b\x08\x00' (it looks like gzip packed twice)",
        ),
    ],
)
def test_what_is_not_idx_is_named(path: Path, content: bytes, found: str) -> None:
    assert refusal(path, content) == (
        f"not an IDX file: found {found}, expected two zero bytes, type and rank"
    )


def test_an_unknown_type_is_refused_with_the_known_ones(path: Path) -> None:
    assert refusal(path, header(0x0A, 1) + b"\x00") == (
        "found type 0x0A, expected one of uint8 (0x08), int8 (0x09), int16 (0x0B), "
        "int32 (0x0C), float32 (0x0D), float64 (0x0E)"
    )


def test_a_header_cut_short_is_refused(path: Path) -> None:
    assert refusal(path, MATRIX[:10]) == (
        "found 10 bytes, expected a header of 12 (2 dimensions): the file is cut short; "
        "fetch or copy it again"
    )


def test_a_plain_file_of_the_wrong_size_is_refused_before_it_is_read(path: Path) -> None:
    path.write_bytes(MATRIX[:-2])
    with pytest.raises(ValueError, match="2 too few"), idx.reading(path):
        pytest.fail("opened")
    assert refusal(path, MATRIX[:-2]) == (
        "found 16 bytes (2 too few), expected 18, as its header says "
        "(uint8, dimensions (2, 3)); fetch or copy it again"
    )
    assert "found 21 bytes (3 extra), expected 18" in refusal(path, MATRIX + b"abc")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("times", [3, 4])
def test_whole_multiples_of_what_is_promised_are_told_to_be_channels(
    path: Path, pack: Callable[[bytes], bytes], times: int
) -> None:
    header, body = MATRIX[:12], MATRIX[12:]
    message = refusal(path, pack(header + body * times))
    extra = 6 * (times - 1)
    assert f"found {18 + extra} bytes ({extra} extra), expected 18" in message
    assert f"images of {times} channels do: their header must say so, (2, 3, {times})" in message
    for other in (body * 3 + b"x", body * 5, body + body[:3]):
        assert "fetch or copy it again" in refusal(path, pack(header + other))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="found a pipe or device, expected a file"):
        idx.read(tmp_path / "pipe")
    with pytest.raises(ValueError, match="found a folder, expected a file"):
        idx.read(tmp_path)


@pytest.mark.parametrize("packing", [".gz", ".xz"])
def test_a_packed_file_of_the_wrong_size_is_refused(path: Path, packing: str) -> None:
    pack = PACKINGS[packing]
    assert "found 16 bytes (2 too few), expected 18" in refusal(path, pack(MATRIX[:-2]))
    surplus = "found at least 19 bytes (at least 1 extra), expected 18"
    assert surplus in refusal(path, pack(MATRIX + b"abc"))


@pytest.mark.parametrize("packing", [".gz", ".xz"])
def test_a_packing_cut_short_is_refused_at_every_length(path: Path, packing: str) -> None:
    packed = PACKINGS[packing](MATRIX)
    for length in range(6, len(packed)):
        assert re.fullmatch(
            r"damaged or cut short: after \d+ unpacked bytes, expected more of a whole "
            rf"{packing.replace('.gz', '.gzip')[1:]} file, found: .*; fetch or copy it again",
            refusal(path, packed[:length]),
        )


def test_a_wrong_check_sum_is_refused(path: Path) -> None:
    packed = bytearray(gzip.compress(MATRIX))
    packed[-8] ^= 1  # the first byte of the CRC-32
    assert "after 18 unpacked bytes" in refusal(path, bytes(packed))


@pytest.mark.parametrize(
    "shape", [[2**32 - 1] * 3, [0, *[2**32 - 1] * 3], [2**31, 2**32 - 1]], ids=str
)
def test_more_than_numpy_can_hold_is_refused_though_empty(path: Path, shape: list[int]) -> None:
    assert "a NumPy array cannot have more" in refusal(path, gzip.compress(header(0x0E, *shape)))


# Memory

FOUR_TERABYTES = header(0x08, 1000, 4_000_000_000)


def peak_of_refusal(path: Path, content: bytes) -> tuple[int, str]:
    tracemalloc.start()
    try:
        message = refusal(path, content)
        return tracemalloc.get_traced_memory()[1], message
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_promise_of_terabytes_claims_no_memory(path: Path, packing: str) -> None:
    content = PACKINGS[packing](FOUR_TERABYTES + bytes(100))
    peak, message = peak_of_refusal(path, content)
    assert "found 112 bytes (3999999999900 too few), expected 4000000000012" in message
    assert peak < 16 << 20  # of which an xz decoder takes 8 MiB


def test_a_bomb_is_not_unpacked_past_the_promise(path: Path) -> None:
    peak, message = peak_of_refusal(path, gzip.compress(LABELS + bytes(64 << 20)))
    assert "at least 1 extra" in message
    assert peak < 4 << 20


def test_reading_in_blocks_takes_the_memory_of_a_block(path: Path) -> None:
    path.write_bytes(gzip.compress(header(0x08, 64, 1 << 20) + bytes(64 << 20)))
    tracemalloc.start()
    with idx.reading(path) as reader:
        total = sum(block.size for block in reader.blocks(1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 64 << 20
    assert peak < 8 << 20


# Writing


def test_writing_gives_the_bytes_of_the_format(path: Path) -> None:
    idx.write(path, np.array([[1, 2, 3], [4, 5, 6]], np.uint8))
    assert path.read_bytes() == MATRIX


@pytest.mark.parametrize("dtype", VALUES)
def test_every_type_is_written_big_endian_from_either_byte_order(path: Path, dtype: str) -> None:
    code, raw, value = VALUES[dtype]
    array = np.array([value], dtype)
    for either in (array, array.astype(array.dtype.newbyteorder())):
        idx.write(path, either)
        assert path.read_bytes() == b"\x00\x00" + code + b"\x01\x00\x00\x00\x01" + raw


def test_a_transposed_array_is_written_in_its_own_order(path: Path) -> None:
    idx.write(path, np.array([[1, 4], [2, 5], [3, 6]], np.uint8).T)
    assert path.read_bytes() == MATRIX


TABLE = np.arange(24, dtype=np.int32).reshape(4, 6)


@pytest.mark.parametrize(
    "array",
    [
        TABLE[:, 0],
        TABLE[::2, 1],
        TABLE[::-1],
        TABLE.astype(">i4")[:, 1:3],
        np.asfortranarray(TABLE),
        np.broadcast_to(TABLE[0], (3, 6)),
        TABLE.astype(np.uint8).reshape(2, 4, 3)[..., 0],
        TABLE[1:1],
    ],
)
def test_any_slice_of_an_array_is_written_whatever_its_strides(
    path: Path, array: NDArray[Any]
) -> None:
    idx.write(path, array)
    found = idx.read(path)
    assert found.shape == array.shape
    assert found.tolist() == array.tolist()


@pytest.mark.parametrize(("suffix", "unpack"), [(".gz", gzip.decompress), (".xz", lzma.decompress)])
def test_the_suffix_chooses_the_packing(
    tmp_path: Path, suffix: str, unpack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"labels.idx{suffix}"
    idx.write(path, np.array([5, 0, 4, 1, 9], np.uint8))
    assert unpack(path.read_bytes()) == LABELS


@pytest.mark.parametrize("suffix", PACKINGS)
def test_the_same_array_gives_the_same_bytes_under_any_name(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    idx.write(first, np.arange(5, dtype=np.int32))
    monkeypatch.setattr("time.time", lambda: 0.0)
    idx.write(second, np.arange(5, dtype=np.int32))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("dtype", ["int64", "bool", "float16", "uint16", "O", "U1"])
def test_a_type_that_the_format_lacks_is_refused(path: Path, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"expected a type that IDX has: uint8 .*astype"):
        idx.write(path, np.zeros(3, dtype))
    assert not list(path.parent.iterdir())


def test_a_dimension_beyond_32_bits_is_refused(path: Path) -> None:
    endless = np.broadcast_to(np.uint8(0), (2, 2**32))
    with pytest.raises(ValueError, match=r"found dimensions \(2, 4294967296\), expected at most"):
        idx.write(path, endless)


# Properties


@given(array=arrays, suffix=st.sampled_from(list(PACKINGS)), rows=st.integers(1, 5))
def test_what_is_written_is_read_again(
    folder: Path, array: NDArray[Any], suffix: str, rows: int
) -> None:
    path = folder / f"round{suffix}"
    idx.write(path, array)
    again = idx.read(path)
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert again.tobytes() == array.tobytes()
    with idx.reading(path) as reader:
        assert b"".join(block.tobytes() for block in reader.blocks(rows)) == array.tobytes()


def read_or_refuse(path: Path, content: bytes) -> None:
    """Read bytes that may be anything: an array or a ValueError that begins with the path."""
    path.write_bytes(content)
    try:
        assert isinstance(idx.read(path), np.ndarray)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017 - either end is good


starts = st.sampled_from([b"", b"\x00\x00", b"\x00\x00\x08", b"\x00\x00\x0d\x01\x00\x00\x00"])
packings = st.sampled_from(
    [*PACKINGS.values(), lambda raw: idx.GZIP + raw, lambda raw: idx.XZ + raw]
)


@given(start=starts, rest=st.binary(max_size=300), pack=packings)
def test_any_bytes_are_an_array_or_a_value_error(
    folder: Path, start: bytes, rest: bytes, pack: Callable[[bytes], bytes]
) -> None:
    read_or_refuse(folder / "any", pack(start + rest))


@given(
    array=arrays,
    suffix=st.sampled_from(list(PACKINGS)),
    place=st.floats(0, 1, exclude_max=True),
    flip=st.integers(0, 255),
)
def test_a_file_with_a_wrong_byte_or_cut_short_is_an_array_or_a_value_error(
    folder: Path, array: NDArray[Any], suffix: str, place: float, flip: int
) -> None:
    path = folder / f"whole{suffix}"
    idx.write(path, array)
    content = bytearray(path.read_bytes())
    position = int(place * len(content))
    read_or_refuse(folder / "damaged", bytes(content[:position]))
    content[position] ^= flip
    read_or_refuse(folder / "damaged", bytes(content))


# The real thing


@pytest.mark.parametrize(
    ("name", "shape", "sha256"),
    [
        (
            "train-images-idx3-ubyte.gz",
            (60_000, 28, 28),
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            (60_000,),
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            (10_000, 28, 28),
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            (10_000,),
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ],
)
def test_mnist_has_its_known_shapes_and_hashes(
    mnist_folder: Path, name: str, shape: tuple[int, ...], sha256: str
) -> None:
    with idx.reading(mnist_folder / name) as reader:
        assert reader.header == idx.Header(np.dtype(np.uint8), shape)
        assert sum(len(block) for block in reader.blocks(999)) == shape[0]
        assert reader.sha256 == sha256


def test_mnist_has_its_known_labels_and_mean(mnist_folder: Path) -> None:
    labels = idx.read(mnist_folder / "train-labels-idx1-ubyte.gz")
    assert labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(labels).tolist() == [
        *[5923, 6742, 5958, 6131, 5842],
        *[5421, 5918, 6265, 5851, 5949],
    ]
    images = idx.read(mnist_folder / "train-images-idx3-ubyte.gz")
    assert images.mean() / 255 == pytest.approx(0.13066, abs=5e-6)
    assert images.std() / 255 == pytest.approx(0.30811, abs=5e-6)


@given(array=arrays, rows=st.integers(1, 4), packing=st.sampled_from(list(PACKINGS)))
def test_blocks_make_the_same_file_as_the_whole(
    folder: Path, array: NDArray[Any], rows: int, packing: str
) -> None:
    idx.write(folder / f"whole{packing}", array)
    blocks = [array[i : i + rows] for i in range(0, len(array), rows)] if array.ndim else [array]
    with idx.writing(folder / f"blocks{packing}", idx.Header(array.dtype, array.shape)) as add:
        for block in blocks:
            add(block)
    whole, together = (folder / f"{name}{packing}" for name in ("whole", "blocks"))
    assert together.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("n", [1, 3])
def test_blocks_that_are_not_what_was_promised_leave_no_file(path: Path, n: int) -> None:
    promised = idx.Header(np.dtype(np.int16), (2, 5))
    with (
        pytest.raises(ValueError, match=f"found {10 * n} bytes of values, expected 20, as its"),
        idx.writing(path, promised) as add,
    ):
        add(np.zeros((n, 5), np.int16))
    assert not path.exists()
