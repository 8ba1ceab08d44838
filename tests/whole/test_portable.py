"""An emulated processor computes the same bytes (`make test-portable` compares more of them)."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from whole.portable import QEMU, chain, commands, compare, digests, run, started

pytestmark = pytest.mark.skipif(
    shutil.which(QEMU) is None and not os.environ.get("SCRAWL_REQUIRE_QEMU"),
    reason=f"no {QEMU} (Debian's qemu-user)",
)


def test_networks_and_predictions_have_the_same_bytes_on_an_emulated_processor(
    tmp_path: Path,
) -> None:
    here = chain(tmp_path / "here", ["linear", "gelu", "convolution", "squares"])
    words = commands(here, "evaluated")
    run(here, words)
    assert compare(here, "Haswell", words, tmp_path / "there") >= 17


def test_a_processor_without_avx2_is_refused_with_a_way_out(tmp_path: Path) -> None:
    project = chain(tmp_path, ["linear"])
    prepare = ["prepare", "--data", "decoded.h5", "--output", "prepared.h5", "--settings"]
    with pytest.raises(RuntimeError, match="no AVX2 and no FMA; set arithmetic: native"):
        run(project, [[*prepare, "{}"]], "Nehalem")
    with pytest.raises(RuntimeError, match=r"decoded\.h5: there is no such file"):
        run(project, [[*prepare, '{"arithmetic": "native"}']], "Nehalem")


def test_a_run_begun_here_ends_on_an_emulated_processor_with_the_same_bytes(tmp_path: Path) -> None:
    whole = chain(tmp_path / "whole", ["linear", "gelu", "convolution"])
    whole.configure(lambda config: config["experiments"]["gelu"].update(epochs=60))
    words = [command for command in commands(whole, "trained") if "convolution" not in str(command)]
    run(whole, words)
    half = chain(tmp_path / "half", ["linear", "gelu", "convolution"])
    run(half, [command for command in words if command[0] != "train"])
    (train,) = [command for command in words if command[0] == "train" and "/gelu/" in str(command)]
    hurried = [*train]
    hurried[train.index("--checkpoint-every") + 1] = "0.01"
    kept = half.folder / train[train.index("--checkpoint") + 1]
    with started(half, [hurried]) as process:
        while not kept.exists():
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    assert kept.exists()
    run(half, [train], "EPYC")
    model = "dots/runs/gelu/1/model.h5"
    assert digests(half)[model] == digests(whole)[model]
