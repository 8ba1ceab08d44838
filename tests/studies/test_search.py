"""The table of what was tried: validation accuracies and costs of runs, written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from project import HOUSE, STUDIES, Project, whole_configuration
from scrawl import __main__ as cli
from scrawl.results import scoring
from scrawl.settings.configuration import Configuration
from scrawl.settings.configuration_files import configuration_files
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Run
from scrawl.settings.yaml_files import read_yaml
from scrawl.studies.search import identity

CONFIG = whole_configuration()
TEMPLATE = STUDIES / "records/page.md"
SETTINGS: dict[str, Any] = {
    name: {**Run.parse(given).as_dict(), **Evaluation().as_dict()}
    for name, given in {
        "small": {"hidden": [32], "epochs": 2, "label_smoothing": 0.1, "learning_rate": 0.2},
        "large": {"hidden": [512], "epochs": 2, "label_smoothing": 0.1, "dropout": 0.5},
    }.items()
}
TOGETHER: dict[str, Any] = {"of": ["small", "large"], "size": 2}


def run(
    folder: Path, name: str, seed: int, accuracy: float, seconds: float = 1.0, **settings: Any
) -> str:
    """Write what the stage reads of a run: three of four answers are right, all as `sure`."""
    path = folder / "runs" / name / str(seed)
    (path / "validation").mkdir(parents=True)
    sure = settings.pop("sure", 0.75)
    own = {key: value for key, value in SETTINGS.get(name, {}).items() if key != "seed"}
    metrics = {
        "accuracy": accuracy,
        "class_names": ["0", "1"],
        "commonest_class": {"class": "0", "accuracy": 0.5},
        "n": 400,
        "settings": {**own, **settings},
    }
    (path / "validation/metrics.json").write_text(json.dumps(metrics))
    scoring.write_predictions(
        path / "validation/predictions.h5",
        np.array([[sure, 1 - sure]] * 3 + [[1 - sure, sure]], np.float32),
        np.zeros(4, np.int64),
        ["0", "1"],
        settings={},
        made_from={},
    )
    if "of" not in settings:
        cost = {"core_seconds": seconds, "seconds": 1.0, "memory_mib": 9.0, "resumed": 0}
        (path / "cost.json").write_text(json.dumps(cost))
    return str(path)


def made(folder: Path, runs: list[str], chosen: Any = None) -> dict[str, Any]:
    """Return the table that the command writes."""
    output = folder / "protocol.json"
    words = ["--chosen", json.dumps(chosen or {}), "--runs", *runs, "--output", str(output)]
    assert cli.main(["protocol", *words]) == 0
    return dict(json.loads(output.read_text()))


def test_a_recipe_has_the_mean_over_its_seeds(tmp_path: Path) -> None:
    runs = [
        run(tmp_path, "small", 1, 0.97, seconds=10.0),
        run(tmp_path, "small", 2, 0.98, seconds=20.0, sure=0.99),
        run(tmp_path, "large", 1, 0.9875, seconds=70.0, sure=1.25),  # no probabilities
    ]
    table = made(tmp_path, runs)
    small = table["recipes"]["small"]
    assert small["validation_accuracy"]["mean"] == pytest.approx(0.975)
    assert (small["core_seconds"], small["validation_accuracy"]["n"]) == (15, 2)
    assert table["recipes"]["large"]["validation_accuracy"]["deviation"] is None
    assert table["recipes_tried"] == 2
    _, _, first, second, empty, shared = table["markdown"].split("\n")
    # (0.97, 0.98): half their distance, times the root of two
    # −(3·log 0.75 + log 0.25)/4, however sure they were
    assert first == (
        "| `small` | hidden [32], learning_rate 0.2 | 97.50 % ± 0.71 % | 0.5623 ± 0.0000"
        " | 2 | 15 | – |"
    )
    assert second == (
        "| `large` | hidden [512], dropout 0.5, learning_rate 0.1 | 98.75 % | – | 1 | 70 | – |"
    )
    assert not empty
    assert shared == (
        "All of them: label_smoothing 0.1, optimiser nesterov, batch_size 128, epochs 2."
    )


def test_a_recipe_of_own_code_names_its_file_and_its_part(tmp_path: Path) -> None:
    own: dict[str, Any] = {"code": "parts.py@0123456789abcdef", "network": "own.mine"}
    runs = [run(tmp_path, "small", 1, 0.97), run(tmp_path, "mine", 1, 0.98, **own)]
    line = made(tmp_path, runs)["markdown"].splitlines()[3]
    assert "code parts.py@0123456789abcdef, network own.mine" in line
    assert "hidden" not in line


def test_a_recipe_is_chosen_as_the_one_tested_with_its_settings_on_all_images(
    tmp_path: Path,
) -> None:
    runs = [run(tmp_path, name, 1, 0.9) for name in SETTINGS]
    chosen = {
        "record": {**SETTINGS["large"], "train_on": "all"},
        "other": {**SETTINGS["small"], "train_on": "all", "test_shift_pixels": 1},
    }
    table = made(tmp_path, runs, chosen=chosen)
    assert [one["chosen_as"] for one in table["recipes"].values()] == [None, "record"]
    assert [line.split("|")[-2].strip() for line in table["markdown"].split("\n")[2:4]] == [
        "–",
        "`record`",
    ]


def test_an_ensemble_costs_what_its_members_cost_and_is_chosen_as_one_of_the_same_recipes(
    tmp_path: Path,
) -> None:
    runs = [
        run(tmp_path, name, seed, 0.9, seconds=seconds)
        for name, seconds in {"small": 10.0, "large": 70.0}.items()
        for seed in (1, 2, 3, 4)
    ]
    runs += [run(tmp_path, "both", seed, 0.95, **TOGETHER) for seed in (1, 2)]
    rows = {"big": {**SETTINGS["large"], "train_on": "all"}, "little": SETTINGS["small"]}
    committees = {
        "all": {"of": ["little", "big"], "size": 2},
        "more": {"of": ["little", "big"], "size": 3},
    }
    table = made(tmp_path, runs, chosen={**rows, **committees})
    both = table["recipes"]["both"]
    assert (both["core_seconds"], both["chosen_as"]) == (160, "all")
    assert (
        "| `both` | of [small, large], size 2 | 95.00 % ± 0.00 % | 0.5623 ± 0.0000"
        " | 2 | 160 | `all` |" in (table["markdown"])
    )


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(run(tmp_path, "small", 1, 0.9))
    together = run(tmp_path, "both", 1, 0.9, **TOGETHER)

    def refused(*runs: str | Path, chosen: str = "{}") -> str:
        words = ["protocol", "--chosen", chosen, "--output", str(tmp_path / "p.json"), "--runs"]
        assert cli.main([*words, *map(str, runs)]) == 1
        assert not (tmp_path / "p.json").exists()
        return capsys.readouterr().err

    run(tmp_path, "small", 2, 0.9)
    for seed in (1, 2):
        run(tmp_path, "large", seed, 0.9)
    message = refused(folder, together)
    assert "--runs: has no 'large', a member of an ensemble; give it as well" in message
    chosen = json.dumps({"both": TOGETHER})
    assert "--chosen: has no 'small', a member" in refused(folder, chosen=chosen)
    (folder / "cost.json").unlink()
    assert "small/1/cost.json: there is no such file" in refused(folder)
    (folder / "validation/metrics.json").unlink()
    assert "small/1/validation/metrics.json: there is no such file" in refused(folder)


# --- in real Snakemake ----------------------------------------------------------------------------


def ask(config: dict[str, Any]) -> None:
    """Add both suites, and a dataset with more validation images."""
    config["datasets"]["dots_search"] = {**config["datasets"]["dots"], "validation": 80}
    config["experiments"] |= {
        "record-convnet": {**config["experiments"]["plain"], "train_on": "all"},
    }
    config["ensembles"] = {
        "record-both": {"of": ["record-convnet"], "size": 2},
        "both": {"of": ["plain"], "size": 2},
    }
    config["suites"] |= {
        "records": {
            "datasets": ["dots"],
            "target": "recorded",
            "experiments": ["record-convnet", "record-both"],
            "seeds": [1, 2],
        },
        "records-search": {
            "datasets": ["dots_search"],
            "target": "searched",
            "experiments": ["plain", "deep", "both"],
            "seeds": [1, 2],
        },
    }


def test_the_suites_end_in_their_tables_and_the_page_is_made_of_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.configure(ask)
    project.add_study("records", {})
    table = project.folder / "workflow/studies/records/rows.yaml"
    rows = read_yaml(table)
    own = [{**rows["rows"][0], "experiment": name} for name in ("record-convnet", "record-both")]
    table.write_text(json.dumps({**rows, "rows": own}))
    replaced = sum(one["experiment"] == "record-convnet" for one in rows["retired"])
    project.build("--config", "suite=records-search")
    folder = project.folder / "artifacts/dots_search"
    assert not list(folder.glob("runs/*/*/metrics.json"))  # no test image was answered
    found = json.loads((folder / "records/records-search/protocol.json").read_text())["recipes"]
    assert {name: one["chosen_as"] for name, one in found.items()} == {
        "plain": "record-convnet",
        "deep": None,
        "both": "record-both",
    }
    # an ensemble's two seeds are four of its members'
    assert [one["validation_accuracy"]["n"] for one in found.values()] == [4, 2, 2]
    capsys.readouterr()
    assert cli.main(["verify", str(folder)]) == 0
    assert "both/2/validation/predictions.h5" in capsys.readouterr().out
    project.build("--config", "suite=records")
    tables = (
        project.folder / "artifacts/dots/records/records/table.json",
        folder / "records/records-search/protocol.json",
    )
    table = json.loads(tables[0].read_text())
    alone, both = (
        table["rows"][name]["core_seconds"] for name in ("record-convnet", "record-both")
    )
    assert 0 < alone < both
    for suite in ("records", "records-search"):
        assert project.planned("--config", f"suite={suite}") == set()
    facts = {"records": tables[0], "protocol": tables[1], "by_writer": tables[1]}
    words = [f"{name}={path}" for name, path in facts.items()]
    page = project.folder / "records.md"
    command = ["page", "--template", str(TEMPLATE), "--output", str(page), "--facts", *words]
    assert cli.main(command) == 0
    assert f"**{2 + replaced} recipes saw the test images**" in page.read_text()
    assert "| `plain` |" in page.read_text()
    command[command.index(str(TEMPLATE))] = str(TEMPLATE.with_name("constrained.md"))
    assert cli.main(command) == 0
    assert "trains these 3 recipes" in page.read_text()


@pytest.mark.parametrize("suite", ["records", "constrained"])
def test_a_recipe_that_is_tested_is_tested_because_it_was_tried(suite: str) -> None:
    configuration = Configuration.read(configuration_files(HOUSE), HOUSE)
    tried, tested = (
        json.loads(configuration.recipes(configuration.suites[name].experiments))
        for name in (f"{suite}-search", suite)
    )
    known = {identity(name, tried, "tried") for name in tried}
    assert [name for name in tested if identity(name, tested, "tested") not in known] == []
    assert {tested[name]["train_on"] for name in tested if "of" not in tested[name]} == {"all"}
