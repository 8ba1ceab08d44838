"""Recipes: the settings of an experiment and of its evaluation, as a configuration has them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from scrawl.settings.evaluation import Evaluation
from scrawl.settings.experiment import Experiment


@dataclass(frozen=True)
class Recipe(Experiment, Evaluation):
    """An experiment of the configuration: settings of training and of evaluation."""

    def __post_init__(self) -> None:
        Experiment.__post_init__(self)
        Evaluation.__post_init__(self)
        self.check(self)

    def experiment(self) -> Experiment:
        """Return the settings of training alone."""
        return Experiment(**{field.name: getattr(self, field.name) for field in fields(Experiment)})

    def evaluation(self) -> Evaluation:
        """Return the settings of evaluation alone."""
        return Evaluation(**{field.name: getattr(self, field.name) for field in fields(Evaluation)})
