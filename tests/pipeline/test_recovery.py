"""Live runs are told from dead ones, however those ended."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scrawl import __main__ as cli
from scrawl.artifacts.files import written_whole
from scrawl.pipeline import recovery

RUN = """
import sys
from pathlib import Path
from scrawl import __main__ as cli
from scrawl.pipeline import recovery
run = recovery.begin(Path(sys.argv[1]))
print(run.name, flush=True)
sys.stdin.read()
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def lock(folder: Path) -> Path:
    """Leave a lock such as Snakemake's."""
    path = folder / "locks" / "0.output.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("artifacts/glyphs/decoded.h5\n")
    return path


def test_locks_are_cleared_away_only_when_no_other_run_is_alive(tmp_path: Path) -> None:
    process, name = start(tmp_path)
    with process:
        left = lock(tmp_path)
        backup = tmp_path / "backups/artifacts/model.h5"
        backup.parent.mkdir(parents=True)
        backup.write_text("half a backup")
        recovery.begin(tmp_path).close()
        assert left.exists()
        assert backup.exists()
        assert recovery.is_held(name)
        process.kill()
    assert not recovery.is_held(name)
    assert left.exists()
    with recovery.begin(tmp_path):
        assert not left.exists()
        assert not backup.exists()
        assert not name.exists()


def test_a_child_of_a_run_does_not_keep_it_alive(tmp_path: Path) -> None:
    run = recovery.begin(tmp_path)
    with subprocess.Popen(["sleep", "60"]) as child:
        run.close()
        assert not recovery.is_held(Path(run.name))
        child.kill()


def test_an_orphan_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.txt"
    run = recovery.begin(tmp_path)
    monkeypatch.setenv(recovery.VARIABLE, run.name)
    with written_whole(path) as part:
        part.write_text("of a run that is alive")
    with (
        pytest.raises(ValueError, match=r"result\.txt: not written, .* has ended; run it again"),
        written_whole(path) as part,
    ):
        part.write_text("of a run that is killed meanwhile")
        run.close()
    with pytest.raises(ValueError, match="not written"), written_whole(path):
        pytest.fail("an orphan began to write")
    assert path.read_text() == "of a run that is alive"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["result.txt"]


def test_outside_a_run_nobody_is_an_orphan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(recovery.VARIABLE, raising=False)
    assert not recovery.is_orphan()
    monkeypatch.setenv(recovery.VARIABLE, "")
    assert not recovery.is_orphan()


def test_a_job_on_another_node_is_an_orphan_only_once_a_later_run_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recovery.begin(tmp_path)
    monkeypatch.setenv(recovery.VARIABLE, run.name)
    # There the lock of another machine may look free: it says nothing.
    monkeypatch.setattr("platform.node", lambda: "node2")
    monkeypatch.setattr(recovery, "is_held", lambda _: pytest.fail("asked for the lock"))
    assert not recovery.is_orphan()
    monkeypatch.undo()
    run.close()
    recovery.begin(tmp_path).close()
    monkeypatch.setenv(recovery.VARIABLE, run.name)
    monkeypatch.setattr("platform.node", lambda: "node2")
    assert recovery.is_orphan()


def test_a_job_on_a_machine_that_shares_no_files_is_no_orphan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "home-of-another/.snakemake/scrawl/login-1-0a1b2c3d.run"
    monkeypatch.setenv(recovery.VARIABLE, str(elsewhere))
    assert not recovery.is_orphan()


def test_without_locks_of_the_file_system_nothing_is_cleared_and_nobody_is_an_orphan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*arguments: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", unsupported)
    with recovery.begin(tmp_path) as run:
        monkeypatch.setenv(recovery.VARIABLE, run.name)
        left = lock(tmp_path)
        recovery.begin(tmp_path).close()
        assert left.exists()
    assert not recovery.is_orphan()


def test_runs_that_begin_together_all_stay_alive(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        processes = list(pool.map(start, [tmp_path] * 6))
    assert all(recovery.is_held(name) for _, name in processes)
    for process, _ in processes:
        with process:
            process.kill()


def test_what_a_job_of_a_run_reads_is_not_from_the_future(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after a clock that ran ahead while it was made; what is older keeps its time.
    ahead, before = time.time() + 3600, time.time() - 3600
    late, early = tmp_path / "run/late.h5", tmp_path / "run/early.h5"
    late.parent.mkdir()
    for path, when in ((late, ahead), (early, before)):
        path.touch()
        os.utime(path, (when, when))
    words = ["inspect", str(tmp_path / "run"), '{"no": "path"}' * 400, "\0"]
    monkeypatch.delenv(recovery.VARIABLE, raising=False)
    with pytest.raises(SystemExit):
        cli.main(words)
    assert late.stat().st_mtime == ahead
    monkeypatch.setenv(recovery.VARIABLE, str(tmp_path / "host-1.run"))
    with pytest.raises(SystemExit):
        cli.main(words)
    assert late.stat().st_mtime <= time.time()
    assert early.stat().st_mtime == before
