"""The catalogue: no cause without its check, none out of its place, and every cure can be tried."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import yaml

from scrawl.artifacts import model
from scrawl.nn.diagnosis.catalogue import CAUSES, SYMPTOMS, Cause
from scrawl.nn.diagnosis.checks.verdict import Seen, fails
from scrawl.nn.diagnosis.diagnose import diagnose
from scrawl.nn.diagnosis.evidence import Evidence, gather
from scrawl.nn.diagnosis.findings import Finding, as_yaml
from scrawl.nn.diagnosis.health import Observer
from scrawl.nn.examples import Examples
from scrawl.settings.experiment import Experiment, Run
from scrawl.training.run import first_look
from scrawl.training.setup import trainer_of

NAMES = ["a", "b", "c", "d"]
RUN = Run(hidden=(16,), learning_rate=0.1, batch_size=16, epochs=6, schedule="constant")


def examples(n: int, seed: int) -> Examples:
    """Return noisy copies of four pictures."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    pictures = np.random.default_rng(0).random((4, 36))
    images = (pictures[labels] + rng.normal(0, 0.1, (n, 36))).clip(0, 1)
    return Examples(images.astype(np.float32), np.eye(4, dtype=np.float32)[labels], (6, 6))


@cache
def sound() -> Evidence:
    training, validation = examples(400, 1), examples(200, 2)
    start, wrong = first_look(RUN, training)
    assert wrong == []
    trainer = trainer_of(RUN, training)
    observer = Observer(trainer.network, training.images)
    for epoch in trainer.fit(training, validation):
        observer.observe(epoch)
    before = trainer.network.parameters.copy()
    found = gather(
        trainer.network,
        model.loss_of(RUN),
        training,
        validation,
        observer.history,
        RUN,
        start,
        NAMES,
    )
    assert found.stretched
    assert (trainer.network.parameters == before).all()
    return found


def failing(**changes: Any) -> Evidence:
    """Return the evidence of the same run, had it learnt next to nothing."""
    material = replace(sound().material, **changes.pop("material", {}))
    seen = replace(sound().seen, dead={"2-relu": 0.1})
    changes = {"learnt": 0.4, "validated": 0.4, "loss": 1.3, "seen": seen, **changes}
    evidence = replace(sound(), material=material, **changes)
    evidence.__dict__["stretched"] = {2.0: 5.0, 4.0: 5.0}
    return evidence


def recipe(**settings: Any) -> Run:
    return replace(RUN, **settings)


def started(**changes: Any) -> dict[str, Any]:
    start = sound().start
    assert start is not None
    return {"start": replace(start, **changes)}


def epochs(*losses: float) -> dict[str, Any]:
    first, *_ = sound().epochs
    return {"epochs": [replace(first, loss=loss) for loss in losses], "moved": 0.5}


EVENLY = np.full(4, 0.25)
# Evidence just beyond the threshold of each cause, and just before it.
EDGES: dict[str, tuple[Callable[[], Evidence], Callable[[], Evidence]]] = {
    "inputs-without-variation": (
        lambda: failing(material={"varying": False}),
        lambda: failing(material={"varying": True}),
    ),
    "blank-images": (
        lambda: replace(sound(), material=replace(sound().material, blank=0.05)),
        lambda: replace(sound(), material=replace(sound().material, blank=0.049)),
    ),
    "repeated-images": (
        lambda: replace(sound(), material=replace(sound().material, repeated=0.1)),
        lambda: replace(sound(), material=replace(sound().material, repeated=0.099)),
    ),
    "identical-units": (lambda: failing(**started(alike=("1-dense",))), failing),
    "few-normalised": (
        lambda: failing(per_statistic=2),
        lambda: failing(per_statistic=3),
    ),
    "large-inputs": (
        lambda: failing(material={"largest": 20.1}),
        lambda: failing(material={"largest": 20.0}),
    ),
    "small-inputs": (
        lambda: failing(material={"spread": 0.019, "mean": 0.0}),
        lambda: failing(material={"spread": 0.02, "mean": 0.0}),
    ),
    "inputs-off-centre": (
        lambda: failing(material={"spread": 0.3, "mean": -0.61}),
        lambda: failing(material={"spread": 0.3, "mean": -0.6}),
    ),
    "sorted-examples": (
        lambda: failing(recipe=recipe(shuffle=False), material={"runs": 0.2}),
        lambda: failing(recipe=recipe(shuffle=False), material={"runs": 0.21}),
    ),
    "strong-dropout": (
        lambda: failing(recipe=recipe(dropout=0.8)),
        lambda: failing(recipe=recipe(dropout=0.79)),
    ),
    "strong-decay": (
        lambda: failing(recipe=recipe(weight_decay=0.1), shrunk=0.49),
        lambda: failing(recipe=recipe(weight_decay=0.1), shrunk=0.5),
    ),
    "large-first-weights": (
        lambda: failing(**started(signals={"1-dense": 4.1})),
        lambda: failing(**started(signals={"1-dense": 4.0})),
    ),
    "exploding-gradients": (
        lambda: failing(**started(gradients={"1-dense": 31.0, "3-dense": 1.0})),
        lambda: failing(**started(gradients={"1-dense": 30.0, "3-dense": 1.0})),
    ),
    "small-first-weights": (
        lambda: failing(**started(gradients={"1-dense": 9e-4, "3-dense": 9e-4})),
        lambda: failing(**started(gradients={"1-dense": 9e-4, "3-dense": 1e-3})),
    ),
    "vanishing-gradients": (
        lambda: failing(**started(gradients={"1": 0.009, "3": 0.1, "5": 1.0})),
        lambda: failing(**started(gradients={"1": 0.011, "3": 0.1, "5": 1.0})),
    ),
    "rate-too-high": (
        lambda: failing(**epochs(1.3, 1.2, 1.27)),
        lambda: failing(**epochs(1.3, 1.2, 1.26)),
    ),
    "rate-too-low": (
        lambda: failing(**(epochs(1.3, 1.29) | {"moved": 0.09})),
        lambda: failing(**(epochs(1.3, 1.29) | {"moved": 0.1})),
    ),
    "still-improving": (
        lambda: failing(**epochs(1.3, 1.26)),
        lambda: failing(**epochs(1.3, 1.262)),
    ),
    "underfitting": (
        lambda: failing(**epochs(1.3, 1.29)),
        lambda: failing(**epochs(1.3, 1.29), learnt=0.27),
    ),
    "overfitting": (
        lambda: replace(sound(), accuracy=1.0, validation_accuracy=0.81, held=400),
        lambda: replace(sound(), accuracy=1.0, validation_accuracy=0.83, held=400),
    ),
    "unexplained": (lambda: failing(**epochs(1.3, 1.29), learnt=0.27), sound),
}


def first(evidence: Evidence) -> str | None:
    found = diagnose(evidence)
    return found[0].name if found else None


def test_a_sound_run_has_no_findings() -> None:
    assert diagnose(sound()) == []
    assert not fails(sound())


@pytest.mark.parametrize("name", EDGES)
def test_a_cause_is_named_beyond_its_threshold_and_not_before_it(name: str) -> None:
    beyond, before = EDGES[name]
    assert first(beyond()) == name
    assert first(before()) != name


def test_labels_that_are_unrelated_are_so_on_new_images_only() -> None:
    unrelated = failing(validated=0.26)
    unrelated.material.__dict__["neighbour"] = 0.26
    assert first(unrelated) == "unrelated-labels"
    related = failing(validated=0.26)
    related.material.__dict__["neighbour"] = 0.9
    assert first(related) != "unrelated-labels"


def test_labels_are_noisy_where_answers_agree_and_they_do_not() -> None:
    noisy = failing(**epochs(1.3, 1.29))
    noisy.__dict__["agreement"] = [0.8, 0.49]
    assert first(noisy) == "noisy-labels"
    noisy.__dict__["agreement"] = [0.8, 0.51]
    assert first(noisy) == "underfitting"


def test_a_straight_line_that_leads_lower_says_how_much_longer_steps_may_be() -> None:
    slow = failing(**epochs(1.3, 1.29))
    slow.__dict__["stretched"] = {2.0: 1.2, 4.0: 1.1, 32.0: 0.6, 64.0: 0.7}
    (found, *_) = diagnose(slow)
    assert (found.name, found.cure) == ("rate-too-low", {"learning_rate": pytest.approx(3.2)})
    clipped = replace(slow, recipe=recipe(clip_norm=0.1))
    clipped.__dict__["stretched"] = slow.stretched
    assert diagnose(clipped)[0].cure == {"clip_norm": pytest.approx(3.2)}


def test_no_cause_is_named_without_its_check_and_no_more_than_one() -> None:
    """Of all evidence beyond a threshold, and of two such at a time."""
    for beyond, before in EDGES.values():
        for evidence in (beyond(), before()):
            named = [one.name for one in diagnose(evidence)]
            causes = [cause for cause in CAUSES if cause.name in named]
            assert len(causes) <= 1
            assert all(cause.check(evidence) for cause in causes)
            passed = [cause.name for cause in CAUSES if cause.check(evidence)]
            assert [cause.name for cause in causes] == passed[:1]


def test_a_wrong_gradient_is_the_only_cause_whatever_else_there_is() -> None:
    wrong = Finding("wrong-gradient", "", {})
    found = diagnose(failing(material={"largest": 255.0}), [wrong])
    assert found[0] is wrong
    assert not {one.name for one in found} & {cause.name for cause in CAUSES}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_every_cure_reads_as_settings(cause: Cause) -> None:
    settings = yaml.safe_load(as_yaml(cause.cure(failing()))) or {}
    assert Experiment.parse({"hidden": [16, 16], **settings})
    assert cause.measured
    assert cause.reason
    assert cause.why
    assert cause.advice


def test_names_are_those_of_one_thing_each() -> None:
    names = [each.name for each in (*CAUSES, *SYMPTOMS)]
    assert len(set(names)) == len(names)


def test_numbers_of_findings_are_numbers() -> None:
    for beyond, _ in EDGES.values():
        for finding in diagnose(beyond()):
            assert all(math.isfinite(float(number)) for number in finding.numbers.values())
    assert Seen("", {}).words == ""
