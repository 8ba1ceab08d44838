"""Stage prepare: normalise, flatten, one-hot encode, and keep some images back for validation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scrawl.artifacts import store
from scrawl.artifacts.lazy_images import normalise
from scrawl.settings.dataset import Preparation

# Images are read, converted and written in blocks, so that memory does not grow with the dataset.
BLOCK_BYTES = 4 << 20


def main(argv: Sequence[str]) -> None:
    """Turn `decoded.h5` into what a network is shown."""
    parser = argparse.ArgumentParser(prog="scrawl prepare", description=__doc__)
    parser.add_argument("--settings", required=True, metavar="JSON")
    parser.add_argument("--data", type=Path, required=True, metavar="decoded.h5")
    parser.add_argument("--output", type=Path, required=True, metavar="prepared.h5")
    arguments = parser.parse_args(argv)
    prepare(Preparation.parse(arguments.settings), arguments.data, arguments.output)


def prepare(settings: Preparation, data: Path, output: Path) -> None:
    """Write the prepared form of a decoded dataset.

    Parameters
    ----------
    settings : Preparation
        How.
    data : Path
        `decoded.h5`.
    output : Path
        `{train,validation,test}/images` (n, pixels) float32, `labels` (n, classes) float32,
        one-hot, and `positions` (n,) int64, where each image stands in its file;
        `class_names` (classes,). The attributes `image_shape`, `offset` and `scale` say how to
        go back: pixel = value × scale + offset. With `stored_as: uint8` images are the pixels
        themselves, labels one-hot bytes.

    Raises
    ------
    ValueError
        If labels and classes, or pixels and normalisation or storage, do not go together.
    """
    with store.reading(data, "decoded") as decoded:
        classes, indices = class_indices(decoded, settings)
        kept_back = validation_split(indices["train"], settings.validation, settings.split_seed)
        images = decoded["train/images"]
        check_storage(images.dtype, settings.stored_as)
        offset, scale = pixel_scale(images, ~kept_back, settings.normalisation)
        for warning in classes.warnings(indices["train"][~kept_back], indices["test"]):
            print(f"scrawl prepare: warning: {warning}", file=sys.stderr)
        made_from = {"decoded": store.sha256_of_content(decoded)}
        with store.writing(
            output, "prepared", settings=settings.as_dict(), made_from=made_from
        ) as file:
            shape = _shown_shape(images.shape[1:], settings)
            store.write_attributes(file, offset=offset, scale=scale)
            file.attrs["image_shape"] = np.array(shape, dtype=np.int64)
            store.write_texts(file, "class_names", list(classes.names))
            for name, split, chosen in (
                ("train", "train", ~kept_back),
                ("validation", "train", kept_back),
                ("test", "test", np.ones(len(indices["test"]), dtype=bool)),
            ):
                n, n_classes = int(chosen.sum()), len(classes.names)
                labels = one_hot_labels(indices[split][chosen], n_classes, settings.stored_as)
                file[f"{name}/labels"], file[f"{name}/positions"] = labels, np.flatnonzero(chosen)
                target = file.create_dataset(
                    f"{name}/images", (n, int(np.prod(shape))), settings.stored_as
                )
                _convert(decoded[f"{split}/images"], chosen, target, (offset, scale), settings)
                print(f"{name}: {n} images, {n_classes} classes")


def class_indices(
    decoded: Any, settings: Preparation
) -> tuple[Classes, dict[str, NDArray[np.int64]]]:
    """Return the classes of an open `decoded.h5`, and for `train` and `test` those of images (n,).

    Raises
    ------
    ValueError
        If there are labels that are no class, or no labels where the settings look for them.
    """
    labels = {
        split: label_numbers(decoded[f"{split}/labels"][...], settings.label_column, split)
        for split in ("train", "test")
    }
    classes = Classes.of(labels["train"], labels["test"], settings)
    return classes, {split: classes.indices(labels.pop(split), split) for split in list(labels)}


def check_storage(dtype: np.dtype[Any], stored_as: str) -> None:
    """Refuse pixels that would not be themselves any more."""
    if stored_as == "uint8" and dtype != np.uint8:
        raise ValueError(
            f"stored_as: uint8 keeps pixels as they are, but /train/images holds {dtype}; "
            "leave it out"
        )


def label_numbers(labels: NDArray[Any], column: int, split: str) -> NDArray[np.int64]:
    """Return the class number of each image from labels (n,) or (n, columns).

    Raises
    ------
    ValueError
        If there is no such column, or if labels are no whole numbers.
    """
    if labels.ndim == 2:
        if column >= labels.shape[1]:
            raise ValueError(
                f"label_column: found {column}, but /{split}/labels has {labels.shape[1]} columns, "
                "counted from 0"
            )
        labels = labels[:, column]
    numbers = labels.astype(np.int64)
    if not np.array_equal(numbers, labels):
        raise ValueError(f"/{split}/labels: found {labels.dtype} values that are no whole numbers")
    return numbers


@dataclass(frozen=True)
class Classes:
    """The classes of a dataset, in the order of the network's outputs.

    Attributes
    ----------
    numbers : (classes,) int64
        The label that stands for each class in the files, rising.
    names : tuple of str
    """

    numbers: NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls, train: NDArray[np.int64], test: NDArray[np.int64], settings: Preparation
    ) -> Classes:
        """Take the classes that the settings name, or else the numbers that occur."""
        if settings.class_names is None:
            numbers = np.union1d(train, test)
            return cls(numbers, tuple(map(str, numbers)))
        first = settings.first_label
        return cls(np.arange(first, first + len(settings.class_names)), settings.class_names)

    def indices(self, labels: NDArray[np.int64], split: str) -> NDArray[np.int64]:
        """Return each label's place among the classes, (n,) int64.

        Raises
        ------
        ValueError
            If a label belongs to no class; the message counts them.
        """
        strange, counts = np.unique(labels[~np.isin(labels, self.numbers)], return_counts=True)
        if len(strange):
            found = ", ".join(f"{a} ({n}×)" for a, n in zip(strange[:5], counts, strict=False))
            raise ValueError(
                f"/{split}/labels: found labels outside the {len(self.names)} classes: {found}; "
                f"expected {self.numbers[0]}..{self.numbers[-1]}; "
                "see class_names and first_label of the dataset in config.yaml"
            )
        return np.searchsorted(self.numbers, labels)

    def warnings(self, train: NDArray[np.int64], test: NDArray[np.int64]) -> Iterator[str]:
        """Yield a line about the classes that a network can't learn, and of no training images."""
        unseen = np.setdiff1d(np.arange(len(self.names)), train)
        for tested, where in ((True, "but in the test images"), (False, "nor in the test images")):
            names = [self.names[i] for i in unseen if (i in test) == tested]
            if names:
                yield f"not in the training images {where}: {', '.join(names)}"


def validation_split(classes: NDArray[np.int64], validation: float, seed: int) -> NDArray[np.bool_]:
    """Choose the training images that are kept back, the same share of every class.

    Parameters
    ----------
    classes : (n,) int64
        The class of each training image.
    validation : float
        Below 1 a share, from 1 on a number of images.
    seed : int
        Decides which images of a class.

    Returns
    -------
    (n,) bool
        True for the images kept back. Each class keeps at least one for training, so that a class
        with a single image gives none.

    Raises
    ------
    ValueError
        If nothing would be left to train on.

    Examples
    --------
    >>> validation_split(np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]), 0.25, seed=0).sum()
    np.int64(3)
    """
    n = len(classes)
    wanted = validation if validation >= 1 else validation * n
    if wanted >= n:
        raise ValueError(
            f"validation: found {validation:g}, but there are only {n} training images"
        )
    order = np.random.default_rng(seed).permutation(n)
    counts = np.bincount(classes)
    quotas = _quotas(counts, round(wanted))
    # Shuffled, then put in the order of their classes: the first of each class are kept back.
    by_class = order[np.argsort(classes[order], kind="stable")]
    starts = np.cumsum(counts) - counts
    place_in_class = np.arange(n) - np.repeat(starts, counts)
    kept_back = np.zeros(n, dtype=bool)
    kept_back[by_class[place_in_class < np.repeat(quotas, counts)]] = True
    return kept_back


def _quotas(counts: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Share `wanted` out in proportion to `counts`, by largest remainders, one of each spared."""
    exact = wanted * counts / max(int(counts.sum()), 1)
    quotas = np.floor(exact).astype(np.int64)
    largest_first = np.argsort(quotas - exact, kind="stable")
    quotas[largest_first[: wanted - quotas.sum()]] += 1
    spared: NDArray[np.int64] = np.minimum(quotas, np.maximum(counts - 1, 0))
    return spared


def pixel_scale(images: Any, chosen: NDArray[np.bool_], normalisation: str) -> tuple[float, float]:
    """Return offset and scale of a normalisation: value = (pixel − offset) / scale.

    Parameters
    ----------
    images : (n, …) dataset or array
        The decoded training images.
    chosen : (n,) bool
        Those that are trained on: `standard` takes its mean and deviation from them alone.
    normalisation : str
        `unit`, `standard` or `none`.

    Raises
    ------
    ValueError
        On `unit` for pixels that are no integers: they have no largest value.
    """
    if normalisation == "none":
        return 0.0, 1.0
    if normalisation == "standard":
        return _mean_and_deviation(images, chosen)
    if images.dtype.kind not in "iu":
        raise ValueError(
            f"normalisation: unit is for integer pixels, but /train/images holds {images.dtype}; "
            "choose standard or none"
        )
    return 0.0, float(np.iinfo(images.dtype).max)


def _mean_and_deviation(images: Any, chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """Return mean and standard deviation of all pixels, in two passes for the sake of accuracy."""
    count = int(chosen.sum()) * int(np.prod(images.shape[1:]))
    if count == 0:
        return 0.0, 1.0
    total = sum(float(block.sum(dtype=np.float64)) for block, _ in _blocks(images, chosen))
    mean = total / count
    squares = 0.0
    for block, _ in _blocks(images, chosen):
        squares += float(np.square(block - mean, dtype=np.float64).sum())
    # Images that are all of one grey have no deviation; they become zeros.
    return mean, float(np.sqrt(squares / count)) or 1.0


def one_hot_labels(
    classes: NDArray[np.int64], n_classes: int, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Return labels (n, classes): 1 in the column of an image's class, 0 elsewhere.

    >>> one_hot_labels(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    labels = np.zeros((len(classes), n_classes), dtype)
    labels[np.arange(len(classes)), classes] = 1
    return labels


def _shown_shape(shape: tuple[int, ...], settings: Preparation) -> tuple[int, ...]:
    return (shape[1], shape[0], *shape[2:]) if settings.transposed else shape


def _blocks(images: Any, chosen: NDArray[np.bool_]) -> Iterator[tuple[NDArray[Any], int]]:
    """Yield the chosen images in file order, some at a time, and how many came before."""
    row_bytes = max(int(np.prod(images.shape[1:])) * images.dtype.itemsize, 1)
    rows = max(BLOCK_BYTES // row_bytes, 1)
    before = 0
    for start in range(0, len(images), rows):
        block = images[start : start + rows][chosen[start : start + rows]]
        yield block, before
        before += len(block)


def _convert(
    images: Any,
    chosen: NDArray[np.bool_],
    target: Any,
    scaling: tuple[float, float],
    settings: Preparation,
) -> None:
    """Flatten the chosen images into `target` (n, pixels); normalise them if it is float32."""
    for block, before in _blocks(images, chosen):
        turned = block.swapaxes(1, 2) if settings.transposed else block
        values = turned.reshape(len(block), target.shape[1])
        if settings.stored_as == "float32":
            values = normalise(values, *scaling, out=np.empty(values.shape, np.float32))
        target[before : before + len(block)] = values
