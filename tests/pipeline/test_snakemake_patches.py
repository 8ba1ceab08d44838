"""Snakemake reads an input again only where it has changed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from project import Project
from scrawl.pipeline.snakemake_patches import remembering


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    file, read = tmp_path / "a", []

    async def checksum(path: Path, threshold: int) -> str | None:
        read.append(threshold)
        return path.read_text() if path.exists() else None

    remembered = remembering(checksum)

    def ask(threshold: int = 1) -> str | None:
        async def asked() -> str | None:
            return await remembered(file, threshold)

        return asyncio.run(asked())

    assert [ask(), ask()] == [None, None]
    file.write_text("one")
    assert [ask(), ask(), ask(threshold=2)] == ["one", "one", "one"]
    assert read == [1, 1, 1, 2]  # what is not there yet is looked for each time
    file.write_text("four")
    assert [ask(), ask()] == ["four", "four"]
    before = file.stat()
    (tmp_path / "b").write_text("five")
    os.utime(tmp_path / "b", ns=(before.st_atime_ns, before.st_mtime_ns))
    (tmp_path / "b").replace(file)  # of the same size and time, but another file
    assert ask() == "five"


def test_snakemake_hashes_an_input_of_many_runs_once(project: Project, tmp_path: Path) -> None:
    # Every reading of an input by Snakemake itself is noted.
    noted = tmp_path / "noted"
    common = project.folder / "workflow/rules/common.smk"
    text = common.read_text()
    spy = f"""
import hashlib
_digest = hashlib.file_digest


def _noting(file, algorithm):
    with open({str(noted)!r}, "a") as notes:
        notes.write(f"{{file.name}}\\n")
    return _digest(file, algorithm)


hashlib.file_digest = _noting
"""
    common.write_text(text + spy)
    project.build("artifacts/dots/runs/plain/5/model.h5", "artifacts/dots/runs/plain/6/model.h5")
    assert noted.read_text().split().count("artifacts/dots/prepared/unit.h5") == 1
