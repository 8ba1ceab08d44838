"""Two checkouts with one cache: what one has computed, the other takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from project import Project, checkout

ONLY = ("--cache", "--config", "experiment=plain", "seed=1")


def logs(project: Project) -> set[str]:
    """Return the names of the logs that computing has filled since the last call."""
    folder = project.folder / "artifacts/dots/logs"
    filled = [path for path in folder.glob("*.log") if path.stat().st_size]
    names = {path.name for path in filled if not path.name.startswith("download")}
    for path in filled:
        path.write_text("")
    return names


def test_a_second_checkout_trains_nothing_but_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(tmp_path / "cache"))
    first, second = checkout(tmp_path / "first"), checkout(tmp_path / "deep/second")
    first.build("evaluated", *ONLY)
    assert logs(first) >= {"decode.log", "prepare-unit.log", "train-plain-1.log"}

    def add_the_same_by_another_name(config: dict[str, Any]) -> None:
        config["experiments"]["other"] = config["experiments"]["plain"]

    second.configure(add_the_same_by_another_name)
    second.build("evaluated", "--cache", "--config", "experiment=plain,other", "seed=1")
    assert logs(second) == set()
    runs = [first.folder / "artifacts/dots/runs/plain/1"]
    runs += [second.folder / "artifacts/dots/runs" / name / "1" for name in ("plain", "other")]
    for file in "model.h5", "metrics.json", "predictions.h5", "history.csv":
        assert len({(run / file).read_bytes() for run in runs}) == 1

    second.configure(lambda config: config["experiments"]["plain"].update(epochs=2))
    second.build("evaluated", *ONLY)
    assert logs(second) == {"train-plain-1.log", "evaluate-plain-1.log"}
    assert (runs[1] / "model.h5").read_bytes() != (runs[0] / "model.h5").read_bytes()
    assert (runs[2] / "model.h5").read_bytes() == (runs[0] / "model.h5").read_bytes()


def test_what_may_differ_elsewhere_is_not_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(tmp_path / "cache"))
    project = checkout(tmp_path / "project")
    project.configure(lambda config: config.update(arithmetic="native"))
    said = project.run("--dry-run", "evaluated", *ONLY)
    assert said.returncode == 1
    assert "arithmetic: native holds for one type of processor only" in said.stdout + said.stderr
