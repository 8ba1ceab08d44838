"""Findings about a trained network, in words: one cause, and its symptoms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scrawl.nn.diagnosis.wording import percent


@dataclass(frozen=True)
class Finding:
    """Something unhealthy.

    Attributes
    ----------
    name : str
        Of its kind, such as `dead-units`.
    words : str
        What was found and, where that was checked, the cause.
    numbers : mapping of str to float
        What the words rest on.
    cure : mapping of str to value
        Settings to try.
    """

    name: str
    words: str
    numbers: Mapping[str, float]
    cure: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return name, words and numbers side by side, and the cure as lines of YAML, `try`."""
        lines = {"try": as_yaml(self.cure)} if self.cure else {}
        return {"name": self.name, "words": self.words, **lines, **self.numbers}


def as_yaml(settings: Mapping[str, Any]) -> str:
    """Return settings as lines to paste into an experiment.

    >>> print(as_yaml({"learning_rate": 1e-05, "hidden": [128], "shuffle": True}))
    learning_rate: 1.0e-05
    hidden: [128]
    shuffle: true
    """
    return "\n".join(f"{name}: {scalar(value)}" for name, value in settings.items())


def scalar(value: Any) -> str:
    """Return a value as YAML; PyYAML reads `1e-05` as text, `1.0e-05` as a number."""
    if isinstance(value, str):
        return value
    text = json.dumps(float(f"{value:.4g}") if isinstance(value, float) else value)
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


# Share of the commonest answer: networks that learnt nothing gave one answer only, sound ones on
# ten classes were below 30 % after an epoch or two. Classes may be uneven, so it is set high.
ONE_ANSWER = 0.99
# Share of the other images that are answered rightly: 99 of 100 may really be of one class.
OTHERS_RIGHT = 0.5


def one_answer(
    answers: npt.NDArray[np.integer[Any]],
    labels: npt.NDArray[np.integer[Any]],
    class_names: Sequence[str],
    which: str,
) -> Finding | None:
    """Find that a network gives one answer only, where it should give others.

    Parameters
    ----------
    answers, labels : (n,) integers
        Class indices; at least one.
    class_names : sequence of str, (classes,)
    which : str
        What was answered for, such as "test images".
    """
    counts = np.bincount(answers, minlength=len(class_names))
    answer, share = int(counts.argmax()), float(counts.max() / len(answers))
    others = labels != answer
    if (
        share < ONE_ANSWER
        or not others.any()
        or np.mean((answers == labels)[others]) > OTHERS_RIGHT
    ):
        return None
    accuracy, class_share = float(np.mean(answers == labels)), float(np.mean(~others))
    about = "" if accuracy == class_share else "about "
    return Finding(
        "one-answer",
        f"predicts only '{class_names[answer]}' (for {percent(share, 1)} of {len(answers):,} "
        f"{which}): the accuracy, {percent(accuracy, 2)}, is {about}that class's share, "
        f"{percent(class_share, 2)}",
        {"answer_share": share, "accuracy": accuracy, "class_share": class_share},
    )
