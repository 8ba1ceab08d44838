"""`scrawl import`: pictures, NumPy files and tables become IDX datasets."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from PIL import Image

from project import Project
from scrawl import __main__ as cli
from scrawl.data import idx
from scrawl.tools import import_dataset
from scrawl.tools.import_dataset import named_after

Bytes = NDArray[np.uint8]
CLASSES = ("9", "10", "ring")
IMAGES: Bytes = np.random.default_rng(0).integers(0, 256, (30, 6, 5), dtype=np.uint8)
LABELS = np.arange(30) % 3


def tree(folder: Path, numbers: Sequence[int] = range(30)) -> Path:
    """Write some of the images into folders of their classes."""
    for i in numbers:
        place = folder / CLASSES[LABELS[i]] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(IMAGES[i]).save(place)
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def imported(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """Import a dataset, and return its entry."""
    status = cli.main(["import", *map(str, words), "--name", "mine"])
    said = capsys.readouterr()
    assert status == 0, said.err
    entry: dict[str, Any] = yaml.safe_load(said.out)["datasets"]["mine"]
    return entry


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Import what can't be meant: nothing is written, and the reason is returned."""
    assert cli.main(["import", *map(str, words), "--name", "mine", "--output", "mine"]) == 1
    assert not [one for one in Path().iterdir() if "mine" in one.name]
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def written(split: str, folder: str = "data/mine") -> tuple[NDArray[Any], NDArray[Any]]:
    """Return images and labels of a split."""
    images, labels = (
        idx.read(Path(folder, f"{split}-{kind}.idx.gz")) for kind in ("images", "labels")
    )
    return images, labels


def pairs(images: NDArray[Any], labels: Sequence[str]) -> list[tuple[bytes, str]]:
    """Return each image with its label, in an order that does not depend on theirs."""
    both = zip(images.astype(np.float64), labels, strict=True)
    return sorted((image.tobytes(), label) for image, label in both)


def test_every_picture_keeps_its_class_and_each_class_gives_the_same_share(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = imported(capsys, tree(here / "pictures"), "--test", "0.3")
    assert entry["class_names"] == list(CLASSES)
    train, test = written("train"), written("test")
    assert np.bincount(test[1]).tolist() == [3, 3, 3]
    images = np.concatenate([train[0], test[0]])
    labels = [CLASSES[i] for i in (*train[1], *test[1])]
    assert pairs(images, labels) == pairs(IMAGES, [CLASSES[i] for i in LABELS])


def test_the_same_seed_gives_the_same_bytes_and_another_another_split(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tree(here / "pictures")
    entries = [
        imported(capsys, pictures, "--output", name, "--seed", seed)["files"]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert entries[0] == entries[1] != entries[2]


def test_folders_for_training_and_test_are_taken_as_they_are(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(here / "pictures/Train", range(24))
    tree(here / "pictures/test", range(24, 30))
    imported(capsys, here / "pictures")
    for split, of in {"train": slice(24), "test": slice(24, 30)}.items():
        images, labels = written(split)
        expected = pairs(IMAGES[of], [CLASSES[i] for i in LABELS[of]])
        assert pairs(images, [CLASSES[i] for i in labels]) == expected


def write_npz(folder: Path) -> Path:
    np.savez_compressed(
        folder / "a.npz",
        x_train=IMAGES[:24],
        y_train=LABELS[:24],
        x_test=IMAGES[24:],
        y_test=LABELS[24:, None],
        writers=np.arange(30),
    )
    return folder / "a.npz"


def write_npy(folder: Path) -> Path:
    (folder / "arrays").mkdir()
    for split, of in {"train": slice(24), "test": slice(24, 30)}.items():
        np.save(folder / f"arrays/{split}_images.npy", IMAGES[of].reshape(-1, 6, 5))
        np.save(folder / f"arrays/{split}_labels.npy", np.eye(3)[LABELS[of]])
    return folder / "arrays"


def write_csv(folder: Path) -> Path:
    (folder / "tables").mkdir()
    for split, of in {"train": slice(24), "test": slice(24, 30)}.items():
        rows = np.column_stack([LABELS[of], IMAGES[of].reshape(-1, 30)])
        heading = ",".join(["label", *(f"pixel{i}" for i in range(30))])
        path = folder / f"tables/digits_{split}.csv"
        np.savetxt(path, rows, "%d", ",", header=heading, comments="")
    return folder / "tables"


def png(image: Bytes) -> bytes:
    stream = BytesIO()
    Image.fromarray(image).save(stream, "png")
    return stream.getvalue()


def write_parquet(folder: Path) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (folder / "parquet").mkdir()
    for split, of in {"train": slice(24), "test": slice(24, 30)}.items():
        pictures = [{"bytes": png(image), "path": "x.png"} for image in IMAGES[of]]
        table = pyarrow.table({"image": pictures, "label": LABELS[of]})
        parquet.write_table(table, folder / f"parquet/{split}-00000-of-00001.parquet")
    return folder / "parquet"


@pytest.mark.parametrize("write", [write_npz, write_npy, write_csv, write_parquet])
def test_arrays_and_tables_keep_every_value_in_its_order(
    write: Any, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ["--size", "5x6"] if write is write_csv else []
    entry = imported(capsys, write(here), *size)
    assert entry["class_names"] == ["0", "1", "2"]
    for split, of in {"train": slice(24), "test": slice(24, 30)}.items():
        images, labels = written(split)
        assert images.dtype == np.uint8
        np.testing.assert_array_equal(images, IMAGES[of])
        np.testing.assert_array_equal(labels, LABELS[of])


def test_arrays_of_one_corruption_are_a_dataset_as_others_publish_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fog = here / "corrupted/fog"
    fog.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (30, 6, 5, 1), np.uint8)
    labels = np.arange(30) % 3
    for split, of in (("train", slice(20)), ("test", slice(20, 30))):
        np.save(fog / f"{split}_images.npy", images[of])
        np.save(fog / f"{split}_labels.npy", labels[of])
    assert imported(capsys, fog)["class_names"] == ["0", "1", "2"]
    for split, of in (("train", slice(20)), ("test", slice(20, 30))):
        found_images, found_labels = written(split)
        np.testing.assert_array_equal(found_images, images[of, ..., 0])
        np.testing.assert_array_equal(found_labels, labels[of])


def test_labels_from_one_on_and_letters_are_named_and_counted_from_zero(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(here / "a.npz", images=IMAGES, labels=LABELS + 9)
    assert imported(capsys, "a.npz", "--output", "a")["class_names"] == ["9", "10", "11"]
    assert set(written("train", "a")[1]) == {0, 1, 2}
    np.savez(here / "b.npz", images=IMAGES, labels=np.array(["b", "a", "c"])[LABELS])
    assert imported(capsys, "b.npz", "--output", "b")["class_names"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (IMAGES.astype(np.int64) - 1, np.int16),
        (IMAGES / 255, np.float32),
        (IMAGES > 99, np.uint8),
        (IMAGES.astype(np.int64) * 70_000, np.int32),
    ],
)
def test_values_are_kept_in_the_smallest_type_that_holds_them(
    values: NDArray[Any], kind: Any, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(here / "a.npz", images=values, labels=LABELS)
    imported(capsys, "a.npz", "--test", "0.1")
    images, _ = written("train")
    assert images.dtype == kind
    everything = np.concatenate([images, written("test")[0]])
    np.testing.assert_allclose(np.sort(everything.ravel()), np.sort(values.ravel()), rtol=1e-7)


def test_a_table_without_a_heading_has_its_labels_first_or_else_last(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    square = IMAGES[:, :5, :5].reshape(30, 25).copy()
    np.savetxt(here / "first.csv", np.column_stack([LABELS, square]), "%d", ",")
    square[:, 0] = 0
    np.savetxt(here / "last.csv", np.column_stack([square, LABELS]), "%d", ";")
    for name in ("first", "last"):
        imported(capsys, f"{name}.csv", "--output", name)
        assert np.bincount(written("train", name)[1]).tolist() == [8, 8, 8]
        assert written("train", name)[0].shape == (24, 5, 5)


def test_pictures_of_several_sizes_are_refused_scaled_or_centred(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tree(here / "pictures")
    sheet = np.full((60, 40), 230, np.uint8)
    sheet[10:30, 10:14] = 20  # a stick, dark on light
    for path in pictures.rglob("*.png"):
        Image.fromarray(sheet).save(path)
    Image.fromarray(np.repeat(sheet, 2, axis=0)).save(pictures / "9/0.png")
    message = refused(capsys, pictures)
    assert "--size 28x28 scales all" in message
    assert "40 × 60" in message
    assert "40 × 120" in message
    imported(capsys, pictures, "--size", "20x30", "--output", "scaled")
    images, _ = written("train", "scaled")
    assert images.shape[1:] == (30, 20)
    assert set(images[:, 0, 0]) == {230}
    imported(capsys, pictures, "--centre", "--output", "centred")
    images, _ = written("train", "centred")
    assert images.shape[1:] == (28, 28)
    assert set(images[:, 0, 0]) == {0}
    assert set(images.max(axis=(1, 2))) == {255}
    assert {int((image.max(axis=1) > 0).sum()) for image in images} == {20}  # MNIST's box


def test_what_cannot_be_meant_is_refused_and_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tree(here / "pictures")
    assert "found 10 files and no folders" in refused(capsys, pictures / "9")
    assert "there is no 'pictured'" in refused(capsys, "pictured")
    shutil.copy(pictures / "9/0.png", pictures / "0.png")
    assert "found 0.png beside the folders of the classes" in refused(capsys, pictures)
    (pictures / "0.png").unlink()
    (pictures / "9/.DS_Store").write_bytes(b"left by a system")
    (pictures / "9/0.png").write_bytes(b"no picture")
    message = refused(capsys, pictures)
    assert "1 of 30 files can't be taken" in message
    assert "9/0.png: found none of the known formats" in message
    (pictures / "9/0.png").unlink()
    (pictures / "empty").mkdir()
    assert "found no pictures in empty" in refused(capsys, pictures)
    (pictures / "empty").rmdir()
    for name in CLASSES[1:]:
        shutil.rmtree(pictures / name)
    assert "found 1 class (9), expected at least two" in refused(capsys, pictures)
    np.savez(here / "a.npz", images=IMAGES)
    assert "found images; expected images and labels" in refused(capsys, "a.npz")
    np.savez(here / "a.npz", images=IMAGES, labels=np.r_[0, np.ones(29, int)])
    assert "class 0: found one image, expected at least two" in refused(capsys, "a.npz")
    np.savez(here / "a.npz", images=np.full((30, 6, 5), np.nan), labels=LABELS)
    assert "no finite numbers" in refused(capsys, "a.npz")
    np.save(here / "objects.npy", np.array([None]), allow_pickle=True)
    assert "found Python objects" in refused(capsys, "objects.npy")


def test_a_table_without_labels_or_with_text_for_pixels_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.csv").write_text("pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n")
    assert "expected one named label" in refused(capsys, "a.csv")
    (here / "a.csv").write_text("label,file,writer\n1,a.png,x.png\n")
    assert "found names of picture files" in refused(capsys, "a.csv")
    (here / "a.csv").write_text("label,a,b,c,d\n0,1,2,3,4\n1,2,x,4,5\n0,1,1,1,1\n1,2,2,2,2\n")
    assert "found a pixel that is no number" in refused(capsys, "a.csv")
    (here / "a.csv").write_text("label,a,b,c,d\n0,1,2,3,4\n1,2\n")
    assert "line 3: found 2 cells, expected 5" in refused(capsys, "a.csv")


def test_words_that_cannot_be_meant_are_refused_by_name(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tree(here / "pictures")
    for option, value, message in (
        ("--name", "../up", "--name: found '../up', expected text of the form"),
        ("--name", "my digits", "--name: found 'my digits'"),
        ("--seed", "-1", "--seed -1: expected a whole number, at least 0"),
        ("--test", "1", "--test 1.0: expected a share between 0 and 1"),
    ):
        assert cli.main(["import", str(pictures), option, value]) == 1
        assert message in capsys.readouterr().err
    assert not (here / "data").exists()
    os.mkfifo(here / "pipe.npz")
    assert "found neither a file nor a folder" in refused(capsys, "pipe.npz")


def test_a_parquet_table_may_hold_lists_of_pixels_but_no_words(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = IMAGES[:, :5].reshape(30, 25).tolist()
    parquet.write_table(pyarrow.table({"pixels": rows, "label": LABELS}), here / "a.parquet")
    imported(capsys, "a.parquet", "--test", "0.1")
    train, test = written("train")[0], written("test")[0]
    assert pairs(np.concatenate([train, test]), ["x"] * 30) == pairs(IMAGES[:, :5], ["x"] * 30)
    words = pyarrow.table({"a": ["x"] * 30, "b": [1] * 30, "label": LABELS})
    parquet.write_table(words, here / "b.parquet")
    assert "column a: found no numbers, expected pixels" in refused(capsys, "b.parquet")


def test_what_an_import_that_was_killed_left_is_neither_taken_nor_kept(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = tree(here / "pictures")
    child = os.fork()
    if not child:  # dies in the middle, with half of the files

        def blocks(_: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(import_dataset.Collection, "blocks", blocks)
        cli.main(["import", str(pictures), "--name", "mine"])
        os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert [path.name.startswith(".mine-") for path in (here / "data").iterdir()] == [True]
    imported(capsys, pictures)
    assert [path.name for path in (here / "data").iterdir()] == ["mine"]
    assert len(written("train")[0]) == 24


def test_what_is_there_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data/mine").mkdir(parents=True)
    assert cli.main(["import", str(tree(here / "pictures")), "--name", "mine"]) == 1
    assert "is there already, and stays" in capsys.readouterr().err
    assert list((here / "data/mine").iterdir()) == []


def test_a_name_for_the_dataset_is_made_of_the_files() -> None:
    assert named_after(Path("photos/My digits (1).npz")) == "my_digits_1"


def test_the_printed_lines_work_as_they_stand(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    pictures = tree(project.folder / "pictures")
    assert cli.main(["import", str(pictures), "--name", "mine"]) == 0
    Path("mine.yaml").write_text(capsys.readouterr().out)
    chosen = ["dataset=mine", "experiment=plain", "seed=1"]
    project.build("evaluated", "--configfile", "mine.yaml", "--config", *chosen)
    assert Path("artifacts/mine/runs/plain/1/metrics.json").is_file()
