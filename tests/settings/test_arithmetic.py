"""Portable arithmetic is pinned before NumPy is loaded, and checked after."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version

import pytest

from scrawl import __main__ as cli
from scrawl.settings import arithmetic
from scrawl.settings.configuration import PARTS

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
        assert "import scrawl before NumPy, or set arithmetic: native" in result.stderr


def test_the_version_of_numpy_is_told_without_loading_it_or_importlib_metadata() -> None:
    code = "import sys; from scrawl.settings.arithmetic import version_of_numpy as v; "
    result = python(code + "print(v(), *{'numpy', 'importlib.metadata'} & {*sys.modules})")
    assert result.stdout == f"{version('numpy')}\n", result.stderr


def test_native_arithmetic_is_never_refused() -> None:
    arithmetic.check("native")


@pytest.mark.parametrize(
    ("machine", "found", "reason"),
    [
        ("x86_64", set(), "this processor has no AVX2 and no FMA"),
        ("x86_64", {"avx", "avx2"}, "this processor has no FMA"),
        ("aarch64", set(), "this machine is aarch64, not x86-64"),
        ("arm64", {"avx2", "fma"}, "this machine is arm64, not x86-64"),
    ],
)
def test_a_processor_without_avx2_and_another_architecture_have_only_native_arithmetic(
    machine: str, found: set[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(arithmetic, "features", lambda: found)
    arithmetic.check.cache_clear()
    with pytest.raises(ValueError, match=f"{reason}; set arithmetic: native in config.yaml"):
        arithmetic.check("portable")
    arithmetic.check("native")
    arithmetic.check.cache_clear()


def test_a_processor_of_which_nothing_is_told_is_taken_to_have_what_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    monkeypatch.setattr(arithmetic, "features", lambda: None)
    assert arithmetic.unsupported() == ""


@pytest.mark.parametrize("command", ["deform", "prepare", "train", "evaluate"])
def test_every_stage_that_computes_refuses_another_arithmetic_before_it_reads(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {
        "deform": [f"--{part}" for part in PARTS],
        "prepare": ["--data"],
        "train": ["--data", "--model", "--history"],
        "evaluate": ["--data", "--model", "--metrics", "--predictions"],
    }[command]
    output = ["--output", "there"] if command in {"deform", "prepare"} else []
    settings = '{"images": 3}' if command == "deform" else "{}"
    words = [word for option in options for word in (option, "not-there.h5")]
    monkeypatch.setattr(arithmetic, "unsupported", lambda: "this machine is a test")
    arithmetic.check.cache_clear()
    assert cli.main([command, "--settings", settings, *words, *output]) == 1
    arithmetic.check.cache_clear()
    assert "needs AVX2 and FMA, but this machine is a test; set arith" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('{"arithmetic": "native"}', "native"),
        ('{"deep": {"arithmetic": "native"}}', "native"),
        ('{"deep": {"hidden": [3]}}', "portable"),
        ("{}", "portable"),
        ("[]", "portable"),
        ("{", "portable"),
    ],
)
def test_a_command_computes_as_its_settings_say(settings: str, expected: str) -> None:
    assert arithmetic.asked_for(["--settings", settings, "--data", "prepared.h5"]) == expected


def test_native_takes_back_what_was_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numpy")
    environ: dict[str, str] = {}
    arithmetic.pin(environ)
    assert bool(environ) == (not arithmetic.unsupported())
    arithmetic.unpin(environ)
    assert environ == {}
