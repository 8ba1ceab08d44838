"""The settings of a dataset: how its images are prepared, or made of another's.

They stand apart from an experiment's: a new setting of networks then prepares no dataset again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from scrawl.settings.parsing import Range, Settings

Normalisation = Literal["unit", "standard", "none"]


@dataclass(frozen=True)
class Preparation(Settings):
    """How the decoded images of a dataset become what a network is shown."""

    normalisation: Normalisation = "unit"
    validation: Annotated[float, Range(low=0)] = 0.1
    split_seed: Annotated[int, Range(low=0)] = 0
    transposed: bool = False
    label_column: Annotated[int, Range(low=0)] = 0
    first_label: int = 0
    class_names: tuple[str, ...] | None = None
    stored_as: Literal["float32", "uint8"] = "float32"


@dataclass(frozen=True)
class Deformation(Settings):
    """How many images are made of those of another dataset, and how far each is deformed.

    Amounts are those of `scrawl.nn.distortion.Distortion`. Their defaults leave every digit
    legible, and no two images of one alike.
    """

    images: Annotated[int, Range(low=1)]
    seed: Annotated[int, Range(low=0)] = 0
    shift_pixels: Annotated[float, Range(low=0)] = 1.0
    rotation_degrees: Annotated[float, Range(low=0, high=180)] = 10.0
    scale_share: Annotated[float, Range(low=0, high=0.9)] = 0.1
    shear_share: Annotated[float, Range(low=0)] = 0.1
    elastic_pixels: Annotated[float, Range(low=0)] = 0.8
    elastic_sigma_pixels: Annotated[float, Range(low=0, open_low=True)] = 4.0
