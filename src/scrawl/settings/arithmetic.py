"""Portable arithmetic: the same bits on every x86-64 processor with AVX2 and FMA.

OpenBLAS chooses its kernel by the processor, and NumPy the width of its vectors: sums are taken in
another order, and exponentials rounded in another way. Portable arithmetic pins both to what all
processors since Intel's Haswell (2013) and AMD's Excavator (2015) have. Both libraries read their
environment variables when they are loaded, so they are set before NumPy is, by `import scrawl`.
Whatever computes a result calls `check` first, with its settings.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from scrawl.settings.json_text import parsed_json
from scrawl.settings.processor import features

Arithmetic = Literal["portable", "native"]

KERNEL = "Haswell"
# What NumPy dispatches to beyond AVX2, by the names of its versions.
WIDER = ("X86_V4", "AVX512_ICL", "AVX512_SPR")
WIDER_BEFORE_2_4 = (
    "AVX512F",
    "AVX512CD",
    "AVX512_SKX",
    "AVX512_CLX",
    "AVX512_CNL",
    "AVX512_ICL",
    "AVX512_SPR",
)
VARIABLES = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")
NEEDED = {"avx2", "fma"}


def unsupported() -> str:
    """Return why this machine has no portable arithmetic, or an empty text where it has.

    Where nothing tells the processor's features, an x86-64 processor is taken to have them.
    """
    machine = platform.machine()
    if machine.lower() not in {"x86_64", "amd64"}:
        return f"this machine is {machine}, not x86-64"
    found = features()
    if found is not None and (missing := sorted(NEEDED - found)):
        return f"this processor has no {' and no '.join(map(str.upper, missing))}"
    return ""


def pin(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set what OpenBLAS and NumPy read when they are loaded, if they are not loaded yet."""
    if "numpy" in sys.modules or unsupported():
        return
    environ["OPENBLAS_CORETYPE"] = KERNEL
    found = features()
    if found is None or "avx512f" in found:  # to disable what is not there is worth a warning
        environ["NPY_DISABLE_CPU_FEATURES"] = " ".join(_wider())


def _wider() -> Sequence[str]:
    version = version_of_numpy()
    if not version:  # nothing will be computed
        return ()
    major, minor = (int(part) for part in version.split(".")[:2])
    return WIDER if (major, minor) >= (2, 4) else WIDER_BEFORE_2_4


def version_of_numpy() -> str:
    """Return the version of the NumPy that would be loaded, or an empty text; load only that file.

    `importlib.metadata` tells the same, and takes a third of the start of a command to load.
    """
    numpy = find_spec("numpy")
    if numpy is None or numpy.origin is None:
        return ""
    spec = spec_from_file_location("version", Path(numpy.origin).with_name("version.py"))
    if spec is None or spec.loader is None:
        return ""
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.version)


def unpin(environ: MutableMapping[str, str] = os.environ) -> None:
    """Take back what `pin` set, if NumPy is not loaded yet."""
    if "numpy" not in sys.modules:
        for name in VARIABLES:
            environ.pop(name, None)


def asked_for(words: Sequence[str]) -> Arithmetic:
    """Return the arithmetic that a command's `--settings` ask for; `portable` if they name none.

    >>> asked_for(["--settings", '{"arithmetic": "native"}', "--data", "prepared.h5"])
    'native'
    """
    for word, value in pairwise(words):
        if word == "--settings":
            try:
                given = parsed_json(value, word)
            except ValueError:  # told by the command itself
                break
            # Some commands take the settings of several experiments, by name.
            if any(_is_native(settings) for settings in (given, *_values(given))):
                return "native"
    return "portable"


def _is_native(given: Any) -> bool:
    return isinstance(given, Mapping) and given.get("arithmetic") == "native"


def _values(given: Any) -> Sequence[Any]:
    return list(given.values()) if isinstance(given, Mapping) else []


def in_force() -> str:
    """Return what computes in this process: NumPy's BLAS kernels, and its vector features.

    Loads NumPy where it is not loaded.
    """
    features = vector_features()  # loads NumPy, and with it the BLAS
    kernels = {
        f"{library['internal_api']} {library.get('architecture', 'of no known kernel')}"
        for library in blas_of_numpy()
    }
    return f"{', '.join(sorted(kernels))}; {', '.join(features) or 'baseline'}"


def blas_of_numpy() -> list[dict[str, Any]]:
    """Return what threadpoolctl tells of the loaded BLAS that NumPy computes with.

    SciPy and PyTorch bring others, once they are loaded, in which nothing of a network is computed.
    """
    from threadpoolctl import threadpool_info

    loaded = [library for library in threadpool_info() if library["user_api"] == "blas"]
    own = [library for library in loaded if "numpy.libs" in library["filepath"]]
    return own or [library for library in loaded if "scipy.libs" not in library["filepath"]]


def vector_features() -> list[str]:
    """Return the vector features beyond its baseline that NumPy uses in this process."""
    # No public function tells what NumPy enabled.
    from numpy._core import _multiarray_umath as core  # type: ignore[attr-defined]

    enabled = getattr(core, "__cpu_features__", {})
    return [name for name in getattr(core, "__cpu_dispatch__", []) if enabled.get(name)]


@cache
def check(arithmetic: Arithmetic) -> None:
    """Raise a ValueError if portable arithmetic is asked for, and is not what computes here."""
    if arithmetic == "native":
        return
    remedy = (
        "set arithmetic: native in config.yaml or in --settings (results then hold for this type "
        "of processor only)"
    )
    if reason := unsupported():
        raise ValueError(f"arithmetic: portable needs AVX2 and FMA, but {reason}; {remedy}")
    kernels, _, vectors = in_force().partition("; ")
    found = set(vectors.split(", "))
    of_avx2 = "X86_V3" in found or {"AVX2", "FMA3"} <= found
    if kernels != f"openblas {KERNEL}" or not of_avx2 or found & {*WIDER, *WIDER_BEFORE_2_4}:
        raise ValueError(
            f"arithmetic: portable needs the BLAS kernel openblas {KERNEL} and AVX2 vectors, found "
            f"{kernels}; {vectors}: import scrawl before NumPy, or {remedy}"
        )
