"""Settings of the stages prepare and deform: how a dataset's images become inputs.

They stand apart from an experiment's: a new setting of networks then prepares no dataset again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from scrawl.settings.arithmetic import Arithmetic
from scrawl.settings.constraints import Form, Items, Name, Range
from scrawl.settings.normalisation import Normalisation
from scrawl.settings.parsing import Settings


@dataclass(frozen=True, kw_only=True)
class Unpacked(Settings):
    """Settings of the preparation that all forms of a dataset have in common."""

    arithmetic: Arithmetic = "portable"
    """The arithmetic of the preparation, `portable` or `native`, as for experiments."""
    validation: Annotated[float, Range(low=0)] = 0.1
    """How much of the training images is kept back to choose between models: below 1 a share, from
    1 on a number of images. Every class gives the same share, and keeps at least one image."""
    split_seed: Annotated[int, Range(low=0)] = 0
    """The random seed that decides which images are kept back."""
    split: Literal["random", "group"] = "random"
    """What is kept back: images at `random`, or all images of a `group`, such as a writer, so that
    no group is on both sides. Then the shares of the classes, and how much is kept back, are as
    near as whole groups allow."""
    transposed: bool = False
    """Whether the file stores each image with its two axes swapped, as EMNIST does."""
    paper: float | None = None
    """The pixel value of an empty sheet, in place of the one that `scrawl prepare` finds at the
    margin of the training images (`scrawl inspect` shows it)."""
    ink: float | None = None
    """The pixel value of full ink, in place of the one that is found."""
    label_column: Annotated[int, Range(low=0)] | None = None
    """The column that holds the class, where labels have several, as QMNIST's do."""
    group_column: Annotated[int, Range(low=0)] | None = None
    """The column that names the group of each image, such as its writer: of the files of groups,
    where the dataset has some of several columns, otherwise of the files of labels."""
    met_in: Annotated[str, Name()] | None = None
    """Another dataset with groups of the same numbering: only the test images whose group is there,
    too, are taken. Groups are those of any of its images."""
    unmet_in: Annotated[str, Name()] | None = None
    """The same for the test images whose group is not there, such as people whom no network of that
    dataset has met."""
    first_label: int = 0
    """The number of the first of `class_names`; EMNIST letters count from 1."""
    class_names: (
        Annotated[tuple[Annotated[str, Form("(?s).+")], ...], Items(distinct=True)] | None
    ) = None
    """A name for each class, in the order of the labels. Without it the classes are the numbers
    that occur."""
    stored_as: Literal["float32", "uint8"] = "float32"
    """How the prepared form holds images and labels: as `float32`, exactly what a network is shown,
    or as `uint8`, the pixels of the file (which must be bytes) in a quarter of the space: they are
    normalised when a batch is read. Results are the same to the last bit. Use it for millions of
    images: a run then keeps none of them in its own memory."""

    @property
    def compared_with(self) -> str | None:
        """The dataset whose groups decide which test images are taken, if any does."""
        return self.met_in or self.unmet_in


@dataclass(frozen=True, kw_only=True)
class Preparation(Unpacked):
    """Settings of a dataset's preparation: from decoded images to the input of a network."""

    normalisation: Normalisation = "unit"

    def as_dict(self) -> dict[str, Any]:
        """Return every key with its value; keys about groups only if they are not the defaults.

        Datasets without groups keep the bytes that they had before there were groups.
        """
        keys = ("split", "group_column", "met_in", "unmet_in")
        without = {key: getattr(Unpacked, key) for key in keys}
        return {k: v for k, v in super().as_dict().items() if k not in without or v != without[k]}


@dataclass(frozen=True, kw_only=True)
class Deformation(Settings):
    """Settings of a deformed dataset: the number of images, and the strength of deformations.

    Amounts are those of `scrawl.nn.distortion.Distortion`. Their defaults leave every digit
    legible, and no two images of one digit alike.
    """

    images: Annotated[int, Range(low=1)]
    """How many training images are made. Fewer are the beginning of more. A million of 28×28
    pixels are 784 MB in each of the forms raw, decoded and prepared (`stored_as: uint8`)."""
    arithmetic: Arithmetic = "portable"
    """The arithmetic of the deformations, `portable` or `native`, as for experiments."""
    seed: Annotated[int, Range(low=0)] = 0
    """The random seed that decides how each image is deformed."""
    shift_pixels: Annotated[float, Range(low=0)] = 1.0
    """The greatest shift of an image, in pixels, down or up and to the right or left."""
    rotation_degrees: Annotated[float, Range(low=0, high=180)] = 10.0
    """The greatest rotation of an image, either way."""
    scale_share: Annotated[float, Range(low=0, high=0.9)] = 0.1
    """The greatest share by which height and width are each enlarged or shrunk."""
    shear_share: Annotated[float, Range(low=0)] = 0.1
    """The greatest sideways shift of a row, as a share of its distance from the centre."""
    elastic_pixels: Annotated[float, Range(low=0)] = 0.8
    """Standard deviation of the displacement of a pixel, along each axis."""
    elastic_sigma_pixels: Annotated[float, Range(low=0, open_low=True)] = 4.0
    """The distance over which displacements are about the same."""
