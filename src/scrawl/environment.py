"""What the bits of a result may depend on beside settings, data and code: machine and libraries."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np
from threadpoolctl import threadpool_info

from scrawl.files import written_whole


def environment() -> dict[str, str]:
    """Return the machine's type and the versions of what computes.

    Sums are taken in another order by another BLAS kernel, and BLAS chooses its kernel by the
    processor: results are the same bits where all of this is the same.

    >>> sorted(environment())
    ['blas', 'hdf5', 'machine', 'numpy', 'python', 'scrawl', 'system']
    """
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {
        "blas": ", ".join(
            f"{one['internal_api']} {one['version']} for {one.get('architecture', 'any machine')}"
            for one in libraries
        ),
        "hdf5": h5py.version.hdf5_version,
        "machine": platform.machine(),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "scrawl": version("scrawl"),
        "system": platform.system(),
    }


def write_environment(path: Path) -> None:
    """Write `environment()` as JSON."""
    with written_whole(path) as part:
        part.write_text(json.dumps(environment(), indent=2) + "\n", encoding="utf-8")
