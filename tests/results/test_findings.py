"""Findings in the metrics of runs: each once, with the seeds that have it."""

from __future__ import annotations

from scrawl.results.findings import RunFinding, in_brief, of_run, of_seeds

DEAD = {"name": "dead-units", "words": "half is dead", "try": "learning_rate: 0.1"}
MORE = {"name": "dead-units", "words": "all is dead"}
OVERFITTED = {"name": "overfitting", "words": "by heart"}


def test_a_finding_is_told_once_with_the_seeds_that_it_is_true_of() -> None:
    found = of_seeds([3, 5], [{"findings": [DEAD, OVERFITTED]}, {"findings": [DEAD]}])
    assert found == [
        RunFinding("dead-units", "half is dead", "learning_rate: 0.1", (3, 5)),
        RunFinding("overfitting", "by heart", "", (3,)),
    ]


def test_metrics_without_findings_have_none() -> None:
    assert of_run({"accuracy": 0.5}) == []
    assert in_brief([]) == ""


def test_one_kind_in_other_words_counts_as_the_same_finding() -> None:
    runs = [{"findings": [DEAD, MORE]}, {"findings": [MORE]}, {"findings": [OVERFITTED]}]
    assert in_brief(runs) == "dead-units (2 of 3), overfitting (1 of 3)"
