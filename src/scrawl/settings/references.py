"""Checks of a configuration across its sections: unknown names, contradictory entries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from scrawl.settings.errors import Mistake, Path, suggestion
from scrawl.settings.sections import Sections

WEB = ("http://", "https://")


def contradictions(sections: Sections) -> Iterator[Mistake]:
    """Yield every mistake that no section shows by itself."""
    return chain(
        _unknown_names(sections),
        _unchecked_downloads(sections),
        _compared_groups(sections),
        _ensembles(sections),
    )


def _uses(sections: Sections) -> Iterator[tuple[Path, str, str]]:
    """Yield the path where a name is used, the name, and the section that it must come from."""
    yield ("suite",), sections.suite, "suites"
    if sections.sweep is not None:
        yield ("sweep",), sections.sweep, "sweeps"
    yield from ((("dataset",), name, "datasets") for name in sections.dataset or ())
    yield from ((("evaluated_on",), name, "datasets") for name in sections.evaluated_on or ())
    yield from ((("experiment",), name, "recipes") for name in sections.experiment or ())
    for suite, given in sections.suites.items():
        yield from ((("suites", suite, "datasets"), n, "datasets") for n in given.datasets)
        yield from ((("suites", suite, "experiments"), n, "recipes") for n in given.experiments)
    for ensemble, members in sections.ensembles.items():
        yield from ((("ensembles", ensemble, "of"), n, "experiments") for n in members.of)
    for sweep, variation in sections.sweeps.items():
        yield ("sweeps", sweep, "base"), variation.base, "experiments"
        yield from ((("sweeps", sweep, "datasets"), n, "datasets") for n in variation.datasets)
    for dataset, described in sections.datasets.items():
        for key in ("met_in", "unmet_in"):
            if other := getattr(described, key):
                yield ("datasets", dataset, key), other, "datasets"
    for dataset, original in sections.deformed().items():
        yield ("datasets", dataset, "deformed", "from"), original, "originals"


def _unknown_names(sections: Sections) -> Iterator[Mistake]:
    known = {
        "suites": list(sections.suites),
        "sweeps": list(sections.sweeps),
        "datasets": list(sections.datasets),
        "experiments": list(sections.experiments),
        "recipes": [*sections.experiments, *sections.ensembles],
        "originals": [name for name, dataset in sections.datasets.items() if not dataset.deformed],
    }
    for path, name, section in _uses(sections):
        if name not in known[section]:
            yield Mistake(f"there is no {name!r}{suggestion(name, known[section])}", path)
    if sections.sweep is not None and sections.experiment is not None:
        words = "has no effect with sweep, which has its own; leave one out"
        yield Mistake(words, ("experiment",))


def _unchecked_downloads(sections: Sections) -> Iterator[Mistake]:
    """Name the files that may come from the web and that nothing tells from another."""
    for name, dataset in sections.datasets.items():
        for place, file in dataset.published.items():
            sources = getattr(file, "sources", None) or dataset.sources or ()
            if any(source.startswith(WEB) for source in sources) and not file.has_sum:
                yield Mistake(
                    "found no sum for a file from the web, expected sha256, sha256_raw or md5 "
                    "(or unchecked: true, to take what comes)",
                    ("datasets", name, *place.split(".")),
                )


def _compared_groups(sections: Sections) -> Iterator[Mistake]:
    """Name the datasets without groups of their own whose groups decide on another's images."""
    for name, dataset in sections.datasets.items():
        other = sections.datasets.get(dataset.compared_with or "")
        key = "met_in" if dataset.met_in else "unmet_in"
        if other and not other.has_groups:
            words = f"found {dataset.compared_with}, which names no groups of its images"
            yield Mistake(words, ("datasets", name, key))
        if other and other.compared_with:
            words = (
                f"found {dataset.compared_with}, whose images another dataset's groups decide; "
                "expected one that has all of its images"
            )
            yield Mistake(words, ("datasets", name, key))


def _ensembles(sections: Sections) -> Iterator[Mistake]:
    for name in sections.ensembles.keys() & sections.experiments.keys():
        yield Mistake("an experiment has this name too; choose another", ("ensembles", name))
