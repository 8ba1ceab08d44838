"""A misspelt target is answered with the nearest."""

from __future__ import annotations

import logging

import pytest

from project import Project
from scrawl.pipeline.targets import suggesting
from scrawl.settings.errors import suggestion

WORDS = (
    "MissingRuleException:\nNo rule to produce {} (if you use input functions make sure that they "
    "don't raise unexpected exceptions)."
)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("prepard", "There is no target 'prepard'; did you mean 'prepared'?"),
        ("x", "There is no target 'x'; allowed: prepared, trained"),
        ("artifacts/x.h5", WORDS.format("artifacts/x.h5")),
    ],
)
def test_a_name_is_compared_with_the_rules_and_a_path_left_to_snakemake(
    target: str, words: str
) -> None:
    record = logging.makeLogRecord({"msg": WORDS.format(target)})
    assert suggesting(lambda name: suggestion(name, ["prepared", "trained"]))(record)
    assert record.getMessage() == words


def test_snakemake_names_the_nearest_target(project: Project) -> None:
    result = project.run("prepard")
    said = result.stdout + result.stderr
    assert result.returncode != 0
    assert "There is no target 'prepard'; did you mean 'prepared'?" in said
    assert "Exception" not in said
