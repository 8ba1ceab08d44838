"""Laws of the checker, each held for every exercise."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scrawl
from exercises import own
from scrawl.exercises import child as child_process
from scrawl.exercises.catalogue import EXERCISES
from scrawl.exercises.check import FAILED, NOT_RUNNABLE, PASSED, Report, checked, judged
from scrawl.exercises.sandbox import Child, Failure, Linear, Reply, Seeded

HERE = Path(__file__).parent
SOURCES = Path(scrawl.__file__).parents[1]
SITE_PACKAGES = Path(np.__file__).parents[1]
NAMES = list(EXERCISES)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    """One process for many files: each is loaded anew."""
    with Child() as child:
        yield child


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


NUMBER = r"-?(\d+(\.\d+)?(e[+-]\d+)?|nan|inf)"
NUMBERS = f"expected {NUMBER}, got {NUMBER}"


@dataclass(frozen=True)
class Mistake:
    """An edit of a solution, and what the checker must say.

    Attributes
    ----------
    name : str
        What is wrong.
    old, new : str
        Text that occurs once in the solution, and what takes its place.
    said : str
        A regular expression for the message, with NUMBERS for what is expected and got.
    at : str
        In its place, a regular expression for the place of the first number that differs.
    """

    name: str
    old: str
    new: str
    said: str = ""
    at: str = ""

    @property
    def message(self) -> str:
        """The regular expression for the message."""
        if self.at:
            return rf"^{self.at}: {NUMBERS}(; \d+ of \d+ numbers differ, this is the first)?$"
        return self.said.replace("NUMBERS", NUMBERS)


def mistakes(path: Path) -> list[Mistake]:
    return [
        Mistake(**entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mistake"]
    ]


MISTAKES = {path.stem: mistakes(path) for path in sorted((HERE / "mistakes").glob("*.toml"))}


def solution(name: str) -> str:
    return (HERE / f"solutions/{name}.py").read_text(encoding="utf-8")


def report_on(source: str, folder: Path, child: Child, seed: int = 7) -> Report:
    path = folder / "answer.py"
    path.write_text(source, encoding="utf-8")
    return checked(path, child, np.random.default_rng(seed))


def report_alone(source: str, folder: Path, seconds: float = 10) -> Report:
    """Check a file that ends its process, or makes it useless for others."""
    with Child(seconds) as child:
        return report_on(source, folder, child)


def test_there_is_a_solution_and_five_mistakes_for_every_exercise() -> None:
    assert {path.stem for path in (HERE / "solutions").glob("*.py")} == set(NAMES)
    assert MISTAKES.keys() == set(NAMES)
    assert min(map(len, MISTAKES.values())) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_the_empty_stub_fails_and_the_line_to_replace_is_named(
    name: str, child: Child, tmp_path: Path
) -> None:
    stub = EXERCISES[name].stub
    report = report_on(stub, tmp_path, child)
    last = len(stub.splitlines())
    assert report.outcome == FAILED
    assert f"not written yet: NotImplementedError in line {last}\n" in report.text()


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes_whatever_the_random_numbers(
    name: str, child: Child, tmp_path: Path
) -> None:
    for seed in range(5):
        report = report_on(solution(name), tmp_path, child, seed)
        assert report.outcome == PASSED, report.text()
        assert [verdict.exercise.name for verdict in report.verdicts] == [name]
        assert report.verdicts[0].calls >= 4


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        pytest.param(name, mistake, id=f"{name}-{mistake.name}")
        for name, mistakes in MISTAKES.items()
        for mistake in mistakes
    ],
)
def test_a_mistake_fails_and_its_first_wrong_number_is_named(
    name: str, mistake: Mistake, child: Child, tmp_path: Path
) -> None:
    right = solution(name)
    assert right.count(mistake.old) == 1
    report = report_on(right.replace(mistake.old, mistake.new), tmp_path, child)
    assert report.outcome == FAILED, report.text()
    wrong = report.verdicts[0].wrong
    assert wrong is not None
    assert re.search(mistake.message, wrong.message), wrong.message
    assert wrong.hint


@pytest.mark.parametrize("name", NAMES)
def test_the_project_s_own_code_passes_when_it_is_asked_directly(
    name: str, rng: np.random.Generator
) -> None:
    function = getattr(own, name)

    def call(arguments: Sequence[Any]) -> Reply:
        items = [
            a.encoded() if isinstance(a, Seeded | Linear) else child_process.encoded(a)
            for a in arguments
        ]
        try:
            reply = child_process.call(function, items)
        except ValueError as error:
            return Reply(failure=Failure("ValueError", str(error), None))
        after = tuple(map(child_process.decoded, reply["arguments"]))
        return Reply(child_process.decoded(reply["value"]), after)

    verdict = judged(EXERCISES[name], call, rng)
    assert verdict.wrong is None, verdict.wrong


IMPORTS = f"import sys\nsys.path[:0] = {[str(p) for p in (SOURCES, HERE.parent, SITE_PACKAGES)]}\n"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("package", ["exercises.own", "exercises.solutions"])
def test_a_file_that_imports_its_answer_does_not_pass(
    name: str, package: str, child: Child, tmp_path: Path
) -> None:
    module = package if package == "exercises.own" else f"{package}.{name}"
    source = f"{IMPORTS}from {module} import {name}\n"
    # it would be right: the same two lines work in an ordinary interpreter
    exec(source, {})  # noqa: S102
    report = report_on(source, tmp_path, child)
    assert report.outcome == NOT_RUNNABLE
    assert "Error in line 3: " in report.reason


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_says_passed_and_leaves_does_not_pass(
    name: str, child: Child, tmp_path: Path
) -> None:
    says, stub = "print('passed', '{\"outcome\": \"passed\"}'); ", EXERCISES[name].stub
    for source, outcome in (
        (f"{says}raise SystemExit(0)\n{stub}", NOT_RUNNABLE),
        (body_of(stub, f"{says}raise SystemExit(0)"), FAILED),
        (body_of(stub, f"{says}return True"), FAILED),
    ):
        report = report_on(source, tmp_path, child)
        assert (report.outcome, report.printed[:7]) == (outcome, "passed ")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_ends_its_process_or_tampers_with_it_does_not_pass(
    name: str, tmp_path: Path
) -> None:
    stub = EXERCISES[name].stub
    for source, outcome in (
        (f"import os\nos._exit(0)\n{stub}", NOT_RUNNABLE),
        (body_of(stub, "import os; os._exit(0)"), FAILED),
        (body_of(stub, TAMPER), FAILED),
    ):
        assert report_alone(source, tmp_path).outcome == outcome


def body_of(stub: str, code: str) -> str:
    return stub.replace("    raise NotImplementedError", f"    {code}")


# Everything that decides, as far as the child process has it.
TAMPER = """
    import __main__, builtins, numpy
    numpy.allclose = numpy.array_equal = lambda *a, **k: True
    numpy.testing.assert_allclose = lambda *a, **k: None
    builtins.abs = builtins.isinstance = lambda *a: True
    for module in [__main__, *map(__import__, ("sys", "json", "math"))]:
        module.passed = module.outcome = "passed"
    return type("Anything", (), {"__eq__": lambda *a: True, "shape": (1,), "dtype": "f4"})()
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_loop_without_an_end_is_ended(name: str, tmp_path: Path) -> None:
    source = body_of(EXERCISES[name].stub, "while True: pass")
    report = report_alone(source, tmp_path, seconds=0.6)
    assert report.outcome == FAILED
    assert "no answer within 0.6 seconds" in report.text()
