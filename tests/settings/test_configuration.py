"""config.yaml: what it may say, and what is said about its mistakes."""

from __future__ import annotations

import copy
import json
from math import prod
from pathlib import Path
from typing import Any

import pytest

from project import whole_configuration
from scrawl.settings import run_files
from scrawl.settings.configuration import Configuration
from scrawl.settings.configuration_files import Sources
from scrawl.settings.dataset import Deformation

ROOT = Path(__file__).parents[2]
CONFIG = whole_configuration()
FILE = {"name": "a.gz"}
PARTS = ("train_images", "train_labels", "test_images", "test_labels")


@pytest.fixture
def config() -> dict[str, Any]:
    return {
        "suite": "small",
        "suites": {"small": {"datasets": ["dots"], "experiments": ["linear"], "seeds": [1, 2]}},
        "datasets": {"dots": {"sources": ["data"], "files": dict.fromkeys(PARTS, FILE)}},
        "experiments": {"linear": {"hidden": []}, "deep": {"hidden": [30, 20]}},
        "sweeps": {
            "rates": {
                "base": "deep",
                "datasets": ["dots"],
                "sample": "grid",
                "settings": {"learning_rate": [0.1, 0.2], "epochs": [3]},
                "seeds": [1, 2],
            }
        },
    }


def configured(config: dict[str, Any], folder: Path = ROOT) -> Configuration:
    return Configuration(Sources(command_line=config), folder)


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(ValueError, match=r"^--config: ") as caught:
        configured(config)
    return str(caught.value)


HOSTILE_NAMES = [
    "../x",
    "a/../x",
    "/etc/x",
    "a b",
    "a;b",
    "$(b)",
    "a'b",
    'a"b',
    "é",
    "a\n",
    ".",
    "",
]
DOTLESS = [name for name in HOSTILE_NAMES if "." not in name]


# --- what it refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sut", 1, "unknown key 'sut'; did you mean 'suite'?"),
        ("suite", "smal", "suite: there is no 'smal'; did you mean 'small'?"),
        ("experiments", "linear", "keys with values (to choose among them: experiment=linear)"),
        ("dataset", "dot", "dataset: there is no 'dot'; did you mean 'dots'?"),
        ("experiment", "linear,dep", "experiment: there is no 'dep'; did you mean 'deep'?"),
        ("seed", "1,x", "seed.1: found 'x', expected a whole number"),
        ("seed", -1, "seed.0: found -1, expected at least 0"),
        (
            "suites.small.experiments",
            ["liner"],
            "suites.small.experiments: there is no 'liner'; did you mean 'linear'?",
        ),
        ("experiments.deep.activation", "rleu", "found 'rleu'; did you mean 'relu'?"),
        ("experiments.deep.hiden", [], "experiments.deep: unknown key 'hiden'; did you mean 'hid"),
        ("experiments.deep.epochs", -1, "experiments.deep.epochs: found -1, expected at least 0"),
        ("experiments.deep.hidden", [3, "x"], "deep.hidden.1: found 'x', expected a whole number"),
        (
            "experiments.deep.learning_rate",
            "1e-3",
            "found '1e-3', expected a number (YAML reads this as text: write 0.001)",
        ),
        ("experiments.deep.output", "linear", "experiments.deep: output: found 'linear'"),
        ("experiments.deep", None, "experiments.deep: found None, expected keys with values"),
        ("experiments.a/b", {}, "experiments: found 'a/b', expected text of the form [A-Za-z"),
        ("experiments.../up", {}, "experiments: found '../up', expected text of the form"),
        ("datasets.dots.files", {}, "datasets.dots.files: the key 'train_images' is missing"),
        ("datasets.dots.files.test_images.sha256", "abc", "sha256: found 'abc', expected text"),
        *(
            (
                "datasets.dots.files.test_images.name",
                name,
                f"name: found {name!r}, expected a file's",
            )
            for name in HOSTILE_NAMES
            if name != "a b"
        ),
        *((f"datasets.{name}", {}, f"datasets: found {name!r}, expected text") for name in DOTLESS),
        *((f"suites.{name}", {}, f"suites: found {name!r}, expected text") for name in DOTLESS),
        ("datasets.dots.sources", ["https://host/"], "files.test_labels: found no sum for a file"),
        ("ensembles", {"two": {"of": ["liner"]}}, "ensembles.two.of: there is no 'liner'; did you"),
        ("ensembles", {"two": {"of": ["two"]}}, "ensembles.two.of: there is no 'two'"),
        ("ensembles", {"two": {"of": []}}, "ensembles.two.of: "),
        ("ensembles", {"two": {"size": 2}}, "ensembles.two: the key 'of' is missing"),
        ("ensembles", {"deep": {"of": ["linear"]}}, "ensembles.deep: an experiment has this name"),
        ("sweep", "rats", "sweep: there is no 'rats'; did you mean 'rates'?"),
        ("sweeps.rates.base", "dep", "sweeps.rates.base: there is no 'dep'; did you mean 'deep'?"),
        ("sweeps.rates.datasets", ["dot"], "sweeps.rates.datasets: there is no 'dot'; did you"),
        ("sweeps.rates.sampel", 1, "sweeps.rates: unknown key 'sampel'; did you mean 'sample'?"),
        ("sweeps.rates.sample", "grit", "sweeps.rates.sample: found 'grit'; did you mean 'grid'?"),
        ("sweeps.rates.points", 9, "sweeps.rates: points: has no effect with sample: grid"),
        ("sweeps.rates.settings.hiden", [[]], "settings: unknown key 'hiden'; did you mean 'hid"),
        ("sweeps.rates.settings.epochs", 3, "settings.epochs: found 3, expected a list, or low"),
        ("sweeps.rates.settings.epochs", [-3], "sweeps.rates.settings.epochs: found -3, expec"),
        *((f"sweeps.{name}", {}, f"sweeps: found {name!r}, expected text") for name in DOTLESS),
        ("datasets.many", {"deformed": {"from": "dts", "images": 9}}, "there is no 'dts'; did you"),
        ("datasets.many", {"deformed": {"from": "many", "images": 9}}, "from: there is no 'many'"),
        ("datasets.many", {"deformed": {"from": "dots"}}, "many.deformed: the key 'images' is"),
        ("datasets.many", {"validation": 3}, "datasets.many: the key 'sources' is missing"),
        ("datasets.dots.deformed", {"from": "dots", "images": 9}, "datasets.dots: deformed takes"),
        ("datasets.dots.validation", -1, "datasets.dots.validation: found -1, expected at least 0"),
    ],
)
def test_a_mistake_is_named_with_its_path_and_the_nearest_spelling(
    config: dict[str, Any], path: str, value: Any, message: str
) -> None:
    config = copy.deepcopy(config)
    *parents, key = path.split(".") if ".../" not in path else ["experiments", "../up"]
    place = config
    for parent in parents:
        place = place[parent]
    place[key] = value
    assert message in refusal(config)


def test_all_mistakes_are_named_at_once(config: dict[str, Any]) -> None:
    config["experiments"] = {"one": {"epochs": -1}, "two": {"loss": "squared"}}
    assert len(refusal(config).splitlines()) == 2


def test_all_contradictions_are_named_at_once(config: dict[str, Any]) -> None:
    config |= {"dataset": "dot", "suite": "smal", "ensembles": {"deep": {"of": ["linear"]}}}
    config["datasets"]["many"] = {
        "sources": ["https://host/"],
        "files": {part: FILE | {"unchecked": part != "test_images"} for part in PARTS},
    }
    assert len(refusal(config).splitlines()) == 4


# --- what it means --------------------------------------------------------------------------------


def test_the_suite_is_narrowed_by_dataset_experiment_and_seed(config: dict[str, Any]) -> None:
    selection = configured(config).selection()
    assert (selection.datasets, selection.experiments) == (("dots",), ("linear",))
    assert (selection.seeds, selection.target) == ((1, 2), "reported")
    for seed in (7, "7", [7], "7,"):
        chosen = {**config, "experiment": "deep,linear", "seed": seed}
        selection = configured(chosen).selection()
        assert (selection.experiments, selection.seeds) == (("deep", "linear"), (7,))


def test_how_a_network_is_evaluated_is_no_setting_of_its_training(config: dict[str, Any]) -> None:
    plain = configured(copy.deepcopy(config))
    config["experiments"]["deep"]["test_shift_pixels"] = 2
    configuration = configured(config)
    assert configuration.run("deep", 1) == plain.run("deep", 1)
    assert configuration.evaluation("deep").test_shift_pixels == 2
    assert configuration.evaluation("linear").test_shift_pixels == 0


def test_arithmetic_decides_a_result_and_is_set_for_all_or_for_one(config: dict[str, Any]) -> None:
    before = configured(config)
    config["arithmetic"] = "native"
    config["experiments"]["deep"]["arithmetic"] = "portable"
    config["datasets"]["many"] = {"deformed": {"from": "dots", "images": 9}}
    after = configured(config)
    assert before.run("linear", 1).arithmetic == "portable"
    assert after.run("linear", 1).arithmetic == "native"
    assert after.run("linear", 1).canonical() != before.run("linear", 1).canonical()
    assert after.run("deep", 1) == before.run("deep", 1)
    assert {point.arithmetic for point in after.points("rates").values()} == {"portable"}
    assert after.evaluation("linear").arithmetic == "native"
    assert after.preparation("dots", "unit").arithmetic == "native"
    assert after.deformation("many").arithmetic == "native"
    config["arithmetic"] = "fast"
    assert refusal(config).count("'fast'") == 1


def test_test_images_are_distorted_as_in_training_or_not_at_all(config: dict[str, Any]) -> None:
    config["experiments"]["deep"]["test_distortions"] = 8
    with pytest.raises(ValueError, match=r"experiments\.deep: test_distortions: has no effect"):
        configured(config)
    config["experiments"]["deep"]["rotation_degrees"] = 5
    assert configured(config).evaluation("deep").test_distortions == 8


def test_an_ensemble_stands_for_networks_that_no_other_of_its_seeds_has(
    config: dict[str, Any],
) -> None:
    config["ensembles"] = {"two": {"of": ["linear", "deep"], "size": 2}}
    config["suites"]["small"]["experiments"] = ["deep", "two"]
    configuration = configured({**config, "experiment": "two,deep"})
    assert configuration.selection().experiments == ("two", "deep")
    assert configuration.networks([("deep", 3), ("two", 1), ("two", 2)]) == [
        ("deep", 3),
        *(("linear", 1), ("linear", 2), ("deep", 1), ("deep", 2)),
        *(("linear", 3), ("linear", 4), ("deep", 4)),
    ]


def test_a_sweep_takes_the_place_of_the_suite(config: dict[str, Any]) -> None:
    configuration = configured({**config, "sweep": "rates"})
    selection = configuration.selection()
    assert (selection.datasets, selection.seeds) == (("dots",), (1, 2))
    assert (selection.target, selection.sweep) == ("swept", "rates")
    rates = [configuration.run(name, 7).learning_rate for name in selection.experiments]
    assert rates == [0.1, 0.2]
    run = configuration.run(selection.experiments[0], 7)
    assert (run.hidden, run.epochs, run.seed) == ((30, 20), 3, 7)
    chosen = configured({**config, "sweep": "rates", "seed": "5,6"})
    assert chosen.selection().seeds == chosen.sweep("rates").seeds == (5, 6)


def test_a_point_of_a_sweep_is_an_experiment_also_when_the_sweep_is_not_chosen(
    config: dict[str, Any],
) -> None:
    configuration = configured(config)
    name, *_ = configuration.points("rates")
    assert configuration.run(name, 1).learning_rate == 0.1
    assert [configuration.is_point(one) for one in (name, "deep", "rates-0", "a-b")] == [
        *(True, False, False, False)
    ]


@pytest.mark.parametrize("name", CONFIG["sweeps"])
def test_the_sweeps_that_come_with_the_project_hold(name: str) -> None:
    sweep, points = CONFIG["sweeps"][name], configured(CONFIG).points(name)
    of_grid = prod(len(values) for values in sweep["settings"].values())
    assert len(points) == (of_grid if sweep["sample"] == "grid" else sweep["points"])


def test_a_sweep_whose_settings_do_not_go_together_is_refused_when_it_is_chosen(
    config: dict[str, Any],
) -> None:
    config["sweeps"]["rates"]["settings"] = {"optimiser": ["adam"], "momentum": [0.5]}
    configuration = configured({**config, "sweep": "rates"})
    with pytest.raises(ValueError, match=r"at momentum 0\.5, optimiser adam: momentum: has no "):
        configuration.selection()


def test_the_order_of_keys_changes_no_settings(config: dict[str, Any]) -> None:
    config["experiments"]["deep"] = {"epochs": 3, "hidden": [30], "learning_rate": 1}
    other = copy.deepcopy(config)
    other["experiments"]["deep"] = {"learning_rate": 1.0, "hidden": [30], "epochs": 3}
    one, two = (configured(c).run("deep", 1).canonical() for c in (config, other))
    assert one == two


def test_sources_are_relative_to_the_configuration_except_addresses_and_homes(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sources = ["data", "file:more", "../up", "~/mine", "/abs", "https://host/x/"]
    files = {key: {**FILE, "unchecked": True} for key in PARTS}
    config["datasets"]["dots"] = {"sources": sources, "files": files}
    published = configured(config, tmp_path / "house").published("dots", "train-images")
    assert json.loads(published)["sources"] == [
        "house/data",
        "house/more",
        "up",
        "~/mine",
        "/abs",
        "https://host/x/",
    ]


def test_a_member_of_an_archive_is_taken_from_where_the_archive_was_downloaded_to() -> None:
    configuration = configured(CONFIG)
    assert json.loads(configuration.published("emnist_letters", "test-labels", "here")) == {
        "member": "gzip/emnist-letters-test-labels-idx1-ubyte.gz",
        "name": "gzip.zip",
        "sources": ["here"],
    }
    archive = json.loads(configuration.published_archive("gzip.zip"))
    assert (archive["format"], archive["bytes"]) == ("zip", 561753746)


@pytest.mark.parametrize(
    ("dataset", "classes"),
    [
        ("emnist_byclass", 62),
        ("emnist_bymerge", 47),
        ("emnist_balanced", 47),
        ("emnist_letters", 26),
        ("fashion_mnist", 10),
        ("kmnist", 10),
    ],
)
def test_the_named_datasets_have_the_classes_that_they_are_known_for(
    dataset: str, classes: int
) -> None:
    settings = configured(CONFIG).preparation(dataset, "unit")
    assert settings.class_names is not None
    assert len(settings.class_names) == classes
    assert settings.transposed == dataset.startswith("emnist")


def test_a_deformed_dataset_has_plain_raw_files_and_amounts_with_defaults(
    config: dict[str, Any],
) -> None:
    config["datasets"]["many"] = {"deformed": {"from": "dots", "images": 900, "seed": 4}}
    configuration = configured(config)
    assert configuration.deformed == {"many": "dots"}
    assert configuration.deformation("many") == Deformation(images=900, seed=4)
    endings = [configuration.compression(name, "train-images") for name in ("dots", "many")]
    assert endings == [".gz", ""]


def test_an_unknown_name_in_a_path_is_answered_with_those_that_there_are() -> None:
    configuration = configured(CONFIG)
    with pytest.raises(ValueError, match="datasets: there is no 'mnits'; did you mean 'mnist'"):
        configuration.dataset("mnits")
    with pytest.raises(
        ValueError, match=r"experiments: there is no 'x'; allowed: .*linear, .* more$"
    ):
        configuration.run("x", 1)


def test_no_other_selection_has_the_name_of_a_suites_report() -> None:
    asked: list[dict[str, Any]] = [
        {},
        {"experiment": "linear"},
        {"seed": [7]},
        {"experiment": "linear", "seed": [7]},
    ]
    found = [configured({**CONFIG, **own}).selection() for own in asked]
    names = [selection.name for selection in found]
    assert len(set(names)) == len(names)
    assert names[0] in CONFIG["suites"]
    # No suite can be called so: these characters are not allowed in names.
    assert all(set("+@") & set(name) for name in names[1:])
    assert found[-1].asked == f"suite={names[0]} experiment=linear seed=7"


def test_a_selection_that_spells_out_its_suite_has_the_suites_name() -> None:
    suite = CONFIG["suites"][CONFIG["suite"]]
    own = {"experiment": suite["experiments"], "seed": suite["seeds"]}
    assert configured({**CONFIG, **own}).selection().name == CONFIG["suite"]


def grouped(config: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a configuration with files of groups, and more keys of the dataset."""
    dots = config["datasets"]["dots"]
    groups = {"train_groups": {"name": "g.gz"}, "test_groups": {"name": "h.gz", "rows": [0, 9]}}
    return {**config, "datasets": {"dots": {**dots, "files": {**dots["files"], **groups}, **more}}}


def test_files_of_groups_have_sources_and_rows_of_their_own(config: dict[str, Any]) -> None:
    given = grouped(config)
    given["datasets"]["dots"]["files"]["test_groups"]["sources"] = ["/other"]
    configuration = configured(given)
    assert configuration.dataset("dots").groups == ("train-groups", "test-groups")
    assert configuration.dataset("dots").rows == ["--rows", "test-groups", "0", "9"]
    assert json.loads(configuration.published("dots", "test-groups")) == {
        "name": "h.gz",
        "sources": ["/other"],
    }
    with pytest.raises(ValueError, match=r"datasets\.dots: has no file train_groups"):
        configured(config).published("dots", "train-groups")


def test_a_file_from_the_web_by_sources_of_its_own_needs_a_sum(config: dict[str, Any]) -> None:
    given = grouped(config)
    given["datasets"]["dots"]["files"]["train_groups"]["sources"] = ["https://host/x/"]
    assert "datasets.dots.files.train_groups: found no sum" in refusal(given)


@pytest.mark.parametrize("rows", [[3], [3, 3], [0, 1, 2]])
def test_rows_are_two_rising_numbers(config: dict[str, Any], rows: list[int]) -> None:
    given = grouped(config)
    given["datasets"]["dots"]["files"]["test_groups"]["rows"] = rows
    assert f"rows: found {rows}, expected [FIRST, END]" in refusal(given)


def test_groups_of_one_split_only_are_refused(config: dict[str, Any]) -> None:
    given = grouped(config)
    del given["datasets"]["dots"]["files"]["test_groups"]
    assert "test_groups: is missing; name the groups of both splits" in refusal(given)


def test_a_table_of_names_is_no_file_of_groups(config: dict[str, Any]) -> None:
    given = grouped(config)
    given["datasets"]["dots"]["files"]["train_groups"]["name"] = "writers.CSV"
    assert "train_groups: found writers.CSV, expected an IDX file of whole" in refusal(given)


def test_a_split_by_group_needs_groups(config: dict[str, Any]) -> None:
    config["datasets"]["dots"]["split"] = "group"
    assert "split: found group, but nothing names the groups" in refusal(config)
    config["datasets"]["dots"]["group_column"] = 1
    assert configured(config).preparation("dots", "unit").split == "group"


def test_groups_are_compared_with_those_of_another_dataset_that_has_some(
    config: dict[str, Any],
) -> None:
    given = grouped(config)
    without = config["datasets"]["dots"]
    dots = given["datasets"]["dots"]

    def compared(**settings: Any) -> dict[str, Any]:
        return {**given, "datasets": {"dots": dots, "plain": without, "new": {**dots, **settings}}}

    found = configured(compared(unmet_in="dots"))
    assert found.preparation("new", "unit").unmet_in == "dots"
    assert run_files.groups_compared(found, "dots", "unit") == {}
    other = {"groups_of": "<artifacts>/dots/prepared/unit.h5"}
    assert run_files.groups_compared(found, "new", "unit") == other
    for settings, message in [
        ({"unmet_in": "dost"}, r"datasets.new.unmet_in: there is no 'dost'; did you mean 'dots'"),
        ({"met_in": "plain"}, r"datasets.new.met_in: found plain, which names no groups of its"),
        ({"met_in": "new"}, r"datasets.new.met_in: found new, whose images another dataset's"),
        ({"met_in": "dots", "unmet_in": "dots"}, r"met_in has no effect with unmet_in; leave one"),
    ]:
        assert message in refusal(compared(**settings))
    config["datasets"] = {"dots": {**without, "met_in": "dots"}}
    assert "met_in: found dots, but nothing names the groups of the images" in refusal(config)


def test_runs_are_evaluated_on_datasets_that_there_are(config: dict[str, Any]) -> None:
    assert configured({**config, "evaluated_on": "dots"}).evaluated_on == ("dots",)
    assert configured(config).evaluated_on == ()
    assert "evaluated_on: there is no 'dot'; did you mean 'dots'?" in refusal(
        {**config, "evaluated_on": "dot"}
    )
