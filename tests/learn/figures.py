"""The figures of the chapters, each drawn from the variables of its chapter's code.

PYTHONPATH=tests python -m learn.figures
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from learn.chapters import CHAPTERS, FOLDER, Names, run
from scrawl.figures.pictures import as_pictures
from scrawl.figures.style import COLOURS, save, style
from scrawl.results.metrics import mean_interval

BLUE, RED, GREEN, *_ = COLOURS


def panels(rows: int, columns: int, height: float = 2.6, **options: Any) -> tuple[Figure, Any]:
    """Return a figure of the pages' width, and its axes (rows, columns)."""
    figure = Figure(figsize=(6.8, height))
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def picture(axes: Axes, image: ArrayLike, title: str = "") -> None:
    """Draw an image, high values dark."""
    axes.imshow(as_pictures(np.asarray(image)[None])[0], cmap="gray", vmin=0, vmax=1)
    frame(axes, title)


def signed(axes: Axes, values: NDArray[Any], title: str = "") -> None:
    """Draw values as a picture: blue above 0, red below."""
    most = float(np.abs(values).max())
    axes.imshow(values, cmap="RdBu", vmin=-most, vmax=most)
    frame(axes, title)


def frame(axes: Axes, title: str) -> None:
    """Frame a picture with a thin line instead of axes."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color="0.8", linewidth=0.5)
    axes.set_title(title, loc="center", fontsize=9)


def logarithmic(axis: XAxis | YAxis) -> None:
    """Make an axis logarithmic, with numbers as they are written in the text."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_formatter("{x:g}")


def histogram(axes: Axes, values: ArrayLike, label: str, colour: str) -> None:
    """Draw how often values occur, as a share."""
    axes.hist(np.asarray(values), bins=40, density=True, alpha=0.5, color=colour, label=label)
    axes.set_yticks([])


def bytes_of_a_digit(names: Names) -> Figure:
    """Draw the first image with the value of each byte."""
    image = np.frombuffer(names["data"], np.uint8, 784, 16).reshape(28, 28)[3:25, 4:26]
    figure, ((axes,),) = panels(1, 1, 6.0)
    picture(axes, image)
    for (row, column), value in np.ndenumerate(image):
        colour = "white" if value > 110 else "0.3"
        axes.text(column, row, str(value), ha="center", va="center", fontsize=6, color=colour)
    return figure


def digits_and_means(names: Names) -> Figure:
    """Draw the first image of each digit, and the mean of all."""
    figure, axes = panels(2, 10, 1.8)
    for digit in range(10):
        some = names["images"][names["labels"] == digit]
        picture(axes[0, digit], some[0], str(digit))
        picture(axes[1, digit], some.mean(axis=0))
    return figure


def scale_of_inputs(names: Names) -> Figure:
    """Draw learning with small and with large inputs, and a histogram of pixels."""
    figure, ((left, right),) = panels(1, 2)
    left.plot(names["small"], color=BLUE, label="pixels 0 to 1")
    left.plot(names["large"], color=RED, linestyle="--", label="pixels 0 to 255")
    left.set(xlabel="step", title="loss")
    logarithmic(left.yaxis)
    left.legend(fontsize=8)
    right.hist(names["pixels"].ravel(), bins=32, color="0.5")
    logarithmic(right.yaxis)
    right.set(xlabel="pixel value", title="number of pixels")
    return figure


def one_number(names: Names) -> Figure:
    """Draw the answers of a model with a single output."""
    figure, ((axes,),) = panels(1, 1)
    truth = names["labels"][names["check"]]
    for digit, colour in ((3, BLUE), (8, RED), (9, GREEN)):
        histogram(axes, names["answers"][truth == digit], f"images of a {digit}", colour)
    axes.set(xlabel="the one output", xlim=(-2, 13), title="one number as the answer")
    axes.legend(fontsize=8)
    return figure


def neuron(names: Names) -> Figure:
    """Draw the weights of one neuron, and its sums."""
    figure, ((left, right),) = panels(1, 2, width_ratios=(1, 1.8))
    signed(left, names["weights"].reshape(28, 28), "weights")
    sums = names["unseen"] @ names["weights"] + names["bias"]
    histogram(right, sums[names["truth"] == 0], "images of a 0", RED)
    histogram(right, sums[names["truth"] == 1], "images of a 1", BLUE)
    right.axvline(0, color="0.3", linewidth=1)
    right.set_xlabel("weighted sum with bias")
    right.legend(fontsize=8)
    return figure


def ten_neurons(names: Names) -> Figure:
    """Draw the weights of ten trained neurons."""
    figure, axes = panels(2, 5, 3.0)
    weights = names["trained"].reshape(28, 28, 10)
    for digit, place in enumerate(axes.flat):
        signed(place, weights[:, :, digit], str(digit))
    return figure


def probabilities(names: Names) -> Figure:
    """Draw the probabilities of the first image, and the loss of a probability."""
    figure, ((left, right),) = panels(1, 2)
    left.bar(
        range(10), names["probabilities"][0], color=[RED if d == 8 else BLUE for d in range(10)]
    )
    left.set(xticks=range(10), xlabel="digit", title="probability, for an 8")
    p = np.linspace(0.005, 1, 200)
    right.plot(p, -np.log(p), color=BLUE)
    right.plot(names["probabilities"][0, 8], -np.log(names["probabilities"][0, 8]), "o", color=RED)
    right.set(xlabel="probability of the right digit", title="loss")
    return figure


def small_network(names: Names) -> Figure:
    """Draw the network of the gradient by hand, with weights and gradients."""
    figure, ((axes,),) = panels(1, 1, 4.2)
    columns = [(0.0, names["x"]), (1.0, names["h"]), (2.0, names["p"])]
    heights = [np.linspace(1, -1, 4), np.array([0.6, -0.6]), np.array([0.6, -0.6])]
    for layer, (weights, gradients) in enumerate(
        ((names["W1"], names["g_W1"]), (names["W2"], names["g_W2"]))
    ):
        for (i, j), weight in np.ndenumerate(weights):
            ends = heights[layer][i], heights[layer + 1][j]
            axes.plot((layer, layer + 1), ends, color="0.75", zorder=1, linewidth=1)
            at = 0.25 if j == 0 else 0.72
            y = ends[0] + at * (ends[1] - ends[0])
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
            words = f"{weight:g}"
            axes.text(layer + at, y + 0.04, words, ha="center", va="bottom", fontsize=8, bbox=box)
            slope = f"{gradients[i, j]:.2f}"
            place = {"ha": "center", "va": "top", "fontsize": 8, "color": RED, "bbox": box}
            axes.text(layer + at, y + 0.02, slope, **place)
    for (x, values), places in zip(columns, heights, strict=True):
        axes.scatter([x] * len(places), places, s=1300, color="white", edgecolor="0.3", zorder=3)
        for place, value in zip(places, values[0], strict=True):
            axes.text(x, place, f"{value:.2f}", ha="center", va="center", fontsize=9, zorder=4)
    for x, title in enumerate(("quarters of the 8", "hidden units (ReLU)", '"8", "not 8"')):
        axes.text(x, 1.3, title, ha="center")
    axes.set(xlim=(-0.3, 2.3), ylim=(-1.3, 1.45))
    axes.axis("off")
    return figure


def three_rates(names: Names) -> Figure:
    """Draw the loss at three learning rates."""
    figure, ((axes,),) = panels(1, 1)
    for name, colour, line in (("slow", BLUE, "-"), ("good", GREEN, "--"), ("wild", RED, ":")):
        rate = {"slow": "0.02", "good": "0.5", "wild": "8"}[name]
        axes.plot(names[name], color=colour, linestyle=line, label=f"rate {rate}")
    axes.set(xlabel="step", title="loss")
    logarithmic(axes.yaxis)
    axes.legend(fontsize=8)
    return figure


def batch_sizes(names: Names) -> Figure:
    """Draw the loss of an epoch with three sizes of batches."""
    figure, ((axes,),) = panels(1, 1)
    for (batch, losses), colour in zip(
        names["curves"].items(), ("#56B4E9", BLUE, RED), strict=True
    ):
        seen = batch * (1 + np.arange(len(losses)))
        wide = 0.7 if batch == 10 else 1.8
        mark = "o" if len(losses) < 10 else ""
        label = f"batches of {batch}"
        axes.plot(seen, losses, color=colour, linewidth=wide, marker=mark, label=label)
    axes.set(xlabel="images seen", title="loss of each batch", ylim=(0, 3))
    axes.legend(fontsize=8)
    return figure


def sizes_by_layer(names: Names) -> Figure:
    """Draw the size of values in each layer, for three sizes of first weights."""
    figure, ((axes,),) = panels(1, 1)
    looks = zip((BLUE, RED, GREEN), "osD", strict=True)
    for (name, rule), (colour, mark) in zip(names["rules"].items(), looks, strict=True):
        axes.plot(range(1, 11), names["sizes"](rule), color=colour, marker=mark, label=name)
    axes.set(xlabel="layer", title="size of the values (standard deviation)")
    logarithmic(axes.yaxis)
    axes.legend(title="first weights", fontsize=8)
    return figure


def failures(names: Names) -> Figure:
    """Draw the losses of a sound run and of failing ones."""
    figure, ((left, right),) = panels(1, 2, 3.0)
    looks = zip(COLOURS, ("-", "--", "-.", ":", "-"), "os^Dv", strict=False)
    for (name, epochs), (colour, line, mark) in zip(names["runs"].items(), looks, strict=True):
        look = {"color": colour, "linestyle": line, "marker": mark, "markersize": 4, "label": name}
        numbers = [epoch.epoch for epoch in epochs]
        left.plot(numbers, [epoch.loss for epoch in epochs], **look)
        right.plot(numbers, [100 * epoch.validation_accuracy for epoch in epochs], **look)
    left.set(xlabel="epoch", title="loss, known images")
    right.set(xlabel="epoch", title="% right, new images", ylim=(0, 100))
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8
    )
    return figure


def feature_maps(names: Names) -> Figure:
    """Draw learnt filters, and where they respond."""
    figure, axes = panels(2, 5, 2.9)
    filters = names["filtered"].named_parameters()["2-convolution/weights"][:, 0]
    strongest = np.abs(filters).sum(axis=(1, 2)).argsort()[::-1][:4]
    axes[0, 0].axis("off")
    picture(axes[1, 0], names["image"], "the image")
    for column, number in enumerate(strongest, start=1):
        signed(axes[0, column], filters[number], f"filter {number}")
        signed(axes[1, column], names["convolve"](names["image"], filters[number]))
    return figure


def variants(names: Names) -> Figure:
    """Draw images, and distorted variants of each."""
    figure, axes = panels(3, 8, 2.8)
    steps = [
        names["images"][:3],
        *(names["augment"](names["images"][:3], s).copy() for s in range(7)),
    ]
    for column, images in enumerate(steps):
        for row in range(3):
            title = {(0, 0): "file", (0, 4): "variants"}.get((row, column), "")
            picture(axes[row, column], images[row].reshape(28, 28).clip(0, 1), title)
    return figure


def seeds(names: Names) -> Figure:
    """Draw accuracies over random seeds, with the interval of their mean."""
    figure, ((axes,),) = panels(1, 1, 2.2)
    for place, (name, colour) in enumerate((("small", BLUE), ("large", RED))):
        found = [100 * accuracy for accuracy in names[name]]
        low, high = mean_interval(names[name])
        axes.plot(found, [place] * len(found), "o", color=colour, alpha=0.6)
        axes.plot([100 * low, 100 * high], [place + 0.2] * 2, color=colour, linewidth=3)
        axes.plot(np.mean(found), place + 0.2, "D", color=colour)
    axes.set(yticks=(0, 1), yticklabels=("16 units", "64 units"), ylim=(-0.5, 1.6))
    axes.set(xlabel="% right: each seed; above, the mean with its interval")
    return figure


FIGURES: dict[str, Callable[[Names], Figure]] = {
    chapter.stem: draw
    for chapter, draw in zip(
        CHAPTERS,
        (
            bytes_of_a_digit,
            digits_and_means,
            scale_of_inputs,
            one_number,
            neuron,
            ten_neurons,
            probabilities,
            small_network,
            three_rates,
            batch_sizes,
            sizes_by_layer,
            failures,
            feature_maps,
            variants,
            seeds,
        ),
        strict=True,
    )
}


def figure_of(chapter: str, names: Names) -> Figure:
    """Draw the figure of a chapter, given its variables."""
    with style():
        return FIGURES[chapter](names)


if __name__ == "__main__":
    for page in CHAPTERS:
        save(figure_of(page.stem, run(page)[1]), FOLDER / f"{page.stem}.png")
