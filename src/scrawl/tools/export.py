"""Write a trained network for other programs: as an ONNX, a safetensors or a Keras file.

The ending of the output's name chooses: .onnx takes raw pixels and gives probabilities; .keras
does the same in Keras 3; .safetensors holds weights under the names that PyTorch gives them, with
a description from which torch.nn.Sequential is built. Each needs a package of the extra `export`.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path

from scrawl.artifacts import model
from scrawl.artifacts.files import written_whole
from scrawl.artifacts.remedies import installed
from scrawl.tools.paths import model_of

# The module of scrawl.tools.exports for each ending: imported late, since it imports its library.
FORMATS = {".onnx": "onnx", ".safetensors": "safetensors", ".keras": "keras"}
# What each needs of the extra `export`, all of which is gigabytes. Keras computes with PyTorch.
PACKAGES = {".onnx": ["onnx"], ".safetensors": ["safetensors"], ".keras": ["keras", "torch"]}


def main(argv: Sequence[str]) -> None:
    """Export one network."""
    parser = argparse.ArgumentParser(prog="scrawl export", description=__doc__)
    parser.add_argument("model", type=Path, metavar="RUN", help="a run's folder, or its model.h5")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="*.onnx, *.safetensors, *.keras"
    )
    arguments = parser.parse_args(argv)
    content = exported(model.load(model_of(arguments.model)), arguments.output)
    with written_whole(arguments.output) as part:
        part.write_bytes(content)


def exported(trained: model.Model, output: Path) -> bytes:
    """Return the bytes of a file of the kind that a name's ending asks for.

    Raises
    ------
    ValueError
        If there is no such format, its library is not installed, or it lacks a layer's kind.
    """
    if output.suffix not in FORMATS:
        raise ValueError(
            f"{output}: found the ending {output.suffix!r}, expected one of {', '.join(FORMATS)}"
        )
    if not trained.answers:
        raise ValueError(
            f"{output}: a network with code of its own ({trained.run.code}) can't be written for "
            "other programs: they lack that code"
        )
    if trained.dataset.appearance.treatment:
        raise ValueError(
            f"{output}: its images are {' and '.join(trained.dataset.appearance.treatment)} before "
            "the network sees them, which no exported file does; export a network that was trained "
            "on pixels as they are: set `stored_as: uint8` for the dataset, or `normalisation: "
            "none` for the experiment, and train it again"
        )
    name = FORMATS[output.suffix]
    try:
        module = importlib.import_module(f"scrawl.tools.exports.{name}")
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{output}: needs the package {error.name}, which is not installed; "
            f"{installed(*PACKAGES[output.suffix])}"
        ) from error
    content: bytes = module.content(trained)
    return content
