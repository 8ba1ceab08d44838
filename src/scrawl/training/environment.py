"""Environment of a run: the machine and the libraries that its bits may depend on."""

from __future__ import annotations

import platform
from pathlib import Path

import h5py
import numpy as np

from scrawl import __version__
from scrawl.artifacts.files import write_json
from scrawl.settings import arithmetic


def environment() -> dict[str, str]:
    """Return the type of the machine and the versions of the libraries.

    Another BLAS kernel adds up in another order, and wider vectors round some functions in another
    way: results have the same bits where all of this is the same. Portable arithmetic pins both
    (see `settings.arithmetic`).

    >>> sorted(environment())
    ['blas', 'h5py', 'machine', 'numpy', 'python', 'scrawl', 'system', 'vectors']
    """
    return {
        "blas": ", ".join(
            f"{blas['internal_api']} {blas['version']} "
            f"for {blas.get('architecture', 'any machine')}"
            for blas in arithmetic.blas_of_numpy()
        ),
        "h5py": h5py.__version__,
        "machine": platform.machine(),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "scrawl": __version__,
        "system": platform.system(),
        "vectors": " ".join(arithmetic.vector_features()) or "baseline",
    }


def write_environment(path: Path) -> None:
    """Write `environment()` as JSON."""
    write_json(path, environment())
