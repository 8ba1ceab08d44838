"""What the bits of a result may depend on beside settings, data and code: machine and libraries."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from threadpoolctl import threadpool_info

from scrawl import __version__
from scrawl.artifacts.files import write_json


def environment() -> dict[str, str]:
    """Return the machine's type and the versions of what computes.

    Sums are taken in another order by another BLAS kernel, and BLAS chooses its kernel by the
    processor: results are the same bits where all of this is the same.

    >>> sorted(environment())
    ['blas', 'h5py', 'machine', 'numpy', 'python', 'scrawl', 'system']
    """
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {
        "blas": ", ".join(
            f"{one['internal_api']} {one['version']} for {one.get('architecture', 'any machine')}"
            for one in libraries
        ),
        "h5py": version("h5py"),
        "machine": platform.machine(),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "scrawl": __version__,
        "system": platform.system(),
    }


def write_environment(path: Path) -> None:
    """Write `environment()` as JSON."""
    write_json(path, environment())
