"""Stage protocol: which recipes were tried on validation images, and which of them were chosen."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scrawl.files import write_json
from scrawl.runs import RunFolder, by_experiment, read_cost, validated
from scrawl.settings import Run, parse_runs
from scrawl.study.side_by_side import differing
from scrawl.study.summary import Spread

# What is said of every recipe, also where it is the default; all else only where it is not.
ALWAYS = {"hidden", "optimiser", "learning_rate", "batch_size", "epochs"}


@dataclass(frozen=True)
class Tried:
    """A recipe that was tried.

    Attributes
    ----------
    run : Run
        Its settings.
    accuracy : Spread
        On the validation images, over the random seeds.
    seconds : Spread
        The processor's seconds of training, all cores together.
    chosen_as : str or None
        The row of the table of records that has the same settings.
    """

    run: Run
    accuracy: Spread
    seconds: Spread
    chosen_as: str | None


def main(argv: Sequence[str]) -> None:
    """Make the table of the recipes whose runs are given; no test image has a part in it."""
    parser = argparse.ArgumentParser(prog="scrawl protocol", description=__doc__)
    parser.add_argument("--settings", required=True, metavar="JSON", help="tried, by name")
    parser.add_argument("--chosen", required=True, metavar="JSON", help="tested, by name")
    parser.add_argument("--runs", type=Path, required=True, nargs="+", metavar="DIR")
    parser.add_argument("--output", type=Path, required=True, metavar="protocol.json")
    arguments = parser.parse_args(argv)
    settings = parse_runs(arguments.settings)
    chosen = {recipe(run): name for name, run in parse_runs(arguments.chosen, "--chosen").items()}
    tried = {}
    for name, runs in by_experiment(map(RunFolder.of, arguments.runs)).items():
        if name not in settings:
            raise ValueError(f"{runs[0].path}: --settings has no {name!r}; give its settings, too")
        tried[name] = read_tried(settings[name], runs, chosen)
    write_json(arguments.output, as_facts(tried))


def recipe(run: Run) -> Run:
    """Return the settings that recipes are told apart by: not the seed, nor what is kept back."""
    return replace(run, train_on="training", seed=Run.seed)


def read_tried(run: Run, runs: Sequence[RunFolder], chosen: Mapping[Run, str]) -> Tried:
    """Return what the runs of a recipe came to.

    Parameters
    ----------
    run : Run
        The settings, of any seed.
    runs : sequence of RunFolder
        One for each random seed.
    chosen : mapping of Run to str
        The names of the recipes that were tested.
    """
    return Tried(
        run,
        Spread.of(accuracy_of(one.path / "history.csv", run.keep == "best") for one in runs),
        Spread.of(read_cost(one.path / "cost.json")["core_seconds"] for one in runs),
        chosen.get(recipe(run)),
    )


def accuracy_of(path: Path, best: bool) -> float:
    """Return the validation accuracy of the epoch that a run kept."""
    end = validated(path, best)
    if end is None:
        raise ValueError(f"{path}: the run diverged; train it with a lower learning rate")
    return end[0]


def as_facts(tried: Mapping[str, Tried]) -> dict[str, Any]:
    """Return the table in a form that a page can look up numbers in."""
    return {
        "recipes": {
            name: {
                "validation_accuracy": one.accuracy.as_dict(),
                "core_seconds": one.seconds.mean,
                "chosen_as": one.chosen_as,
                "settings": one.run.as_dict(),
            }
            for name, one in tried.items()
        },
        "recipes_tried": len(tried),
        "markdown": as_markdown(tried),
    }


def as_markdown(tried: Mapping[str, Tried]) -> str:
    """Return the table as Markdown, and below it what all recipes have in common."""
    settings = {name: one.run.as_dict() for name, one in tried.items()}
    for given in settings.values():
        del given["seed"]  # there are several
    differ, same = differing(settings)
    lines = [
        "| recipe | settings | validation accuracy | seeds | seconds of a core | chosen as |",
        "|---|---|---:|---:|---:|---|",
    ]
    for name, one in tried.items():
        cells = (
            f"`{name}`",
            in_words(settings[name], differ),
            accuracy_in_words(one.accuracy),
            str(one.accuracy.n),
            f"{one.seconds.mean:.0f}",
            f"`{one.chosen_as}`" if one.chosen_as else "–",
        )
        lines.append(f"| {' | '.join(cells)} |")
    shared = in_words(next(iter(settings.values())), same)
    return "\n".join([*lines, "", f"All of them: {shared}." if shared else ""]).rstrip()


def in_words(settings: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return settings as config.yaml has them, without defaults that go without saying.

    >>> in_words({"hidden": (128,), "bias": True, "schedule": "cosine"}, ["hidden", "bias"])
    'hidden [128]'
    """
    words = (
        f"{name} {json.dumps(settings[name], ensure_ascii=False)}".replace('"', "")
        for name in names
        if name in ALWAYS or settings[name] != getattr(Run, name)
    )
    return ", ".join(words)


def accuracy_in_words(accuracy: Spread) -> str:
    """Return a mean in per cent, with its deviation where there are several seeds.

    >>> accuracy_in_words(Spread.of([0.9875])), accuracy_in_words(Spread.of([0.25, 0.75, 0.5]))
    ('98.75 %', '50.00 % ± 25.00 %')
    """
    mean = f"{100 * accuracy.mean:.2f} %"
    return mean if accuracy.n == 1 else f"{mean} ± {100 * accuracy.deviation:.2f} %"
