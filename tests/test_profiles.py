"""The profiles agree, and every rule says what it costs or is light."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from project import HOUSE

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
    local = re.search(r"^localrules:\n((?: {4}\w+,\n)+)", text, re.M)
    light = set(re.findall(r"\w+", local[1])) if local else set()
    for name, body in re.findall(r"^(?:rule|checkpoint) (\w+):\n((?:(?: .*)?\n)+)", text, re.M):
        asks = {word for word in ("mem_mb=", "runtime=") if word in body}
        assert asks == (set() if name in light else {"mem_mb=", "runtime="}), name
