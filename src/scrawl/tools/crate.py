"""RO-Crate metadata of a bundle, by which archives understand it.

RO-Crate 1.1 (w3id.org/ro/crate/1.1) with the profile of a Process Run Crate: which program made
what, of what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrawl import __version__

Entity = dict[str, Any]

CRATE = "ro-crate-metadata.json"
VERSION = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCE = "https://spdx.org/licenses/MIT"
DESCRIPTION = (
    "How a network was trained, and the digests of what came of it; "
    "`scrawl verify` trains it again and compares."
)
# What is the same in every crate: the metadata itself, its profile, the licence, the program.
CONSTANT: tuple[Entity, ...] = (
    {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": VERSION},
    },
    {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
    {"@id": LICENCE, "@type": "CreativeWork", "name": "MIT License"},
    {
        "@id": "#scrawl",
        "@type": "SoftwareApplication",
        "name": "scrawl",
        "softwareVersion": __version__,
    },
)


def crate(
    name: str, made: str, files: Mapping[str, str], about: Mapping[str, str], results: set[str]
) -> dict[str, Any]:
    """Return the metadata of a crate.

    Parameters
    ----------
    name : str
        Of the run.
    made : str
        The day on which it ended, as 2026-01-31.
    files, about : mapping of str to str
        By the name of each file: its text, and what it holds.
    results : set of str
        The files that the program made; it worked from the others.
    """
    folder = {
        "@id": "./",
        "@type": "Dataset",
        "name": name,
        "description": DESCRIPTION,
        "datePublished": made,
        "license": {"@id": LICENCE},
        "conformsTo": {"@id": PROFILE},
        "hasPart": [{"@id": file} for file in files],
        "mentions": {"@id": "#training"},
    }
    action = {
        "@id": "#training",
        "@type": "CreateAction",
        "name": f"training and evaluation of {name}",
        "endTime": made,
        "instrument": {"@id": "#scrawl"},
        "object": [{"@id": file} for file in files if file not in results],
        "result": [{"@id": file} for file in files if file in results],
    }
    described = [described_file(file, text, about[file]) for file, text in files.items()]
    return {"@context": f"{VERSION}/context", "@graph": [*CONSTANT, folder, action, *described]}


def described_file(name: str, text: str, about: str) -> Entity:
    """Return the entity of one file."""
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "description": about,
        "encodingFormat": "application/json" if name.endswith(".json") else "text/plain",
        "contentSize": str(len(text.encode())),
    }
