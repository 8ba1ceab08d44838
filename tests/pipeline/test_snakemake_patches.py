"""Snakemake's replaced methods: less work, and none replaced that is not there or not ours."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest
from snakemake.persistence import FileBackupMixin

from project import Project
from scrawl.pipeline import snakemake_patches
from scrawl.pipeline.snakemake_patches import (
    apply_patches,
    leaving_at_once,
    moving,
    one_at_a_time,
    remembering,
)

COMMON = "workflow/rules/common.smk"


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


def test_while_a_round_is_due_no_other_is_scheduled() -> None:
    scheduled: list[float] = []
    schedule = one_at_a_time(lambda _, delay: scheduled.append(delay))
    for delay in (0.0, 0.0, 3600.0, 0.0, 3600.0):
        schedule(None, delay)
    assert scheduled == [0.0, 0.0, 3600.0]


def test_when_all_is_done_no_round_is_waited_for() -> None:
    due = threading.Timer(3600, lambda: None)

    def run(scheduler: object) -> bool:
        due.start()
        return scheduler == "all went well"

    assert leaving_at_once(run)("all went well")
    due.join(timeout=30)
    assert not due.is_alive()


class Records(FileBackupMixin):  # type: ignore[misc]  # Snakemake has no types
    """Snakemake's records, as far as they concern backups."""

    def __init__(self, path: Path) -> None:
        self.path = path


def test_a_former_output_is_restored_without_space_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    records, output = Records(tmp_path / ".snakemake"), Path("out/model.h5")
    output.parent.mkdir()
    output.write_text("former")
    records.backup_output(output)
    output.write_text("half a")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copy", full)
    restore = moving(FileBackupMixin.restore_output)
    assert restore(records, output)
    assert output.read_text() == "former"
    assert not restore(records, output)  # there is no backup any more


def test_a_backup_on_another_disk_is_restored_as_snakemake_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    records, output = Records(tmp_path / ".snakemake"), Path("model.h5")
    output.write_text("former")
    records.backup_output(output)
    output.unlink()

    def elsewhere(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "replace", elsewhere)
    assert moving(FileBackupMixin.restore_output)(records, output)
    assert output.read_text() == "former"


@pytest.mark.parametrize(
    "patch",
    [
        ("snakemake.io", "_IOFile", "no_such_method"),
        ("snakemake.io", "NoSuchClass", "checksum"),
        ("snakemake.no_such_module", "JobScheduler", "checksum"),
    ],
)
def test_what_snakemake_does_not_have_is_not_replaced(
    patch: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snakemake_patches, "PATCHES", [(*patch, pytest.fail)])
    assert apply_patches() == []


# --- in real Snakemake ----------------------------------------------------------------------------

SPY = """
import hashlib
import threading

_digest = hashlib.file_digest


def _noting(file, algorithm):
    print("HASHED", file.name)
    return _digest(file, algorithm)


class Timer(threading.Timer):
    def start(self):
        print("NEXT ROUND IN", self.interval)
        if self.interval < 60:
            super().start()


hashlib.file_digest = _noting
threading.Timer = Timer
"""
# Snakemake's own code still finds the methods, but not where the patches look for them.
ELSEWHERE = """
from snakemake.io import _IOFile
from snakemake.persistence import FileBackupMixin
from snakemake.scheduling.job_scheduler import JobScheduler

for _owner, _name in (
    (_IOFile, "checksum"),
    (JobScheduler, "_schedule_reevalutation"),
    (FileBackupMixin, "restore_output"),
):

    def _find(self, asked, _name=_name, _method=getattr(_owner, _name)):
        if asked == _name:
            return _method.__get__(self)
        raise AttributeError(asked)

    delattr(_owner, _name)
    _owner.__getattr__ = _find
"""
RUNS = [f"artifacts/dots/runs/plain/{seed}/model.h5" for seed in range(11, 17)]


def output_of_runs(project: Project, before: str = "") -> str:
    """Train some networks, and return what Snakemake printed, its readings and rounds included."""
    text = (project.folder / COMMON).read_text()
    (project.folder / COMMON).write_text(before + text + SPY)
    return project.build("--max-jobs-per-timespan", "100/1h", "--", *RUNS)


def test_an_input_of_many_runs_is_hashed_once_and_jobs_that_end_schedule_no_rounds(
    project: Project,
) -> None:
    output = output_of_runs(project)
    assert output.count("HASHED artifacts/dots/prepared/unit.h5") == 1
    assert output.count("NEXT ROUND IN 3600") == 1


def test_a_snakemake_without_the_private_names_runs_the_pipeline(project: Project) -> None:
    output = output_of_runs(project, ELSEWHERE)
    assert output.count("HASHED artifacts/dots/prepared/unit.h5") > len(RUNS)
    assert output.count("NEXT ROUND IN 3600") > 1
