"""Protocol of the search: the recipes tried on validation images, and those chosen."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from scrawl.artifacts.files import write_json
from scrawl.results.calibration import are_probabilities, log_loss
from scrawl.results.comparison import differing
from scrawl.results.predictions import Answers
from scrawl.results.runs import RunFolder, core_seconds
from scrawl.results.summary import Spread, Summary, summarise
from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Run
from scrawl.settings.json_text import canonical_json, json_object
from scrawl.settings.parsing import key_of

# What is said of every network, also where it is the default; all else only where it is not.
ALWAYS = {"hidden", "optimiser", "learning_rate", "batch_size", "epochs"}
DEFAULTS = {**json.loads(Run().canonical()), **json.loads(Evaluation().canonical())}
# The network first, then its training: as they are declared, not as a file has sorted them.
ORDER = ["of", "size", *map(key_of, fields(Run)), *map(key_of, fields(Evaluation))]

Recipes = Mapping[str, Mapping[str, Any]]
"""By name, the settings of experiments and ensembles, without a random seed."""


@dataclass(frozen=True)
class Tried:
    """A recipe that was tried.

    Attributes
    ----------
    settings : mapping
        Of an experiment, or of an ensemble.
    accuracy : Spread
        On the validation images, over the random seeds.
    log_loss : Spread or None
        The same, at the best temperature; None where what is answered are no probabilities.
    seconds : Spread
        The processor's seconds of training, all cores and all members together.
    chosen_as : str or None
        The row of the table of records that has the same settings.
    """

    settings: Mapping[str, Any]
    accuracy: Spread
    log_loss: Spread | None
    seconds: Spread
    chosen_as: str | None


def main(argv: Sequence[str]) -> None:
    """Make the table of the recipes whose runs are given; no test image has a part in it."""
    parser = argparse.ArgumentParser(prog="scrawl protocol", description=__doc__)
    parser.add_argument("--chosen", required=True, metavar="JSON", help="settings, by name")
    parser.add_argument(
        "--runs", type=Path, required=True, nargs="+", metavar="DIR", help="the folder of each run"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="protocol.json", help="the file to write"
    )
    arguments = parser.parse_args(argv)
    chosen = json_object(arguments.chosen, "--chosen")
    summaries = summarise(map(RunFolder.of, arguments.runs), "validation")
    write_json(arguments.output, as_facts(tried(summaries, chosen)))


def tried(summaries: Mapping[str, Summary], chosen: Recipes) -> dict[str, Tried]:
    """Return the results of each recipe's runs.

    Parameters
    ----------
    summaries : mapping of str to Summary
        The runs by experiment or ensemble; of an ensemble also those of its members.
    chosen : mapping of str to mapping
        The recipes that were tested.

    Raises
    ------
    ValueError
        If there is an ensemble, but not what its members are.
    """
    found = {name: summary.metrics[0]["settings"] for name, summary in summaries.items()}
    rows = {identity(name, chosen, "--chosen"): name for name in chosen}
    return {
        name: Tried(
            found[name],
            summary.accuracy,
            mean_log_loss(summary.runs),
            Spread.of(map(core_seconds, summary.runs, summary.metrics)),
            rows.get(identity(name, found, "--runs")),
        )
        for name, summary in summaries.items()
    }


def mean_log_loss(runs: Sequence[RunFolder]) -> Spread | None:
    """Return the log loss on the validation images, or None without probabilities."""
    answers = [Answers.read(run.answers("validation") / "predictions.h5") for run in runs]
    if not all(are_probabilities(answer.probabilities) for answer in answers):
        return None
    return Spread.of(log_loss(answer.probabilities, answer.labels) for answer in answers)


def identity(name: str, recipes: Recipes, where: str) -> str:
    """Return a text that is equal for equivalent recipes.

    Neither their random seed tells them apart, nor what they learn from: the validation images are
    kept back while a recipe is tried, and no longer once it is chosen.
    """
    if name not in recipes:
        raise ValueError(f"{where}: has no {name!r}, a member of an ensemble; give it as well")
    settings = {
        key: value for key, value in recipes[name].items() if key not in {"seed", "train_on"}
    }
    if "of" in settings:
        settings["of"] = [identity(member, recipes, where) for member in settings["of"]]
    return canonical_json(settings)


def as_facts(recipes: Mapping[str, Tried]) -> dict[str, Any]:
    """Return the table as nested mappings, from which a page takes its numbers."""
    return {
        "recipes": {
            name: {
                "validation_accuracy": recipe.accuracy.as_dict(),
                "log_loss": recipe.log_loss and recipe.log_loss.as_dict(),
                "core_seconds": recipe.seconds.mean,
                "chosen_as": recipe.chosen_as,
                "settings": recipe.settings,
            }
            for name, recipe in recipes.items()
        },
        "recipes_tried": len(recipes),
        "markdown": as_markdown(recipes),
    }


def as_markdown(recipes: Mapping[str, Tried]) -> str:
    """Return the table as Markdown, with the settings that all recipes share below it."""
    differ, same = (
        sorted(names, key=ORDER.index)
        for names in differing({name: recipe.settings for name, recipe in recipes.items()})
    )
    columns = "recipe | settings | validation accuracy | log loss | seeds | seconds of a core"
    lines = [f"| {columns} | chosen as |", "|---|---|---:|---:|---:|---:|---|"]
    for name, recipe in recipes.items():
        cells = (
            f"`{name}`",
            settings_in_words(recipe.settings, differ),
            accuracy_in_words(recipe.accuracy),
            log_loss_in_words(recipe.log_loss),
            str(recipe.accuracy.n),
            f"{recipe.seconds.mean:.0f}",
            f"`{recipe.chosen_as}`" if recipe.chosen_as else "–",
        )
        lines.append(f"| {' | '.join(cells)} |")
    shared = settings_in_words(next(iter(recipes.values())).settings, same)
    return "\n".join([*lines, "", f"All of them: {shared}." if shared else ""]).rstrip()


def settings_in_words(settings: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return settings as config.yaml has them, without defaults that go without saying.

    >>> settings_in_words({"hidden": [128], "bias": True, "loss": "x"}, ["hidden", "bias", "of"])
    'hidden [128]'
    >>> settings_in_words({"of": ["plain", "deep"], "size": 3}, ["hidden", "of", "size"])
    'of [plain, deep], size 3'
    """
    unused = {"hidden"} if settings.get("network") else set()
    words = (
        f"{name} {json.dumps(settings[name], ensure_ascii=False)}".replace('"', "")
        for name in names
        if name in settings.keys() - unused
        and (name in ALWAYS or settings[name] != DEFAULTS.get(name))
    )
    return ", ".join(words)


def accuracy_in_words(accuracy: Spread) -> str:
    """Return a mean in per cent, with its deviation where there are several seeds.

    >>> accuracy_in_words(Spread.of([0.9875])), accuracy_in_words(Spread.of([0.25, 0.75, 0.5]))
    ('98.75 %', '50.00 % ± 25.00 %')
    """
    mean = f"{100 * accuracy.mean:.2f} %"
    return mean if accuracy.n == 1 else f"{mean} ± {100 * accuracy.deviation:.2f} %"


def log_loss_in_words(loss: Spread | None) -> str:
    """Return a mean, with its deviation where there are several seeds.

    >>> log_loss_in_words(Spread.of([0.25, 0.75, 0.5])), log_loss_in_words(None)
    ('0.5000 ± 0.2500', '–')
    """
    if loss is None:
        return "–"
    return f"{loss.mean:.4f}" + (f" ± {loss.deviation:.4f}" if loss.n > 1 else "")
