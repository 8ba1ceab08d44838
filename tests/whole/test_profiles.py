"""The profiles agree, and every rule says what it costs, by the size of its input, or is light."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from project import HOUSE, Project

RULES = sorted((HOUSE / "workflow/rules").glob("*.smk"))


def profile(name: str) -> dict[str, object]:
    text = (HOUSE / f"profiles/{name}/profile.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def test_a_cluster_is_given_all_that_a_single_machine_is() -> None:
    cluster = profile("slurm")
    assert {name: cluster.get(name) for name in profile("default")} == profile("default")


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_asks_for_memory_and_time_or_runs_where_snakemake_does(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name, body in re.findall(r"^(?:rule|checkpoint) (\w+):\n((?:(?: .*)?\n)+)", text, re.M):
        asks = {word for word in ("mem_mb=", "runtime=") if word in body}
        # Snakemake itself sees to a rule that only names targets.
        light = "    localrule: True\n" in body or "    shell:\n" not in body
        assert asks == (set() if light else {"mem_mb=", "runtime="}), name


def test_a_run_asks_for_memory_and_time_by_the_size_of_its_data(project: Project) -> None:
    def asked() -> list[set[str]]:
        output = project.build("--dry-run", "artifacts/dots/runs/plain/7/model.h5")
        return [set(re.findall(rf"\b{one}=(\w+)", output)) for one in ("mem_mb", "runtime")]

    assert asked() == [{"500"}, {"10"}]
    os.truncate(project.folder / "artifacts/dots/prepared/unit.h5", 2000 * 2**20)
    assert asked() == [{str(500 + 4 * 2000)}, {str(10 + 3 * 2000 // 500)}]  # three epochs
    project.configure(lambda config: config["datasets"]["dots"].update(stored_as="uint8"))
    assert asked()[0] == {"1024"}
