"""Portable arithmetic: the same bits on every x86-64 processor with AVX2 and FMA.

OpenBLAS chooses its kernel by the processor, and NumPy the width of its vectors: sums are taken in
another order, and exponentials rounded in another way. Portable arithmetic pins both to what all
processors since Intel's Haswell (2013) and AMD's Excavator (2015) have. Both libraries read their
environment variables when they are loaded, so they are set before NumPy is, by `import scrawl`.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import MutableMapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

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
CPUINFO = Path("/proc/cpuinfo")


def unsupported(machine: str | None = None, cpuinfo: Path = CPUINFO) -> str:
    """Return why this machine has no portable arithmetic, or an empty text where it has.

    Where the system does not list the processor's features, an x86-64 processor is taken to have
    them; `check` finds out after NumPy is loaded.
    """
    machine = machine or platform.machine()
    if machine.lower() not in {"x86_64", "amd64"}:
        return f"this machine is {machine}, not x86-64"
    features = _features(cpuinfo)
    if missing := sorted(NEEDED - features) if features else []:
        return f"this processor has no {' and no '.join(map(str.upper, missing))}"
    return ""


def _features(cpuinfo: Path = CPUINFO) -> set[str]:
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


def default() -> Arithmetic:
    """Return `portable` where this machine can, else `native`."""
    return "native" if unsupported() else "portable"


def pin(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set what OpenBLAS and NumPy read when they are loaded, if they are not loaded yet."""
    if "numpy" in sys.modules or unsupported():
        return
    environ["OPENBLAS_CORETYPE"] = KERNEL
    features = _features()
    if not features or "avx512f" in features:  # to disable what is not there is worth a warning
        environ["NPY_DISABLE_CPU_FEATURES"] = " ".join(_wider())


def _wider() -> Sequence[str]:
    try:
        major, minor = (int(part) for part in version("numpy").split(".")[:2])
    except PackageNotFoundError:  # nothing will be computed
        return ()
    return WIDER if (major, minor) >= (2, 4) else WIDER_BEFORE_2_4


def unpin(environ: MutableMapping[str, str] = os.environ) -> None:
    """Take back what `pin` set, if NumPy is not loaded yet."""
    if "numpy" not in sys.modules:
        for name in VARIABLES:
            environ.pop(name, None)


def asked_for(words: Sequence[str]) -> Arithmetic:
    """Return the arithmetic that a command's `--settings` ask for; by default this machine's.

    >>> asked_for(["--settings", '{"arithmetic": "native"}', "--data", "prepared.h5"])
    'native'
    """
    for word, value in pairwise(words):
        if word == "--settings":
            try:
                given: Any = json.loads(value)
            except (ValueError, RecursionError):  # told by the command itself
                break
            if isinstance(given, dict) and given.get("arithmetic") in {"portable", "native"}:
                return given["arithmetic"]  # type: ignore[no-any-return]
    return default()


def in_force() -> str:
    """Return what computes in this process: the BLAS kernels, and NumPy's vector features.

    Loads NumPy where it is not loaded.
    """
    from threadpoolctl import threadpool_info

    features = vector_features()
    kernels = {
        f"{library['internal_api']} {library.get('architecture', 'of no known kernel')}"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    }
    return f"{', '.join(sorted(kernels))}; {', '.join(features) or 'baseline'}"


def vector_features() -> list[str]:
    """Return the vector features beyond its baseline that NumPy uses in this process."""
    # No public function tells what NumPy enabled.
    from numpy._core import _multiarray_umath as core  # type: ignore[attr-defined]

    enabled = getattr(core, "__cpu_features__", {})
    return [name for name in getattr(core, "__cpu_dispatch__", []) if enabled.get(name)]


def check(arithmetic: Arithmetic) -> None:
    """Raise a ValueError if portable arithmetic is asked for, and is not what computes here."""
    if arithmetic == "native":
        return
    remedy = "set arithmetic: native (results then hold for this type of processor only)"
    if reason := unsupported():
        raise ValueError(f"arithmetic: portable needs AVX2 and FMA, but {reason}; {remedy}")
    kernels, _, features = in_force().partition("; ")
    found = set(features.split(", "))
    if kernels != f"openblas {KERNEL}" or found & {*WIDER, *WIDER_BEFORE_2_4}:
        raise ValueError(
            f"arithmetic: portable needs the BLAS kernel openblas {KERNEL} and no wider vectors "
            f"than AVX2, found {kernels}; {features}: load scrawl before NumPy, or {remedy}"
        )
