"""The report page: its sections, and the choice of the images on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scrawl.artifacts import store
from scrawl.figures.pictures import as_pictures, sheet
from scrawl.figures.style import shortened
from scrawl.pages import template
from scrawl.pages.draw.page import by_validation, fragment, is_small
from scrawl.pages.draw.pictures import Pictures
from scrawl.pages.report import curves, sections
from scrawl.pages.report.corruptions import corruptions
from scrawl.pages.report.data import Data, ExperimentResults
from scrawl.pages.report.dataset import dataset
from scrawl.pages.report.elsewhere import Row, elsewhere
from scrawl.pages.report.experiment import experiment
from scrawl.pages.report.groups import groups
from scrawl.pages.report.images import ImageAnswers
from scrawl.results.metrics import confident_mistakes
from scrawl.results.robustness import Robustness

# Of each cell of a confusion matrix so many images can be opened, or fewer, so that the sheet of
# all pictures stays below so many pixels: about 1 MB of PNG.
MOST_BEHIND = (24, 18, 12, 8, 5, 3, 2, 1)

MOST_PIXELS = 3_000_000

MOST_LETTERS = 20  # of a class name below a picture or beside a matrix: its begin and its end

EXPLAINED_CLASSES, EXPLAINED_MISTAKES = 10, 5  # images whose attributions are shown


def sheet_to_draw_on(path: Path, experiments: Sequence[ExperimentResults]) -> str:
    """Return the drawing part of the page, empty where there is no network, or only large ones."""
    networks = [(results.name, results.model) for results in experiments if results.model]
    small = [(name, model) for name, model in networks if is_small(model)]
    large = [name for name, model in networks if not is_small(model)]
    if not small:
        return ""
    with store.reading(path, "prepared") as file:
        return fragment(by_validation(small, file), Pictures.of(file), large=large)


@dataclass(frozen=True)
class Origin:
    """Origin of a page, as the page tells it.

    Attributes
    ----------
    dataset : str
    name : str
        Of the suite, or of another selection of runs.
    command : str
        That makes the page again.
    mistakes: bool
        Whether there is a page of the mistakes, to link to.
    """

    dataset: str
    name: str = ""
    command: str = ""
    mistakes: bool = False

    @property
    def title(self) -> str:
        """The title of the page."""
        return f"{self.dataset}: {self.name}" if self.name else self.dataset


def report(
    origin: Origin,
    data: Sequence[Data],
    experiments: Sequence[ExperimentResults],
    drawing: str = "",
    robust: Mapping[str, Robustness] | None = None,
    transfers: Sequence[Row] = (),
) -> str:
    """Return the page.

    Parameters
    ----------
    origin : Origin
    data : sequence of Data
        All of one dataset; pictures are taken from the first.
    experiments : sequence of ExperimentResults
    drawing : str
        HTML in which a drawing is read.
    robust : mapping of str to Robustness, optional
        By experiment, scores under corruptions of the test images.
    transfers : sequence of Row, optional
        Accuracies on other datasets.
    """
    first = data[0]
    explained = examples(first.labels["test"])
    pixels = as_pictures(np.zeros((1, *first.dataset.image_shape))).size
    shown, slots = numbered(experiments, explained, pixels)
    test_images = first.shaped(first.images["test"][list(slots)])
    pictures = as_pictures(test_images, first.dataset.on_paper)
    looks = sections.looks(experiments)
    return template.render(
        "pages/report",
        origin=origin,
        facts=sections.facts(experiments),
        results=sections.results(experiments),
        settings=sections.settings(experiments),
        pairs=sections.pairs(experiments),
        groups=groups(experiments),
        comparison=curves.comparison(experiments, looks),
        against_parameters=curves.against_parameters(experiments, looks),
        against_seconds=curves.against_seconds(experiments, looks),
        dataset=dataset(first, data),
        experiments=[
            experiment(results, rows, slots, explanation(results, explained), looks[results.name])
            for results, rows in zip(experiments, shown, strict=True)
        ],
        pictures=sheet(pictures),
        class_names=first.dataset.class_names,
        short_names=[shortened(name, MOST_LETTERS) for name in first.dataset.class_names],
        versions=sections.versions(experiments),
        digests=sections.digests(experiments),
        drawing=drawing,
        corruptions=corruptions(robust or {}, looks),
        elsewhere=elsewhere(transfers),
    )


def examples(labels: NDArray[np.int64]) -> list[int]:
    """Return the first test image of each of the first classes.

    >>> examples(np.array([1, 1, 0, 12]))
    [2, 0]
    """
    found, places = np.unique(labels, return_index=True)
    return [int(place) for place in places[found < EXPLAINED_CLASSES]]


def explanation(experiment: ExperimentResults, examples: Sequence[int]) -> list[int]:
    """Return the test images to explain: examples, and the most confident mistakes."""
    first = experiment.answers[0]
    worst = confident_mistakes(first.labels, first.predicted, first.confidences)
    return list(dict.fromkeys([*examples, *worst[:EXPLAINED_MISTAKES].tolist()]))


def numbered(
    experiments: Sequence[ExperimentResults], examples: Sequence[int], pixels: int
) -> tuple[list[ImageAnswers], dict[int, int]]:
    """Choose the test images that the page holds, each once, and number them.

    Returns
    -------
    shown : list of ImageAnswers
        For each experiment what can be opened.
    slots : dict of int to int
        By the number of a test image, its place on the sheet.
    """
    fixed = {image for each in experiments for image in explanation(each, examples)}
    for each in experiments:
        fixed.update(each.image_answers.top_mistakes.image.tolist())
    for most in MOST_BEHIND:
        shown = [each.image_answers.first_of_each_cell(most) for each in experiments]
        images = sorted(fixed.union(*(rows.image.tolist() for rows in shown)))
        if len(images) * pixels <= MOST_PIXELS:
            break
    else:  # even one each is too many: the surest mistakes, the same number of each experiment
        few = MOST_PIXELS // pixels // len(experiments)
        shown = [rows.taken(slice(few)) for rows in shown]
        images = sorted(fixed.union(*(rows.image.tolist() for rows in shown)))
    return shown, {image: slot for slot, image in enumerate(images)}
