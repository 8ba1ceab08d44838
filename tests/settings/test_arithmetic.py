"""Portable arithmetic is pinned before NumPy is loaded, and checked after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scrawl.settings import arithmetic

UNPINNED = {k: v for k, v in os.environ.items() if k not in arithmetic.VARIABLES}
on_portable_machine = pytest.mark.skipif(
    bool(arithmetic.unsupported()), reason="no portable arithmetic on this machine"
)


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=UNPINNED,
        capture_output=True,
        text=True,
        check=False,
    )


@on_portable_machine
def test_tests_compute_with_portable_arithmetic() -> None:
    arithmetic.check("portable")


@on_portable_machine
def test_importing_scrawl_before_numpy_pins_kernel_and_vectors() -> None:
    code = "import scrawl, numpy; from scrawl.settings import arithmetic as a; a.check('portable')"
    result = python(code + "; print(a.in_force())")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "openblas Haswell; X86_V3"


def test_numpy_loaded_before_scrawl_is_left_alone_and_refused_where_it_differs() -> None:
    code = "import numpy, scrawl; from scrawl.settings import arithmetic as a; print(a.in_force())"
    before = python("import numpy; " + code.replace("scrawl; ", "scrawl; ", 1)).stdout
    result = python(code + "; a.check('portable')")
    if before.strip() == "openblas Haswell; X86_V3":
        assert result.returncode == 0
    else:
        assert "ValueError: arithmetic: portable needs the BLAS kernel" in result.stderr
        assert "load scrawl before NumPy, or set arithmetic: native" in result.stderr


def test_native_arithmetic_is_never_refused() -> None:
    arithmetic.check("native")


def test_a_processor_without_avx2_and_another_architecture_have_only_native_arithmetic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "cpuinfo"
    old.write_text("processor : 0\nflags\t\t: fpu sse sse2 avx\n")
    assert arithmetic.unsupported("x86_64", old) == "this processor has no AVX2 and no FMA"
    old.write_text("flags : fpu avx avx2\n")
    assert arithmetic.unsupported("x86_64", old) == "this processor has no FMA"
    assert arithmetic.unsupported("aarch64", old) == "this machine is aarch64, not x86-64"
    assert arithmetic.unsupported("AMD64", tmp_path / "none") == ""
    monkeypatch.setattr(arithmetic, "unsupported", lambda: "this machine is arm64, not x86-64")
    assert arithmetic.default() == "native"
    with pytest.raises(ValueError, match=r"this machine is arm64.*; set arithmetic: native"):
        arithmetic.check("portable")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [('{"arithmetic": "native"}', "native"), ("{}", None), ("[]", None), ("{", None)],
)
def test_a_command_computes_as_its_settings_say(settings: str, expected: str | None) -> None:
    words = ["--settings", settings, "--data", "prepared.h5"]
    assert arithmetic.asked_for(words) == (expected or arithmetic.default())


def test_native_takes_back_what_was_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numpy")
    environ: dict[str, str] = {}
    arithmetic.pin(environ)
    assert bool(environ) == (not arithmetic.unsupported())
    arithmetic.unpin(environ)
    assert environ == {}
