"""Artifacts with other content than a stage wrote, and with the digest of that content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from scrawl.artifacts import store


@contextmanager
def forged(path: Path) -> Iterator[Any]:
    """Open an artifact to be changed; at the end, its digest is that of what it holds then."""
    with h5py.File(path, "r+") as file:
        yield file
        store.write_attributes(file, sha256=store.content_sha256(file))
