"""Files are whole or not there."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from scrawl.artifacts.files import sha256_of, written_whole


def test_a_failed_write_leaves_the_former_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    path.write_text("former")
    with pytest.raises(IsADirectoryError), written_whole(path) as part:
        part.write_text("half of the n")
        tmp_path.write_text("fails")
    assert [p.name for p in tmp_path.iterdir()] == ["result.txt"]
    assert path.read_text() == "former"


def test_the_final_name_appears_only_when_the_file_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "result.txt"
    with written_whole(path) as part:
        part.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"


def test_an_abandoned_part_of_a_killed_process_is_removed_and_no_other_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.idx.0123abcd.part").write_text("left behind")
    (tmp_path / "a.idx.gz.0123abcd.part").write_text("another's")
    with written_whole(tmp_path / "a.idx") as part:
        part.write_text("whole")
    assert {p.name for p in tmp_path.iterdir()} == {"a.idx", "a.idx.gz.0123abcd.part"}
    assert (tmp_path / "a.idx").read_text() == "whole"


def test_of_two_writers_of_one_file_the_one_that_began_last_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    with (
        pytest.raises(ValueError, match=r"result\.txt: another process began"),
        ExitStack() as stack,
    ):
        stack.enter_context(written_whole(path)).write_text("first")
        with written_whole(path) as second:
            second.write_text("second")
    assert path.read_text() == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["result.txt"]


def test_sha256_is_the_published_one_of_a_known_text(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")  # the example of FIPS 180-2, appendix B.1
    assert sha256_of(tmp_path / "abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
