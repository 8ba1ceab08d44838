"""Local sources of raw files: where they are, and whether they have changed."""

from __future__ import annotations

import hashlib
import json
import os.path
import zipfile
from pathlib import Path
from urllib.parse import quote

WEB = ("http://", "https://")

FROM = ", from "  # in the last line of a download's log, before the place


def located(source: str, name: str) -> str:
    """Return the address or the path of a file in a source.

    >>> located("https://host/mnist/", "labels.gz"), located("file:data/mnist", "labels.gz")
    ('https://host/mnist/labels.gz', 'data/mnist/labels.gz')
    >>> located("HTTP://host/mnist", "labels (1).gz")
    'http://host/mnist/labels%20%281%29.gz'
    """
    if source.lower().startswith(WEB):
        scheme, rest = source.split(":", 1)
        source = f"{scheme.lower()}:{rest}"
        return f"{source.rstrip('/')}/{quote(name, safe='/+')}"
    # Not Path.expanduser: of a user that does not exist it makes a RuntimeError.
    path = Path(os.path.expanduser(source.removeprefix("file:")))  # noqa: PTH111
    return str(path if path.is_file() else path / name)


def watched(settings: str, raw: Path) -> str:
    """Return the digest of the local file that a download without a sum would copy.

    A changed source then is a changed parameter, and is fetched again. What has a sum, or comes
    from an archive, which is an input of its own, needs no watch. Where the source is not there
    any more, the raw file stands for it: it has its bytes.

    Parameters
    ----------
    settings : str
        JSON, as `scrawl download` takes it.
    raw : Path
        What the download writes.
    """
    given = json.loads(settings)
    if given.get("member") or any(given.get(key) for key in ("sha256", "sha256_raw", "md5")):
        return ""
    places = [located(source, given["name"]) for source in given["sources"]]
    local = [Path(place) for place in places if not place.startswith(WEB)]
    file = next((path for path in (*local, raw) if path.is_file()), None) if local else None
    return sha256_of(file) if file else ""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_of(raw: Path) -> Path | None:
    """Return the local file that a raw file was copied from, if it is still there.

    Told by the last line of the download's log, `logs/download-{part}.log` beside the folder `raw`.
    """
    name = raw.name.replace(".idx", "")
    log = raw.parent.parent / "logs" / f"download-{name}.log"
    try:
        last = log.read_text(encoding="utf-8", errors="replace").rstrip().rpartition("\n")[2]
        place = last.rpartition(FROM)[2] if FROM in last else ""
    except OSError:
        return None
    there = place and Path(place).is_file() and not zipfile.is_zipfile(place)  # but a part of it
    return Path(place) if there else None
