"""The user's own code in the chain: it trains, answers, is reported, and reruns when it changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from project import HOUSE, Project, checkout

EXPERIMENTS = {
    "plain": {"hidden": [], "epochs": 3, "batch_size": 16},
    "mine": {
        "code": "parts/own_parts.py",
        "hidden": [8],
        "epochs": 4,
        "batch_size": 16,
        "activation": "own.swish",
        "layer": "own.maxout",
        "loss": "own.focal",
        "optimiser": "own.sign-momentum",
        "schedule": "own.triangle",
        "learning_rate": 0.01,
    },
    "network": {"code": "parts/own_parts.py", "network": "own.two-halves", "epochs": 2},
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project whose experiments use code of their own, built once."""
    project = checkout(tmp_path_factory.mktemp("own"))

    def change(config: dict[str, Any]) -> None:
        config["experiments"] = EXPERIMENTS
        config["ensembles"] = {"two": {"of": ["network"], "size": 2}}
        config["suites"]["tiny"] |= {"experiments": [*EXPERIMENTS, "two"], "seeds": [1]}

    project.configure(change)
    (project.folder / "parts").mkdir()
    shutil.copy(HOUSE / "docs/examples/own_parts.py", project.folder / "parts")
    project.build()
    return project


def test_the_whole_chain_runs_with_own_code(own: Project) -> None:
    runs = own.folder / "artifacts/dots/runs"
    for experiment in ("mine", "network"):
        metrics = json.loads((runs / experiment / "1/metrics.json").read_text())
        assert metrics["accuracy"] > metrics["commonest_class"]["accuracy"]
    assert json.loads((runs / "two/1/metrics.json").read_text())["n"] == 60
    report = (own.folder / "artifacts/dots/reports/tiny.html").read_text()
    page = (own.folder / "artifacts/dots/draw/tiny.html").read_text()
    for text in (report, page):
        assert "cannot compute a layer of theirs: mine (code of its own)" in text
    assert "own_parts.py@" in report


def test_a_change_of_the_code_trains_the_networks_again_that_use_it(own: Project) -> None:
    assert own.planned() == set()
    path = own.folder / "parts/own_parts.py"
    before = path.read_text()
    path.write_text(before.replace("velocity *= 0.9", "velocity *= 0.8"))
    planned = own.planned()
    path.write_text(before)
    assert {"train mine", "train network"} <= planned
    assert "train plain" not in planned


def test_a_name_that_the_file_lacks_is_found_before_anything_runs(
    own: Project, tmp_path: Path
) -> None:
    shutil.copy(own.folder / "parts/own_parts.py", tmp_path)
    extra = tmp_path / "more.yaml"
    extra.write_text("experiments:\n  other:\n    code: own_parts.py\n    activation: own.swich\n")
    result = own.run("--dry-run", "--configfile", str(extra))
    assert result.returncode == 1
    found = result.stdout + result.stderr
    assert f"{extra}:4: experiments.other: activation: found 'own.swich'" in found
    assert "did you mean 'own.swish'?" in found
    assert f"ACTIVATIONS of {tmp_path}/own_parts.py" in found
