"""Comparison of printed numbers with measured ones, by a rule that can be checked by hand."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from project import HOUSE, STUDIES, whole_configuration
from scrawl import __main__ as cli
from scrawl.data import idx
from scrawl.studies.originals import Printed, compare, error_rates, read_printed

PRINTED = STUDIES / "originals/printed.yaml"

# Mean 0.5, deviation 0.1·√(5/8)·2/√5: with Student's t of 4 degrees of freedom, 2.7764, one further
# value is expected within 0.5 ± 2.7764·0.0790569·√1.2.
SEEDS = (0.4, 0.45, 0.5, 0.55, 0.6)
HALF_WIDTH = 2.7764 * 0.0790569 * 1.0954451


def number(printed: float, quantity: str = "test_accuracy", **more: str) -> Printed:
    given = {"row": "one", "what": "accuracy", "text": "blog", "experiment": "a"}
    return Printed.parse({**given, "printed": printed, "quantity": quantity, **more})


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        (0.4, "reproduced"),
        (0.6, "reproduced"),
        (0.601, "possible"),
        (0.5 + HALF_WIDTH - 1e-4, "possible"),
        (0.5 + HALF_WIDTH + 1e-4, "not reproduced"),
        (0.5 - HALF_WIDTH - 1e-4, "not reproduced"),
    ],
)
def test_the_verdict_follows_from_the_seeds_and_the_number(printed: float, verdict: str) -> None:
    assert compare(number(printed), SEEDS).verdict == verdict


def test_a_cost_may_lie_half_a_per_cent_outside_and_an_accuracy_may_not() -> None:
    cost = "last_batch_loss"
    assert compare(number(0.602, cost), SEEDS).verdict == "reproduced"
    assert compare(number(0.604, cost), SEEDS).verdict == "possible"
    assert compare(number(0.602), SEEDS).verdict == "possible"


def test_a_further_run_is_expected_only_where_its_number_can_lie() -> None:
    low, high = compare(number(0.1), [0.01, 0.1, 0.2]).interval
    assert low == 0.0
    assert 0.2 < high < 1.0
    assert compare(number(0.9), [0.99, 0.9, 0.8]).interval[1] == 1.0
    costs = [0.9, 1.0, 1.1]
    assert compare(number(1.0, "last_batch_loss"), costs).interval[1] > 1.1


def test_the_stated_error_rates_are_those_of_drawn_runs() -> None:
    """Eleven runs of one distribution: ten are ours, and the eleventh was printed."""
    rng = np.random.default_rng(0)
    drawn = [compare(number(one[0]), one[1:]) for one in rng.normal(0.9, 0.01, (4000, 11)).tolist()]
    verdicts = [one.verdict for one in drawn]
    rates = error_rates(drawn)
    assert rates["fewest_seeds"] == 10
    assert rates["outside_range"] == pytest.approx(2 / 11)
    # Three standard errors of 4,000 draws.
    assert verdicts.count("not reproduced") / 4000 == pytest.approx(0.05, abs=0.0105)
    assert 1 - verdicts.count("reproduced") / 4000 == pytest.approx(2 / 11, abs=0.0185)


def test_seeds_that_all_agree_leave_no_room() -> None:
    assert compare(number(0.1135), [0.1135] * 3).verdict == "reproduced"
    assert compare(number(0.1136), [0.1135] * 3).verdict == "not reproduced"


def run(folder: Path, experiment: str, seed: int, accuracy: float, loss: float | None) -> str:
    """Write what the stage reads of a run, by hand."""
    path = folder / "runs" / experiment / str(seed)
    path.mkdir(parents=True)
    metrics = {
        "accuracy": accuracy,
        "class_names": ["a", "b"],
        "commonest_class": {"class": "a", "accuracy": 0.5},
        "n": 4,
        "settings": {"learning_rate": 0.5},
    }
    (path / "metrics.json").write_text(json.dumps(metrics))
    review = {"n": 8, "accuracy": accuracy / 2, "loss": loss, "last_batch_loss": loss}
    (path / "review.json").write_text(json.dumps(review))
    return str(path)


def printed_file(folder: Path, *numbers: dict[str, Any]) -> str:
    path = folder / "printed.yaml"
    path.write_text(
        yaml.safe_dump({"texts": {"blog": "A blog"}, "seconds": {"a": 2}, "numbers": list(numbers)})
    )
    return str(path)


NUMBERS: list[dict[str, Any]] = [
    {"row": "a", "what": "accuracy", "text": "blog", "printed": 0.625, "experiment": "a"}
    | {"quantity": "test_accuracy"},
    {"row": "a", "what": "cost", "text": "blog", "printed": 0.9, "experiment": "a"}
    | {"quantity": "last_batch_loss", "variant": "as written"},
    {"row": "b", "what": "accuracy", "text": "blog", "printed": 0.25, "experiment": "b"}
    | {"quantity": "training_accuracy"},
    {"row": "c", "what": "no run of it", "text": "blog", "printed": 0.1, "experiment": "c"}
    | {"quantity": "test_accuracy"},
]


def words(folder: Path, printed: str, runs: list[str]) -> list[str]:
    outputs = ["--table", folder / "table.json", "--csv", folder / "table.csv"]
    figures = ["--figure", folder / "comparison.png", folder / "comparison.svg"]
    return ["originals", "--printed", printed, "--runs", *runs, *map(str, outputs + figures)]


def test_the_tables_hold_every_number_whose_experiment_was_run(tmp_path: Path) -> None:
    runs = [run(tmp_path, "a", 1, 0.5, 0.25), run(tmp_path, "a", 2, 0.75, 0.5)]
    runs += [run(tmp_path, "b", 1, 0.5, None), run(tmp_path, "b", 2, 1.0, None)]
    assert cli.main(words(tmp_path, printed_file(tmp_path, *NUMBERS), runs)) == 0
    table = json.loads((tmp_path / "table.json").read_text())
    accuracy = table["numbers"]["a"]["test_accuracy"]
    assert (accuracy["printed"], accuracy["mean"], accuracy["values"]) == (
        0.625,
        0.625,
        [0.5, 0.75],
    )
    assert (accuracy["low"], accuracy["high"], accuracy["verdict"]) == (0.5, 0.75, "reproduced")
    assert table["numbers"]["a"]["last_batch_loss"]["mean"] == 0.375
    assert table["numbers"]["b"]["training_accuracy"]["values"] == [0.25, 0.5]
    assert "c" not in table["numbers"]
    assert table["verdicts"] == {"reproduced": 2, "possible": 1, "not reproduced": 0, "all": 3}
    assert table["seconds"] == {"a": 2}
    assert table["settings"]["b"] == {"learning_rate": 0.5}
    assert table["markdown"].splitlines()[2:4] == [
        # Two seeds: mean ± 12.7062·deviation·√1.5, of deviations 0.1767767, and no less than 0.
        "| **a** | accuracy | 62.50 % | 62.50 % | 50.00 % to 75.00 % | 0.00 % to 100.00 % | 2 | reproduced |",  # noqa: E501
        "|  | cost, as written | 0.90000 | 0.37500 | 0.25000 to 0.50000 | 0.00000 to 3.12597 | 2 | possible |",  # noqa: E501
    ]
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["experiment"], float(row["mean"])) for row in rows] == [
        ("a", 0.625),
        ("a", 0.375),
        ("b", 0.375),
    ]
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "comparison.svg").read_text()


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([NUMBERS[0] | {"quantity": "accuracy"}], "number 1: quantity: found 'accuracy'"),
        ([NUMBERS[0] | {"text": "letter"}], r"number 1: text: 'letter' is not among \['blog'\]"),
        ([NUMBERS[0], NUMBERS[0]], "number 2: a and test_accuracy are compared with another"),
        ([NUMBERS[3]], "names none of the experiments a; name runs of the suite"),
        ([NUMBERS[1]], "review.json: last_batch_loss is not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], numbers: list[Any], message: str
) -> None:
    runs = [run(tmp_path, "a", seed, 0.5, None) for seed in (1, 2)]
    assert cli.main(words(tmp_path, printed_file(tmp_path, *numbers), runs)) == 1
    assert re.search(message, capsys.readouterr().err)


# --- what is committed ----------------------------------------------------------------------------


def test_every_printed_number_has_an_experiment_in_a_suite_and_none_is_left_over() -> None:
    suites = [whole_configuration()["suites"][name] for name in ("originals", "originals-search")]
    asked_for = [name for suite in suites for name in suite["experiments"]]
    assert {number.experiment for number in read_printed(PRINTED)[0]} == set(asked_for)
    assert len(asked_for) == len(set(asked_for))
    assert [len(suite["seeds"]) for suite in suites] == [10, 3]


def test_the_cost_printed_last_is_that_of_class_frequencies_in_the_last_batch(
    mnist_folder: Path,
) -> None:
    labels = np.eye(10)[idx.read(mnist_folder / "train-labels-idx1-ubyte.gz")]
    answer = labels.mean(axis=0)
    last, every = (
        float(((answer - some) ** 2).sum(axis=1).mean() / 2) for some in (labels[-10_000:], labels)
    )
    (printed,) = [
        one.printed
        for one in read_printed(PRINTED)[0]
        if (one.experiment, one.quantity) == ("two-hidden-16", "last_batch_loss")
    ]
    assert abs(printed - last) < 1e-6
    assert abs(printed - every) > 5e-5


def test_printed_accuracies_are_whole_numbers_of_images() -> None:
    n = {"test_accuracy": 10_000, "training_accuracy": 60_000}
    for one in read_printed(PRINTED)[0]:
        if one.quantity in n:
            images = one.printed * n[one.quantity]
            assert images == pytest.approx(round(images), abs=1e-6), one


def test_the_page_is_filled_and_its_template_types_no_figure() -> None:
    page = (HOUSE / "docs/originals.md").read_text(encoding="utf-8")
    template = (STUDIES / "originals/page.md").read_text(encoding="utf-8")
    placeholder = r"\{\{.*?\}\}"
    assert "{{" not in page
    assert not re.findall(r"\d+[.,]\d+|\d+ ?%", re.sub(placeholder, "", template))
    # What stands between the placeholders is the page: nobody has edited it by hand.
    texts = re.split(placeholder, template)
    assert re.fullmatch(".*?".join(map(re.escape, texts)), page, re.DOTALL)
