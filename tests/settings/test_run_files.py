"""Files of datasets and runs, as the rules name them."""

from __future__ import annotations

from pathlib import Path

from scrawl.settings.configuration import Configuration
from scrawl.settings.configuration_files import Sources
from scrawl.settings.run_files import members_of, prepared_as, raw_files, runs_of

FILES = {
    "train_images": {"name": "train.gz"},
    "train_labels": {"name": "labels"},
    "test_images": {"name": "in/test.xz"},
    "test_labels": {"name": "labels.idx"},
}
CONFIGURATION = Configuration(
    Sources(
        command_line={
            "suite": "small",
            "suites": {"small": {"datasets": ["dots"], "experiments": ["linear"], "seeds": [1]}},
            "datasets": {"dots": {"sources": ["data"], "files": FILES}},
            "experiments": {"linear": {"hidden": [], "normalisation": "standard"}},
            "ensembles": {"all": {"of": ["linear"], "size": 2}},
        }
    ),
    Path(),
)


def test_raw_files_keep_the_compression_of_their_sources() -> None:
    assert raw_files(CONFIGURATION, "dots") == {
        "train_images": "<artifacts>/dots/raw/train-images.idx.gz",
        "train_labels": "<artifacts>/dots/raw/train-labels.idx",
        "test_images": "<artifacts>/dots/raw/test-images.idx.xz",
        "test_labels": "<artifacts>/dots/raw/test-labels.idx",
    }


def test_an_ensemble_is_evaluated_on_what_its_first_member_was_trained_on() -> None:
    expected = "<artifacts>/{dataset}/prepared/standard.h5"
    assert prepared_as(CONFIGURATION, "linear") == expected
    assert prepared_as(CONFIGURATION, "all", "dots") == expected.format(dataset="dots")


def test_an_ensemble_averages_runs_that_no_other_seed_shares() -> None:
    folder = "<artifacts>/dots/runs/linear/"
    assert members_of(CONFIGURATION, "dots", "all", 1) == [folder + "1", folder + "2"]
    assert members_of(CONFIGURATION, "dots", "all", 2) == [folder + "3", folder + "4"]


def test_the_runs_of_a_suite_are_named_with_a_file_of_each() -> None:
    expected = ["<artifacts>/dots/runs/linear/1/predictions.h5"]
    assert runs_of(CONFIGURATION, "small", "predictions.h5") == expected
