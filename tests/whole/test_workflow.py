"""The chain as a user runs it: real Snakemake, real commands, on a dataset of a few dots."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from project import (
    BARE_PATH,
    BIN,
    HOUSE,
    ORIGINALS,
    SEEDS,
    STUDIES,
    Project,
    checkout,
    without_measurements,
)
from scrawl import __main__ as cli
from scrawl.artifacts import store

# --- the chain ------------------------------------------------------------------------------------


def test_one_command_makes_every_artifact_of_the_suite(finished: Project) -> None:
    experiments = ("plain", "deep")
    runs = [f"dots/runs/{experiment}/{seed}" for experiment in experiments for seed in SEEDS]
    figures = ["samples", "classes", "tiny/curves", "tiny/accuracy"]
    figures += [f"tiny/{e}/{figure}" for e in experiments for figure in ("confusion", "mistakes")]
    assert finished.files() == {
        *(f"dots/raw/{s}-{k}.idx.gz" for s in ("train", "test") for k in ("images", "labels")),
        "dots/decoded.h5",
        "dots/prepared/unit.h5",
        "dots/prepared/standard.h5",
        *(f"{run}/{name}" for run in runs for name in ("model.h5", "history.csv")),
        *(f"{run}/{name}" for run in runs for name in ("environment.json", "cost.json")),
        *(f"dots/runs/{experiment}/{SEEDS[0]}/snapshots.h5" for experiment in experiments),
        *(f"{run}/{name}" for run in runs for name in ("metrics.json", "predictions.h5")),
        *(f"dots/figures/{figure}.{kind}" for figure in figures for kind in ("png", "svg")),
        "dots/draw/tiny.html",
        "dots/reports/tiny.html",
        "dots/index.html",
    }


def test_the_artifacts_form_a_chain_of_digests(finished: Project) -> None:
    folder = finished.folder / "artifacts/dots"
    run = folder / "runs/plain/1"
    chain = [
        ("decoded", folder / "decoded.h5"),
        ("prepared", folder / "prepared/unit.h5"),
        ("model", run / "model.h5"),
        ("predictions", run / "predictions.h5"),
    ]
    before = None
    for kind, path in chain:
        with store.reading(path, kind) as file:
            assert store.content_sha256(file) == store.sha256_of_content(file)
            made_from = store.text(file.attrs["made_from"])
            assert before is None or before in made_from, path
            before = store.sha256_of_content(file)


def test_the_networks_learnt_what_the_dots_show(finished: Project) -> None:
    for metrics in finished.folder.glob("artifacts/dots/runs/*/*/metrics.json"):
        found = json.loads(metrics.read_text())
        assert found["n"] == 60
        assert found["accuracy"] > 0.9, metrics


def test_every_printed_command_runs_as_it_stands(project: Project) -> None:
    output = project.build("--dry-run", "--printshellcmds", "--forceall")
    commands = [
        line for line in output.splitlines() if re.search(r"\bscrawl \w+ --?\w|\bscrawl plot", line)
    ]
    commands = [command[command.index("scrawl ") :] for command in commands]
    assert len(commands) >= 4 + 1 + 2 + 4 + 4 + 8 + 2
    in_order = sorted(commands, key=lambda c: ORDER.index(c.split()[1]))
    shutil.rmtree(project.folder / "artifacts/dots/raw")
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{BARE_PATH}",
        "PYTHONPATH": str(project.folder / "src"),
    }
    seen = dict.fromkeys(ORDER, False)
    for command in in_order:
        if seen[command.split()[1]] and "plot" not in command and "download" not in command:
            continue  # one of each kind tells
        seen[command.split()[1]] = True
        subprocess.run(command, shell=True, check=True, cwd=project.folder, env=environment)  # noqa: S602
    assert all(seen.values())


ORDER = [
    *(
        "download",
        "decode",
        "prepare",
        "train",
        "snapshots",
        "evaluate",
        "plot",
        "draw",
        "report",
        "index",
    )
]


def test_a_second_machine_and_any_number_of_cores_give_the_same_bytes(
    finished: Project, tmp_path: Path
) -> None:
    other = checkout(tmp_path / "elsewhere" / "deeper")
    result = other.run(cores=1, cold=True)  # jobs share nothing, not even the order of sets
    assert result.returncode == 0, result.stderr
    assert other.files() == finished.files()
    for name in sorted(other.files()):
        mine, theirs = (p.folder / "artifacts" / name for p in (finished, other))
        one, other_one = (without_measurements(path.read_bytes()) for path in (mine, theirs))
        assert one == other_one, name


def test_mnist_from_its_original_files_to_a_network_of_98_percent(
    mnist_folder: Path, tmp_path: Path
) -> None:
    project = checkout(tmp_path / "mnist")
    shutil.copy(HOUSE / "config.yaml", project.folder)
    given = {"mnist": {"sources": [str(mnist_folder)]}}
    project.configure(lambda config: config.update(datasets=given))
    path = "artifacts/mnist/runs/dense-128/1/metrics.json"
    project.build(path)
    metrics = json.loads((project.folder / path).read_text())
    assert metrics["n"] == 10_000
    assert metrics["commonest_class"] == {"class": "1", "accuracy": 0.1135}
    assert metrics["accuracy"] >= 0.98


def test_the_recipes_of_records_are_planned_on_other_datasets(tmp_path: Path) -> None:
    project = checkout(tmp_path / "transferred")
    shutil.copytree(STUDIES, project.folder / "workflow/studies")
    shutil.copy(HOUSE / "config.yaml", project.folder)
    plan = project.build("--dry-run", "--config", "suite=transferred")
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", plan, re.M))
    datasets, recipes, seeds = 2, 4, 3
    assert int(jobs["download"]) == 4 * datasets
    assert int(jobs["train"]) == int(jobs["evaluate"]) == datasets * recipes * seeds
    assert int(jobs["report"]) == datasets
    for dataset in ("fashion_mnist", "kmnist"):
        assert f"artifacts/{dataset}/runs/record-convnet/3/metrics.json" in plan


# --- targets and overrides ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "stages"),
    [
        ("downloaded", {"download"}),
        ("decoded", {"download", "decode"}),
        ("prepared", {"download", "decode", "prepare"}),
        ("trained", {"download", "decode", "prepare", "train"}),
        ("validated", {"download", "decode", "prepare", "train", "validate"}),
        ("evaluated", {"download", "decode", "prepare", "train", "evaluate"}),
    ],
)
def test_a_named_target_stops_after_its_stage(
    project: Project, target: str, stages: set[str]
) -> None:
    shutil.rmtree(project.folder / "artifacts")
    assert {job.split()[0] for job in project.planned(target)} == stages


def test_any_artifact_is_made_by_its_path_also_outside_the_suite(project: Project) -> None:
    path = "artifacts/dots/runs/deep/7/metrics.json"
    assert project.planned(path) == {"train deep", "evaluate deep"}
    project.build(path)
    assert json.loads((project.folder / path).read_text())["seed"] == 7


def test_the_command_line_chooses_experiment_and_seeds(project: Project) -> None:
    shutil.rmtree(project.folder / "artifacts")
    jobs = project.planned("--config", "experiment=deep", "seed=5,6")
    assert {"train deep", "evaluate deep", "plot_confusion deep"} < jobs
    assert "train plain" not in jobs


def test_a_mistake_in_the_configuration_is_said_before_anything_runs(project: Project) -> None:
    shutil.rmtree(project.folder / "artifacts")
    project.configure(lambda config: config["experiments"]["deep"].update(activation="rleu"))
    result = project.run()
    assert result.returncode != 0
    line = result.stderr.splitlines()[-1]
    assert re.fullmatch(
        r"snakemake: config\.yaml:\d+: experiments\.deep\.activation: .*'relu'\?", line
    )
    assert "Traceback" not in result.stderr
    assert ".smk" not in result.stderr
    assert not (project.folder / "artifacts").exists()


def test_a_doubtful_dataset_is_named_at_the_end_of_the_run(project: Project) -> None:
    names = ["top left", "top right", "bottom left", "bottom right", "never seen"]
    project.configure(lambda config: config["datasets"]["dots"].update(class_names=names))
    output = project.build("prepared", "--config", "experiment=plain")
    assert re.search(r"^Warning: artifacts/dots/prepared/unit\.h5: .*never seen", output, re.M)


def test_a_run_that_diverges_says_why_and_does_not_stop_the_others(project: Project) -> None:
    shutil.rmtree(project.folder / "artifacts/dots/runs")
    project.configure(lambda config: config["experiments"]["deep"].update(DIVERGING))
    result = project.run("evaluated")
    assert result.returncode != 0
    assert "the loss is not a finite number any more, in epoch 1" in result.stdout + result.stderr
    runs = project.folder / "artifacts/dots/runs"
    assert sorted(str(p.relative_to(runs)) for p in runs.rglob("metrics.json")) == [
        "plain/1/metrics.json",
        "plain/2/metrics.json",
    ]


DIVERGING = {
    "learning_rate": 1.0e9,
    "loss": "quadratic",
    "output": "linear",
    "schedule": "constant",
    "epochs": 30,
}


def test_the_suite_of_the_originals_ends_in_a_table(project: Project) -> None:
    project.add_study("originals", ORIGINALS)
    project.build("--config", "suite=originals")
    table = json.loads((project.folder / "artifacts/dots/originals/table.json").read_text())
    assert {name: list(one) for name, one in table["numbers"].items()} == {
        "untrained": ["training_accuracy"],
        "relu-128": ["last_batch_loss", "test_accuracy"],
    }
    assert table["numbers"]["untrained"]["training_accuracy"]["n"] == 2
    assert project.planned("--config", "suite=originals") == set()
    assert project.planned() == set()  # the suite itself asks for none of it


def committee(config: dict[str, Any]) -> None:
    """Add an ensemble of both experiments, which are normalised in different ways."""
    config["ensembles"] = {"committee": {"of": ["plain", "deep"], "size": 2}}
    config["suites"]["tiny"]["experiments"] += ["committee"]


def test_an_ensemble_stands_beside_its_members_in_every_figure(project: Project) -> None:
    project.configure(committee)
    before = project.files()
    project.build()
    runs = [f"dots/runs/{experiment}/{seed}" for experiment in ("plain", "deep") for seed in (3, 4)]
    files = ["model.h5", "history.csv", "environment.json", "cost.json"]
    files += ["metrics.json", "predictions.h5"]
    assert project.files() - before == {
        *(f"{run}/{name}" for run in runs for name in files),
        *(
            f"dots/runs/committee/{s}/{n}"
            for s in SEEDS
            for n in ("metrics.json", "predictions.h5")
        ),
        *(
            f"dots/figures/tiny/committee/{figure}.{kind}"
            for figure in ("confusion", "mistakes")
            for kind in ("png", "svg")
        ),
    }
    folder = project.folder / "artifacts/dots/runs"
    mean = np.mean([answers(folder / run / "predictions.h5") for run in (
        "plain/3", "plain/4", "deep/3", "deep/4")], axis=0)  # fmt: skip
    np.testing.assert_allclose(answers(folder / "committee/2/predictions.h5"), mean, rtol=1e-6)
    assert project.planned() == set()
    assert cli.main(["verify", str(folder.parent)]) == 0
    project.configure(lambda config: config["experiments"]["deep"].update(epochs=3))
    assert {"train deep", "evaluate deep", "ensemble committee"} < project.planned()
    assert "train plain" not in project.planned()


def test_an_ensemble_is_chosen_without_a_test_image(project: Project) -> None:
    shutil.rmtree(project.folder / "artifacts")
    project.configure(committee)
    project.build("validated", "--config", "experiment=committee", "seed=1")
    folder = project.folder / "artifacts/dots"
    runs = [f"{name}/{seed}" for name in ("plain", "deep") for seed in (1, 2)]
    answered = {str(path.relative_to(folder)) for path in folder.rglob("predictions.h5")}
    assert answered == {f"runs/{run}/validation/predictions.h5" for run in (*runs, "committee/1")}
    mean = np.mean([answers(folder / f"runs/{run}/validation/predictions.h5") for run in runs], 0)
    both = folder / "runs/committee/1/validation/predictions.h5"
    np.testing.assert_allclose(answers(both), mean, rtol=1e-6)
    with store.reading(folder / "prepared/unit.h5", "prepared") as file:
        labels = file["validation/labels"][...].argmax(axis=1)
    found = json.loads(both.with_name("metrics.json").read_text())["validation_accuracy"]
    assert found == np.mean(mean.argmax(axis=1) == labels)
    assert cli.main(["verify", str(both)]) == 0
    assert project.planned("validated", "--config", "experiment=committee", "seed=1") == set()


def answers(path: Path) -> Any:
    with store.reading(path, "predictions") as file:
        return file["probabilities"][...].astype(np.float64)


def test_an_ensemble_alone_needs_its_members_and_no_other_runs(project: Project) -> None:
    project.configure(committee)
    assert project.planned("artifacts/dots/runs/committee/3/metrics.json") == {
        *(f"{rule} {member}" for rule in ("train", "evaluate") for member in ("plain", "deep")),
        "ensemble committee",
    }
    assert "plot_curves" in project.planned("--config", "experiment=committee", "seed=3")
    result = project.run("--dry-run", "artifacts/dots/runs/committee/0/metrics.json")
    message = "ensembles.committee: seed: found 0, expected at least 1"
    assert message in result.stdout + result.stderr


# --- reruns ---------------------------------------------------------------------------------------


def test_a_dataset_of_another_s_images_deformed_goes_through_the_whole_chain(
    project: Project,
) -> None:
    many = {
        "deformed": {"from": "dots", "images": 700, "rotation_degrees": 2},
        "stored_as": "uint8",
        "validation": 50,
    }
    project.configure(lambda config: config["datasets"].update(many=many))
    chosen = ("--config", "dataset=many", "experiment=plain", "seed=1")
    made = {"deform", "decode", "prepare", "train plain", "evaluate plain"}
    assert project.planned("evaluated", *chosen) == made
    project.build(*chosen)  # the figures as well
    folder = project.folder / "artifacts/many"
    assert cli.main(["verify", str(folder)]) == 0
    with store.reading(folder / "prepared/unit.h5", "prepared") as file:
        assert (file["train/images"].dtype, len(file["train/images"])) == (np.uint8, 650)
    metrics = json.loads((folder / "runs/plain/1/metrics.json").read_text())
    assert metrics["n"] == 60
    assert metrics["accuracy"] > 0.9
    assert project.planned(*chosen) == set()


def test_when_nothing_changed_nothing_is_done(finished: Project) -> None:
    assert finished.planned() == set()


OF_ALL_RUNS = {"plot_curves", "plot_accuracy", "draw", "report", "index"}
ONE_RUN = {"train", "snapshots", "evaluate", "plot_confusion", "plot_mistakes"}


def test_changing_one_experiment_reruns_it_and_what_follows_and_nothing_else(
    project: Project,
) -> None:
    project.configure(lambda config: config["experiments"]["deep"].update(epochs=3))
    assert project.planned() == {f"{rule} deep" for rule in ONE_RUN} | OF_ALL_RUNS


def test_an_experiment_that_augments_shows_what_the_network_is_shown(project: Project) -> None:
    project.configure(lambda config: config["experiments"]["deep"].update(shift_pixels=1))
    assert "plot_augmented deep" in project.planned()
    project.build("artifacts/dots/figures/tiny/deep/augmented.png")


def test_changing_how_an_experiment_is_evaluated_trains_nothing(project: Project) -> None:
    project.configure(lambda config: config["experiments"]["deep"].update(test_shift_pixels=1))
    figures = {"plot_confusion deep", "plot_mistakes deep", "plot_accuracy"}
    assert project.planned() == {"evaluate deep", "report", "index", *figures}
    project.build("evaluated")
    metrics = project.folder / "artifacts/dots/runs/deep/1/metrics.json"
    assert json.loads(metrics.read_text())["settings"]["test_shift_pixels"] == 1
    assert project.planned("evaluated") == set()


def test_swapping_the_values_of_two_settings_is_a_change(project: Project) -> None:
    def set_to(momentum: float, rate: float) -> None:
        project.configure(
            lambda config: config["experiments"]["deep"].update(
                momentum=momentum, learning_rate=rate
            )
        )

    set_to(0.5, 0.25)
    project.build("trained")
    assert project.planned("trained") == set()
    set_to(0.25, 0.5)
    assert project.planned("trained") == {"train deep"}


def test_changing_how_a_dataset_is_prepared_reruns_from_there(project: Project) -> None:
    project.configure(lambda config: config["datasets"]["dots"].update(split_seed=1))
    jobs = project.planned()
    assert {"prepare", "train plain", "train deep", "plot_images"} < jobs
    assert not jobs & {"download", "decode"}


def test_reordering_keys_spelling_out_defaults_and_touching_files_rerun_nothing(
    project: Project,
) -> None:
    def rewrite(config: dict[str, Any]) -> None:
        deep = config["experiments"].pop("deep")
        reordered = dict(reversed(deep.items()))
        config["experiments"] = {"deep": {**reordered, "momentum": 0.9}, **config["experiments"]}

    project.configure(rewrite)
    for path in [
        *project.folder.glob("src/scrawl/**/*.py"),
        *project.folder.glob("workflow/**/*.smk"),
    ]:
        path.touch()
    for name in ("dots/raw/train-images.idx.gz", "dots/decoded.h5", "dots/prepared/unit.h5"):
        (project.folder / "artifacts" / name).touch()
    assert project.planned() == set()


ALL_RUNS = {f"{rule} {experiment}" for rule in ONE_RUN for experiment in ("plain", "deep")}
FROM = {
    "stages/download": {"download"},
    "stages/decode": {"decode"},
    "stages/prepare": {"prepare"},
    "stages/train": {"train plain", "train deep"},
    "stages/evaluate": {"evaluate plain", "evaluate deep"},
    "stages/draw": {"draw"},
    "pages/draw/style.css": {"draw"},
    "stages/report": {"report"},
    "stages/index": {"index"},
    "pages/report/index.html": {"index"},
    "pages/report/style.css": {"report"},
    "stages/snapshots": {"snapshots plain", "snapshots deep"},
    "nn/optimisers": {"train plain", "train deep", "snapshots plain", "snapshots deep"},
    "tools/inspect": set(),
    "__main__": set(),
}


@pytest.mark.parametrize("module", FROM)
def test_editing_a_module_reruns_exactly_the_stages_that_import_it(
    project: Project, module: str
) -> None:
    path = project.folder / "src/scrawl" / (module if "." in module else f"{module}.py")
    path.write_text(path.read_text() + "\nADDED = 1\n")
    directly = {
        job
        for job in project.planned("--rerun-triggers", "params", "code")
        if job not in downstream_of(FROM[module])
    }
    assert directly == FROM[module]


def downstream_of(first: set[str]) -> set[str]:
    """Return the jobs that follow from others being made again, not from their own code."""
    stages = ["download", "decode", "prepare", "train", "evaluate"]
    places = [stages.index(job.split()[0]) for job in first if job.split()[0] in stages]
    last = max(places, default=len(stages))
    after = {f"{stage} {e}" for stage in stages[last + 1 :] for e in ("plain", "deep")}
    after |= set(stages[last + 1 :])
    if first:
        after |= ALL_RUNS - {f"{s} {e}" for s in stages for e in ("plain", "deep")}
        after |= OF_ALL_RUNS | {"plot_images"}
    return after - first


def test_editing_a_comment_or_docstring_reruns_nothing(project: Project) -> None:
    path = project.folder / "src/scrawl/nn/layers/base.py"
    path.write_text(path.read_text().replace('"""The layers', '"""All the layers') + "\n# Why.\n")
    assert project.planned() == set()
