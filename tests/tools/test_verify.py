"""`scrawl verify` names the first link of the chain that does not hold."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from forged import forged
from project import Project
from scrawl import __main__ as cli
from scrawl.artifacts import store
from scrawl.data import idx
from scrawl.settings.experiment import Run
from scrawl.training.checkpoint import Checkpoint
from scrawl.training.examples import TrainingData
from scrawl.training.run import train

RUN = Path("runs/plain/1")


@pytest.fixture
def dots(project: Project) -> Path:
    return project.folder / "artifacts/dots"


def verify(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the message with which the command refuses a path."""
    assert cli.main(["verify", str(path)]) == 1
    return capsys.readouterr().err


def test_a_whole_chain_holds_and_every_file_is_listed(
    finished: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = finished.folder / "artifacts/dots"
    assert cli.main(["verify", str(folder)]) == 0
    out = capsys.readouterr().out
    assert out.endswith("dots: the chain holds, 21 files\n")
    with store.reading(folder / "decoded.h5", "decoded") as file:
        digest = store.sha256_of_content(file)
    assert f"{digest[:16]}  {folder / 'decoded.h5'}\n" in out


def test_of_one_artifact_only_what_it_was_made_from_is_verified(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dots / "runs/deep/1/model.h5").write_bytes(b"damaged")
    assert cli.main(["verify", str(dots / RUN / "metrics.json")]) == 0
    assert "the chain holds, 9 files" in capsys.readouterr().out
    assert "deep/1/model.h5: not a complete HDF5 file" in verify(dots, capsys)


def change_value(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        (name,) = [n for n in ("train/labels", "layers/1-dense/weights", "labels") if n in file]
        file[name][0] = 1 - file[name][0]


def write_other_raw(path: Path) -> None:
    idx.write(path, np.zeros(240, np.uint8))


@pytest.mark.parametrize(
    ("name", "change", "broken"),
    [
        ("raw/train-labels.idx.gz", write_other_raw, "decoded.h5: made from another train-labels"),
        ("raw/train-labels.idx.gz", Path.unlink, "decoded.h5: made from train-labels, which is"),
        ("decoded.h5", change_value, "decoded.h5: its content has changed since it was written"),
        ("prepared/unit.h5", change_value, "prepared/unit.h5: its content has changed"),
        (RUN / "model.h5", change_value, "model.h5: its content has changed"),
        (RUN / "predictions.h5", change_value, "predictions.h5: its content has changed"),
    ],
)
def test_the_first_broken_link_is_named(
    dots: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    change: Callable[[Path], None],
    broken: str,
) -> None:
    change(dots / name)
    assert broken in verify(dots / RUN / "metrics.json", capsys)


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"accuracy": 0.999}, "accuracy: found 0.999, expected"),
        ({"correct": 1}, "correct: found 1, expected"),
        ({"n": 59}, "n: found 59, expected 60"),
        ({"loss": 0.5}, "loss: found 0.5, expected"),
        ({"loss": None}, "loss: found None, expected"),
        ({"loss_name": "quadratic"}, "loss_name: found quadratic, expected cross-entropy"),
        ({"interval": {"low": 0.0, "high": 1.0, "level": 0.95}}, "interval: found"),
        ({"confusion": [[60]]}, "confusion: found [[60]], expected"),
        ({"per_class": []}, "per_class: found []"),
        ({"class_names": list("abcd")}, "class_names: found ['a'"),
        ({"commonest_class": {"class": "1", "accuracy": 0.25}}, "commonest_class: found"),
        ({"parameters": 3}, "parameters: found 3, expected 124"),
        ({"seed": 2}, "seed: found 2, expected 1"),
        ({"settings": {}}, "its settings name no normalisation"),
        ({"made_from": {}}, "does not record which prepared it was made from"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_scores_are_computed_again_from_the_answers(
    finished: Project,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, Any],
    broken: str,
) -> None:
    path = finished.folder / "artifacts/dots" / RUN / "metrics.json"
    before = path.read_text()
    path.write_text(json.dumps(json.loads(before) | changed))
    try:
        message = verify(path, capsys)
    finally:
        path.write_text(before)
    assert f"metrics.json: {broken}" in message
    named = path.relative_to(finished.folder)
    command = f"`snakemake --cores 1 --force {named}`"
    assert f"in {finished.folder}, make it again with {command}" in message


def test_an_artifact_that_records_no_origin_is_refused(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, lacks in (
        ("decoded.h5", "train-images"),
        ("prepared/unit.h5", "decoded"),
        (RUN / "model.h5", "prepared"),
        (RUN / "predictions.h5", "prepared"),
    ):
        before = (dots / name).read_bytes()
        with forged(dots / name) as file:
            store.write_attributes(file, made_from="{}")
        message = verify(dots / name, capsys)
        assert f"does not record which {lacks} it was made from (made_from: found noth" in message
        (dots / name).write_bytes(before)


def test_answers_that_are_not_the_most_probable_classes_are_found(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with forged(dots / RUN / "predictions.h5") as file:
        file["predicted"][0] = 3 - file["predicted"][0]
    assert "/predicted is not the class of the highest probability" in verify(dots, capsys)


def corrupt(dots: Path, run: str, *models: str) -> Path:
    """Write scores of corrupted images, of one network or of several together."""
    output = dots / "runs" / run / "corruptions.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    networks = [dots / "runs" / name / "model.h5" for name in models]
    words = ["--data", dots / "prepared/unit.h5", "--models", *networks, "--output", output]
    assert cli.main(["corrupt", *map(str, words)]) == 0
    return output


def test_scores_of_corrupted_images_are_held_to_the_networks_that_are_there(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {
        "model": corrupt(dots, "plain/1", "plain/1"),
        "plain/2": corrupt(dots, "both/1", "plain/1", "plain/2"),
    }
    assert cli.main(["verify", str(dots)]) == 0
    said = capsys.readouterr().out
    assert "scores in corruptions.json" in said
    for network, output in outputs.items():
        assert f"  {output}\n" in said
        content = output.read_text()
        found = json.loads(content)
        found["made_from"][network] = "0" * 64
        output.write_text(json.dumps(found))
        assert f"{output}: made from another {network}: SHA-256 0000" in verify(dots, capsys)
        output.write_text(json.dumps(found | {"made_from": {}}))
        assert f"{output}: does not record which networks" in verify(output, capsys)
        output.write_text(content)


def test_scores_on_another_dataset_are_verified_where_that_dataset_is(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Called as folders of the pipeline are, which must not be confused.
    twin, answers = dots.with_name("validation"), dots / RUN / "on/validation"
    shutil.copytree(dots, twin, ignore=shutil.ignore_patterns("runs"))
    answers.mkdir(parents=True)
    words = ["--data", twin / "prepared/unit.h5", "--model", dots / RUN / "model.h5"]
    written = [answers / "metrics.json", answers / "predictions.h5"]
    words += ["--metrics", written[0], "--predictions", written[1]]
    assert cli.main(["transfer", *map(str, words)]) == 0
    assert cli.main(["verify", str(dots)]) == 0
    said = capsys.readouterr().out
    for path in (*written, twin / "prepared/unit.h5", twin / "decoded.h5"):
        assert f"  {path}\n" in said
    before = written[0].read_text()
    written[0].write_text(json.dumps(json.loads(before) | {"accuracy": 0.999}))
    assert "metrics.json: accuracy: found 0.999, expected" in verify(dots, capsys)
    written[0].write_text(before)
    change_value(twin / "decoded.h5")
    assert f"{twin / 'decoded.h5'}: its content has changed" in verify(dots, capsys)
    shutil.rmtree(twin)
    assert cli.main(["verify", str(dots)]) == 0
    (line,) = [n for n in capsys.readouterr().out.splitlines() if n.startswith("not covered: ")]
    assert "1 × metrics.json" in line
    assert "1 × predictions.h5" in line


def test_what_no_digest_covers_is_listed(
    finished: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["verify", str(finished.folder / "artifacts/dots")]) == 0
    (line,) = [n for n in capsys.readouterr().out.splitlines() if n.startswith("not covered: ")]
    for kind in ("4 × history.csv", "1 × reports/", "figures/", "findings in metrics.json"):
        assert kind in line


def test_a_source_that_has_changed_is_named_and_the_same_command_copies_it_again(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)  # the source is relative
    assert cli.main(["verify", "artifacts/dots"]) == 0
    source = project.folder / "data/train-labels.idx.gz"
    labels = idx.read(source)
    source.unlink()
    idx.write(source, labels.max() - labels)
    words = "raw/train-labels.idx.gz: its source data/train-labels.idx.gz has changed"
    assert words in verify(Path("artifacts/dots"), capsys)
    assert "download" in project.planned("decoded")
    source.unlink()  # gone, it is no reason to do anything
    assert project.planned("decoded") == set()


def test_a_network_of_other_data_is_found_though_every_file_is_whole(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dots / RUN / "model.h5").write_bytes((dots / "runs/plain/2/model.h5").read_bytes())
    assert f"{RUN / 'predictions.h5'}: made from another model" in verify(dots, capsys)


def test_a_flipped_bit_anywhere_is_found_or_changes_no_content(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = dots / RUN / "model.h5"
    content = path.read_bytes()
    with store.reading(path, "model") as file:
        digest = store.sha256_of_content(file)
    found = 0
    for place in range(0, len(content), 97):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        if cli.main(["verify", str(path)]) == 0:
            with store.reading(path, "model") as file:
                assert store.content_sha256(file) == digest
        else:
            found += 1
            assert f"{path}: " in capsys.readouterr().err
    assert found > 0


def test_a_checkpoint_is_verified_where_it_is_named(
    dots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, path = Run(hidden=()), dots / "checkpoints/x/1.h5"
    data = TrainingData.read(dots / "prepared/unit.h5", run)
    at = Checkpoint(path, 60, run.as_dict(), data.sha256)
    at.asked = signal.SIGTERM
    with pytest.raises(KeyboardInterrupt):
        train(run, data, checkpoint=at)
    assert cli.main(["verify", str(path)]) == 0
    assert "the chain holds, 7 files" in capsys.readouterr().out
    with h5py.File(path, "r+") as file:
        file["network/1-dense/biases"][0] += 1
    assert "1.h5: its content has changed since it was written" in verify(path, capsys)


def test_a_path_outside_the_artifacts_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "found no decoded.h5 there or above" in verify(tmp_path, capsys)


def test_machine_and_libraries_are_recorded_beside_the_model_not_in_it(finished: Project) -> None:
    recorded = json.loads(
        (finished.folder / "artifacts/dots" / RUN / "environment.json").read_text()
    )
    assert recorded["numpy"] == np.__version__
    assert (
        np.__version__.encode()
        not in (finished.folder / "artifacts/dots" / RUN / "model.h5").read_bytes()
    )
