"""Stage draw: the drawing page, on which trained networks read what is drawn."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from scrawl.artifacts import model, snapshots, store
from scrawl.artifacts.files import write_text
from scrawl.artifacts.prepared import Dataset
from scrawl.pages.draw import page as drawing
from scrawl.pages.draw.pictures import Pictures
from scrawl.results.runs import RunFolder

MOST_NAMES = 12  # classes that the introduction names


def main(argv: Sequence[str]) -> None:
    """Write the page of some runs on one dataset."""
    parser = argparse.ArgumentParser(prog="scrawl draw", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="prepared.h5", help="the prepared images"
    )
    parser.add_argument(
        "--runs", type=Path, required=True, nargs="+", metavar="DIR", help="the folder of each run"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="draw.html", help="the page to write"
    )
    arguments = parser.parse_args(argv)
    with store.reading(arguments.data, "prepared") as file:
        dataset = Dataset.of(file)
        digest = store.sha256_of_content(file)
        folders = titled(arguments.runs)
        models, large = read_models(folders, arguments.data, dataset, digest)
        shares = drawing.validated(list(models.items()), file)
        watched = read_snapshots(folders, models)
        best_first = [(title, models[title]) for title in shares]
        pictures = Pictures.of(file) if models else None
        content = drawing.fragment(best_first, pictures, watched, shares, large)
    page = drawing.page(*headline(dataset.class_names), content)
    write_text(arguments.output, page)
    print(f"{len(page.encode()):,} bytes")


def titled(runs: Sequence[Path]) -> dict[str, RunFolder]:
    """Return some runs by the title that the page gives each, in order."""
    folders = [RunFolder.of(run) for run in runs]
    names = [folder.experiment for folder in folders]
    return {
        folder.experiment
        if names.count(folder.experiment) == 1
        else f"{folder.experiment}, seed {folder.seed}": folder
        for folder in folders
    }


def read_models(
    folders: Mapping[str, RunFolder], data: Path, dataset: Dataset, sha256: str
) -> tuple[dict[str, model.Model], list[str]]:
    """Read the networks of some runs, by title, in order.

    Those that are too large for any page are not kept: they would fill the memory. Their titles
    are returned.

    Parameters
    ----------
    folders : mapping of title to RunFolder
    data : Path
        The prepared file, for messages.
    dataset : Dataset
        Its own.
    sha256 : str
        Digest of its content: a network of the same normalisation was trained on that.

    Raises
    ------
    ValueError
        If one was trained on other images or classes than the dataset's.
    """
    models, large = {}, []
    for title, folder in folders.items():
        loaded = model.load(folder.path / "model.h5")
        check_same_images(folder.path, loaded.dataset, dataset)
        if loaded.dataset.normalisation == dataset.normalisation:
            loaded.check_data(folder.path / "model.h5", data, dataset, sha256)
        if drawing.is_small(loaded):
            models[title] = loaded
        else:
            large.append(title)
    return models, large


def read_snapshots(
    folders: Mapping[str, RunFolder], models: Mapping[str, model.Model]
) -> dict[str, list[snapshots.Snapshot]]:
    """Read the snapshots of training of those models that have some beside them, by title."""
    found = {}
    for title, trained in models.items():
        path = folders[title].path / "snapshots.h5"
        if path.exists():
            shapes = {name: table.shape for name, table in trained.network.tables().items()}
            found[title] = snapshots.load(path, shapes)
    return found


def check_same_images(path: Path, trained_on: Dataset, found: Dataset) -> None:
    """Refuse a network for other images; their normalisation may differ."""
    for name in ("class_names", "image_shape"):
        theirs, ours = getattr(trained_on, name), getattr(found, name)
        if theirs != ours:
            raise ValueError(
                f"{path}: trained on {name} {theirs}, but --data has {ours}; "
                "name runs on the dataset of --data only"
            )


def headline(class_names: Sequence[str]) -> tuple[str, str]:
    """Return the title and the introduction of the page.

    >>> headline(["ki", "su", "tsu"])
    ('Draw one of 3 classes', 'Draw ki, su or tsu: trained networks read it while you draw.')
    """
    n = len(class_names)
    if tuple(class_names) == tuple("0123456789"):
        title, what = "Draw a digit", "a digit from 0 to 9"
    elif n <= MOST_NAMES:
        *others, last = class_names
        title, what = (
            f"Draw one of {n} classes",
            " or ".join(filter(None, [", ".join(others), last])),
        )
    else:
        title, what = (
            f"Draw one of {n} classes",
            f"something between {class_names[0]} and {class_names[-1]}",
        )
    return title, f"Draw {what}: trained networks read it while you draw."
