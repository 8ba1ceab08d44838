"""A network as a file: what is saved is what is loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forged import forged
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.diagnosis.findings import Finding
from scrawl.settings.experiment import Run
from scrawl.training.setup import Streams

# What is text of a fixed length is read and found wanting; anything else is refused unread.
FAULTY_FINDINGS = (
    r"model\.h5: the attribute 'findings' "
    "(is .*expected|of / is neither a number nor text of fixed length; make it again)"
)
DATASET = Dataset(("a", "b", "c"), (2, 3), "unit", 0.0, 255.0)
IMAGES = np.random.default_rng(0).random((5, 6), dtype=np.float32)


def saved(path: Path, run: Run) -> model.Model:
    """Save a network of other weights than those that `load` begins with; return it."""
    network = model.build(run, DATASET.image_shape, 3, np.random.default_rng(42))
    for values in network.named_state().values():
        values += 0.25
    finding = Finding("dead-units", "half of 2-relu — “dead”", {"2-relu": 0.5})
    model.save(path, network, run, DATASET, "f00", [finding])
    return model.Model(network, model.loss_of(run), run, DATASET, [finding.as_dict()], "")


@pytest.mark.parametrize(
    "run",
    [
        Run(hidden=()),
        Run(hidden=(4, 5), seed=3),
        Run(hidden=(4,), batch_normalisation=True, dropout=0.5),
        Run(hidden=(4,), loss="quadratic", output="sigmoid", bias=False),
        Run(hidden=(4,), loss="quadratic", output="softmax", activation="tanh"),
        Run(filters=((3,),), kernel=2, hidden=(4,), pooling="none"),
        Run(filters=((3, 2),), kernel=2, padding=1, batch_normalisation=True, pooling="average"),
        Run(filters=((3,),), kernel=1, pooling="none", global_average_pooling=True, hidden=()),
    ],
)
def test_a_loaded_network_answers_as_the_saved_one_bit_for_bit(tmp_path: Path, run: Run) -> None:
    original = saved(tmp_path / "model.h5", run)
    loaded = model.load(tmp_path / "model.h5")
    np.testing.assert_array_equal(loaded.predict(IMAGES), original.predict(IMAGES))
    assert (loaded.run, loaded.dataset) == (run, DATASET)
    assert loaded.findings == original.findings


def test_the_file_names_every_layer_and_parameter(tmp_path: Path) -> None:
    original = saved(tmp_path / "model.h5", Run(hidden=(4,)))
    with store.reading(tmp_path / "model.h5", "model") as file:
        assert list(file["layers"]) == ["1-dense", "2-relu", "3-dense"]
        assert dict(file["layers/3-dense"].attrs) == {"n_in": 4, "n_out": 3}
        weights = original.network.named_parameters()["1-dense/weights"]
        np.testing.assert_array_equal(file["layers/1-dense/weights"][...], weights)
        assert "f00" in store.text(file.attrs["made_from"])


def test_the_weights_of_a_convolution_lie_as_filters_channels_rows_columns(tmp_path: Path) -> None:
    saved(tmp_path / "model.h5", Run(filters=((4, 5),), kernel=2, padding=1, pooling="none"))
    with store.reading(tmp_path / "model.h5", "model") as file:
        names = ["images", "convolution", "relu", "convolution", "relu", "flatten", "dense"]
        assert list(file["layers"])[:7] == [f"{i}-{name}" for i, name in enumerate(names, start=1)]
        assert file["layers/4-convolution/weights"].shape == (5, 4, 2, 2)
        assert file["layers/4-convolution/biases"].shape == (5,)


def test_a_file_whose_settings_make_no_network_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "model.h5", Run(filters=((4,),), kernel=2, pooling="none"))
    with forged(tmp_path / "model.h5") as file:
        store.write_attributes(file, settings='{"filters": [[4]], "kernel": 7, "seed": 1}')
    with pytest.raises(ValueError, match=r"model\.h5: the settings do not fit .* a kernel of 7×7"):
        model.load(tmp_path / "model.h5")


def test_probabilities_of_a_cross_entropy_network_sum_to_one(tmp_path: Path) -> None:
    predicted = saved(tmp_path / "model.h5", Run(hidden=(4,))).predict(IMAGES)
    np.testing.assert_allclose(predicted.sum(axis=1), np.ones(5), rtol=1e-6)


def test_a_file_whose_tables_do_not_fit_its_settings_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "model.h5", Run(hidden=(4,)))
    with forged(tmp_path / "model.h5") as file:
        del file["layers/3-dense/biases"]
    with pytest.raises(ValueError, match=r"/layers/3-dense/biases: found nothing, expected \(3,\)"):
        model.load(tmp_path / "model.h5")
    for words in ("[", "3", "[3]", '["a"]', "{}x", '[{"name": "a"}]', "[" * 99_999):
        saved(tmp_path / "model.h5", Run(hidden=(4,)))
        with forged(tmp_path / "model.h5") as file:
            del file.attrs["findings"]
            file.attrs["findings"] = words[:60_000]
        with pytest.raises(ValueError, match=FAULTY_FINDINGS):
            model.load(tmp_path / "model.h5")
    saved(tmp_path / "model.h5", Run(hidden=(4,)))
    with forged(tmp_path / "model.h5") as file:
        store.write_attributes(file, settings='{"hidden": "many"}')
    with pytest.raises(ValueError, match=r"model\.h5: settings: hidden: found 'many'"):
        model.load(tmp_path / "model.h5")


def test_to_evaluate_with_distortions_takes_nothing_from_the_streams_of_training() -> None:
    first = [rng.random() for rng in Streams.of(Run(seed=3))]
    assert first[:3] == [rng.random() for rng in np.random.default_rng(3).spawn(3)]
    assert first[3] not in first[:3]
