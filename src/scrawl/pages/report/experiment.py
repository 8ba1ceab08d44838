"""The report's section of one experiment: values for the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import yaml

from scrawl.figures.formatting import setting_in_words
from scrawl.pages.report.curves import calibration_error, curves
from scrawl.pages.report.data import ExperimentResults
from scrawl.pages.report.images import ImageAnswers
from scrawl.pages.report.matrix import cells, classes, confusion, entries, mean_confusion, opened
from scrawl.pages.report.network import architecture, explanations, feature_maps, first_weights
from scrawl.results.findings import of_seeds
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Experiment


def experiment(
    results: ExperimentResults,
    rows: ImageAnswers,
    slots: Mapping[int, int],
    explained: Sequence[int],
    look: int,
) -> dict[str, Any]:
    """Return the section of one experiment.

    Parameters
    ----------
    results : ExperimentResults
    rows : ImageAnswers
        The images that its cells open.
    slots : mapping of int to int
        By the number of a test image, its place on the sheet of pictures.
    explained : sequence of int
        The test images whose attributions are shown.
    look : int
        The experiment's colour in all charts.
    """
    counts = mean_confusion(results.answers)
    trained, summary = results.model, results.summary
    settings = summary.metrics[0].get("settings", {})
    return {
        "name": results.name,
        "look": look,
        "seeds": summary.seeds,
        "accuracy": summary.accuracy,
        "n": summary.metrics[0]["n"],
        "architecture": architecture(trained) if trained else [],
        "parameters": trained.network.parameters.size if trained else 0,
        "settings": {name: setting_in_words(value) for name, value in settings.items()},
        "recipe": recipe(results.name, settings),
        "findings": of_seeds(summary.seeds, summary.metrics),
        "charts": curves(results),
        "calibration_error": calibration_error(results),
        **confusion(counts),
        "classes": classes(counts),
        "cells": cells(results.image_answers, rows, slots, opened(counts)),
        "mistakes": entries(results.image_answers.top_mistakes, slots),
        "mistaken": int(np.count_nonzero(results.image_answers.wrong)),
        "weights": first_weights(trained) if trained else None,
        "maps": feature_maps(results, trained, slots, explained)
        if trained and trained.answers
        else None,
        "attributions": explanations(results, trained, slots, explained)
        if trained and trained.answers
        else None,
    }


def recipe(name: str, settings: Mapping[str, Any]) -> str:
    """Return lines for a configuration that make an experiment again: what is not the default.

    Parameters
    ----------
    name : str
    settings : mapping
        As in `metrics.json`: of a network, or of an ensemble.

    Examples
    --------
    >>> print(recipe("linear", {"hidden": [], "epochs": 10, "learning_rate": 1e-05}), end="")
    experiments:
      linear:
        hidden: []
        learning_rate: 1.0e-05
    >>> print(recipe("5", {"of": ["linear"], "size": 5}), end="")
    ensembles:
      '5':
        of: [linear]
        size: 5
    """
    usual = Experiment().as_dict() | Evaluation().as_dict() | {"seed": None}
    if "of" in settings:
        section, own = "ensembles", {key: settings[key] for key in ("of", "size")}
    else:
        section = "experiments"
        own = {
            key: value
            for key, value in settings.items()
            if key != "seed" and value != as_json(usual.get(key, ...))
        }
    return yaml.safe_dump(
        {section: {name: own}}, default_flow_style=None, sort_keys=False, allow_unicode=True
    )


def as_json(value: Any) -> Any:
    """Return a setting with lists in place of tuples, as JSON has it."""
    return [as_json(item) for item in value] if isinstance(value, tuple | list) else value
