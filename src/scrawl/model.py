"""A trained network as a file: built from its settings, saved, and loaded to be used again."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scrawl import artifacts
from scrawl.nn.augmentation import Augmentation
from scrawl.nn.building import convolutional_network, dense_network
from scrawl.nn.distortion import Distortion
from scrawl.nn.examples import Examples
from scrawl.nn.findings import Finding
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.nn.network import Network
from scrawl.nn.pieces import Share, one_by_one
from scrawl.nn.tables import Table
from scrawl.rows import FileRows
from scrawl.settings import Run


@dataclass(frozen=True)
class Dataset:
    """What a network has to know of the images that it is for.

    Attributes
    ----------
    class_names : tuple of str
        In the order of the network's outputs.
    image_shape : tuple of int
        Of one image, such as (28, 28).
    normalisation : str
    offset, scale : float
        A value that the network is shown is (pixel − offset) / scale.
    """

    class_names: tuple[str, ...]
    image_shape: tuple[int, ...]
    normalisation: str
    offset: float
    scale: float

    @property
    def pixels(self) -> int:
        """How many values an image has."""
        return int(np.prod(self.image_shape))

    @property
    def background(self) -> float:
        """What a pixel of 0 has become, to the last bit."""
        return float((np.float32(0) - np.float32(self.offset)) / np.float32(self.scale))

    @classmethod
    def of(cls, file: Any) -> Dataset:
        """Read it from an open artifact, `prepared` or `model`."""
        return cls(
            tuple(artifacts.read_texts(file["class_names"])),
            tuple(int(length) for length in file.attrs["image_shape"]),
            artifacts.settings_of(file).get("normalisation", "missing"),
            float(file.attrs["offset"]),
            float(file.attrs["scale"]),
        )

    def write(self, file: Any) -> None:
        """Write it into an artifact (the normalisation stands among the settings there)."""
        artifacts.write_texts(file, "class_names", list(self.class_names))
        artifacts.write_attributes(file, offset=self.offset, scale=self.scale)
        file.attrs["image_shape"] = np.array(self.image_shape, dtype=np.int64)


def images_of(file: Any, split: str) -> NDArray[np.float32] | Table:
    """Return the images (n, pixels) of an open `prepared.h5` as a network is shown them.

    Nothing is read yet: they are mapped or, where they are stored as bytes, a table.
    """
    stored = file[f"{split}/images"]
    if stored.dtype == np.float32:
        return artifacts.mapped(stored)
    return FileRows.of(stored, float(file.attrs["offset"]), float(file.attrs["scale"]))


def examples(file: Any, split: str) -> Examples:
    """Return the examples of one split of an open `prepared.h5`; nothing is read yet."""
    labels = artifacts.mapped(file[f"{split}/labels"])
    return Examples(images_of(file, split), labels, Dataset.of(file).image_shape)


@dataclass(frozen=True)
class Model:
    """A network with the loss that it was trained for, its settings and its dataset's facts.

    Attributes
    ----------
    findings : list of dict
        What training found unhealthy, each with `name` and `words`.
    sha256 : str
        Digest of the file that it was loaded from.
    """

    network: Network
    loss: Loss
    run: Run
    dataset: Dataset
    findings: list[dict[str, Any]]
    sha256: str

    def predict(self, images: NDArray[np.float32] | Table) -> NDArray[np.float32]:
        """Return a score for each class, (n, classes) float32, of prepared images (n, pixels).

        Probabilities where the loss is cross-entropy, else the outputs of the last layer.
        """
        return self.loss.predictions(self.network.predict(images))


def build(
    run: Run,
    image_shape: Sequence[int],
    classes: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float32,
    most: int | None = None,
) -> Network:
    """Return the network that the settings describe, with its first weights.

    Before memory is claimed for more than `most` parameters, it raises ValueError.
    """
    common: dict[str, Any] = {
        "activation": run.activation,
        # The softmax belongs to the cross-entropy: together they lose no digits.
        "output": "linear" if run.loss == "cross-entropy" else run.output,
        "initialiser": run.initialiser,
        "scale": run.initial_scale,
        "bias": run.bias,
        "dropout": run.dropout,
        "batch_normalisation": run.batch_normalisation,
        "dtype": dtype,
        "most": most,
        "rng": rng,
    }
    if not run.filters:
        return dense_network(
            math.prod(image_shape),
            run.hidden,
            classes,
            backpropagation=run.backpropagation,
            **common,
        )
    return convolutional_network(
        image_shape,
        run.filters,
        run.hidden,
        classes,
        kernel=run.kernel,
        padding=run.padding,
        pooling=run.pooling,
        global_average_pooling=run.global_average_pooling,
        **common,
    )


def loss_of(run: Run) -> Loss:
    """Return the loss that the settings name."""
    return Quadratic() if run.loss == "quadratic" else CrossEntropy(run.label_smoothing)


class Streams(NamedTuple):
    """A run's random streams, none of which depends on how much of another is used.

    Attributes
    ----------
    weights, order, augmentation : numpy.random.Generator
        Of training: the first weights, the order of the images, how those are distorted.
    evaluation : numpy.random.Generator
        How images are distorted that the trained network answers for.
    """

    weights: np.random.Generator
    order: np.random.Generator
    augmentation: np.random.Generator
    evaluation: np.random.Generator

    @classmethod
    def of(cls, run: Run) -> Streams:
        """Derive them from the run's random seed."""
        return cls(*np.random.default_rng(run.seed).spawn(4))


def augmentation(
    run: Run, dataset: Dataset | None, rng: np.random.Generator, share: Share = one_by_one
) -> Augmentation | None:
    """Return how the settings augment the images of a dataset, or None where they don't."""
    if not run.distortions:
        return None
    if dataset is None:
        raise ValueError("augmentation: found no dataset to say which shape its images have")
    amounts = {field.name: getattr(run, field.name) for field in fields(Distortion)}
    return Augmentation(Distortion(**amounts), dataset.image_shape, dataset.background, rng, share)


def save(
    path: Path,
    network: Network,
    run: Run,
    dataset: Dataset,
    prepared_sha256: str,
    findings: Sequence[Finding] = (),
) -> None:
    """Write a trained network.

    Parameters
    ----------
    path : Path
        `layers/1-dense/weights` (n_in, n_out) and so on, float32: a group for each layer, in
        order, those without parameters empty; `class_names`; the dataset's facts as attributes.
    network : Network
    run : Run
        The settings that rebuild it.
    dataset : Dataset
    prepared_sha256 : str
        Digest of the data it was trained on.
    findings : sequence of Finding
        Kept as JSON in an attribute.
    """
    made_from = {"prepared": prepared_sha256}
    with artifacts.writing(path, "model", settings=run.as_dict(), made_from=made_from) as file:
        dataset.write(file)
        words = [finding.as_dict() for finding in findings]
        artifacts.write_attributes(file, findings=json.dumps(words, ensure_ascii=False))
        for name, layer in zip(network.names, network.layers, strict=True):
            group = file.create_group(f"layers/{name}")
            artifacts.write_attributes(group, n_in=layer.n_in, n_out=layer.n_out)
        for name, values in network.tables().items():
            file[f"layers/{name}"] = values


def load(path: Path) -> Model:
    """Read a trained network.

    Raises
    ------
    ValueError
        If the file is no model, or does not hold the tables that its own settings ask for.
    """
    with artifacts.reading(path, "model") as file:
        run = Run.parse(artifacts.settings_of(file), f"{path}: settings")
        dataset = Dataset.of(file)
        try:
            network = build(
                run,
                dataset.image_shape,
                len(dataset.class_names),
                np.random.default_rng(0),
                most=path.stat().st_size // np.float32().nbytes,
            )
        except ValueError as error:
            raise ValueError(f"{path}: the settings do not fit the file: {error}") from error
        for name, values in network.tables().items():
            stored = file.get(f"layers/{name}")
            if stored is None or stored.shape != values.shape:
                found = "nothing" if stored is None else stored.shape
                raise ValueError(f"{path}: /layers/{name}: found {found}, expected {values.shape}")
            values[...] = stored[...]
        findings, digest = _findings(file, path), artifacts.sha256_of_content(file)
        return Model(network, loss_of(run), run, dataset, findings, digest)


def _findings(file: Any, path: Path) -> list[dict[str, Any]]:
    """Return what training found, as a list of keys with values."""
    words = artifacts.text(file.attrs.get("findings", "missing"))
    try:
        found = json.loads(words)
        if all({"name", "words"} <= set(one) for one in found):
            return list(map(dict, found))
    except (ValueError, TypeError, RecursionError):
        pass
    raise ValueError(f"{path}: the attribute 'findings' is {words:.40}, expected a list of them")
