"""Replay a finished run: look at any of its updates, or find where two runs part.

The run is trained again, in one thread, from its first step, with the settings and data that its
model records; its files stay as they are. After the last step its weights must be those of
model.h5. With two runs, their first difference is named.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from scrawl.artifacts import model, store
from scrawl.artifacts.own_code import NO_CODE, OwnCode
from scrawl.nn import Array
from scrawl.results.runs import read_environment, read_history
from scrawl.settings import arithmetic
from scrawl.settings.experiment import Run
from scrawl.settings.json_text import readable_json
from scrawl.settings.untrusted_text import printable
from scrawl.tools.paths import existing, model_of, prepared_of
from scrawl.tools.replay_text import parting_lines, update_lines
from scrawl.training.environment import environment
from scrawl.training.examples import TrainingData
from scrawl.training.replay import Marks, Replay, Update, marks

QUANTITIES = {
    "weights": "the initial weights",
    "order": "the images of the batch, or their order",
    "images": "the images as they were distorted",
    "gradient": "the gradient",
    "update": "the update: the learning rate or the optimiser",
}


def main(argv: Sequence[str]) -> None:
    """Print one update of a run, or where two runs part."""
    arguments = parsed(argv)
    codes = [OwnCode.load(path) for path in arguments.code]
    runs = [Recorded.read(path, arguments.data, codes) for path in arguments.runs]
    with threadpool_limits(1, user_api="blas"):
        if len(runs) == 2:
            found = parting(*runs)
            lines = parting_lines(found)
        else:
            found = update_of(runs[0], arguments.step, arguments.image)
            lines = update_lines(found)
    print(readable_json(found), end="") if arguments.json else print(printable("\n".join(lines)))
    if "differs" in found:
        raise ValueError(found["differs"])


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="scrawl replay", description=__doc__)
    parser.add_argument(
        "runs", type=Path, nargs="+", metavar="RUN", help="a run's folder; or two, to compare"
    )
    parser.add_argument("--step", type=int, metavar="N", help="the update (default: the last)")
    help_ = "show what each layer makes of this training image, counted from 0"
    parser.add_argument("--image", type=int, metavar="I", help=help_)
    parser.add_argument("--data", type=Path, metavar="prepared.h5", help="what it was trained on")
    help_ = "your own code, if the runs have some"
    parser.add_argument("--code", type=Path, nargs="+", default=[], metavar="FILE.py", help=help_)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args(argv)
    if len(arguments.runs) > 2:
        parser.error(f"found {len(arguments.runs)} runs, expected one or two")
    return arguments


@dataclass(frozen=True)
class Recorded:
    """A finished run: its model, its data, and the code of the user's that it was trained with."""

    path: Path
    run: Run
    data: TrainingData
    code: OwnCode

    @classmethod
    def read(cls, path: Path, data: Path | None, codes: Sequence[OwnCode]) -> Recorded:
        """Read what a run records; a ValueError if its data or code are not there any more."""
        path = model_of(path)
        trained = model.load(path)
        code = next(
            (candidate for candidate in codes if candidate.label == trained.run.code), NO_CODE
        )
        if trained.run.code:
            code.check(trained.run, str(path))
        arithmetic.check(trained.run.arithmetic)
        prepared = data or prepared_of(path, trained.run.normalisation)
        found = TrainingData.read(existing(prepared), trained.run)
        if found.sha256 != trained.prepared_sha256:
            raise ValueError(
                f"{path}: trained on data with the digest {trained.prepared_sha256}, but found "
                f"{found.sha256}; name the file that it was trained on: --data prepared.h5"
            )
        return cls(path, trained.run, found, code)

    @property
    def name(self) -> str:
        """Return its name in what is printed."""
        return "/".join(self.path.absolute().parts[-3:-1])

    def replay(self) -> Replay:
        """Return the run, to be trained again."""
        return Replay(self.run, self.data, self.code)


def update_of(recorded: Recorded, step: int | None, image: int | None) -> dict[str, Any]:
    """Return one update of a run, the last by default, as JSON values.

    Raises
    ------
    ValueError
        If there is no such step or image.
    """
    n, names = len(recorded.data.training), recorded.data.dataset.class_names
    if image is not None and not 0 <= image < n:
        raise ValueError(f"--image: found {image}, expected 0 to {n - 1}")
    if step is not None and step < 1:
        raise ValueError(f"--step: found {step}, expected 1 or more: the first update is 1")
    replay, made = recorded.replay(), 0
    found: dict[str, Any] = {}
    last = steps_of(recorded.path, replay.planned)

    def see(update: Update) -> bool:
        nonlocal made
        made = update.step
        if update.step == (step or last):
            found.update(described(update), run=recorded.name)
            if image is not None:
                found["image"] = {
                    "position": image,
                    "label": names[int(recorded.data.training.labels[image].argmax())],
                    "layers": layers_of(replay, update, image),
                }
        # the last step goes on to the end of the run, where the weights are compared
        return update.step == step and step < last

    replay.steps(see)
    if not found:
        raise ValueError(f"--step: the run made {made} steps; expected at most as many")
    if found["step"] == last:
        found |= proof(recorded, replay)
    return found


def steps_of(path: Path, planned: int) -> int:
    """Return how many steps a run made; it may have stopped before those that were planned."""
    history = path.with_name("history.csv")
    return int(read_history(history)["steps"][-1]) if history.exists() else planned


def described(update: Update) -> dict[str, Any]:
    """Return an update as JSON values."""
    tables = {}
    for name, before in update.before.items():
        gradient, after = update.gradients[name], update.after[name]
        moved = after - before
        place = np.unravel_index(int(np.abs(moved).argmax()), moved.shape)
        tables[name] = {
            "shape": list(before.shape),
            "weights": statistics(before),
            "gradient": statistics(gradient),
            "step": statistics(moved),
            "largest": {
                "at": [int(i) for i in place],
                "before": float(before[place]),
                "gradient": float(gradient[place]),
                "step": float(moved[place]),
                "after": float(after[place]),
            },
        }
    return {
        "step": update.step,
        "epoch": update.epoch,
        "learning_rate": update.learning_rate,
        "loss": update.loss,
        "images": [int(i) for i in update.rows],
        "parameters": tables,
    }


def statistics(values: Array) -> dict[str, float]:
    """Return the norm, mean, standard deviation and range of an array."""
    wide = values.astype(np.float64)
    return {
        "norm": float(np.linalg.norm(wide)),
        "mean": float(wide.mean()),
        "deviation": float(wide.std()),
        "least": float(wide.min()),
        "most": float(wide.max()),
    }


def layers_of(replay: Replay, update: Update, image: int) -> list[dict[str, Any]]:
    """Return what each layer made of an image before the update."""
    parameters = replay.network.named_parameters()
    after = {name: table.copy() for name, table in parameters.items()}
    for name, table in update.before.items():
        parameters[name][...] = table
    layers = [
        {
            "layer": name,
            "shape": list(outputs.shape),
            "zero": float(np.mean(outputs == 0)),
            **statistics(outputs),
            "first": [float(value) for value in outputs.ravel()[:10]],
        }
        for name, outputs in replay.outputs_of(image)
    ]
    for name, table in after.items():
        parameters[name][...] = table
    return layers


def proof(recorded: Recorded, replay: Replay) -> dict[str, Any]:
    """Compare the weights at the end of the run with those of its model."""
    with store.reading(recorded.path, "model") as file:
        differing = [
            name
            for name, values in replay.network.tables().items()
            if file[f"layers/{name}"][...].tobytes() != values.tobytes()
        ]
    if not differing:
        return {"proof": f"every number of {recorded.path} is the same, to the last bit"}
    return {
        "differs": f"{recorded.path}: {', '.join(differing)} are not those of the replay; "
        f"{likely_reason(recorded.path)}"
    }


def likely_reason(path: Path) -> str:
    """Say why a replay may have come to other weights."""
    there = path.with_name("environment.json")
    if not there.exists():
        return "which processor and versions it was trained with is not recorded"
    then, now = read_environment(there), environment()
    changes = [f"{k} {then.get(k)} then, {v} now" for k, v in now.items() if then.get(k) != v]
    if changes:
        return "other processor or versions: " + "; ".join(changes)
    return "processor and versions are the same: the code of scrawl, or the file, has changed"


def parting(first: Recorded, second: Recorded) -> dict[str, Any]:
    """Return the first step at which two runs part, and what differs there, as JSON values."""
    ours, theirs = first.run.as_dict(), second.run.as_dict()
    keys = sorted(k for k in ours | theirs if ours.get(k) != theirs.get(k))
    found: dict[str, Any] = {
        "runs": [first.name, second.name],
        "settings": {key: [ours.get(key), theirs.get(key)] for key in keys},
        "same_data": first.data.sha256 == second.data.sha256,
    }
    replays = [first.replay(), second.replay()]
    shapes = [replay.network.shapes for replay in replays]
    if shapes[0] != shapes[1]:
        return found | {"step": 0, "first": "the layers", "tables": []}
    seen: list[Marks] = []

    def keep(update: Update) -> bool:
        seen.append(marks(update))
        return False

    replays[0].steps(keep)
    parted: list[tuple[int, str]] = []
    made = 0

    def compare(update: Update) -> bool:
        nonlocal made
        made = update.step
        here, there = marks(update), seen[update.step - 1 : update.step]
        if there:
            what = [n for n, a, b in zip(Marks._fields, there[0], here, strict=True) if a != b]
            parted.extend((update.step, name) for name in what[:1])
        return bool(parted) or not there

    replays[1].steps(compare)
    if not parted:
        steps = [len(seen), made]
        return found | {"step": None, "steps": steps}
    step, what = parted[0]
    tables = [tables_at(run, step, what) for run in (first, second)]
    names = [n for n, t in tables[0].items() if t.tobytes() != tables[1][n].tobytes()]
    return found | {"step": step, "first": QUANTITIES[what], "tables": names}


def tables_at(recorded: Recorded, step: int, what: str) -> dict[str, Array]:
    """Return the tables of weights, gradients or updates of a run at a step."""
    kind = {"weights": "before", "gradient": "gradients", "update": "after"}.get(what)
    found: dict[str, Array] = {}

    def see(update: Update) -> bool:
        if update.step == step and kind:
            found.update({name: t.copy() for name, t in getattr(update, kind).items()})
        return update.step == step

    if kind:
        recorded.replay().steps(see)
    return found
