"""Warnings that a stage keeps in its artifact, and how to collect them at the end of a run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from scrawl.artifacts import hdf5, store
from scrawl.settings.json_text import parsed_json
from scrawl.settings.untrusted_text import printable


def write(file: Any, warnings: Sequence[str]) -> None:
    """Write warnings as the attribute `warnings` of an open artifact: a JSON list of text."""
    store.write_attributes(file, warnings=json.dumps(list(warnings), ensure_ascii=False))


def of(file: Any) -> list[str]:
    """Return the warnings of an open artifact; none where it has no such attribute."""
    try:
        found = parsed_json(store.text(file.attrs.get("warnings", "[]")), "warnings")
    except ValueError:
        return []
    return [str(warning) for warning in found] if isinstance(found, list) else []


def collected(paths: Iterable[Path | str]) -> Iterator[str]:
    """Yield the warnings of artifacts, each once, with the first of the files that have it.

    For the end of a run: files that are missing, are no artifacts or can't be read are passed over.

    Parameters
    ----------
    paths : iterable of Path or str
        Such as every `artifacts/{dataset}/prepared/*.h5`.
    """
    seen = set()
    for path in map(Path, paths):
        try:
            with hdf5.opened(path) as file:
                found = of(file)
        except (ValueError, OSError):
            continue
        for warning in found:
            if (path.parent, warning) not in seen:
                seen.add((path.parent, warning))
                yield printable(f"{path}: {warning}")
