"""The report's section on corruptions: numbers and lines from the scores that it is given."""

from __future__ import annotations

import re

import numpy as np
import pytest

from scrawl.pages import template
from scrawl.pages.report.corruptions import corruptions
from scrawl.results.robustness import COVERAGE, MEASURES, Robustness

NAMES = ("blur", "noise")


def made(seed: int, *ways: str) -> Robustness:
    rng = np.random.default_rng(seed)
    scores = {measure: rng.random((len(NAMES), 6)) for measure in MEASURES}
    return Robustness(NAMES, scores, {by: rng.random((6, len(COVERAGE))) for by in ways})


def rows(html: str) -> list[list[str]]:
    """Return the texts of the cells of each row of a table."""
    cells = re.compile(r"<t[hd][^>]*>(?:<button[^>]*>)?([^<]*)")
    html = html.replace("\xa0", " ")
    return [cells.findall(row) for row in re.findall(r"<tr>(.*?)</tr>", html)]


def test_the_page_says_what_the_table_has() -> None:
    perfect = Robustness(NAMES, dict.fromkeys(MEASURES, np.ones((2, 6))), {})
    half = Robustness(NAMES, dict.fromkeys(MEASURES, np.full((2, 6), 0.5)), {})
    found = corruptions({"half": half, "perfect": perfect}, {"half": 0, "perfect": 1})
    html = template.render(
        "pages/report", "corruptions.html", corruptions=found, origin={"title": "digits"}
    )
    assert rows(html) == [
        ["corruption", "half", "perfect"],
        ["blur", "50.00 %", "100.00 %"],
        ["noise", "50.00 %", "100.00 %"],
        ["mean of all", "50.00 %", "100.00 %"],
        ["errors relative to half", "1.00", "0.00"],
    ]
    assert "made worse in 2 ways" in html


def test_without_corruptions_there_is_no_section() -> None:
    assert corruptions({}, {}) is None


def test_the_table_has_mean_accuracies_and_errors_relative_to_the_first() -> None:
    given = {"plain": made(1, "confidence"), "other": made(2, "confidence")}
    found = corruptions(given, {"plain": 1, "other": 0})
    assert found is not None
    accuracies = {name: each.scores["accuracy"][:, 1:] for name, each in given.items()}
    for number, row in enumerate(found["rows"]):
        expected = [table[number].mean() for table in accuracies.values()]
        assert row == {"corruption": NAMES[number], "accuracies": pytest.approx(expected)}
    ratios = (1 - accuracies["other"]).sum(axis=1) / (1 - accuracies["plain"]).sum(axis=1)
    assert found["relative"] == pytest.approx([1, ratios.mean()])
    assert found["baseline"] == "plain"


def test_an_experiment_has_its_colour_and_an_ensemble_a_line_for_agreement() -> None:
    given = {"one": made(1, "confidence"), "five": made(2, "confidence", "agreement")}
    found = corruptions(given, {"one": 1, "five": 0})
    assert found is not None
    accuracy, _, clean, hard = found["charts"]
    assert [(line["name"], line["look"]) for line in accuracy.lines] == [("one", 1), ("five", 0)]
    for chart in (clean, hard):
        assert [line["name"] for line in chart.lines] == ["one", "five", "five, agreement"]
        assert [line["look"] % 7 for line in chart.lines] == [1, 0, 0]
        assert chart.lines[2]["look"] % 4 != chart.lines[1]["look"] % 4  # another dash


def test_outputs_that_are_no_probabilities_have_no_line_of_calibration_error() -> None:
    one = made(1, "confidence")
    one.scores["calibration_error"][:] = np.nan
    found = corruptions({"one": one}, {"one": 0})
    assert found is not None
    assert found["charts"][1].lines[0]["path"] == ""
