"""Fixtures that several test files share."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import scrawl  # noqa: F401 — before NumPy: tests compute with portable arithmetic
from bucket import Object
from project import Project, checkout
from scrawl.pipeline import storage

# Time says nothing on machines that are shared.
settings.register_profile("scrawl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("scrawl")

# A shell lets what runs in the background (`make test &`) ignore Ctrl-C, and the processes that the
# tests start and interrupt would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

MNIST = Path(__file__).parents[1] / "../shared/datasets/mnist"


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """Return the folder of the four original MNIST files, or skip: they are not in the project."""
    folder = Path(os.environ.get("SCRAWL_MNIST", MNIST))
    if not (folder / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip(f"no MNIST files in {folder}; name their folder in SCRAWL_MNIST to test them")
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project whose suite has been built, once for all workers. Not to be changed."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, part = root / "finished", root / "finished.part"
    with (root / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(part, ignore_errors=True)
            checkout(part).build()
            part.rename(folder)
    return Project(folder)


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """Return a finished project that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "copy", symlinks=True)
    return Project(tmp_path / "copy")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that this process takes for the storage of its artifacts."""
    folder = tmp_path / "bucket"
    folder.mkdir()
    monkeypatch.setenv(storage.VARIABLE, storage.description("folder", str(folder), None))
    monkeypatch.setattr(storage, "stored", lambda path, _: Object(folder, f"at/{path.name}"))
    return folder
