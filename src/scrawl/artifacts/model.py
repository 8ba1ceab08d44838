"""A trained network as a file, `model.h5`: built from its settings, saved, and loaded again."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scrawl.artifacts import store
from scrawl.artifacts.files import check_kind
from scrawl.artifacts.own_code import NO_CODE, OwnCode
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.architectures import Architecture
from scrawl.nn.diagnosis.findings import Finding
from scrawl.nn.examples import LazyRows
from scrawl.nn.layers.stored import Stored, stored
from scrawl.nn.losses import CrossEntropy, Loss, Quadratic
from scrawl.nn.network import Network
from scrawl.nn.registries import BUILT_IN, Registries, chosen, made
from scrawl.settings.errors import SettingsError
from scrawl.settings.experiment import Run
from scrawl.settings.json_text import parsed_json


@dataclass(frozen=True)
class Model:
    """A network with the loss that it was trained for, its settings and its dataset's facts.

    Attributes
    ----------
    findings : list of dict
        What training found unhealthy, each with `name` and `words`.
    sha256 : str
        Digest of the file that it was loaded from.
    prepared_sha256 : str
        Digest of the data that it was trained on.
    """

    network: Network
    loss: Loss
    run: Run
    dataset: Dataset
    findings: list[dict[str, Any]]
    sha256: str
    prepared_sha256: str = ""

    @property
    def answers(self) -> bool:
        """Whether it can answer: not if it was loaded without the code that it was trained with."""
        return not any(isinstance(layer, Stored) for layer in self.network.layers)

    def predict(self, images: NDArray[np.float32] | LazyRows) -> NDArray[np.float32]:
        """Return a score for each class, (n, classes) float32, of prepared images (n, pixels).

        Probabilities where the loss is cross-entropy, else the outputs of the last layer.
        """
        return self.loss.predictions(self.network.predict(images))

    def check_data(self, path: Path, data_path: Path, data: Dataset, sha256: str) -> None:
        """Refuse other data than that of training.

        Parameters
        ----------
        path, data_path : Path
            Of the model and of the data, for the message.
        data : Dataset
        sha256 : str
            Digest of the data.

        Raises
        ------
        ValueError
            Naming everything that differs: classes, shape, normalisation, or the values alone.
        """
        differences = [
            f"{field.name} {getattr(self.dataset, field.name)} there, "
            f"{getattr(data, field.name)} here"
            for field in fields(Dataset)
            if getattr(self.dataset, field.name) != getattr(data, field.name)
        ]
        if not differences and self.prepared_sha256 != sha256:
            differences = [f"SHA-256 {self.prepared_sha256} there, {sha256} here"]
        if differences:
            raise ValueError(
                f"{data_path}: not the data that {path} was trained on: {'; '.join(differences)}; "
                "name the file that it was trained on, or train it again"
            )


def build(
    run: Run,
    image_shape: Sequence[int],
    classes: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float32,
    most: int | None = None,
    registries: Registries = BUILT_IN,
) -> Network:
    """Return the network that the settings describe, with its first weights.

    Before memory is claimed for more than `most` parameters, it raises ValueError.
    """
    layers = {field.name: getattr(run, field.name) for field in fields(Architecture)}
    if isinstance(loss_of(run, registries), CrossEntropy) and run.output == "softmax":
        layers["output"] = "linear"  # its softmax is part of the loss: together they lose no digits
    return Architecture(**layers).build(image_shape, classes, rng, dtype, most, registries)


def loss_of(run: Run, registries: Registries = BUILT_IN) -> Loss:
    """Return the loss that the settings name."""
    loss = chosen("loss", run.loss, registries.losses)
    own = {"label_smoothing": run.label_smoothing} if run.loss == "cross-entropy" else {}
    return made(loss, **own)


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
    with store.writing(path, "model", settings=run.as_dict(), made_from=made_from) as file:
        dataset.write(file)
        words = [finding.as_dict() for finding in findings]
        store.write_attributes(file, findings=json.dumps(words, ensure_ascii=False))
        for name, layer in zip(network.names, network.layers, strict=True):
            group = file.create_group(f"layers/{name}")
            store.write_attributes(group, n_in=layer.n_in, n_out=layer.n_out)
            if run.code and layer.state():  # to be told from parameters without the code
                store.write_attributes(group, state=" ".join(layer.state()))
        for name, values in network.tables().items():
            file[f"layers/{name}"] = values


def load(path: Path, code: OwnCode = NO_CODE) -> Model:
    """Read a trained network.

    Parameters
    ----------
    path : Path
    code : OwnCode
        That it was trained with, if any. Without it the parameters can be read, but a network with
        layers or a loss of its own does not answer: see `Model.answers`.

    Raises
    ------
    ValueError
        If the file is no model, or does not hold the tables that its own settings ask for; if the
        code is not that of the file.
    """
    with store.reading(path, "model", whole=True) as file:
        run = Run.parse(store.settings_of(file), f"{path}: settings")
        dataset = Dataset.of(file)
        if run.code and not code.missing:
            code.check(run, str(path))
        elif not run.code:
            code = NO_CODE
        without = bool(run.code) and code.missing
        try:
            network = (
                _stored_network(file, dataset, run.code or "")
                if without and run.answers_by_own
                else _built(_known(run) if without else run, dataset, path, code.registries)
            )
        except ValueError as error:
            raise ValueError(f"{path}: the settings do not fit the file: {error}") from error
        for name, values in network.tables().items():
            found = file.get(f"layers/{name}")
            if found is None or found.shape != values.shape:
                there = "nothing" if found is None else found.shape
                raise ValueError(f"{path}: /layers/{name}: found {there}, expected {values.shape}")
            if found.dtype != values.dtype:
                raise ValueError(
                    f"{path}: /layers/{name}: found {found.dtype}, expected {values.dtype}"
                )
            values[...] = found[...]
        findings, digest = _findings(file, path), store.sha256_of_content(file)
        loss = Quadratic() if without and run.answers_by_own else loss_of(run, code.registries)
        trained_on = store.made_from(file).get("prepared", "nothing")
        return Model(network, loss, run, dataset, findings, digest, trained_on)


def _built(run: Run, dataset: Dataset, path: Path, registries: Registries) -> Network:
    """Return a network for the tables of a file, which cannot be larger than the file."""
    rng, most = np.random.default_rng(0), path.stat().st_size // np.float32().nbytes
    return build(
        run, dataset.image_shape, len(dataset.class_names), rng, most=most, registries=registries
    )


def _known(run: Run) -> Run:
    """Return settings that build the same layers without the code that only training needs."""
    own = {name: getattr(Run, name) for name in run.own}
    return replace(run, code=None, momentum=Run.momentum, **own)


def _stored_network(file: Any, dataset: Dataset, code: str) -> Network:
    """Return the layers as the file has them: parameters without what they compute."""
    groups = sorted(file["layers"].items(), key=lambda item: int(item[0].partition("-")[0]))
    layers = [
        stored(
            name.partition("-")[2],
            int(group.attrs["n_out"]),
            {key: table[...] for key, table in group.items()},
            store.text(group.attrs.get("state", "")),
            code.rpartition("@")[0],
        )
        for name, group in groups
    ]
    return Network(layers, math.prod(dataset.image_shape), np.random.default_rng(0))


def _findings(file: Any, path: Path) -> list[dict[str, Any]]:
    """Return the findings of training, as keys with values."""
    where = f"{path}: the attribute 'findings'"
    found = parsed_json(store.text(file.attrs.get("findings", "missing")), where)
    try:
        check_kind(found, [{"name": str, "words": str}])
    except SettingsError as error:
        raise ValueError(f"{where}: {error}; train the network again") from error
    return list(found)
