"""Accuracy of the default experiments on versions of the bundled digits.

    python -m benchmarks.versions
    python -m benchmarks.versions --seeds 1 2 --experiments linear --versions inverted "0 and 1"

The digits as they are, inverted, of 0 and 1, of 0 to 15, of 16 bits, of low contrast, as floats,
and photographed: ink of a quarter of the paper's brightness, a shade across the image, grain, and
light that is even, differs from image to image by up to 30 %, or by up to 60 %. Prints a table in
Markdown, with the mean over the seeds. `--untreated` evens no light and smooths no edges.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from scrawl.__main__ import main as scrawl
from scrawl.data import idx, treatment
from scrawl.settings.experiment import Experiment, Run
from scrawl.settings.yaml_files import read_yaml

ROOT = Path(__file__).parent.parent
PARTS = ("train-images", "train-labels", "test-images", "test-labels")
UNTREATED = {"LEAST": 1000}  # pixels a side: the digits are smaller, and so get no treatment
Pixels = NDArray[Any]


def photographed(x: Pixels, darkest: float, seed: int = 7) -> Pixels:
    """Return light digits (n, h, w) on dark as photographs of dark ink on paper, uint8."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(darkest, 1, (len(x), 1, 1))
    angle = rng.uniform(0, 2 * np.pi, (len(x), 1, 1))
    down, right = np.mgrid[-1 : 1 : x.shape[1] * 1j, -1 : 1 : x.shape[2] * 1j]
    light = level * (1 - 0.075 * (1 + np.cos(angle) * right + np.sin(angle) * down))
    pixels = 220 * light * (1 - 0.75 * x / 255) + rng.normal(0, 6, x.shape)
    whole: Pixels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return whole


VERSIONS: dict[str, Callable[[Pixels], Pixels]] = {
    "as they are": lambda x: x,
    "inverted": lambda x: 255 - x,
    "0 and 1": lambda x: (x > 127).astype(np.uint8),
    "0 to 15": lambda x: x // 16,
    "16 bits": lambda x: x.astype(np.int16) * 128,
    "a fifth of the contrast": lambda x: (100 + x // 5).astype(np.uint8),
    "the same, dark on light": lambda x: (200 - x // 5).astype(np.uint8),
    "floats of -1 to 1": lambda x: (x / 127.5 - 1).astype(np.float32),
    "photographs, even light": lambda x: photographed(x, 1.0),
    "photographs, light ± 30 %": lambda x: photographed(x, 0.7),
    "photographs, light ± 60 %": lambda x: photographed(x, 0.4),
}


def called(*words: object) -> None:
    """Run a command of scrawl without its output; it must succeed."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as error:
        if scrawl(list(map(str, words))):
            raise RuntimeError(error.getvalue())


def prepared(version: str, folder: Path, **settings: object) -> Path:
    """Return the prepared file of a version, made with a dataset's settings."""
    for part in PARTS:
        values = idx.read(ROOT / f"data/glyphs/{part}.idx.gz")
        changed = VERSIONS[version](values) if part.endswith("images") else values
        idx.write(folder / f"{part}.idx", changed)
    files = [f"--{part}={folder / part}.idx" for part in PARTS]
    called("decode", *files, "--output", folder / "decoded.h5")
    data, output = folder / "decoded.h5", folder / "unit.h5"
    called("prepare", "--settings", json.dumps(settings), "--data", data, "--output", output)
    return output


def accuracy(run: Run, data: Path, folder: Path, split: str = "test") -> float:
    """Train and evaluate one network."""
    network, metrics = folder / "model.h5", folder / "metrics.json"
    common = ("--data", data, "--model", network)
    called("train", "--settings", run.canonical(), *common, "--history", folder / "history.csv")
    written = ("--metrics", metrics, "--predictions", folder / "predictions.h5")
    called("evaluate", "--split", split, *common, *written)
    return float(json.loads(metrics.read_text())["accuracy"])


def recipes() -> dict[str, dict[str, Any]]:
    """Return the settings of the default suite's experiments."""
    config = read_yaml(ROOT / "config.yaml")
    names = config["suites"]["quick"]["experiments"]
    return {n: Experiment.parse(config["experiments"][n], n).as_dict() for n in names}


def main() -> None:
    """Print the table."""
    known = recipes()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--experiments", choices=known, nargs="+", default=list(known))
    parser.add_argument("--versions", choices=VERSIONS, nargs="+", default=list(VERSIONS))
    parser.add_argument("--untreated", action="store_true")
    asked = parser.parse_args()
    print(f"| version | {' | '.join(asked.experiments)} |\n|---{'|---' * len(asked.experiments)}|")
    for version in asked.versions:
        cells = []
        changed = UNTREATED if asked.untreated else {}
        with TemporaryDirectory() as name, patch.dict(vars(treatment), changed):
            folder = Path(name)
            data = prepared(version, folder)
            for experiment in asked.experiments:
                runs = [Run(**known[experiment], seed=seed) for seed in asked.seeds]
                found = [accuracy(run, data, folder) for run in runs]
                cells.append(f"{100 * np.mean(found):.2f} %")
        print(f"| {version} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
