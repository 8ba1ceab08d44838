"""Local sources of raw files: watched where no sum does it, compared while they are there."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scrawl.pipeline.local_sources import source_of, watched


def settings(folder: Path, **more: Any) -> str:
    return json.dumps({"sources": ["https://host/x", str(folder)], "name": "a.gz", **more})


def test_a_local_file_without_a_sum_is_watched_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"one")
    assert watched(settings(tmp_path), tmp_path / "raw") == hashlib.sha256(b"one").hexdigest()
    (tmp_path / "a.gz").write_bytes(b"two")
    assert watched(settings(tmp_path), tmp_path / "raw") == hashlib.sha256(b"two").hexdigest()


def test_where_the_source_is_gone_nothing_is_new(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"one")
    before = watched(settings(tmp_path), tmp_path / "raw")
    (tmp_path / "a.gz").rename(tmp_path / "raw")
    assert watched(settings(tmp_path), tmp_path / "raw") == before
    (tmp_path / "raw").unlink()
    assert watched(settings(tmp_path), tmp_path / "raw") == ""


@pytest.mark.parametrize(
    "more", [{"sha256": "f"}, {"md5": "f"}, {"sha256_raw": "f"}, {"member": "m"}]
)
def test_what_is_known_otherwise_is_not_read(tmp_path: Path, more: dict[str, str]) -> None:
    (tmp_path / "a.gz").write_bytes(b"one")
    assert watched(settings(tmp_path, **more), tmp_path / "raw") == ""


def test_the_log_of_a_download_tells_the_source_while_it_is_there(tmp_path: Path) -> None:
    raw = tmp_path / "raw/train-images.idx.gz"
    assert source_of(raw) is None
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs/download-train-images.gz.log"
    log.write_text(f"no hash\n{raw}: 3 bytes, SHA-256 f00, from {tmp_path / 'a.gz'}\n")
    assert source_of(raw) is None
    (tmp_path / "a.gz").write_bytes(b"one")
    assert source_of(raw) == tmp_path / "a.gz"
    with zipfile.ZipFile(tmp_path / "a.gz", "w"):  # an archive, of which the raw file is a part
        pass
    assert source_of(raw) is None
    log.write_text("cut")
    assert source_of(raw) is None
