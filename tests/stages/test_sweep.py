"""Stage sweep: the best point is chosen by validation, and only its test images are answered."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from project import Project
from scrawl import __main__ as cli
from scrawl.artifacts import model
from scrawl.results.runs import validated
from scrawl.settings.sweeps import Sweep
from scrawl.stages.sweep import on_test_images

RATES = (0.05, 0.5, 1.0e9)
STURDY = {
    "hidden": [8],
    "output": "linear",
    "loss": "quadratic",
    "schedule": "constant",
    "epochs": 6,
    "batch_size": 16,
}


def named(**settings: Any) -> str:
    """Return the name of a point of the sweep `s`."""
    one = {name: [value] for name, value in settings.items()}
    return next(iter(Sweep(name="s", base={}, settings=one, sample="grid").experiments()))


# --- in real Snakemake ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with a finished sweep of three rates, of which the last diverges."""
    folder = tmp_path_factory.mktemp("swept") / "copy"
    shutil.copytree(finished.folder, folder)
    project = Project(folder)

    def ask(config: dict[str, Any]) -> None:
        config["experiments"]["sturdy"] = STURDY
        config["sweeps"] = {
            "s": {
                "base": "sturdy",
                "datasets": ["dots"],
                "sample": "grid",
                "settings": {"learning_rate": list(RATES)},
            }
        }

    project.configure(ask)
    project.build("--config", "sweep=s")
    return project


@pytest.fixture
def copy(swept: Project, tmp_path: Path) -> Project:
    """Return the same for a test that changes it."""
    shutil.copytree(swept.folder, tmp_path / "copy")
    return Project(tmp_path / "copy")


def vary(project: Project, *rates: float) -> None:
    """Change the values of the sweep."""

    def change(config: dict[str, Any]) -> None:
        config["sweeps"]["s"]["settings"]["learning_rate"] = list(rates)

    project.configure(change)


def table(project: Project) -> list[dict[str, str]]:
    with (project.folder / "artifacts/dots/sweeps/s/summary.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_sweep_trains_every_point_and_evaluates_the_best_one_only(swept: Project) -> None:
    points = [named(learning_rate=rate) for rate in RATES]
    runs = {f"dots/runs/{point}/1" for point in points}
    best = f"dots/runs/{table(swept)[0]['experiment']}/1"
    found = {path for path in swept.files() if "/s-" in path or "sweeps" in path}
    assert found == {
        *(f"{run}/{file}" for run in runs for file in ("model.h5", "history.csv")),
        *(f"{run}/{file}" for run in runs for file in ("environment.json", "cost.json")),
        f"{best}/metrics.json",
        f"{best}/predictions.h5",
        *(f"dots/sweeps/s/{f}" for f in ("summary.csv", "summary.json")),
        *(f"dots/sweeps/s/settings.{f}" for f in ("png", "svg")),
    }
    assert swept.planned("--config", "sweep=s") == set()
    assert swept.planned() == set()  # the suite asks for none of it


def test_the_summary_tells_the_best_by_validation_and_its_test_score(swept: Project) -> None:
    rows = table(swept)
    assert {row["experiment"] for row in rows} == {named(learning_rate=rate) for rate in RATES}
    summary = json.loads((swept.folder / "artifacts/dots/sweeps/s/summary.json").read_text())
    best = summary["best"]
    assert best["experiment"] == rows[0]["experiment"]
    assert best["settings"] == {"learning_rate": float(rows[0]["learning_rate"])}
    run = swept.folder / "artifacts/dots/runs" / best["experiment"] / "1"
    with (run / "history.csv").open(newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert best["validation_accuracy"] == float(last["validation_accuracy"])
    assert best["validation_accuracy"] >= float(rows[1]["validation_accuracy"])
    metrics = json.loads((run / "metrics.json").read_text())
    assert best["test"]["accuracy"] == metrics["accuracy"]
    assert best["test"]["interval"] == pytest.approx(metrics["interval"])
    assert (summary["points"], summary["runs"], summary["diverged_runs"]) == (3, 3, 1)


def test_a_run_that_diverges_is_recorded_and_stops_no_other(swept: Project) -> None:
    name = named(learning_rate=RATES[-1])
    last = table(swept)[-1]
    assert (last["experiment"], last["validation_accuracy"], last["diverged"]) == (name, "", "1")
    words = r"the loss is not a finite number any more, in epoch \d at step \d+ with learning rate"
    folder = swept.folder / "artifacts/dots"
    assert re.search(
        f"^unhealthy: {words}", (folder / f"logs/train-{name}-1.log").read_text(), re.M
    )
    found = model.load(folder / f"runs/{name}/1/model.h5").findings
    assert found[1]["name"] == "diverged"
    assert re.match(words, found[1]["words"])


def test_a_run_that_diverged_can_be_evaluated_and_its_metrics_say_so(copy: Project) -> None:
    path = f"artifacts/dots/runs/{named(learning_rate=RATES[-1])}/1/metrics.json"
    copy.build(path)
    metrics = json.loads((copy.folder / path).read_text())
    assert "diverged" in [finding["name"] for finding in metrics["findings"]]


def test_a_point_has_the_bytes_of_an_experiment_with_its_settings(copy: Project) -> None:
    rate = RATES[1]
    copy.configure(
        lambda config: config["experiments"].update(alone={**STURDY, "learning_rate": rate})
    )
    folder = copy.folder / "artifacts/dots/runs"
    copy.build("artifacts/dots/runs/alone/1/model.h5")
    for file in ("model.h5", "history.csv", "environment.json"):
        point = folder / named(learning_rate=rate) / "1" / file
        assert point.read_bytes() == (folder / "alone/1" / file).read_bytes(), file


def test_a_value_that_is_added_or_removed_touches_no_other_run(copy: Project) -> None:
    vary(copy, 0.25, *RATES)
    jobs = copy.planned("--config", "sweep=s")
    assert jobs - {"rank", "sweep"} == {f"train {named(learning_rate=0.25)}"}
    kept = [float(table(copy)[place]["learning_rate"]) for place in (0, 2)]  # not the second best
    vary(copy, *kept)
    before = copy.files()
    assert copy.planned("--config", "sweep=s") == {"rank", "sweep"}
    copy.build("--config", "sweep=s")
    assert copy.files() == before
    assert [float(row["learning_rate"]) for row in table(copy)] == kept


def test_a_change_of_the_base_makes_all_points_again_under_their_names(copy: Project) -> None:
    copy.configure(lambda config: config["experiments"]["sturdy"].update(epochs=5))
    jobs = copy.planned("--config", "sweep=s")
    assert {f"train {named(learning_rate=rate)}" for rate in RATES} <= jobs


def test_random_seeds_are_averaged_and_chosen_on_the_command_line(copy: Project) -> None:
    vary(copy, *RATES[1:])  # the last one diverges
    copy.build("--config", "sweep=s", "seed=1,2")
    summary = json.loads((copy.folder / "artifacts/dots/sweeps/s/summary.json").read_text())
    assert (summary["points"], summary["runs"], summary["diverged_runs"]) == (2, 4, 2)
    assert len(summary["best"]["test"]["by_seed"]) == 2


def test_a_thousand_runs_are_planned(copy: Project) -> None:
    def ask(config: dict[str, Any]) -> None:
        config["sweeps"]["many"] = {
            "base": "sturdy",
            "datasets": ["dots"],
            "sample": "quasi-random",
            "points": 1000,
            "settings": {
                "learning_rate": {"low": 0.001, "high": 1, "scale": "log"},
                "hidden": [[8], [16]],
            },
        }

    copy.configure(ask)
    jobs = copy.planned("--config", "sweep=many")
    assert sum(job.startswith("train many-") for job in jobs) == 1000
    assert "Nothing to be done" in copy.build("--dry-run")  # of the suite, as before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sweep=z"], "sweep: there is no 'z'; allowed: s"),
        (["sweep=s", "experiment=deep"], "experiment: has no effect with sweep"),
    ],
)
def test_a_wrong_choice_is_refused(swept: Project, words: list[str], message: str) -> None:
    result = swept.run("--dry-run", "--config", *words)
    assert result.returncode != 0
    assert message in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


# --- the command ----------------------------------------------------------------------------------

SWEEP = Sweep.parse(
    {
        "name": "s",
        "base": {"epochs": 2},
        "sample": "grid",
        "settings": {"learning_rate": [0.1, 0.2, 0.4]},
        "seeds": [1, 2],
    }
)
HEADER = "epoch,steps,learning_rate,loss,train_accuracy,validation_loss,validation_accuracy\n"


def write_runs(folder: Path, ends: dict[float, list[str]]) -> None:
    """Write histories of two epochs, the second as given: loss, validation loss and accuracy."""
    for rate, seeds in ends.items():
        for seed, end in enumerate(seeds, start=1):
            run = folder / named(learning_rate=rate) / str(seed)
            run.mkdir(parents=True)
            loss, *validation = end.split()
            rows = [f"1,5,{rate},1,0.5,0.5,0.95\n", f"2,10,{rate},{loss},0.9,"]
            (run / "history.csv").write_text(HEADER + "".join(rows) + ",".join(validation) + "\n")


def rank(folder: Path, sweep: Sweep = SWEEP) -> int:
    words = ["--settings", sweep.canonical(), "--runs", str(folder)]
    return cli.main(["sweep", "rank", *words, "--table", str(folder / "t.csv")])


def ranked(folder: Path) -> list[tuple[str, str, str]]:
    with (folder / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["learning_rate"], row["validation_accuracy"], row["diverged"]) for row in rows]


def test_points_are_ranked_by_the_mean_of_their_seeds_then_by_loss(tmp_path: Path) -> None:
    write_runs(tmp_path, {0.1: ["1 0.5 0.9"] * 2, 0.2: ["1 0.1 0.5"] * 2, 0.4: ["1 0.4 0.9"] * 2})
    assert rank(tmp_path) == 0
    assert ranked(tmp_path) == [("0.4", "0.9", "0"), ("0.1", "0.9", "0"), ("0.2", "0.5", "0")]


@pytest.mark.parametrize(("once", "twice"), [(0.1, 0.4), (0.4, 0.1)])
def test_a_point_of_which_one_seed_diverged_comes_after_all_sound_ones(
    tmp_path: Path, once: float, twice: float
) -> None:
    write_runs(
        tmp_path,
        {once: ["inf  ", "1 0.1 1.0"], 0.2: ["1 2 0.25", "1 2 0.75"], twice: ["inf  ", "inf  "]},
    )
    for history in tmp_path.glob("*/*/history.csv"):
        history.write_text(re.sub(r"inf,0.9,$", "inf,,,", history.read_text(), flags=re.M))
    assert rank(tmp_path) == 0
    assert ranked(tmp_path) == [("0.2", "0.5", "0"), (f"{once}", "", "1"), (f"{twice}", "", "2")]


def test_a_point_that_diverged_counts_as_the_worst_of_all(tmp_path: Path) -> None:
    settings = {"learning_rate": [0.1, 0.2], "hidden": [[8], [16]]}
    given = {**json.loads(SWEEP.canonical()), "settings": settings, "seeds": [1]}
    sweep = Sweep.parse(given)
    ends: dict[tuple[float, tuple[int, ...]], str] = {
        (0.1, (8,)): "1,0.9,0.1,0.9",  # the best and the worst with 8 units
        (0.2, (8,)): "inf,,,",
        (0.1, (16,)): "1,0.9,0.5,0.5",  # those between them with 16: the width decides nothing
        (0.2, (16,)): "1,0.9,0.5,0.5",
    }
    for name, one in sweep.experiments().items():
        run = tmp_path / name / "1"
        run.mkdir(parents=True)
        end = ends[one.learning_rate, one.hidden]
        (run / "history.csv").write_text(f"{HEADER}1,5,0.1,{end}\n")
        commonest = {"class": "0", "accuracy": 0.1}
        metrics = {"accuracy": 0.9, "n": 100, "class_names": [], "commonest_class": commonest}
        (run / "metrics.json").write_text(json.dumps(metrics))
    assert rank(tmp_path, sweep) == 0
    words = ["--settings", sweep.canonical(), "--runs", tmp_path, "--table", tmp_path / "t.csv"]
    words += ["--summary", tmp_path / "s.json", "--figure", tmp_path / "f.png"]
    assert cli.main(["sweep", "summarise", *map(str, words)]) == 0
    assert json.loads((tmp_path / "s.json").read_text())["explained"]["hidden"] == 0


def test_seeds_that_answer_the_same_images_make_the_interval_no_narrower() -> None:
    half = {"accuracy": 0.5, "n": 100}
    for metrics in ([half], [half, half], [{**half, "accuracy": 0.4}, {**half, "accuracy": 0.6}]):
        found = on_test_images(metrics)
        assert found["accuracy"] == 0.5
        # Wilson's for 50 of 100, as it stands in tables
        assert found["interval"]["low"] == pytest.approx(0.4038, abs=5e-5)
        assert found["interval"]["high"] == pytest.approx(0.5962, abs=5e-5)


def test_where_the_best_epoch_is_kept_it_is_the_one_that_counts(tmp_path: Path) -> None:
    write_runs(tmp_path, {rate: ["1 0.5 0.9"] * 2 for rate in (0.1, 0.2, 0.4)})
    given = json.loads(SWEEP.canonical())
    best = Sweep.parse({**given, "base": {**given["base"], "keep": "best"}})
    assert rank(tmp_path, best) == 0
    assert {accuracy for _, accuracy, _ in ranked(tmp_path)} == {"0.95"}


def test_of_equally_accurate_epochs_that_of_the_lower_loss_is_kept(tmp_path: Path) -> None:
    write_runs(tmp_path, {0.1: ["1 0.6 0.95"], 0.4: ["1 0.3 0.95"]})
    for rate, loss in ((0.1, 0.5), (0.4, 0.3)):  # 0.5 is that of the first epoch
        path = tmp_path / named(learning_rate=rate) / "1/history.csv"
        assert validated(path, best=True) == (0.95, loss)


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("inf  ", "runs of all 3 points of s diverged; vary lower learning rates"),
        ("1  ", "nothing was validated, so there is nothing to choose by; keep images"),
    ],
)
def test_where_there_is_nothing_to_choose_from_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str, message: str
) -> None:
    write_runs(tmp_path, {rate: [end] * 2 for rate in (0.1, 0.2, 0.4)})
    for history in tmp_path.glob("*/*/history.csv"):
        history.write_text(re.sub(r",0.9,$", ",,,", history.read_text(), flags=re.M))
    assert rank(tmp_path) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "t.csv").exists()


def test_a_run_that_is_missing_and_a_faulty_table_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank(tmp_path) == 1
    assert "history.csv: there is no such file" in capsys.readouterr().err
    words = ["--settings", SWEEP.canonical(), "--runs", str(tmp_path), "--table"]
    outputs = ["--summary", str(tmp_path / "s.json"), "--figure", str(tmp_path / "f.png")]
    for text, message in [
        ("a,b\n", "lacks experiment, validation_accuracy"),
        ("experiment,validation_accuracy,validation_loss,diverged\n", "found no point"),
        ("experiment,validation_accuracy,validation_loss,diverged\nx,y,0,0\n", "rank the sweep ag"),
        ("experiment,validation_accuracy,validation_loss,diverged\nx,1,0,0\n", "x is no point of"),
        (f"experiment,validation_accuracy,validation_loss,diverged\n{'9' * 200_000}", "not CSV"),
    ]:
        (tmp_path / "t.csv").write_text(text)
        assert cli.main(["sweep", "summarise", *words, str(tmp_path / "t.csv"), *outputs]) == 1
        assert message in capsys.readouterr().err
    assert not (tmp_path / "s.json").exists()
