"""Verify the chain of artifacts: raw → decoded → prepared → model → predictions.

Each artifact carries the digest of its own content and those of what it was made from. All of them
are computed again, from the raw files on, and all scores from the answers; the first link that does
not hold is named. At the end stands what no digest covers.
"""

from __future__ import annotations

import argparse
import filecmp
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrawl.artifacts import model, store
from scrawl.artifacts.files import read_object, sha256_of
from scrawl.artifacts.prepared import classes_of
from scrawl.artifacts.remedies import made_again
from scrawl.data import idx
from scrawl.pipeline.local_sources import source_of
from scrawl.results import recomputation
from scrawl.results.runs import RunFolder, members, read_metrics
from scrawl.settings.ensemble import Ensemble
from scrawl.settings.untrusted_text import printable
from scrawl.tools import digests
from scrawl.tools.paths import existing

KINDS = {
    "decoded.h5": "decoded",
    "model.h5": "model",
    "snapshots.h5": "snapshots",
    "predictions.h5": "predictions",
}
PARTS = ("train-images", "train-labels", "test-images", "test-labels")  # of decoded.h5
CORRUPTIONS = "corruptions.json"
LINKS = (
    "raw/*.idx*",
    "decoded.h5",
    "prepared/*.h5",
    "runs/*/*/**/*.h5",
    "runs/*/*/**/metrics.json",
    f"runs/*/*/{CORRUPTIONS}",
)


def main(argv: Sequence[str]) -> None:
    """Verify artifacts, each with everything that it was made from."""
    parser = argparse.ArgumentParser(prog="scrawl verify", description=__doc__.split("\n")[0])
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="an artifact, a dataset's folder, or a bundle (.zip), whose run is trained again",
    )
    parser.add_argument(
        "--published",
        action="store_true",
        help="compare a dataset's artifacts with the published digests instead",
    )
    arguments = parser.parse_args(argv)
    for path in arguments.paths:
        if arguments.published:
            for line in digests.compared(dataset_folder(path)):
                print(printable(line))
            continue
        if path.suffix == ".zip":
            from scrawl.tools.rebuild import rebuilt  # here: configuration takes a while to load

            for line in rebuilt(path):
                print(printable(line), flush=True)
            continue
        chain = Chain(dataset_folder(path))
        named = [path] if path.is_file() else chain.files()
        for file in named:
            chain.verified(file)
        for file, digest in chain.digests.items():
            print(printable(f"{digest[:16]}  {file}"))
        if named != [path]:
            print(printable(f"not covered: {', '.join(chain.not_covered())}"))
        print(printable(f"{path}: the chain holds, {len(chain.digests)} files"))


def dataset_folder(path: Path) -> Path:
    """Return the folder of the dataset that a path belongs to: the one with `decoded.h5`."""
    for folder in (existing(path), *path.parents):
        if (folder / "decoded.h5").is_file():
            return folder
    raise ValueError(
        f"{path}: found no decoded.h5 there or above, expected a path in artifacts/DATASET"
    )


@dataclass(frozen=True)
class Place:
    """Run and images that an artifact belongs to.

    Attributes
    ----------
    run : Path
        The folder of its network.
    split : str
        Of the images.
    dataset : Path
        The folder of the dataset that these are of.
    """

    run: Path
    split: str
    dataset: Path


class Chain:
    """The artifacts of one dataset, verified once each, those first that others are made from.

    Parameters
    ----------
    folder : Path
        `artifacts/DATASET`.

    Attributes
    ----------
    digests : dict of Path to str
        The SHA-256 of the content of every file verified so far.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digests: dict[Path, str] = {}

    def files(self) -> list[Path]:
        """Return all artifacts of the dataset, in the order of the chain."""
        found = [path for pattern in LINKS for path in sorted(self.folder.glob(pattern))]
        # Scores on another dataset are made from its files, which may have been left elsewhere.
        return [path for path in found if (self._place(path).dataset / "decoded.h5").is_file()]

    def _place(self, path: Path) -> Place:
        """Return to what an artifact of this dataset belongs."""
        match path.relative_to(self.folder).parts:
            case ("runs", experiment, seed, "on", other, _):
                run = self.folder / "runs" / experiment / seed
                return Place(run, "test", self.folder.resolve().with_name(other))
            case ("runs", experiment, seed, *_, folder, _) if folder == "validation":
                return Place(self.folder / "runs" / experiment / seed, folder, self.folder)
            case ("runs", experiment, seed, *_):
                return Place(self.folder / "runs" / experiment / seed, "test", self.folder)
        return Place(path.parent, "test", self.folder)

    def not_covered(self) -> list[str]:
        """Return what is not verified, in words: kinds of files with their number, and values."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        parts = [p.relative_to(self.folder).parts for p in sorted(files) if p not in self.digests]
        kinds = Counter(p[-1] if p[0] == "runs" or len(p) == 1 else f"{p[0]}/" for p in parts)
        values = [f"{name} in metrics.json" for name in recomputation.NOT_COVERED]
        if any(path.name == CORRUPTIONS for path in self.digests):
            values.append(f"scores in {CORRUPTIONS}")
        return [*(f"{n} × {kind}" for kind, n in sorted(kinds.items())), *values]

    def verified(self, path: Path) -> str:
        """Return the SHA-256 of a file's content.

        Raises
        ------
        ValueError
            If its content is not what it was when it was written, or if it was not made from the
            files that are there; if that is so of anything that it was made from.
        """
        if path not in self.digests:
            if path.name == "metrics.json":
                self.digests[path] = self._metrics(path)
            elif path.name == CORRUPTIONS:
                self.digests[path] = self._corruptions(path)
            elif path.suffix == ".h5":
                self.digests[path] = self._artifact(path)
            else:
                self.digests[path] = self._raw(path)
        return self.digests[path]

    def _raw(self, path: Path) -> str:
        """Check a raw file, and that its source, where it is still there, has the same bytes."""
        with idx.reading(path) as reader:
            digest = reader.verify()
        source = source_of(path)
        if source and not filecmp.cmp(source, path, shallow=False):
            raise ValueError(
                f"{path}: its source {source} has changed since it was copied; {made_again(path)}"
            )
        return digest

    def _artifact(self, path: Path) -> str:
        kind = KINDS.get(path.name, "prepared")
        if path.parent.parent.name == "checkpoints":
            kind = "checkpoint"
        with store.reading(path, kind, whole=True) as file:
            found = store.sha256_of_content(file)
            sources = self._sources(path, store.settings_of(file))
            self._check_origin(path, store.made_from(file), sources)
        return found

    def _metrics(self, path: Path) -> str:
        metrics = read_metrics(path)
        if lacking := [key for key in ("made_from", "seed", "settings") if key not in metrics]:
            raise ValueError(f"{path}: lacks {', '.join(lacking)}; evaluate the run again")
        settings = {**metrics["settings"], "seed": metrics["seed"]}
        self._check_origin(path, metrics["made_from"], self._sources(path, settings))
        predictions = path.with_name("predictions.h5")
        digest = self.verified(predictions)
        place = self._place(path)
        models = [each / "model.h5" for each in members(RunFolder.of(place.run), metrics)]
        networks = [model.load(path) for path in models]
        prepared = place.dataset / "prepared" / f"{networks[0].run.normalisation}.h5"
        with store.reading(prepared, "prepared") as file:
            training = classes_of(file, "train")
        parameters = sum(trained.network.parameters.size for trained in networks)
        try:
            recomputation.check(path, metrics, predictions, training, parameters)
        except ValueError as error:
            raise ValueError(f"{error}; {made_again(path)}") from None
        return digest

    def _corruptions(self, path: Path) -> str:
        """Check that scores of corrupted images are of the networks and images that are there."""
        found = read_object(path, {"made_from": dict[str, str]})
        names = found["made_from"].keys() - {"prepared"}
        if not names:
            raise ValueError(
                f"{path}: does not record which networks it was made from; {made_again(path)}"
            )
        models = {"model": path.parent / "model.h5"}
        if names != {"model"}:  # those of an ensemble's members
            models = {name: self.folder / "runs" / name / "model.h5" for name in sorted(names)}
        for each in models.values():
            self.verified(each)
        with store.reading(next(iter(models.values())), "model") as file:
            normalisation = store.settings_of(file)["normalisation"]
        prepared = self.folder / "prepared" / f"{normalisation}.h5"
        self._check_origin(path, found["made_from"], {"prepared": prepared, **models})
        return sha256_of(path)

    def _sources(self, path: Path, settings: Mapping[str, Any]) -> dict[str, Path]:
        """Return the files that an artifact was made from, by their names in `made_from`."""
        if path.name == "decoded.h5":
            return {raw.name.split(".")[0]: raw for raw in sorted(path.parent.glob(LINKS[0]))}
        if path.parent.name == "prepared" and path.name not in KINDS:
            other = settings.get("met_in") or settings.get("unmet_in")
            groups = (
                {"groups_of": path.parents[2] / other / "prepared" / path.name} if other else {}
            )
            return {"decoded": path.parents[1] / "decoded.h5", **groups}
        place = self._place(path)
        if "of" in settings:
            members = Ensemble.parse(settings, f"{path}: settings").members()
            runs = [f"{experiment}/{seed}" for experiment, seed in members]
            folders = [
                RunFolder.of(self.folder / "runs" / run).answers(place.split) for run in runs
            ]
            return {run: at / "predictions.h5" for run, at in zip(runs, folders, strict=True)}
        if "normalisation" not in settings:
            raise ValueError(f"{path}: its settings name no normalisation; {made_again(path)}")
        prepared = {"prepared": place.dataset / "prepared" / f"{settings['normalisation']}.h5"}
        model = {"model": place.run / "model.h5"}
        of_training = (
            path.name in {"model.h5", "snapshots.h5"} or path.parent.parent.name == "checkpoints"
        )
        return prepared if of_training else prepared | model

    def _check_origin(
        self, path: Path, made_from: Mapping[str, str], sources: Mapping[str, Path]
    ) -> None:
        for name in PARTS if path.name == "decoded.h5" else sources:
            if name not in made_from:
                found = ", ".join(made_from) or "nothing"
                raise ValueError(
                    f"{path}: does not record which {name} it was made from (made_from: found "
                    f"{found}); {made_again(path)}"
                )
        for name, recorded in made_from.items():
            if name not in sources:
                raise ValueError(f"{path}: made from {name}, which is not there any more")
            if (found := self.verified(sources[name])) != recorded:
                raise ValueError(
                    f"{path}: made from another {name}: SHA-256 {recorded}, but {sources[name]} "
                    f"has {found}; {made_again(path)}"
                )
