"""Features of the processor that this process runs on, told without NumPy.

The C library (glibc 2.33 or newer) knows what the processor and the system support, an emulated one
too; of other Linux systems `/proc/cpuinfo` tells.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")

# By name as in /proc/cpuinfo: the index of the leaf in glibc's <sys/platform/x86.h>, the register
# (eax, ebx, ecx, edx) and the bit.
PLACES = {"fma": (0, 2, 12), "avx2": (1, 1, 5), "avx512f": (1, 1, 16)}
REGISTERS = ctypes.c_uint32 * 8  # what the processor has, then what the system lets programs use


def features(cpuinfo: Path = CPUINFO) -> set[str] | None:
    """Return the names of the processor's features, as `/proc/cpuinfo` spells them.

    At least those of `PLACES` that are there; None where nothing tells.
    """
    found = _told_by_glibc()
    return _listed(cpuinfo) if found is None else found


def _told_by_glibc() -> set[str] | None:
    try:
        leaf = ctypes.CDLL(None)["__x86_get_cpuid_feature_leaf"]
    except (AttributeError, OSError, TypeError):  # another C library, or another processor
        return None
    leaf.restype = ctypes.POINTER(REGISTERS)
    return {
        name
        for name, (index, register, bit) in PLACES.items()
        if leaf(ctypes.c_uint(index)).contents[4 + register] >> bit & 1
    }


def _listed(cpuinfo: Path) -> set[str] | None:
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    flags = (line.partition(":")[2].split() for line in lines if line.startswith("flags"))
    return next(map(set, flags), None)
