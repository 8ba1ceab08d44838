"""Training that is killed goes on to the bits of one that was not."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from forged import forged
from project import BIN
from scrawl import __main__ as cli
from scrawl.artifacts import model, store
from scrawl.artifacts.prepared import Dataset
from scrawl.nn.examples import Examples
from scrawl.nn.registries import OPTIMISERS
from scrawl.nn.shards import COPIES, SHARD, ShardedNetwork
from scrawl.nn.state import Composite
from scrawl.pipeline import provenance, recovery
from scrawl.results.runs import read_cost
from scrawl.settings.experiment import CHECKPOINT_SECONDS, Run
from scrawl.stages import train
from scrawl.training import checkpoint
from scrawl.training import run as training_run
from scrawl.training.checkpoint import Checkpoint
from scrawl.training.environment import environment
from scrawl.training.examples import TrainingData
from stages.test_train import QUICK, history_of, prepared
from whole.test_faults import unprivileged

DATASET = Dataset(("a", "b", "c"), (2, 2), "unit", 0.0, 1.0)


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the libraries' versions once only: it takes longer than the training here."""
    found = environment()
    monkeypatch.setattr(checkpoint, "environment", lambda: found)


# --- between any two steps ------------------------------------------------------------------------


class KilledError(Exception):
    """Training was killed."""


class Dying(Checkpoint):
    """Writes a checkpoint after so many steps, after which nothing is left but the file."""

    steps_left: int

    def pause(self) -> None:
        """Die, when it is time."""
        if self.steps_left == 0:
            self.due = 0
            super().pause()
            raise KilledError
        self.steps_left -= 1


def examples(n: int, seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    images = rng.random((n, 4), dtype=np.float32)
    return Examples(images, np.eye(3, dtype=np.float32)[rng.integers(0, 3, n)], (2, 2))


def outcome(run: Run, at: Checkpoint = checkpoint.NEVER) -> tuple[Any, ...]:
    """Train on 38 examples; return everything that comes of it, down to the last bit."""
    data = TrainingData(examples(38, 1), examples(20, 2), DATASET)
    network, history, found = training_run.train(run, data, checkpoint=at)
    tables = {name: array.tobytes() for name, array in network.tables().items()}
    return tables, repr(history), found


PLAIN: dict[str, Any] = {"hidden": [5], "batch_size": 16, "epochs": 4}
SETTINGS: list[dict[str, Any]] = [
    *({"optimiser": name, "learning_rate": 0.01} for name in OPTIMISERS),
    {"average": "exponential", "keep": "best"},
    {"average": "tail", "dropout": 0.3, "hidden": [5, 6]},
    {"dropout": 0.5, "batch_normalisation": True, "hidden": [5, 5], "clip_norm": 0.1},
    {"batch_normalisation": True, "keep": "best", "average": "exponential", "patience": 2},
    {"patience": 1, "epochs": 30, "learning_rate": 2},
    {"keep": "best", "dropout": 0.2, "optimiser": "adamw", "weight_decay": 0.1, "patience": 3},
    {"shuffle": False, "warm_up": 0.4, "schedule": "cosine", "label_smoothing": 0.1},
    {"batch_size": 38, "epochs": 6},
    {"batch_size": 1, "epochs": 1, "dropout": 0.1},
    {
        "filters": [[2]],
        "pooling": "none",
        "kernel": 2,
        "dropout": 0.3,
        "batch_size": 38,
        "epochs": 6,
    },
    {"filters": [[2]], "padding": 1, "kernel": 2, "batch_normalisation": True, "keep": "best"},
    {"shift_pixels": 1},
    {"adversarial_radius": 0.5, "dropout": 0.1, "optimiser": "adamw", "learning_rate": 0.01},
    {"rotation_degrees": 30, "elastic_pixels": 1, "dropout": 0.1},
]


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("steps", [1, 5])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_killed_after_every_few_steps_training_comes_to_the_same_bits(
    settings: dict[str, Any], steps: int, tmp_path: Path
) -> None:
    run = Run.parse(PLAIN | settings)
    expected, found, kills = outcome(run), None, 0
    while found is None:
        at = Dying(tmp_path / "c.h5", 60, run.as_dict())
        at.steps_left = steps
        try:
            found = outcome(run, at)
        except KilledError:
            kills += 1
    assert found == expected
    assert kills > 0


def test_every_random_stream_of_a_layer_is_kept() -> None:
    run = Run.parse({"hidden": [5, 6], "dropout": 0.3, "batch_normalisation": True})
    network = model.build(run, (2, 2), 3, np.random.default_rng(0))
    for layer in network.layers:
        drawn_from = [v for v in vars(layer).values() if isinstance(v, np.random.Generator)]
        assert all(one is layer.rng for one in drawn_from), layer.name
    assert [name for name in network.state() if "stream" in name] == [
        "4-dropout/stream",
        "8-dropout/stream",
    ]


def test_every_random_stream_of_a_shard_is_kept_before_there_are_shards() -> None:
    run = Run.parse({"filters": [[2]], "kernel": 1, "hidden": [5, 6], "dropout": 0.3})
    network = model.build(run, (2, 2), 3, np.random.default_rng(0))
    before = [name for name in network.state() if "stream" in name]
    network.reserve(SHARD * COPIES)
    assert isinstance(network, ShardedNetwork)
    drawn_from = [layer.rng for part in network.copies for layer in part.layers if layer.rng]
    assert set(map(id, network.streams().values())) == set(map(id, drawn_from))
    assert [name for name in network.state() if "stream" in name] == before
    assert len(before) == 2 * COPIES


def test_parts_that_do_not_all_fit_are_left_as_they_were() -> None:
    class Part:
        def __init__(self, value: float) -> None:
            self.value = np.array(value)

        def state(self) -> dict[str, Any]:
            return {"value": self.value}

        def restore(self, state: dict[str, Any]) -> None:
            if state["value"] > 9:
                raise ValueError("too much")
            self.value[...] = state["value"]

    first, second = Part(1), Part(2)
    both = Composite({"first": first, "second": second})
    fits, does_not = {"first/value": np.array(7.0)}, {"second/value": np.array(99.0)}
    for saved in (fits | does_not, fits):
        with pytest.raises(ValueError, match=r"too much|holds first, expected first, second"):
            both.restore(saved)
        assert (float(first.value), float(second.value)) == (1, 2)
    both.restore(fits | {"second/value": np.array(8.0)})
    assert (float(first.value), float(second.value)) == (7, 8)


# --- a process that is killed ---------------------------------------------------------------------

# Some seconds of training, in small steps.
LONG: dict[str, Any] = {"hidden": [6], "epochs": 700, "batch_size": 2, "seed": 5, "dropout": 0.1}


def command(data: Path, settings: dict[str, Any], folder: Path, every: float) -> list[str]:
    words = ["train", "--settings", Run.parse(settings).canonical(), "--data", data]
    words += ["--model", folder / "model.h5", "--history", folder / "history.csv"]
    words += ["--checkpoint", folder / "kept/5.h5", "--checkpoint-every", every]
    return [str(word) for word in words]


def started(words: list[str], **how: Any) -> subprocess.Popen[str]:
    process: subprocess.Popen[str] = subprocess.Popen(
        [BIN / "scrawl", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **how,
    )
    return process


def results(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in ("model.h5", "history.csv")]


def wait_for_another(path: Path, process: subprocess.Popen[str], before: int) -> None:
    """Wait until a file is there that is not the one before."""
    while process.poll() is None:
        if path.exists() and path.stat().st_mtime_ns != before:
            return
        time.sleep(0.005)
    raise AssertionError(process.stdout.read() if process.stdout else "")


def test_a_killed_process_goes_on_from_its_checkpoint_to_the_same_bytes(tmp_path: Path) -> None:
    data, kept = prepared(tmp_path / "p.h5"), tmp_path / "killed/kept/5.h5"
    words, written = command(data, LONG, tmp_path / "killed", 0.1), 0
    status = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: 130}
    reached: list[int] = []
    spent: list[float] = []
    for number, expected in status.items():
        with started(words) as process:
            wait_for_another(kept, process, written)
            process.send_signal(number)
            output, _ = process.communicate()
        assert process.returncode == expected
        assert ("resumed at epoch" in output) == bool(reached)
        assert ("scrawl train: interrupted" in output) == (number != signal.SIGKILL)
        with store.reading(kept, "checkpoint") as file:
            reached.append(int(file["progress/steps"][()]))
            spent.append(float(file["cost/core_seconds"][()]))
        assert list(kept.parent.iterdir()) == [kept]
        assert not (tmp_path / "killed/model.h5").exists()
        written = kept.stat().st_mtime_ns
    assert reached == sorted(reached)
    assert reached[-1] > 0
    assert 0 < spent[0] < spent[1] < spent[2]
    with started(words) as process:
        output, _ = process.communicate()
    assert f"step {reached[-1]}\n" in output
    epochs = [int(row["epoch"]) for row in history_of(tmp_path / "killed")]
    assert epochs == list(range(1, LONG["epochs"] + 1))
    assert list(kept.parent.iterdir()) == []
    assert cli.main(command(data, LONG, tmp_path / "whole", 0)) == 0
    assert results(tmp_path / "killed") == results(tmp_path / "whole")
    cost, whole = (read_cost(tmp_path / name / "cost.json") for name in ("killed", "whole"))
    assert (cost["resumed"], whole["resumed"]) == (3, 0)
    assert cost["core_seconds"] > spent[-1]  # all processes' together


def test_ctrl_c_before_the_first_interval_is_over_leaves_a_checkpoint_too(tmp_path: Path) -> None:
    words = command(prepared(tmp_path / "p.h5"), LONG, tmp_path, 3600)
    with started(words) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait()
    assert process.returncode == 130
    assert (tmp_path / "kept/5.h5").exists()


def test_a_signal_that_is_to_be_ignored_interrupts_nothing(tmp_path: Path) -> None:
    words = command(prepared(tmp_path / "p.h5"), {**LONG, "epochs": 150}, tmp_path, 3600)
    ignoring = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)}  # as by nohup
    with started(words, **ignoring) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0
    assert (tmp_path / "model.h5").exists()


def test_what_a_killed_process_left_half_written_is_gone_at_the_end(tmp_path: Path) -> None:
    half, others = tmp_path / "5.h5.0123abcd.part", tmp_path / "6.h5.0123abcd.part"
    for path in (half, others):
        path.write_bytes(b"half")
    with checkpoint.Checkpoint(tmp_path / "5.h5", 60):
        pass
    assert list(tmp_path.iterdir()) == [others]


def test_a_disk_that_is_full_is_spoken_of_once_until_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = iter([True, True, False, True, True])

    def write(self: checkpoint.Checkpoint, path: Path) -> None:
        if next(full):
            raise OSError("no room")

    monkeypatch.setattr(checkpoint.Checkpoint, "write", write)
    kept = checkpoint.Checkpoint(tmp_path / "5.h5", 1e-9)
    kept.resume(Composite({}))
    for said in (1, 0, 0, 1, 0):
        kept.pause()
        assert capsys.readouterr().out.count("no checkpoint: no room; training goes on") == said


def test_a_signal_after_the_last_step_ends_nothing_that_comes_after_training(
    tmp_path: Path,
) -> None:
    try:
        with checkpoint.Checkpoint(tmp_path / "5.h5", 60):
            signal.raise_signal(signal.SIGTERM)
            assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 2
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_a_second_signal_gives_no_further_time(tmp_path: Path) -> None:
    with checkpoint.Checkpoint(tmp_path / "5.h5", 60) as kept:
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.05)
        left = signal.getitimer(signal.ITIMER_REAL)[0]
        signal.raise_signal(signal.SIGINT)
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= left
        assert kept.asked == signal.SIGTERM


STUCK = """
import os, signal, time
from pathlib import Path
from scrawl.training import checkpoint
from scrawl.training import run as training_run
checkpoint.LEAVE_SECONDS = 0.1
with checkpoint.Checkpoint(Path("c.h5"), 60):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(600)  # a step
"""


def test_a_step_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], cwd=tmp_path, check=False, timeout=60)
    assert ended.returncode == -signal.SIGALRM


def test_a_second_signal_leaves_as_much_time_for_the_last_checkpoint(tmp_path: Path) -> None:
    again = STUCK.replace("time.sleep", "os.kill(os.getpid(), signal.SIGTERM); time.sleep")
    ended = subprocess.run([sys.executable, "-c", again], cwd=tmp_path, check=False, timeout=60)
    assert ended.returncode == -signal.SIGALRM


def test_signals_are_left_to_whom_they_were_before(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Checkpoint(tmp_path / "c.h5", 60):
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


# --- whose it is ----------------------------------------------------------------------------------


def die_after(steps: int, patch: pytest.MonkeyPatch) -> None:
    """Let `scrawl train` in this process die after so many steps."""
    patch.setattr(train, "Checkpoint", Dying)
    patch.setattr(Dying, "steps_left", steps, raising=False)


@pytest.fixture
def left(tmp_path: Path, libraries: None) -> Path:
    """Leave the checkpoint of a run of `QUICK` in a folder, with its data; return its path."""
    words = command(prepared(tmp_path / "p.h5"), QUICK, tmp_path, 60)
    with pytest.MonkeyPatch.context() as patch:
        die_after(20, patch)
        with pytest.raises(KilledError):
            cli.main(words)
    return tmp_path / "kept/5.h5"


def again(left: Path, **changes: Any) -> int:
    folder = left.parents[1]
    return cli.main(command(folder / "p.h5", QUICK | changes, folder, 60))


def test_a_checkpoint_of_the_same_run_is_taken_and_then_gone(
    left: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert again(left) == 0
    assert "resumed at epoch 2, step 20\n" in capsys.readouterr().out
    assert list(left.parent.iterdir()) == []
    assert len(history_of(left.parents[1])) == 3
    assert read_cost(left.parents[1] / "cost.json")["resumed"] == 1


def flip(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["network/1-dense/weights"][0, 0] += 1


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def without_a_part(path: Path) -> None:
    with forged(path) as file:
        del file["optimiser"]


def of_another_shape(path: Path) -> None:
    with forged(path) as file:
        del file["observer/weights"]
        file["observer/weights"] = np.zeros(3, np.float32)


def without_code(path: Path) -> None:
    with forged(path) as file:
        file.attrs["code"] = store.as_fixed_text("[")


def another_file(path: Path) -> None:
    path.write_bytes((path.parents[1] / "p.h5").read_bytes())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (flip, "its content has changed since it was written"),
        (truncate, "not a complete HDF5 file"),
        (without_a_part, "holds best, cost, network, observer, progress, expected"),
        (of_another_shape, "the observer needs"),
        (without_code, "with other code (unreadable)"),
        (another_file, "the attribute 'format' is scrawl/prepared"),
        (lambda path: path.write_bytes(b""), "not a complete HDF5 file"),
    ],
)
def test_a_damaged_checkpoint_is_set_aside_with_a_line_and_the_run_starts_afresh(
    left: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    words: str,
) -> None:
    damage(left)
    assert again(left) == 0
    assert_set_aside(left, capsys, words)
    whole = left.parents[1] / "whole"
    assert cli.main(command(left.parents[1] / "p.h5", QUICK, whole, 0)) == 0
    assert results(left.parents[1]) == results(whole)
    assert read_cost(left.parents[1] / "cost.json")["resumed"] == 0


def assert_set_aside(left: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    (line,) = re.findall("checkpoint set aside as.*", capsys.readouterr().out)
    assert words in line
    assert str(left) in line
    assert line.endswith("; training starts afresh")
    assert [path.name for path in left.parent.iterdir()] == ["5.h5.set-aside"]


def test_a_checkpoint_of_other_settings_is_set_aside(
    left: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert again(left, epochs=4, dropout=0.1) == 0
    assert_set_aside(left, capsys, "of a run with other settings (dropout, epochs)")


def test_a_checkpoint_of_other_data_is_set_aside(
    left: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(left.parents[1] / "p.h5", n_validation=21)
    assert again(left) == 0
    assert_set_aside(left, capsys, "of a run with other data (prepared)")


def test_a_checkpoint_of_other_code_is_set_aside(
    left: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = provenance.code_of("stages.train")
    changed = [one + "0" if one.startswith("nn.losses@") else one for one in code]
    monkeypatch.setattr(provenance, "code_of", lambda _: changed)
    assert again(left) == 0
    assert_set_aside(left, capsys, "of a run with other code (nn.losses)")


def test_a_checkpoint_of_other_libraries_is_set_aside(
    left: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = environment()
    monkeypatch.setattr(checkpoint, "environment", lambda: found | {"numpy": "9.9"})
    assert again(left) == 0
    assert_set_aside(left, capsys, "of a run with other libraries or another machine (numpy)")


def test_the_code_is_that_which_the_process_began_with(
    left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(Path, "read_text", lambda path, **_: read.append(path))
    Checkpoint(left, 60, {}).key  # noqa: B018
    assert read == []


def test_it_can_be_inspected(left: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(left)]) == 0
    out = capsys.readouterr().out
    assert "@format = scrawl/checkpoint" in out
    assert re.search(r"/optimiser/velocity +\(\d+,\) float32", out)


# --- what stands in the way -----------------------------------------------------------------------


def test_a_short_run_writes_none_and_a_run_that_is_to_write_none_reads_none(
    left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = left.read_bytes()
    monkeypatch.setattr(Checkpoint, "write", lambda *_: pytest.fail("a checkpoint was written"))
    folder = left.parents[1]
    assert cli.main(command(folder / "p.h5", QUICK, folder, 0)) == 0
    assert left.read_bytes() == content
    assert cli.main(command(folder / "p.h5", QUICK, folder / "short", CHECKPOINT_SECONDS)) == 0
    assert not (folder / "short/kept").exists()


def test_an_interval_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(command(prepared(tmp_path / "p.h5"), QUICK, tmp_path, -1)) == 1
    assert "--checkpoint-every: found -1.0, expected seconds" in capsys.readouterr().err


def test_a_full_disk_ends_no_run_that_does_not_need_it(tmp_path: Path) -> None:
    data, settings = prepared(tmp_path / "p.h5"), LONG | {"epochs": 100}
    assert cli.main(command(data, settings, tmp_path / "whole", 0)) == 0
    size = max(path.stat().st_size for path in (tmp_path / "whole").iterdir())

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    with started(command(data, settings, tmp_path / "full", 0.02), preexec_fn=limit) as process:
        output, _ = process.communicate()
    assert process.returncode == 0, output
    (line,) = re.findall("no checkpoint: .*", output)
    assert re.fullmatch(r"no checkpoint: \[Errno 27\] .*kept/.*; training goes on without", line)
    assert list((tmp_path / "full/kept").iterdir()) == []
    assert results(tmp_path / "full") == results(tmp_path / "whole")


def test_a_folder_that_is_read_only_ends_no_run(tmp_path: Path) -> None:
    data, folder = prepared(tmp_path / "p.h5"), tmp_path / "kept"
    folder.mkdir(mode=0o500)
    words = [
        *unprivileged(),
        str(BIN / "scrawl"),
        *command(data, LONG | {"epochs": 100}, tmp_path, 0.02),
    ]
    try:
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
    finally:
        folder.chmod(0o700)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("no checkpoint: [Errno 13] Permission denied") == 1


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return prepared(tmp_path / "p.h5")


@pytest.fixture
def dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process a job of a run that has ended."""
    run = recovery.begin(tmp_path / "snakemake")
    monkeypatch.setenv(recovery.VARIABLE, run.name)
    run.close()


@pytest.mark.usefixtures("data", "dead")
def test_an_orphan_ends_where_it_would_write_a_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, kept = tmp_path / "p.h5", tmp_path / "kept/5.h5"
    kept.parent.mkdir()
    kept.write_bytes(b"a successor's")
    at = Checkpoint(kept, 1e-9)
    at.due = 0
    with pytest.raises(ValueError, match=r"5\.h5: not written, .* has ended"):
        at.pause()
    with at:
        pass
    assert kept.read_bytes() == b"a successor's"
    assert cli.main(command(data, QUICK, tmp_path / "other", 1e-9)) == 1
    assert "has ended; run it again" in capsys.readouterr().err


@pytest.mark.usefixtures("dead", "libraries")
def test_a_job_that_outlives_snakemake_after_a_signal_to_both_still_writes_its_checkpoint(
    tmp_path: Path,
) -> None:
    run = Run.parse(PLAIN)
    at = Checkpoint(tmp_path / "c.h5", 60, run.as_dict())
    at.asked = signal.SIGTERM
    with pytest.raises(KeyboardInterrupt) as caught:
        outcome(run, at)
    assert caught.value.args == (signal.SIGTERM,)
    assert (tmp_path / "c.h5").exists()


@pytest.mark.usefixtures("libraries", "bucket")
def test_another_machine_goes_on_from_the_copy_in_storage_to_the_same_bits(tmp_path: Path) -> None:
    run = Run.parse(PLAIN)
    whole = outcome(run)
    here, there = tmp_path / "here", tmp_path / "there"
    at = Dying(here / "c.h5", 60, run.as_dict())
    at.steps_left = 7
    with pytest.raises(KilledError):
        outcome(run, at)
    with Checkpoint(there / "c.h5", 60, run.as_dict()) as resumed:
        assert outcome(run, resumed) == whole
    assert resumed.meter.resumed == 1
    assert list((tmp_path / "bucket").iterdir()) == []


@pytest.mark.usefixtures("libraries")
def test_a_storage_that_cannot_be_reached_ends_no_training(
    tmp_path: Path, bucket: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.parse(PLAIN)
    whole = outcome(run)
    bucket.rmdir()
    with Checkpoint(tmp_path / "c.h5", 1e-9, run.as_dict()) as at:
        assert outcome(run, at) == whole
    assert capsys.readouterr().out.count("; training goes on without") == 1
