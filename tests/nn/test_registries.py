"""Additions to the registries, in one place each, go through the whole chain."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import scrawl
from scrawl.nn.registries import ACTIVATIONS, chosen
from stages.test_train import prepared

SOFTPLUS = '''class Softplus(Activation):
    """log(1 + e^z)."""

    name = "softplus"

    def apply(self, z: Array, out: Array) -> Array:
        """Write log(1 + e^z)."""
        return np.logaddexp(0.0, z, out=out)

    def derivative(self, z: Array, a: Array, out: Array) -> Array:  # noqa: ARG002
        """Write 1 - e^-a."""
        np.negative(a, out=out)
        np.expm1(out, out=out)
        return np.negative(out, out=out)


'''

LOSS = '''class Same(Quadratic):
    """The quadratic loss by another name."""


'''

OPTIMISER = '''class SignDescent(Optimiser):
    """p ← p - rate·sign(g)."""

    def update(self, block: slice, p: Array, g: Array, learning_rate: float) -> None:
        """Update the parameters of one block."""
        p -= learning_rate * np.sign(g)


'''

SCHEDULE = '''def root(step: int, steps: int) -> float:
    """Fall as a square root."""
    return float((1 - step / steps) ** 0.5)


'''

# As CONTRIBUTING says: by module the code, where it goes, and its name in the registry, behind
# another.
ADDED = {
    "layers/activations": (SOFTPLUS, "class Softmax(", "LeakyReLU, GELU", ", Softplus"),
    "losses": (LOSS, "LOSSES = ", '"cross-entropy": CrossEntropy', ', "same": Same'),
    "optimisers": (OPTIMISER, "OPTIMISERS: ", '"adamw": AdamW', ', "sign-descent": SignDescent'),
    "schedules": (SCHEDULE, "SCHEDULES: ", '"one-cycle": one_cycle', ', "root": root'),
}
OWN = {
    "activation": "softplus",
    "loss": "same",
    "output": "sigmoid",
    "optimiser": "sign-descent",
    "schedule": "root",
    "learning_rate": 0.01,
}

CHAIN = """
import sys
from scrawl.__main__ import main
for line in sys.stdin.read().splitlines():
    words = line.split("|")
    print(words[0], main(words), flush=True)
"""


def test_what_is_added_in_one_file_each_is_trained_evaluated_and_reported(tmp_path: Path) -> None:
    package = tmp_path / "src/scrawl"
    shutil.copytree(Path(scrawl.__file__).parent, package)
    for module, (code, place, last, name) in ADDED.items():
        file = package / f"nn/{module}.py"
        text = file.read_text(encoding="utf-8")
        assert place in text
        assert text.count(last) == 1
        text = text.replace(place, code + place, 1).replace(last, last + name)
        file.write_text(text, encoding="utf-8")
    data, runs = prepared(tmp_path / "unit.h5"), {}
    lines = []
    for name in ("softplus", "relu"):
        run = runs[name] = tmp_path / "runs" / name / "1"
        own = OWN if name == "softplus" else {}
        settings = {"hidden": [6], "epochs": 30, "batch_size": 5, "seed": 1} | own
        model = ["--data", data, "--model", run / "model.h5"]
        train = ["train", "--settings", json.dumps(settings), *model]
        results = ["--metrics", run / "metrics.json", "--predictions", run / "predictions.h5"]
        lines += [[*train, "--history", run / "history.csv"], ["evaluate", *model, *results]]
    for stage in ("draw", "report"):
        output = ["--output", tmp_path / f"{stage}.html"]
        title = ["--title", "Own"] if stage == "report" else []
        lines.append([stage, *title, "--data", data, "--runs", *runs.values(), *output])
    alone = [
        "draw",
        "--data",
        data,
        "--runs",
        runs["softplus"],
        "--output",
        tmp_path / "alone.html",
    ]
    chain = subprocess.run(
        [sys.executable, "-c", CHAIN],
        input="\n".join("|".join(map(str, line)) for line in [*lines, alone]),
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    stages = ["train", "evaluate", "train", "evaluate", "draw", "report", "draw"]
    ends = [line for line in chain.stdout.splitlines() if line.split(" ")[0] in stages]
    assert [line for line in ends if line[-2:] == " 0"] == [f"{s} 0" for s in stages], chain.stderr
    assert not any("gradient" in line for line in chain.stdout.splitlines())  # it was checked
    left_out = "this page cannot compute a layer of theirs: softplus (softplus)."
    for page in ("draw.html", "report.html", "alone.html"):
        assert left_out in (tmp_path / page).read_text(encoding="utf-8")
    assert "softplus" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_unknown_name_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(
        ValueError, match="no activation 'swish'; choose one of sigmoid, tanh, relu"
    ):
        chosen("activation", "swish", ACTIVATIONS)
