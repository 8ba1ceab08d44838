"""Machine and library versions that the bits of a result may depend on."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from threadpoolctl import threadpool_info

from scrawl import __version__
from scrawl.artifacts.files import write_json
from scrawl.settings import arithmetic


def environment() -> dict[str, str]:
    """Return the machine's type and the versions of what computes.

    Another BLAS kernel takes sums in another order, and wider vectors round some functions in
    another way: results are the same bits where all of this is the same. Portable arithmetic
    pins both (see `settings.arithmetic`).

    >>> sorted(environment())
    ['blas', 'h5py', 'machine', 'numpy', 'python', 'scrawl', 'system', 'vectors']
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
        "vectors": " ".join(arithmetic.vector_features()) or "baseline",
    }


def write_environment(path: Path) -> None:
    """Write `environment()` as JSON."""
    write_json(path, environment())
