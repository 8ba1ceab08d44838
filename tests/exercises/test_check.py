"""The commands `exercise` and `check`: what they print, write, and end with."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from types import ModuleType

import numpy as np
import pytest

from project import HOUSE
from scrawl import __main__ as cli
from scrawl.exercises.catalogue import EXERCISES
from scrawl.exercises.check import checked
from scrawl.exercises.exercise import write_stub
from scrawl.exercises.sandbox import Child

SOLUTIONS = Path(__file__).with_name("solutions")


def status_of(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(["check", *words])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_the_list_names_every_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["exercise"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for exercise in EXERCISES.values():
        assert re.search(rf"^{exercise.name} +{exercise.title}$", "\n".join(lines), re.MULTILINE)
    assert max(map(len, lines)) <= 80


def test_an_exercise_is_written_and_never_over_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "one_hot.py"
    path.touch()  # empty: nothing is lost
    assert cli.main(["exercise", "one_hot"]) == 0
    assert path.read_text(encoding="utf-8") == EXERCISES["one_hot"].stub
    path.write_text("# an hour of work\n")
    assert cli.main(["exercise", "one_hot"]) == 1
    assert path.read_text() == "# an hour of work\n"
    assert "one_hot.py: there is such a file" in capsys.readouterr().err


def test_a_link_to_a_file_is_not_written_over_either(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").touch()
    (tmp_path / "one_hot.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(ValueError, match="there is such a file"):
        write_stub("one_hot", tmp_path)


def test_an_exercise_that_does_not_exist_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no exercise 'onehot'; did you mean one_hot"):
        write_stub("onehot", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_exit_status_is_the_worst_of_all_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, stub = str(SOLUTIONS / "one_hot.py"), str(write_stub("sigmoid", tmp_path))
    assert status_of(right) == 0
    assert status_of(stub, right) == 1
    assert status_of(right, str(tmp_path / "absent.py"), stub) == 2
    assert capsys.readouterr().out.count("passed        one_hot: ") == 3


def test_json_says_all_that_the_text_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dense_forward.py"
    path.write_text("print('hello')\ndef dense_forward(inputs, weights, biases):\n"
                    "    return inputs @ weights\n")  # fmt: skip
    assert status_of("--json", str(path), str(SOLUTIONS / "sigmoid.py")) == 1
    wrong, right = map(json.loads, capsys.readouterr().out.splitlines())
    verdict = wrong["exercises"][0]
    assert (wrong["file"], wrong["outcome"], wrong["printed"]) == (str(path), "failed", "hello")
    assert (verdict["exercise"], verdict["outcome"]) == ("dense_forward", "failed")
    assert verdict["where"] == {"what": "outputs", "image": 0, "unit": 0}
    # what was asked is there, so that the expected number can be computed from it
    (inputs, weights, biases) = (verdict["arguments"][n] for n in ("inputs", "weights", "biases"))
    without = sum(x * w[0] for x, w in zip(inputs[0], weights, strict=True))
    assert verdict["got"] == pytest.approx(without, rel=1e-12)
    assert verdict["expected"] == pytest.approx(without + biases[0], rel=1e-12)
    assert verdict["clue"] == "the difference is the same for every image"
    assert {"message", "hint", "call", "calls"} <= verdict.keys()
    assert (right["outcome"], right["exercises"][0]["outcome"]) == ("passed", "passed")


def test_numbers_that_are_not_finite_are_text_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answer.py"
    path.write_text("def sigmoid(z):\n    return z * float('nan')\n")
    assert status_of("--json", str(path)) == 1
    assert json.loads(capsys.readouterr().out)["exercises"][0]["got"] == "nan"


def test_inputs_are_others_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answer.py"
    path.write_text("def sigmoid(z):\n    return z\n")
    for _ in range(2):
        status_of("--json", str(path))
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["exercises"][0]["arguments"] != second["exercises"][0]["arguments"]


def test_a_reader_who_has_enough_does_not_make_it_a_success(tmp_path: Path) -> None:
    stub = write_stub("sigmoid", tmp_path)
    command = f"{sys.executable} -m scrawl check {stub} | :; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (1, "")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stub_s_examples_are_what_the_solution_returns(name: str, tmp_path: Path) -> None:
    stub, solution = ModuleType(name), (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
    exec(EXERCISES[name].stub, vars(stub))  # noqa: S102
    text = vars(stub)[name].__doc__
    exec(solution, vars(stub))  # noqa: S102
    examples = doctest.DocTestParser().get_doctest(text, vars(stub), name, None, None)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stub_says_where_scrawl_s_own_stands(name: str) -> None:
    found = re.search(
        r"^    scrawl's own: src/(\S+)\.py: (\S+)$", EXERCISES[name].stub, re.MULTILINE
    )
    assert found is not None
    place = importlib.import_module(found[1].replace("/", "."))
    for part in found[2].split("."):
        place = getattr(place, part)
    assert callable(place)


PAGE = HOUSE / "docs/exercises.md"


def test_the_page_shows_what_the_check_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("dense_forward.py")
    path.write_text("def dense_forward(inputs, weights, biases):\n    return inputs @ weights\n")
    with Child() as child:
        text = checked(path, child, np.random.default_rng(0)).text()
    assert indent(text, "    ") in PAGE.read_text(encoding="utf-8")


def test_the_page_lists_the_exercises_that_there_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert rows == [(e.name, e.title, e.idea) for e in EXERCISES.values()]
