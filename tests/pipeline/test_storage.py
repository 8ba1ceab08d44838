"""What a job stores itself, in a storage whose objects are files of a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scrawl.pipeline import storage
from scrawl.pipeline.storage import StoredCopy, description


def test_a_copy_is_found_by_another_process_until_it_is_removed(
    bucket: Path, tmp_path: Path
) -> None:
    (tmp_path / "c.h5").write_bytes(b"state")
    mine = StoredCopy.of(tmp_path / "c.h5")
    assert mine
    assert not mine.exists
    mine.send()
    other = StoredCopy.of(Path("c.h5"))
    assert other
    assert other.exists
    other.fetch(tmp_path / "fetched.h5")
    assert (tmp_path / "fetched.h5").read_bytes() == b"state"
    mine.remove()
    assert list(bucket.iterdir()) == []


@pytest.mark.usefixtures("bucket")
def test_a_storage_that_fails_is_named(tmp_path: Path) -> None:
    copy = StoredCopy.of(tmp_path / "c.h5")
    assert copy
    with pytest.raises(ValueError, match=r"at/c\.h5: .*No such file"):
        copy.send()
    copy.remove()


def test_files_in_a_folder_have_no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(storage.VARIABLE, raising=False)
    assert StoredCopy.of(Path("c.h5")) is None


def test_a_plugin_that_is_not_installed_is_named() -> None:
    given = json.loads(description("nowhere", "nowhere://", None))
    with pytest.raises(ValueError, match=r"c\.h5: no storage of nowhere: "):
        storage.stored(Path("c.h5"), given)
