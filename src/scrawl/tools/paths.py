"""Paths on a command line: a run's folder stands for its model; the nearest name if missing."""

from __future__ import annotations

from pathlib import Path

from scrawl.settings.errors import suggestion


def existing(path: Path) -> Path:
    """Return a path if something is there.

    Raises
    ------
    ValueError
        If not. It names the first part of the path that is missing, and the nearest name beside it.
    """
    if path.exists():
        return path
    missing = path
    while not missing.parent.exists():
        missing = missing.parent
    beside = missing.parent
    if not beside.is_dir():
        raise ValueError(f"{path}: {beside} is a file, expected a folder")
    names = sorted(each.name for each in beside.iterdir() if each.name[0] != ".")
    near = suggestion(missing.name, names, "found") if names else ", which is empty"
    where = "this folder" if beside == Path() else beside
    raise ValueError(f"{path}: there is no {missing.name!r} in {where}{near}")


def model_of(path: Path) -> Path:
    """Return the model that a path names: itself, or that of a run's folder.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not existing(path).is_dir():
        return path
    model = path / "model.h5"
    if model.is_file():
        return model
    if (path / "metrics.json").is_file():
        raise ValueError(
            f"{path}: an ensemble has no model of its own; name a run of one of its members"
        )
    runs = sorted(model.parent for model in path.glob("*/model.h5"))
    example = f", such as {runs[0]}" if runs else ", as artifacts/glyphs/runs/dense-128/1"
    raise ValueError(f"{path}: found no model.h5, expected a run's folder{example}")


def prepared_of(model: Path, normalisation: str) -> Path:
    """Return where the pipeline puts the images that a run's model was trained on."""
    *_, dataset = [*model.absolute().parents][:4]  # fewer, near the root
    return dataset / "prepared" / f"{normalisation}.h5"
