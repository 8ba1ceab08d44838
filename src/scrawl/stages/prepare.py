"""Stage prepare: normalise, flatten, one-hot encode, and keep some images back for validation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scrawl.artifacts import cautions, store
from scrawl.artifacts.appearance import Appearance
from scrawl.artifacts.lazy_images import normalise
from scrawl.artifacts.prepared import Dataset
from scrawl.data.appearance_detection import (
    Found,
    NotFiniteError,
    blocks,
    difference,
    look,
    refuse_non_finite,
    sample,
)
from scrawl.data.groups import chosen_for_test, group_numbers, split_by_group, split_warnings
from scrawl.data.labels import class_indices
from scrawl.data.treatment import treated
from scrawl.pipeline.local_sources import source_of
from scrawl.settings import arithmetic
from scrawl.settings.dataset import Preparation
from scrawl.settings.untrusted_text import printable


def main(argv: Sequence[str]) -> None:
    """Turn `decoded.h5` into what a network is shown."""
    parser = argparse.ArgumentParser(prog="scrawl prepare", description=__doc__)
    parser.add_argument(
        "--settings",
        required=True,
        metavar="JSON",
        help="the dataset's settings, and the normalisation",
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="decoded.h5", help="the decoded images"
    )
    parser.add_argument(
        "--groups-of",
        type=Path,
        metavar="other.h5",
        help="the prepared images of the dataset that the settings met_in or unmet_in name",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="prepared.h5", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    settings = Preparation.parse(arguments.settings)
    arithmetic.check(settings.arithmetic)
    prepare(settings, arguments.data, arguments.output, arguments.groups_of)


def prepare(settings: Preparation, data: Path, output: Path, groups_of: Path | None = None) -> None:
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
        go back: pixel = value × scale + offset; those of `Appearance` how the images look; and
        `warnings` what is doubtful. With `stored_as: uint8` images are the pixels themselves,
        labels one-hot bytes. Where groups are known, `groups` (n,) int64.
    groups_of : Path, optional
        `prepared.h5` of the dataset that `met_in` or `unmet_in` names.

    Raises
    ------
    ValueError
        If labels and classes, or pixels and storage, do not go together, or pixels can't be meant.
    """
    with store.reading(data, "decoded") as decoded, naming_source(decoded):
        classes, indices = class_indices(decoded, settings)
        groups = group_numbers(decoded, settings)
        kept_back = chosen_for_validation(indices["train"], groups.get("train"), settings)
        tested, others = chosen_for_test(groups, len(indices["test"]), settings, groups_of)
        images = decoded["train/images"]
        check_storage(images.dtype, settings.stored_as)
        found = look(images, ~kept_back, settings)
        dataset = Dataset(
            classes.names,
            tuple(images.shape[1:][axis] for axis in found.appearance.axes),
            settings.normalisation,
            *pixel_scale(images, ~kept_back, settings.normalisation, found.appearance),
            found.appearance,
        )
        warnings = [
            *found.warnings,
            *other_test_images(decoded, found),
            *classes.warnings(indices["train"][~kept_back], indices["test"][tested]),
            *split_warnings(indices["train"], kept_back, classes.names, settings),
        ]
        print(f"images: {found.low:g} to {found.high:g}, {found.appearance.words()}")
        for warning in warnings:
            print(printable(f"scrawl prepare: warning: {warning}"), file=sys.stderr)
        made_from = {"decoded": store.sha256_of_content(decoded)} | others
        with store.writing(
            output, "prepared", settings=settings.as_dict(), made_from=made_from
        ) as file:
            dataset.write(file)
            cautions.write(file, warnings)
            for name, split, chosen in (
                ("train", "train", ~kept_back),
                ("validation", "train", kept_back),
                ("test", "test", tested),
            ):
                n, n_classes = int(chosen.sum()), len(classes.names)
                labels = one_hot_labels(indices[split][chosen], n_classes, settings.stored_as)
                file[f"{name}/labels"], file[f"{name}/positions"] = labels, np.flatnonzero(chosen)
                if groups:
                    file[f"{name}/groups"] = groups[split][chosen]
                target = file.create_dataset(
                    f"{name}/images", (n, dataset.pixels), settings.stored_as
                )
                _convert(decoded[f"{split}/images"], chosen, target, dataset, split)
                print(f"{name}: {n} images, {n_classes} classes")


@contextmanager
def naming_source(decoded: Any) -> Iterator[None]:
    """Let an error about pixels name the file that they are from: there it is to be corrected."""
    try:
        yield
    except NotFiniteError as error:
        digest = store.made_from(decoded).get(f"{error.split}-images", "unknown")
        folder = Path(decoded.filename).parent / "raw"
        raw = next(iter(sorted(folder.glob(f"{error.split}-images.idx*"))), None)
        named = (source_of(raw) or raw) if raw else f"the file of the {error.split} images"
        raise ValueError(
            f"{decoded.filename}: {error}; correct {named} (SHA-256 {digest:.16}…)"
        ) from None


def other_test_images(decoded: Any, found: Found) -> Iterator[str]:
    """Yield a line where test images are the training images, or look otherwise."""
    sources = store.made_from(decoded)
    if sources.get("test-images", "") == sources.get("train-images"):
        yield "the test images are the training images: accuracy on them says little"
    test = decoded["test/images"]
    some = sample(test, np.ones(len(test), dtype=bool))
    yield from difference(found, found.appearance.as_shown(some))


def check_storage(dtype: np.dtype[Any], stored_as: str) -> None:
    """Refuse pixels that would not be themselves any more."""
    if stored_as == "uint8" and dtype != np.uint8:
        raise ValueError(
            f"stored_as: uint8 keeps pixels as they are, but /train/images holds {dtype}; "
            "leave it out"
        )


def chosen_for_validation(
    classes: NDArray[np.int64], groups: NDArray[np.int64] | None, settings: Preparation
) -> NDArray[np.bool_]:
    """Return which training images (n,) are kept back: images at random, or whole groups."""
    if settings.split == "random":
        return validation_split(classes, settings.validation, settings.split_seed)
    if groups is None:
        raise ValueError(
            "split: found group, but nothing names the groups of the images; name their files "
            "(files.train_groups and files.test_groups) or their column (group_column)"
        )
    wanted = wanted_images(settings.validation, len(classes))
    return split_by_group(classes, groups, wanted, settings.split_seed)


def wanted_images(validation: float, n: int) -> int:
    """Return how many of n training images are kept back; refuse all of them."""
    wanted = validation if validation >= 1 else validation * n
    if wanted >= n:
        raise ValueError(
            f"validation: found {validation:g}, but there are only {n} training images"
        )
    return round(wanted)


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
    wanted = wanted_images(validation, n)
    order = np.random.default_rng(seed).permutation(n)
    counts = np.bincount(classes)
    quotas = _quotas(counts, wanted)
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


def pixel_scale(
    images: Any, chosen: NDArray[np.bool_], normalisation: str, appearance: Appearance
) -> tuple[float, float]:
    """Return offset and scale of a normalisation: value = (pixel − offset) / scale.

    Parameters
    ----------
    images : (n, …) dataset or array
        The decoded training images.
    chosen : (n,) bool
        Those that are trained on: `standard` takes its mean and deviation from them alone.
    normalisation : str
        `unit`: paper becomes 0 and full ink 1. `standard`: mean 0 and deviation 1, ink above
        paper. `none`: pixels stay as they are.
    appearance : Appearance
        Paper and ink of the images.
    """
    if normalisation == "none":
        return 0.0, 1.0
    if normalisation == "standard":
        mean, deviation = _mean_and_deviation(images, chosen)
        return mean, -deviation if appearance.dark_on_light else deviation
    return appearance.paper, appearance.ink - appearance.paper


def _mean_and_deviation(images: Any, chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """Return mean and standard deviation of all pixels, in two passes for the sake of accuracy."""
    count = int(chosen.sum()) * int(np.prod(images.shape[1:]))
    if count == 0:
        return 0.0, 1.0
    total = sum(float(block.sum(dtype=np.float64)) for block, _ in blocks(images, chosen))
    mean = total / count
    squares = 0.0
    for block, _ in blocks(images, chosen):
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


def _convert(
    images: Any, chosen: NDArray[np.bool_], target: Any, dataset: Dataset, split: str
) -> None:
    """Flatten the chosen images into `target` (n, pixels); normalise them if it is float32."""
    before = 0
    for block, numbers in blocks(images, chosen):
        refuse_non_finite(block, numbers, split)
        images_shown = treated(dataset.appearance.as_shown(block), dataset.appearance)
        values = images_shown.reshape(len(block), dataset.pixels)
        if target.dtype == np.float32:
            out = np.empty(values.shape, np.float32)
            values = normalise(values, dataset.offset, dataset.scale, out=out)
        target[before : before + len(block)] = values
        before += len(block)
