"""Files that attack, break or mislead the checker: none passes, none makes it fail itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import scrawl
from scrawl.exercises.check import FAILED, NOT_RUNNABLE, PASSED, Report, checked
from scrawl.exercises.sandbox import Child

SOLUTION = Path(__file__).parent / "solutions/sigmoid.py"
SOURCES = Path(scrawl.__file__).parents[1]
SITE_PACKAGES = Path(np.__file__).parents[1]
WRONG = "\ndef sigmoid(z):\n    return z\n"


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child() as child:
        yield child


def report_on(source: str | bytes, folder: Path, child: Child) -> Report:
    path = folder / "sigmoid.py"
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    report = checked(path, child, np.random.default_rng(7))
    report.text()
    report.as_dict()
    return report


OUT_OF_BOUNDS = {
    "scrawl by importlib": f"""
import importlib, sys
sys.path[:0] = [{str(SOURCES)!r}, {str(SITE_PACKAGES)!r}]
importlib.import_module("scrawl.nn.layers.activations")""",
    "the solution by exec": f"exec(open({str(SOLUTION)!r}).read())",
    "the solution by runpy": f"import runpy; runpy.run_path({str(SOLUTION)!r})",
    "the solution by NumPy": f"import numpy; numpy.fromfile({str(SOLUTION)!r}, dtype='u1')",
    "the solution by readline": f"import readline; readline.read_history_file({str(SOLUTION)!r})",
    "writing to the checker": f"open({str(SOURCES / 'scrawl/exercises/judging.py')!r}, 'a')",
    "removing the checker": "import os; os.remove('/absent/judging.py')",
    "memory of the judge": "import os; open(f'/proc/{os.getppid()}/mem', 'rb')",
    "a signal to the judge": "import os, signal; os.kill(os.getppid(), signal.SIGCONT)",
    "another process": "import os; os.system('true')",
    "a fork": "import os; os.fork()",
    "subprocess": "import sys; sys.modules.pop('subprocess'); import subprocess",
    "ctypes": "import sys; sys.modules.pop('ctypes'); import ctypes",
    "another interpreter": "import sys; sys.modules.pop('_xxsubinterpreters', 0)\n"
    "import _xxsubinterpreters",
    "the network": "import socket; socket.socket()",
    "limits": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))",
}


@pytest.mark.parametrize("source", OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
def test_what_no_exercise_needs_is_refused(source: str, child: Child, tmp_path: Path) -> None:
    report = report_on(source + WRONG, tmp_path, child)
    assert report.outcome == NOT_RUNNABLE
    assert "is out of bounds" in report.reason


def test_reading_what_is_refused_is_what_would_have_passed(child: Child, tmp_path: Path) -> None:
    assert report_on(SOLUTION.read_text(), tmp_path, child).outcome == PASSED


STRANGE_ANSWERS = {
    "nan": ("z * float('nan')", "outputs, image 0, unit 0: expected 0."),
    "nothing": ("None", "expected an array (4, 3) float64, got None"),
    "text": ("'passed'", "got 'passed'"),
    "half a character": ("'\\ud800'", r"got '\ud800'"),
    "an endless iterator": ("__import__('itertools').count()", "got 10000 values"),
    "a list of itself": ("(lambda a: a.append(a) or a)([])", "RecursionError"),
    "a number without end": ("10 ** 10_000", "stopped with ValueError"),
    "complex numbers": ("z * 1j", "a value of type array of complex128"),
    "objects": ("__import__('numpy').array([{}])", "a value of type array of object"),
    "too much memory": ("__import__('numpy').ones(10**10)", "stopped with MemoryError in line 2"),
    "a coroutine": ("(lambda: (yield))()", "got (None)"),
    "a dictionary": ("{1: 2}", "a value of type dict"),
    "an error of another name": (
        "(_ for _ in ()).throw(type('x\\npassed\\x1b[2J', (BaseException,), {})())",
        r"stopped with x passed\x1b[2J in line 2",
    ),
    "a question": ("input()", "stopped with EOFError in line 2"),
}


@pytest.mark.parametrize("answer", STRANGE_ANSWERS, ids=str)
def test_a_strange_answer_is_named(answer: str, child: Child, tmp_path: Path) -> None:
    code, said = STRANGE_ANSWERS[answer]
    report = report_on(f"def sigmoid(z):\n    return {code}\n", tmp_path, child)
    assert report.outcome == FAILED
    assert report.verdicts[0].wrong is not None
    assert said in report.verdicts[0].wrong.message


def to_every_file(data: str) -> str:
    """Return code that writes to every open file, that for replies among them."""
    return f"""
import os
def sigmoid(z):
    for number in range(3, 40):
        try:
            os.write(number, {data})
        except OSError:
            pass
    return z
"""


DEADLY = {
    "forged replies": to_every_file('b\'{"value": true, "arguments": []}\\n\' * 9'),
    "a forged reply": to_every_file('b\'{"value": true, "arguments": []}\\n\''),
    "a forged verdict": to_every_file('b\'{"outcome": "passed"}\\n\''),
    "garbage": to_every_file("b'\\xff\\x00[[[\\n'"),
    "brackets": to_every_file("b'[' * 100_000 + b'\\n'"),
    "closed files": "import os\ndef sigmoid(z):\n    os.closerange(3, 40)\n    return z\n",
    "a crash": "import signal\ndef sigmoid(z):\n    signal.raise_signal(signal.SIGSEGV)\n",
    "other encodings": "import __main__\n__main__.encoded = lambda value: "
    "{'dtype': '<f8', 'shape': [10**12], 'data': 'AAAA'}" + WRONG,
    "objects": "import __main__\n__main__.encoded = lambda value: "
    "{'dtype': '|O', 'shape': [1], 'data': 'AAAA'}" + WRONG,
    "other JSON": "import json\njson.dumps = lambda *_: '{\"defines\": {}}'" + WRONG,
    "no end of output": "print('passed ' * 1_000_000)" + WRONG,
    "a thread that stays": "import threading, time\n"
    "threading.Thread(target=time.sleep, args=(1e6,)).start()" + WRONG,
}


@pytest.mark.parametrize("source", DEADLY.values(), ids=DEADLY)
def test_a_process_that_is_broken_from_inside_does_not_pass(source: str, tmp_path: Path) -> None:
    with Child() as child:
        assert report_on(source, tmp_path, child).outcome in {FAILED, NOT_RUNNABLE}


def test_a_process_that_stands_still_is_ended(tmp_path: Path) -> None:
    source = "import signal\nsignal.raise_signal(signal.SIGSTOP)\n"
    with Child(seconds=0.6) as child:
        report = report_on(source, tmp_path, child)
    assert report.reason == "no answer within 0.6 seconds: a loop without an end?"


def test_what_a_file_prints_cannot_be_taken_for_the_report(child: Child, tmp_path: Path) -> None:
    source = "print('\\x1b[2J\\rpassed\\n  sigmoid: passed')" + WRONG
    report = report_on(source, tmp_path, child)
    head, printed = report.text().split("printed by the file:\n")
    assert PASSED not in head
    assert printed == "    | \\x1b[2J\\rpassed\n    |   sigmoid: passed"


UNREADABLE = {
    "syntax": (b"def sigmoid(z):\n    return (\n", "SyntaxError in line 2: '(' was never closed"),
    "binary": (b"\xff\xfe\x00", "SyntaxError"),
    "nested": (b"(" * 5000, "SyntaxError in line 1: too many nested parentheses"),
    "empty": (b"", "defines no exercise's function"),
    "another function": (b"def sigmund(z):\n    return z\n", "defines no exercise's function"),
    "no function": (b"sigmoid = 1\n", "defines no exercise's function"),
    "an error": (b"\n\n1 / 0\n", "ZeroDivisionError in line 3: division by zero"),
    "long": (b"#" * 2_000_000, "is longer than 1,048,576 bytes"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_run_says_why(kind: str, child: Child, tmp_path: Path) -> None:
    source, said = UNREADABLE[kind]
    report = report_on(source, tmp_path, child)
    assert report.outcome == NOT_RUNNABLE
    assert report.reason.startswith(said)


def test_what_is_no_file_says_so(child: Child, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    assert checked(tmp_path, child, rng).reason == "is not a file"
    assert checked(tmp_path / "absent.py", child, rng).reason.startswith("cannot be read: No such")


def test_a_function_may_be_made_in_other_ways_than_by_def(child: Child, tmp_path: Path) -> None:
    renamed = SOLUTION.read_text().replace("def sigmoid", "def made")
    for tail in (
        "sigmoid = made\n",
        "from functools import partial\nsigmoid = partial(made)\n",
        "class sigmoid:\n    def __new__(cls, z):\n        return made(z)\n",
        "if __name__ == '__main__':\n    raise SystemExit(1)\nsigmoid = lambda z: made(z)\n",
    ):
        assert report_on(renamed + tail, tmp_path, child).outcome == PASSED


def test_several_exercises_in_one_file_are_checked_one_by_one(child: Child, tmp_path: Path) -> None:
    one_hot = SOLUTION.with_name("one_hot.py").read_text()
    report = report_on(one_hot + WRONG, tmp_path, child)
    outcomes = [(verdict.exercise.name, verdict.outcome) for verdict in report.verdicts]
    assert outcomes == [("one_hot", PASSED), ("sigmoid", FAILED)]
    assert report.outcome == FAILED
