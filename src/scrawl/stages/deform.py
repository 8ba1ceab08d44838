"""Stage deform: many training images made from another dataset's few by random distortions.

A dataset of millions, as infiMNIST is one. Loosli, Canu and Bottou, "Training invariant support
vector machines using selective sampling", 2007. Image number i is one of image i mod n of the n
there are, and depends on the seed and on i alone: fewer images are the beginning of more.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl.data import idx
from scrawl.data.appearance_detection import paper_and_ink, sample
from scrawl.nn.augmentation import Augmentation
from scrawl.nn.distortion import Distortion
from scrawl.nn.parallel import Executor, serial
from scrawl.settings import arithmetic
from scrawl.settings.dataset import Deformation
from scrawl.training.workers import workers

PARTS = ("train-images", "train-labels", "test-images", "test-labels")

# Images that are deformed together, whole shards of `nn.distortion`: part of what an image is, for
# its random stream has the block's number.
BLOCK = 4096


def main(argv: Sequence[str]) -> None:
    """Write the four IDX files of a deformed dataset."""
    parser = argparse.ArgumentParser(prog="scrawl deform", description=__doc__)
    parser.add_argument(
        "--settings",
        required=True,
        metavar="JSON",
        help="how many images, and how far each is deformed",
    )
    for part in PARTS:
        parser.add_argument(
            f"--{part}",
            type=Path,
            required=True,
            metavar="FILE",
            help="a file of the dataset that they are made of",
        )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="of the four")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        metavar="N",
        help="the most that work at once (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)
    settings = Deformation.parse(arguments.settings)
    arithmetic.check(settings.arithmetic)
    files = {part: getattr(arguments, part.replace("-", "_")) for part in PARTS}
    with workers(arguments.threads) as executor:
        deform(settings, files, arguments.output, executor)


def deform(
    settings: Deformation, files: Mapping[str, Path], folder: Path, executor: Executor = serial
) -> None:
    """Write the four IDX files of a deformed dataset, in bounded memory.

    Parameters
    ----------
    settings : Deformation
        How many training images, and how far each is deformed.
    files : mapping of str to Path
        The file of each part of the dataset that they are made of.
    folder : Path
        Is given `train-images.idx` (images, height, width), `train-labels.idx`, and the test
        images with their labels as they are. Not compressed: gzip
        takes far longer than the distortions, and saves two thirds of the space.
    executor : Executor
        Does the shards of a block; nothing depends on how.

    Raises
    ------
    ValueError
        If a file is no complete IDX file, or there are no images of bytes with a label each.
    """
    images, labels = (idx.read(files[f"train-{kind}"]) for kind in ("images", "labels"))
    if images.dtype != np.uint8 or images.ndim < 3 or not len(images) == len(labels) > 0:
        raise ValueError(
            f"{files['train-images']}: found {images.shape} {images.dtype} and {len(labels)} "
            "labels, expected images (n, height, width) uint8 with a label each"
        )
    header = idx.Header(images.dtype, (settings.images, *images.shape[1:]))
    with idx.writing(folder / "train-images.idx", header) as add:
        for block in deformed(images, settings, executor):
            add(block)
    # np.resize repeats the labels, all of them in their order, as the images are
    repeated = np.resize(labels, (settings.images, *labels.shape[1:]))
    idx.write(folder / "train-labels.idx", repeated)
    for part in ("test-images", "test-labels"):
        idx.write(folder / f"{part}.idx", idx.read(files[part]))
    print(f"{settings.images} training images of {len(images)}")


def deformed(
    images: NDArray[np.uint8], settings: Deformation, executor: Executor = serial
) -> Iterator[NDArray[np.uint8]]:
    """Yield deformed images (≤ BLOCK, height, width), `settings.images` in all.

    Parameters
    ----------
    images : (n, height, width) or (n, height, width, channels) uint8
        Taken in turn, again and again. What is outside of an image is paper.
    settings : Deformation
    executor : Executor
    """
    amounts = {field.name: getattr(settings, field.name) for field in fields(Distortion)}
    rng = np.random.default_rng(settings.seed)
    paper, _, on_paper = paper_and_ink(
        sample(images, np.ones(len(images), bool)), int(images.min()), int(images.max())
    )
    background = paper if on_paper else 0.0
    augment = Augmentation(Distortion(**amounts), images.shape[1:], background, rng, executor)
    for step, start in enumerate(range(0, settings.images, BLOCK)):
        # The last block is made whole as well: what a shard draws depends on how many it has.
        places = np.arange(start, start + BLOCK) % len(images)
        values = augment(images[places].reshape(BLOCK, -1).astype(np.float32), step)
        some = np.rint(values, out=values)[: settings.images - start].astype(np.uint8)
        yield some.reshape(-1, *images.shape[1:])
