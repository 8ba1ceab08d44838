"""A network is reviewed on every image that it could learn from, in the order of their file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.settings.experiment import Run
from scrawl.stages.prepare import one_hot_labels

SETTINGS = {"hidden": [], "loss": "quadratic", "output": "linear", "bias": False, "seed": 1}
# In the order of the file: image k is (k, 1), of class k mod 2; two are kept back for validation.
IMAGES = np.array([[k, 1] for k in range(6)], np.float32)
LABELS = np.arange(6) % 2
KEPT_BACK = [1, 4]


def prepared(path: Path, normalisation: str = "unit") -> Path:
    learnt = [k for k in range(6) if k not in KEPT_BACK]
    settings = {"normalisation": normalisation}
    with store.writing(path, "prepared", settings=settings, made_from={}) as file:
        for split, places in {"train": learnt, "validation": KEPT_BACK, "test": [0]}.items():
            file[f"{split}/images"] = IMAGES[places]
            file[f"{split}/labels"] = one_hot_labels(LABELS[places], 2)
            file[f"{split}/positions"] = np.array(places, np.int64)
        Dataset(("even", "odd"), (1, 2), normalisation, 0.0, 255.0).write(file)
    return path


def trained(path: Path, data: Path, batch_size: int = 4) -> Path:
    """Save a network of one layer, whose outputs for (k, 1) are k/4 and 1/2."""
    run = Run.parse({**SETTINGS, "batch_size": batch_size})
    with store.reading(data, "prepared") as file:
        dataset, digest = Dataset.of(file), store.sha256_of_content(file)
    network = model.build(run, (2,), 2, np.random.default_rng(0))
    network.parameters[:] = np.array([0.25, 0, 0, 0.5], np.float32)
    model.save(path, network, run, dataset, digest)
    return path


# Of 6 images the last batch has 2, 3, 1 or all.
@pytest.mark.parametrize(("batch_size", "last"), [(4, 2), (3, 3), (5, 1), (6, 6), (100, 6)])
def test_losses_and_accuracy_are_those_computed_by_hand(
    tmp_path: Path, batch_size: int, last: int
) -> None:
    data = prepared(tmp_path / "prepared.h5")
    network = trained(tmp_path / "model.h5", data, batch_size)
    output = tmp_path / "review.json"
    words = ["--data", data, "--model", network, "--output", output]
    assert cli.main(["review", *map(str, words)]) == 0
    squares = [((k / 4 - (k % 2 == 0)) ** 2 + (0.5 - (k % 2 == 1)) ** 2) / 2 for k in range(6)]
    # The answer is "even" from k = 2 on (a tie at 2 goes to the first): right for 1, 2 and 4.
    assert json.loads(output.read_text()) == {
        "n": 6,
        "accuracy": 0.5,
        "loss": pytest.approx(sum(squares) / 6),
        "last_batch_loss": pytest.approx(sum(squares[-last:]) / last),
    }


def test_images_prepared_in_another_way_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = trained(tmp_path / "model.h5", prepared(tmp_path / "prepared.h5"))
    other = prepared(tmp_path / "other.h5", "none")
    words = ["--data", other, "--model", network, "--output", tmp_path / "review.json"]
    assert cli.main(["review", *map(str, words)]) == 1
    assert (
        "normalisation unit there, none here; name the file that it was trained on"
        in capsys.readouterr().err
    )
