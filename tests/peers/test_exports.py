"""Exported networks, run by ONNX Runtime, PyTorch and Keras on every test image.

Optional: skipped where one of these is not installed, and `make test` installs none.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl import __main__ as cli
from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Run
from scrawl.tools import export
from scrawl.training.setup import trainer_of

# Their warnings are not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore")

os.environ.setdefault("KERAS_BACKEND", "torch")  # as exports.keras does, which comes later

GLYPHS = Path(__file__).parents[2] / "data/glyphs"
CLASSES = tuple("0123456789")
LEARNT = 2_000  # training images: answers that are far from constant are enough

# Among them every kind of layer that there is.
RUNS: dict[str, dict[str, Any]] = {
    "linear": {"hidden": ()},
    "convolution": {"filters": ((4,), (6,)), "hidden": (16,)},
    "convolution-normalised": {
        "filters": ((4, 5),),
        "kernel": 3,
        "padding": 1,
        "batch_normalisation": True,
        "pooling": "average",
        "hidden": (),
    },
    "global-pooling": {
        "filters": ((4,), (6,)),
        "kernel": 3,
        "hidden": (),
        "global_average_pooling": True,
        "pooling": "none",
        "batch_normalisation": True,  # without it one epoch teaches two classes
    },
    "relu": {"hidden": (32,)},
    "no-biases": {"hidden": (32,), "bias": False},
    "relu-with-unit-derivative": {"hidden": (32,), "activation": "relu-with-unit-derivative"},
    "leaky-relu": {"hidden": (32,), "activation": "leaky-relu"},
    "gelu": {"hidden": (32,), "activation": "gelu"},
    "tanh-standard": {"hidden": (32, 16), "activation": "tanh", "normalisation": "standard"},
    "batch-normalisation": {"hidden": (32,), "batch_normalisation": True, "dropout": 0.2},
    "sigmoid-quadratic": {
        "hidden": (16,),
        "activation": "sigmoid",
        "loss": "quadratic",
        "output": "sigmoid",
        "initialiser": "xavier",
    },
    "softmax-quadratic": {"hidden": (16,), "loss": "quadratic", "output": "softmax"},
    "linear-quadratic": {
        "hidden": (16,),
        "loss": "quadratic",
        "output": "linear",
        "learning_rate": 0.01,
    },
}

Images = NDArray[np.uint8]
Answers = NDArray[np.float32]


def runtime(content: bytes, images: Images) -> Answers:
    """Answer with ONNX Runtime."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (answers,) = session.run(["probabilities"], {"images": images.astype(np.float32)})
    return np.asarray(answers)


def pytorch(content: bytes, images: Images) -> Answers:
    """Answer with PyTorch, by nothing but what the file says."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from safetensors.torch import load

    described = header(content)
    modules = [
        getattr(torch.nn, one["module"])(**{k: v for k, v in one.items() if k != "module"})
        for one in described["modules"]
    ]
    network = torch.nn.Sequential(*modules).eval()
    tensors = load(content)
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    assert not unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing)  # used in training only
    pixels = torch.from_numpy(images.astype(np.float32))
    values = (pixels - described["offset"]) / described["scale"]
    with torch.no_grad():
        answers = network(values.reshape(-1, *described["input_shape"]))
    return np.asarray(answers)


def header(content: bytes) -> dict[str, Any]:
    """Return what stands under `scrawl` in the metadata of a safetensors file."""
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    return dict(json.loads(metadata["scrawl"]))


def keras(content: bytes, images: Images) -> Answers:
    """Answer with Keras."""
    import tempfile

    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        network = keras.models.load_model(path)
    return np.asarray(network.predict(images, batch_size=500, verbose=0))


READERS: dict[str, Callable[[bytes, Images], Answers]] = {
    ".onnx": runtime,
    ".safetensors": pytorch,
    ".keras": keras,
}


@cache
def trained(name: str) -> model.Model:
    """Train a network on digits of the bundled dataset, for as long as it takes to learn a bit."""
    run = Run.parse({"epochs": 1, **RUNS[name]})
    images = idx.read(GLYPHS / "train-images.idx.gz")[:LEARNT]
    labels = np.eye(10, dtype=np.float32)[idx.read(GLYPHS / "train-labels.idx.gz")[:LEARNT]]
    offset, scale = (0.0, 255.0) if run.normalisation == "unit" else (31.79, 76.27)
    dataset = Dataset(CLASSES, (28, 28), run.normalisation, offset, scale)
    rows = prepared(images, dataset)
    with threadpool_limits(1, user_api="blas"):
        shown = Examples(rows, labels, (28, 28))
        trainer = trainer_of(run, shown)
        list(trainer.fit(shown, shown.first(0)))
    return model.Model(trainer.network, trainer.loss, run, dataset, [], "0" * 64)


def prepared(images: Images, dataset: Dataset) -> NDArray[np.float32]:
    """Return images as rows of the values that a network knows."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    rows -= np.float32(dataset.offset)
    rows /= np.float32(dataset.scale)
    return rows


def exported(ending: str, network: model.Model) -> bytes:
    """Return a file's bytes, or skip where what writes it is not installed."""
    pytest.importorskip(ending[1:], reason=f"what writes {ending} files is not installed")
    return export.exported(network, Path(f"model{ending}"))


def check(ours: Answers, theirs: Answers) -> None:
    """Compare probabilities, and the classes answered wherever two are not all but equal."""
    assert theirs.shape == ours.shape
    np.testing.assert_allclose(theirs, ours, atol=2e-5)
    best, second = np.sort(ours, axis=1)[:, :-3:-1].T
    clear = best - second > 4e-5
    np.testing.assert_array_equal(theirs.argmax(axis=1)[clear], ours.argmax(axis=1)[clear])
    assert clear.mean() > 0.99
    assert len(np.unique(ours.argmax(axis=1))) > 3  # or there was nothing to be compared


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("ending", READERS)
def test_every_test_image_is_answered_as_here(ending: str, name: str) -> None:
    network = trained(name)
    content = exported(ending, network)
    images = idx.read(GLYPHS / "test-images.idx.gz")
    check(network.predict(prepared(images, network.dataset)), READERS[ending](content, images))


@pytest.mark.parametrize("ending", READERS)
def test_every_test_image_of_mnist_is_answered_as_here(ending: str, mnist_folder: Path) -> None:
    network = trained("relu")
    content = exported(ending, network)
    images = idx.read(mnist_folder / "t10k-images-idx3-ubyte.gz")
    check(network.predict(prepared(images, network.dataset)), READERS[ending](content, images))


@pytest.mark.parametrize("ending", READERS)
def test_the_same_network_gives_the_same_bytes(ending: str) -> None:
    network = trained("batch-normalisation")
    first = exported(ending, network)
    for other in ("linear", "gelu"):
        exported(ending, trained(other))
    assert export.exported(network, Path(f"b{ending}")) == first


@pytest.mark.parametrize("ending", READERS)
def test_class_names_and_settings_are_inside(ending: str) -> None:
    network = trained("relu")
    content = exported(ending, network)
    if ending == ".onnx":
        import onnx

        properties = onnx.load_from_string(content).metadata_props
        found = {one.key: one.value for one in properties}
        found["class_names"] = json.loads(found["class_names"])
        found["settings"] = json.loads(found["settings"])
    elif ending == ".keras":
        found = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("scrawl.json"))
    else:
        found = header(content)
    assert found["class_names"] == list(CLASSES)
    assert found["settings"]["hidden"] == [32]
    assert found["model_sha256"] == network.sha256


@pytest.mark.parametrize("ending", READERS)
def test_the_command_writes_the_file(tmp_path: Path, ending: str) -> None:
    network, path = trained("linear"), tmp_path / "model.h5"
    model.save(path, network.network, network.run, network.dataset, "0")
    expected = exported(ending, model.load(path))
    output = tmp_path / f"model{ending}"
    assert cli.main(["export", str(path), "--output", str(output)]) == 0
    assert output.read_bytes() == expected


@pytest.mark.parametrize("ending", READERS)
def test_a_kind_of_layer_without_a_counterpart_is_refused(
    ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = trained("linear")
    exported(ending, network)
    monkeypatch.setattr(type(network.network.layers[0]), "name", "telepathy")
    with pytest.raises(ValueError, match="a layer of kind 'telepathy' can't be written as"):
        export.exported(network, Path(f"model{ending}"))
