"""The figure of augmented training images."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from scrawl.figures.pictures import as_pictures
from scrawl.figures.plots import centres, mosaic, show_picture
from scrawl.figures.style import style


def augmented(
    images: NDArray[Any], labels: Sequence[str], title: str, on_paper: bool = True
) -> Figure:
    """Draw images, and beside each the augmented variants that the network sees instead.

    Parameters
    ----------
    images : (n, 1 + variants, h, w) or (n, 1 + variants, h, w, 3)
        Of each image itself and its variants.
    labels : sequence of str, (n,)
        The class of each.
    title : str
        How they are augmented.
    on_paper : bool
        As for `as_pictures`.
    """
    n, columns = images.shape[:2]
    pictures = as_pictures(images.reshape(n * columns, *images.shape[2:]), on_paper)
    height, width = pictures.shape[1:3]
    rows = list(pictures.reshape(n, columns, *pictures.shape[1:]))
    with style(labels, title) as (*names, title):
        figure = Figure(figsize=(0.75 * (columns + 1), 0.8 + 0.75 * n * height / width))
        itself, variants = figure.subplots(1, 2, width_ratios=(1, columns - 1))
        show_picture(itself, mosaic([row[:1] for row in rows], 1))
        show_picture(variants, mosaic([row[1:] for row in rows], columns - 1))
        sheet_height = n * (height + 2 * max(1, width // 28))
        itself.set_yticks(centres(sheet_height, n), names)
        itself.set_title("in the file")
        variants.set_title(fill(title, 90))
    return figure
