"""The command `scrawl`: what it says, and what it ends with."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from scrawl import __main__ as cli

SCRAWL = Path(sys.executable).parent / "scrawl"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_that_is_listed_explains_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    assert end.value.code == 0
    assert f"usage: scrawl {name}" in capsys.readouterr().out


def test_without_a_command_the_list_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert cli.main(["--help"]) == 0
    assert capsys.readouterr().out == 2 * f"{cli.usage()}\n"


def test_the_list_has_the_chain_in_its_order_then_studies_then_tools() -> None:
    groups = cli.usage().split("\n\n")[1:-1]
    named = [[line.split()[0] for line in group.splitlines()[1:]] for group in groups]
    chain = ["download", "decode", "prepare", "train", "evaluate", "plot", "report"]
    assert [name for name in named[0] if name in chain] == chain
    assert {"originals", "questions", "records"} <= set(named[1])
    assert {"predict", "inspect", "verify"} <= set(named[2])


def test_an_unknown_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["trian"]) == 2
    assert "there is no command 'trian'" in capsys.readouterr().err


def test_ctrl_c_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("scrawl.tools.inspect"), "main", interrupted)
    assert cli.main(["inspect", "x"]) == 130
    assert capsys.readouterr().err == "scrawl inspect: interrupted\n"


def test_a_reader_who_has_enough_is_no_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "many.h5", "w") as file:
        for i in range(5000):  # more than a pipe holds
            file[f"a-rather-long-name-of-a-dataset-{i}"] = np.arange(3)
    command = f"{SCRAWL} inspect {tmp_path}/many.h5 | head -1"
    words = ["bash", "-c", command]
    result = subprocess.run(words, check=True, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == (f"{tmp_path}/many.h5\n", "")


def test_help_loads_none_of_the_libraries() -> None:
    code = (
        "import sys; from scrawl import __main__ as cli; cli.main(['--help']);"
        "sys.exit(bool({'numpy', 'h5py', 'matplotlib', 'snakemake'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode
        == 0
    )


def test_no_command_lets_blas_have_threads_of_its_own() -> None:
    script = """
import os
os.environ.pop("OPENBLAS_NUM_THREADS", None)
from scrawl import __main__ as cli
try:
    cli.main(["deform", "--help"])
finally:
    from threadpoolctl import threadpool_info
    print([one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"])
"""
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert said.splitlines()[-1] == "[1]"
