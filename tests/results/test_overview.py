"""Finished runs as rows: what is read of them, and the command that lists them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from scrawl import __main__ as cli
from scrawl.results.overview import Result, at_chance, finished
from scrawl.tools.runs import print_results


def run(
    folder: Path, name: str, seed: int, right: int, findings: tuple[str, ...] = (), on: str = ""
) -> None:
    """Write what the table is made of: `right` of 200 test images right, in two seconds."""
    place = folder / "dots/runs" / name / str(seed) / on
    place.mkdir(parents=True)
    metrics = {
        "accuracy": right / 200,
        "class_names": ["a", "b"],
        "commonest_class": {"class": "a", "accuracy": 0.5},
        "n": 200,
        "settings": {},
        "findings": [{"name": one, "words": one} for one in findings],
    }
    (place / "metrics.json").write_text(json.dumps(metrics))
    cost = {"core_seconds": 2.0, "seconds": 2.0, "memory_mib": 1.0, "resumed": 0}
    (place / "cost.json").write_text(json.dumps(cost))


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    run(tmp_path, "deep", 1, 190)
    run(tmp_path, "deep", 2, 198, ("overfitting",))
    run(tmp_path, "deep", 10, 194)
    run(tmp_path, "plain", 1, 150)
    (tmp_path / "dots/runs/plain/9").mkdir()  # not evaluated yet
    return tmp_path


def test_runs_are_found_in_the_order_of_their_names_and_seeds(artifacts: Path) -> None:
    found = [(one.experiment, one.seed) for one in finished(artifacts)]
    assert found == [("deep", 1), ("deep", 2), ("deep", 10), ("plain", 1)]


def test_an_experiments_row_is_the_mean_of_its_seeds_with_every_finding(artifacts: Path) -> None:
    deep = Result.of([one for one in finished(artifacts) if one.experiment == "deep"])
    assert deep.accuracy == pytest.approx(0.97)
    # Wilson's interval of 194 right of 200, worked out by hand with z = 1.959964.
    assert (deep.low, deep.high) == pytest.approx((0.9361056, 0.9861796), abs=1e-6)
    assert (deep.seconds, deep.findings, deep.seeds) == (
        2.0,
        ("overfitting (1 of 3)",),
        (1, 2, 10),
    )


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert cli.main(["runs", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_command_filters_and_sorts(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--artifacts", str(artifacts)]
    heading, *rows = lines(capsys, *place)
    assert heading.split()[:4] == ["dataset", "experiment", "seed", "accuracy"]
    assert heading.endswith("95 % interval     seconds  findings")
    assert rows[1].split()[:5] == ["dots", "deep", "2", "99.00", "%"]
    assert rows[1].endswith("overfitting")
    best = [row.split()[2] for row in lines(capsys, *place, "--sort", "accuracy")[1:]]
    assert best == ["2", "10", "1", "1"]
    assert len(lines(capsys, *place, "--experiment", "pl*")) == 2
    assert len(lines(capsys, *place, "--findings")) == 2


def test_a_filter_that_nothing_passes_is_answered_with_the_nearest_name(
    artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--artifacts", str(artifacts)]
    said = "no finished runs match --dataset dot; did you mean 'dots'?"
    assert lines(capsys, *place, "--dataset", "dot") == [said]
    said = "no finished runs match --experiment x*; found: deep, plain"
    assert lines(capsys, *place, "--experiment", "x*") == [said]
    (tmp_path / "empty").mkdir()
    said = f"no finished runs in {tmp_path}/empty"
    assert lines(capsys, "--artifacts", f"{tmp_path}/empty") == [said]


def test_json_and_csv_have_every_digit(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--artifacts", str(artifacts), "--experiment", "plain"]
    (row,) = json.loads("\n".join(lines(capsys, *place, "--json")))
    (cells,) = csv.DictReader(io.StringIO("\n".join(lines(capsys, *place, "--csv"))))
    assert row["accuracy"] == float(cells["accuracy"]) == 0.75
    assert row["high"] == float(cells["high"])
    assert cells["folder"] == row["folder"] == str(artifacts / "dots/runs/plain/1")


def test_a_missing_folder_is_answered_with_the_nearest(
    artifacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["runs", "--artifacts", str(artifacts / "dotz")]) == 1
    assert "did you mean 'dots'?" in capsys.readouterr().err


def test_the_end_of_a_run_has_a_row_for_each_experiment_and_is_bounded(
    artifacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_results(artifacts, ["dots"], ["deep", "plain", "absent"], [1, 2])
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in said[2:4]] == [
        ["dots", "deep", "1,"],
        ["dots", "plain", "1"],
    ]
    command = f"scrawl runs --artifacts {artifacts}"
    assert said[4:] == ["… the first 2 experiments", f"Every run: `{command}`", ""]
    assert cli.main(command.split()[1:]) == 0
    assert "plain" in capsys.readouterr().out
    for number in range(30):
        run(artifacts, f"many-{number}", 1, 150)
    print_results(artifacts, ["dots"], [f"many-{number}" for number in range(30)], [1])
    assert len(capsys.readouterr().out.splitlines()) == 24 + 5
    print_results(artifacts, ["none"], ["deep"], [1])
    assert capsys.readouterr().out == ""


# By hand: z = 1.959964, z² = 3.841459; Wilson's lower end is 0.5000 where p = 0.5686 of 200.
@pytest.mark.parametrize(
    ("right", "of_200", "chance"),
    [(113, 0.5, True), (115, 0.5, False), (100, 0.5, True), (20, 0.5, True), (200, 1.0, False)],
)
def test_no_better_than_the_commonest_class_is_told_by_the_interval(
    right: int, of_200: float, chance: bool
) -> None:
    metrics = {"accuracy": right / 200, "n": 200, "commonest_class": {"accuracy": of_200}}
    assert at_chance(metrics) == chance


@pytest.mark.parametrize(("failed", "said"), [(1, False), (2, True), (4, True)])
def test_the_end_of_a_run_warns_where_half_of_the_networks_have_not_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], failed: int, said: bool
) -> None:
    for seed in range(1, 5):
        run(tmp_path, "plain", seed, 100 if seed <= failed else 190)
    print_results(tmp_path, ["dots"], ["plain"], [1, 2, 3, 4])
    shown = capsys.readouterr().out
    warning = f"Warning: {failed} of 4 networks on dots answer no better than always"
    assert (warning in shown) == said
    assert (f"`scrawl inspect {tmp_path}/dots/decoded.h5`" in shown) == said


def test_what_others_named_reaches_a_terminal_without_its_escapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "plain", 1, 150, ("\x1b]0;title\x07",))
    (row,) = lines(capsys, "--artifacts", str(tmp_path))[1:]
    assert row.endswith("\\x1b]0;title\\x07")
    assert "\x1b" not in row


def test_accuracies_on_other_datasets_have_rows_of_their_own(
    artifacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(artifacts, "deep", 1, 100, on="on/lines")
    run(artifacts, "deep", 2, 120, on="on/lines")
    heading, *rows = lines(capsys, "--artifacts", str(artifacts), "--experiment", "deep")
    assert heading.split()[:5] == ["dataset", "experiment", "seed", "tested", "on"]
    assert [row.split()[2:6] for row in rows] == [
        ["1", "dots", "95.00", "%"],
        ["1", "lines", "50.00", "%"],
        ["2", "dots", "99.00", "%"],
        ["2", "lines", "60.00", "%"],
        ["10", "dots", "97.00", "%"],
    ]
    found = json.loads("\n".join(lines(capsys, "--artifacts", str(artifacts), "--json")))
    assert [one["on"] for one in found] == [None, "lines", None, "lines", None, None]


def test_the_end_of_a_run_shows_other_datasets_that_were_asked_for(
    artifacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, right in {1: 100, 2: 120}.items():  # no better than always the commonest class
        run(artifacts, "deep", seed, right, on="on/lines")
    print_results(artifacts, ["dots"], ["deep"], [1, 2])
    assert "tested on" not in capsys.readouterr().out
    print_results(artifacts, ["dots"], ["deep", "plain"], [1, 2], ["lines", "absent"])
    said = capsys.readouterr().out.splitlines()
    # Wilson's interval of 110 right of 200, worked out by hand with z = 1.959964.
    elsewhere = ["dots", "deep", "1,", "2", "lines", "55.00", "%", "48.08", "to", "61.74", "%"]
    assert [line.split() for line in said[3:4]] == [elsewhere]
    assert [line.split()[1] for line in said[2:5]] == ["deep", "deep", "plain"]
    assert not [line for line in said if line.startswith(("Warning", "… the first"))]
