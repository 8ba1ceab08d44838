"""Generate the files of the bundled dataset anew."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from scrawl.data import idx
from scrawl.data.glyphs import SEED, SPLITS, dataset


def main(argv: Sequence[str]) -> None:
    """Draw the four files of a dataset."""
    parser = argparse.ArgumentParser(prog="scrawl glyphs", description=main.__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder, e.g. data/glyphs")
    parser.add_argument("--train", type=int, default=20_000, help="images (default: %(default)s)")
    parser.add_argument("--test", type=int, default=2_000, help="images (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="random seed (default: %(default)s)")
    arguments = parser.parse_args(argv)
    sizes = {split: getattr(arguments, split) for split in SPLITS}
    for split, n in sizes.items():
        if n < 1:
            raise ValueError(f"--{split} {n}: expected at least 1 image")
    for split, n in sizes.items():
        indices = tqdm(range(n), desc=split, unit=" images", disable=not sys.stderr.isatty())
        images, labels = dataset(indices, split, arguments.seed)
        idx.write(arguments.output / f"{split}-images.idx.gz", images)
        idx.write(arguments.output / f"{split}-labels.idx.gz", labels)
