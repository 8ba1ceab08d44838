"""Threads and processes that share work: all is done, errors arrive, nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from scrawl.nn.parallel import ProcessExecutor, serial
from scrawl.training.workers import workers

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux")

# Hires two processes that print who they are, and then waits with them.
HIRING = """
import os, signal, time
from scrawl.training.workers import workers

def work(number, order):
    os.write(1, b"%d\\n" % os.getpid())  # in one piece

with workers(3) as processes:
    all_do = processes.start(work)
    all_do("come")
    {then}
"""


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int]) -> bool:
    """Wait until no process of these is left; tell whether that came to pass."""
    for _ in range(200):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.05)
    return False


def started(then: str) -> tuple[subprocess.Popen[str], list[int]]:
    """Start the script above; return it and the processes at work, itself the first."""
    script = subprocess.Popen(
        [sys.executable, "-c", HIRING.format(then=then)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert script.stdout is not None
    pids = {int(script.stdout.readline()) for _ in range(3)}
    assert script.pid in pids
    return script, [script.pid, *(pids - {script.pid})]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_every_piece_is_done_once(threads: int) -> None:
    done: list[int] = []
    with workers(threads) as executor:
        executor(done.append, range(100))
    assert sorted(done) == list(range(100))


def test_threads_work_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=30)  # breaks unless three come
    with workers(3) as executor:
        executor(lambda _: meeting.wait(), range(3))


@pytest.mark.parametrize("piece", [0, 7])
def test_an_error_in_a_piece_is_raised(piece: int) -> None:
    def task(i: int) -> None:
        if i == piece:
            raise ValueError("piece of trouble")

    with workers(2) as executor, pytest.raises(ValueError, match="piece of trouble"):
        executor(task, range(8))


def test_one_thread_needs_nobody_else() -> None:
    with workers(1) as executor:
        assert executor is serial


def test_no_threads_are_refused() -> None:
    with pytest.raises(ValueError, match=r"--threads: found 0, expected 1 or more"), workers(0):
        pass


@linux_only
def test_processes_work_on_memory_that_all_see() -> None:
    with workers(3) as processes:
        assert isinstance(processes, ProcessExecutor)
        table = processes.shared(np.arange(6, dtype=np.float32).reshape(3, 2))
        own = np.zeros(3)

        def work(number: int, factor: float) -> tuple[int, int]:
            table[number] *= factor
            own[number] = 1
            return number, os.getpid()

        replies = processes.start(work)(10.0)
    assert table.tolist() == [[0, 10], [20, 30], [40, 50]]
    assert own.tolist() == [1, 0, 0]  # the others have arrays of their own
    numbers, pids = zip(*replies, strict=True)
    assert numbers == (0, 1, 2)
    assert pids[0] == os.getpid()
    assert len(set(pids)) == 3
    assert gone(list(pids[1:]))


@linux_only
@pytest.mark.parametrize("culprit", [0, 1])
def test_an_error_in_a_process_is_raised_and_the_next_order_is_carried_out(culprit: int) -> None:
    def work(number: int, order: str) -> str:
        if order == "fail" and number == culprit:
            raise ValueError(f"trouble in {number}")
        return f"{order} {number}"

    with workers(2) as processes:
        assert isinstance(processes, ProcessExecutor)
        all_do = processes.start(work)
        with pytest.raises(ValueError, match=f"trouble in {culprit}"):
            all_do("fail")
        assert all_do("go on") == ["go on 0", "go on 1"]


@linux_only
def test_who_is_hired_later_takes_the_place_of_who_was_before() -> None:
    with workers(2) as processes:
        assert isinstance(processes, ProcessExecutor)
        first = processes.start(lambda *_: os.getpid())(None)
        second = processes.start(lambda *_: os.getpid())(None)
        assert gone(first[1:])
        assert alive(second[1])


@linux_only
def test_a_process_that_is_killed_is_told_of_with_a_remedy() -> None:
    def work(number: int, _: None) -> None:
        if number:
            os.kill(os.getpid(), signal.SIGKILL)

    with workers(2) as processes:
        assert isinstance(processes, ProcessExecutor)
        with pytest.raises(ChildProcessError, match=r"is gone.*fewer --threads or more memory"):
            processes.start(work)(None)


@linux_only
def test_processes_end_when_the_one_that_hired_them_is_killed() -> None:
    script, pids = started("time.sleep(60)")
    assert all(map(alive, pids))
    script.kill()
    script.communicate()
    assert gone(pids)


@linux_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_is_left_to_the_one_that_gives_orders(number: signal.Signals) -> None:
    script, pids = started(
        "[signal.signal(n, lambda *_: None) for n in (2, 15)]; os.write(1, b'ready\\n');"
        "time.sleep(0.5); all_do('come'); os.write(1, b'all came\\n')"
    )
    assert script.stdout is not None
    assert script.stdout.readline() == "ready\n"
    os.killpg(script.pid, number)
    said = script.communicate(timeout=60)[0].split("\n")
    assert sorted(map(int, said[:3])) == sorted(pids)
    assert said[3] == "all came"
    assert gone(pids)
