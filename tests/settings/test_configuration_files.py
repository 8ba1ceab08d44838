"""Configuration files and the command line: what overrides what, and where a mistake stands."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from project import CONFIG, HOUSE
from scrawl.settings.configuration import Configuration
from scrawl.settings.configuration_files import Sources, configuration_files
from scrawl.settings.yaml_files import YamlFile

BASE = """\
suite: small
suites:
  small: {datasets: [dots], experiments: [linear], seeds: [1]}
datasets:
  dots:
    sources: [data]
    files:
      train_images: {name: a.gz}
      train_labels: {name: b.gz}
      test_images: {name: c.gz}
      test_labels: {name: d.gz}
experiments:
  linear:
    hidden: []
    epochs: 3
"""


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(BASE)
    return tmp_path / "config.yaml"


def configured(text: str = "", **command_line: Any) -> Configuration:
    Path("mine.yaml").write_text(text)
    return Configuration.read(
        [Path("config.yaml"), Path("mine.yaml").absolute()], Path(), command_line
    )


def refusal(text: str = "", **command_line: Any) -> str:
    with pytest.raises(ValueError, match=":") as caught:
        configured(text, **command_line)
    return str(caught.value)


def test_a_later_file_overrides_key_by_key_and_the_command_line_overrides_all() -> None:
    configuration = configured(
        "suite: other\nexperiments: {linear: {epochs: 5}, deep: {}}\n", suite="small"
    )
    assert configuration.run("linear", 1).epochs == 5
    assert configuration.run("linear", 1).hidden == ()
    assert configuration.selection().experiments == ("linear",)
    assert configuration.run("deep", 1).hidden == (128,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "experiments:\n  linear:\n    epochs: -1\n",
            "mine.yaml:3: experiments.linear.epochs: found -1, expected at least 0",
        ),
        (
            "experiments:\n  linear: {}\n  x: {hiden: []}\n",
            "mine.yaml:3: experiments.x: unknown",
        ),
        ("\nsweeps:\n  s:\n    base: linear\n", "mine.yaml:3: sweeps.s: the key 'sample' is miss"),
        ("suites: {small: {seeds: [1,\n  x]}}\n", "mine.yaml:2: suites.small.seeds.1: found 'x'"),
        ("experiments:\n  a/b: {}\n", "mine.yaml:2: experiments: found 'a/b', expected text"),
        (
            "experiments:\n  linear: {}\n  deep:\n    output: relu\n",
            "mine.yaml:4: experiments.deep: output: found 'relu', but the loss",
        ),
        (
            "suites:\n  small:\n    experiments: [linar]\n",
            "mine.yaml:3: suites.small.experi",
        ),
        ("checkpoint_seconds: .nan\n", "mine.yaml:1: checkpoint_seconds: found nan, expected a nu"),
        ("checkpoint_seconds: 1e3\n", "found '1e3', expected a number (YAML reads this as text: w"),
        ("- 1\n", "mine.yaml: found [1], expected keys with values"),
    ],
)
def test_a_mistake_is_headed_with_the_file_and_line_that_it_stands_in(
    text: str, message: str
) -> None:
    assert message in refusal(text)


def test_a_mistake_of_config_yaml_is_found_there_even_if_another_file_has_the_section(
    base: Path,
) -> None:
    base.write_text(BASE.replace("epochs: 3", "epochs: x"))
    words = refusal("experiments: {linear: {hidden: [8]}}\n")
    assert words == "config.yaml:15: experiments.linear.epochs: found 'x', expected a whole number"


def test_a_mistake_after_config_is_headed_so() -> None:
    assert refusal(dataset="dot") == ("--config: dataset: there is no 'dot'; did you mean 'dots'?")
    assert refusal(suite="smal").startswith("--config: suite: there is no 'smal'")


def test_all_mistakes_are_named_each_with_its_place() -> None:
    words = refusal("experiments:\n  one: {epochs: -1}\n  two: {kernel: 0}\n", seed="x")
    places = {line.partition(": ")[0] for line in words.splitlines()}
    assert places == {"--config", "mine.yaml:2", "mine.yaml:3"}


def test_values_inside_of_values_belong_in_a_file() -> None:
    words = refusal(experiments={"linear": {"epochs": "3"}})
    assert words.startswith("--config: experiments: found keys with values, expected one value")
    assert "--configfile" in words


def test_the_configuration_of_an_importing_workflow_may_hold_anything() -> None:
    given = {"experiments": {"linear": {"epochs": 9}}, "suite": "small"}
    files = [Path("config.yaml")]
    configuration = Configuration.read(files, Path(), given, "the importing workflow")
    assert configuration.run("linear", 1).epochs == 9
    with pytest.raises(ValueError, match=r"^the importing workflow: suite: there is no 'smal'"):
        Configuration.read(files, Path(), {"suite": "smal"}, "the importing workflow")


@pytest.mark.parametrize("key", ["dataset", "experiment", "seed"])
@pytest.mark.parametrize("value", [",", "", None, []])
def test_an_empty_selection_is_refused_instead_of_building_nothing(key: str, value: Any) -> None:
    assert f"--config: {key}: found" in refusal(**{key: value})


def test_names_that_look_like_numbers_are_names_wherever_they_stand() -> None:
    configuration = configured(
        "experiments: {128: {}, 1.5: {}}\nsuites: {128: {datasets: [dots], experiments: [128],"
        " seeds: [1]}}\nensembles: {7: {of: [128, 1.5]}}\n",
        suite=128,
        experiment=128,
    )
    assert configuration.selection().experiments == ("128",)
    assert configuration.suites["128"].experiments == ("128",)
    assert configuration.ensemble("7", 1).of == ("128", "1.5")
    several = configured("experiments: {128: {}, 64: {}}\n", experiment="64,128")
    assert several.selection().experiments == ("64", "128")


def test_a_name_that_is_a_number_is_overridden_by_the_same_text(base: Path) -> None:
    base.write_text(BASE + "  128: {hidden: [9], epochs: 7}\n")
    run = configured("experiments: {'128': {epochs: 2}}\n").run("128", 1)
    assert (run.hidden, run.epochs) == ((9,), 2)


def test_the_line_of_a_value_in_a_list_is_that_of_the_value(base: Path) -> None:
    file = YamlFile.read(base)
    assert file.line("datasets", "dots", "files", "test_images") == (4, 10)
    assert file.line("experiments", "linear", "no", "more") == (2, 13)
    assert Sources((file,)).merged()["experiments"]["linear"] == {"hidden": [], "epochs": 3}


def test_a_project_may_have_none_of_the_experiments_that_studies_take_from_the_workflow(
    tmp_path: Path,
) -> None:
    own = tmp_path / "config.yaml"
    own.write_text(yaml.safe_dump(CONFIG))
    files = configuration_files(HOUSE, tmp_path)
    assert Configuration.read(files, tmp_path).selection().experiments == ("plain", "deep")
    with pytest.raises(
        ValueError, match=r"config.yaml:\d+: suites.robustness.exp.* no 'dense-128'"
    ):
        Configuration.read(files, tmp_path, {"suite": "robustness"})
    changed: dict[str, Any] = deepcopy(CONFIG)
    changed["suites"]["tiny-2"] = changed["suites"]["tiny"] | {"experiments": ["plane"]}
    own.write_text(yaml.safe_dump(changed))
    with pytest.raises(ValueError, match=r"suites.tiny-2.experiments: there is no .plane."):
        Configuration.read(files, tmp_path)
