"""`scrawl import --groups`: the group of each image, such as its writer, comes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from scrawl import __main__ as cli
from scrawl.data import idx
from scrawl.settings.configuration import PARTS
from scrawl.settings.dataset_files import Dataset
from scrawl.stages import decode, prepare
from tools.test_import_dataset import CLASSES, IMAGES, LABELS, here, imported, png, refused, written

__all__ = ["here"]  # a fixture

WRITERS = np.array(["eve", "bob", "anna", "10", "9"])[np.arange(30) // 6]
NAMES = ["9", "10", "anna", "bob", "eve"]  # in their natural order, which gives the numbers
SPLITS = {"train": slice(18), "test": slice(18, 30)}


def by_folder(folder: Path) -> list[str]:
    for i, image in enumerate(IMAGES):
        split = "train" if i < 18 else "test"
        place = folder / "pictures" / split / CLASSES[LABELS[i]] / WRITERS[i] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place)
    return ["pictures", "--groups", "folder"]


def by_array(folder: Path) -> list[str]:
    arrays: dict[str, Any] = {}
    for split, of in SPLITS.items():
        arrays |= {f"x_{split}": IMAGES[of], f"y_{split}": LABELS[of], f"who_{split}": WRITERS[of]}
    np.savez(folder / "a.npz", **arrays)
    return ["a.npz", "--groups", "who"]


def by_column(folder: Path) -> list[str]:
    (folder / "tables").mkdir()
    for split, of in SPLITS.items():
        rows = ["label," + ",".join(f"p{i}" for i in range(30)) + ",Writer"]
        for image, label, writer in zip(IMAGES[of], LABELS[of], WRITERS[of], strict=True):
            rows.append(f"{label}," + ",".join(map(str, image.ravel())) + f",{writer}")
        (folder / f"tables/{split}.csv").write_text("\n".join(rows))
    return ["tables", "--groups", "writer", "--size", "5x6"]


def by_parquet(folder: Path) -> list[str]:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (folder / "parquet").mkdir()
    for split, of in SPLITS.items():
        pictures = [{"bytes": png(image), "path": "x.png"} for image in IMAGES[of]]
        columns = {"image": pictures, "label": LABELS[of], "writer": WRITERS[of].tolist()}
        parquet.write_table(pyarrow.table(columns), folder / f"parquet/{split}-0.parquet")
    return ["parquet", "--groups", "writer"]


@pytest.mark.parametrize("write", [by_folder, by_array, by_column, by_parquet])
def test_every_image_keeps_its_writer(
    write: Any, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = imported(capsys, *write(here))
    assert list(entry["files"])[4:] == ["train_groups", "test_groups"]
    names = Path("data/mine/groups.csv").read_text().splitlines()
    assert names == ["number,name", *(f"{k},{name}" for k, name in enumerate(NAMES))]
    known = {image.tobytes(): writer for image, writer in zip(IMAGES, WRITERS, strict=True)}
    for split, of in SPLITS.items():
        images, _ = written(split)
        groups = idx.read(Path(f"data/mine/{split}-groups.idx.gz"))
        found = [known[image.astype(np.uint8).tobytes()] for image in images]
        assert [NAMES[group] for group in groups] == found
        assert sorted(found) == sorted(WRITERS[of])


def test_test_images_that_are_set_aside_are_those_of_whole_groups(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(here / "a.npz", images=IMAGES, labels=LABELS, writers=WRITERS)
    assert imported(capsys, "a.npz", "--groups", "writers")["split"] == "group"
    train, test = (set(idx.read(Path(f"data/mine/{split}-groups.idx.gz"))) for split in SPLITS)
    assert train.isdisjoint(test)
    assert len(test) == 1  # 6 of 30 images, a fifth
    assert cli.main(["import", "a.npz", "--name", "again", "--groups", "writers"]) == 0
    said = capsys.readouterr().err
    assert "24 training and 6 test images" in said
    assert "in 3 classes, of 4 and 1 groups, 0 of them in both" in said


def test_groups_that_are_whole_numbers_stay_these_numbers(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writers = 4000 + np.arange(30) // 10
    np.savez(here / "a.npz", images=IMAGES, labels=LABELS, writers=writers)
    imported(capsys, "a.npz", "--groups", "writers")
    both = [idx.read(Path(f"data/mine/{split}-groups.idx.gz")) for split in SPLITS]
    assert sorted(np.concatenate(both)) == writers.tolist()
    assert not Path("data/mine/groups.csv").exists()


def test_without_groups_nothing_of_them_is_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(here / "a.npz", images=IMAGES, labels=LABELS, writers=WRITERS)
    entry = imported(capsys, "a.npz")
    assert (len(entry["files"]), "split" in entry) == (4, False)
    assert len(list(Path("data/mine").iterdir())) == 4


def test_groups_that_are_not_there_are_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_folder(here)
    message = refused(capsys, "pictures", "--groups", "writer")
    assert "--groups writer: expected folder for pictures" in message
    Image.fromarray(IMAGES[0]).save(here / "pictures/test/9/lost.png")
    message = refused(capsys, "pictures", "--groups", "folder")
    assert "test/9/lost.png: found no folder of its group" in message
    by_array(here)
    message = refused(capsys, "a.npz", "--groups", "writers")
    assert "--groups writers: found x_train, y_train, who_train" in message
    by_column(here)
    message = refused(capsys, "tables", "--groups", "who", "--size", "5x6")
    assert "--groups who: found the columns label, p0, p1 … Writer in its first line" in message
    assert "is named by --groups" in refused(capsys, "tables", "--size", "31x1")
    gaps = np.where(np.arange(30) == 7, "", WRITERS)
    np.savez(here / "b.npz", images=IMAGES, labels=LABELS, who=gaps)
    message = refused(capsys, "b.npz", "--groups", "who")
    assert "found no group of 1 images, the first of them image 7" in message
    np.savez(here / "b.npz", images=IMAGES, labels=LABELS, who=np.zeros(30, int))
    assert "found one group only" in refused(capsys, "b.npz", "--groups", "who")
    np.savez(here / "b.npz", images=IMAGES, labels=LABELS, who=np.zeros((30, 2), int))
    message = refused(capsys, "b.npz", "--groups", "who")
    assert "expected a name or a whole number for each of 30 images" in message


def test_an_imported_dataset_of_writers_is_prepared_as_its_lines_say(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(here / "a.npz", images=IMAGES, labels=LABELS, writers=WRITERS)
    dataset = Dataset.parse(imported(capsys, "a.npz", "--groups", "writers"))
    parts = [*PARTS, *dataset.groups]
    decode.decode({part: Path(f"data/mine/{part}.idx.gz") for part in parts}, Path("decoded.h5"))
    prepare.prepare(dataset.preparation("unit"), Path("decoded.h5"), Path("prepared.h5"))
    with h5py.File("prepared.h5") as file:
        groups = [set(file[f"{split}/groups"][...]) for split in ("train", "validation", "test")]
    assert sorted(map(len, groups)) == [1, 1, 3]
    assert set.union(*groups) == set(range(5))
