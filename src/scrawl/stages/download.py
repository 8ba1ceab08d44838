"""Stage download: fetch one IDX file, from the first source that has it, byte for byte.

A source is never trusted. Servers answer with an error page and status 200, with half a file, or
with none; such a source is passed over with one line, and the next is tried. What is kept has the
hash that the configuration names, or a line says that there was none to compare.
"""

from __future__ import annotations

import argparse
import difflib
import errno
import hashlib
import inspect
import lzma
import shutil
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scrawl.artifacts.files import refuse_special, sha256_of, written_whole
from scrawl.data import idx, web
from scrawl.data.web import Limited
from scrawl.pipeline.local_sources import FROM, WEB, located
from scrawl.settings.parsing import Settings
from scrawl.settings.untrusted_text import printable

# Of a file from the web whose length is not known: an encoded answer can grow a thousandfold.
MOST_FROM_WEB = 1 << 30

# No source is to blame for a full disk (or a file that may not be written): none would help.
HERE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Wanted(Settings):
    """The file that is wanted, and where it may be: the keys of `--settings`.

    sources     list of places, tried in order: a directory (`~` is this user's home, `file:` may
                stand before it), a file, or the http(s) address of a directory
    name        the file's name in those places
    sha256      SHA-256 of the file as published
    sha256_raw  SHA-256 of its unpacked bytes: with it, a copy that was packed anew is taken too
    md5         MD5 of the file as published, used where no sha256 is known
    bytes       length of the file as published; much longer answers are cut off
    format      "idx" (default) or "zip": what the file must be
    member      its exact name inside a zip archive; the sources are then local archives
    unchecked   true takes a file from the web although no sum of it is known

    Only sources and name are required; what is not known is null or left out.
    """

    sources: tuple[str, ...]
    name: str
    sha256: str | None = None
    sha256_raw: str | None = None
    md5: str | None = None
    bytes: int | None = None
    format: Literal["idx", "zip"] = "idx"
    member: str | None = None
    unchecked: bool = False

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("sources: found none, expected at least one place to look in")

    @property
    def limit(self) -> int:
        """Most bytes that are taken: as published, with room for a copy that is packed worse.

        >>> Wanted(("data",), "x.gz", sha256="…", bytes=1000).limit
        1000
        """
        if self.bytes is None:
            return sys.maxsize
        # Digits shrink to a fifth by gzip: ten times and a megabyte let even a plain copy pass.
        return 10 * self.bytes + (1 << 20) if self.sha256_raw else self.bytes


def main(argv: Sequence[str]) -> None:
    """Run `scrawl download` with the words that follow it."""
    parser = argparse.ArgumentParser(
        prog="scrawl download",
        description="Fetch one file, from the first source that has it, and check it.",
        epilog=inspect.getdoc(Wanted),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--settings", required=True, metavar="JSON", help="see below")
    parser.add_argument("--output", required=True, type=Path, help="the file to write")
    args = parser.parse_args(argv)
    download(Wanted.parse(args.settings), args.output)


def download(wanted: Wanted, output: Path) -> None:
    """Write the wanted file from the first source that has it, and print its length and hash.

    Raises
    ------
    ValueError
        If no source has it; the message says of each what was wrong. Nothing is written then.
    """
    with written_whole(output) as part:
        place = fetch_first(wanted, part)
    words = f"{output}: {output.stat().st_size} bytes, SHA-256 {sha256_of(output)}{FROM}{place}"
    print(printable(words))


def fetch_first(wanted: Wanted, part: Path) -> str:
    """Write `part` from the first source that has the wanted file; return the place."""
    failures: list[str] = []
    damaged: list[str] = []  # local files that are there
    for source in wanted.sources:
        place = located(source, wanted.name)
        try:
            fetch(place, wanted, part)
            trusted = wanted.unchecked or not place.startswith(WEB)
            say(f"{place}: {checked(part, wanted, trusted=trusted)}")
        except (ValueError, OSError) as error:
            if isinstance(error, OSError) and (error.errno in HERE or error.filename == str(part)):
                raise
            problem = "there is no such file"
            if not isinstance(error, FileNotFoundError):
                problem = str(error).removeprefix(f"{part}: ")
                if not place.startswith(WEB):
                    damaged.append(place)
            failures.append(f"  {place}: {problem}")
            say(f"passed over {place}: {problem}")
        else:
            return place
    raise ValueError(
        "\n".join(["found in none of its sources:", *failures, advice(wanted, damaged)])
    )


def fetch(place: str, wanted: Wanted, part: Path) -> None:
    """Write `part` with what is found in one place, unchecked."""
    if place.startswith(WEB):
        if wanted.member:
            raise ValueError("found a web address, expected a zip archive on this machine")
        say(f"fetching {place}")
        web.fetch(
            place, min(wanted.limit, MOST_FROM_WEB if wanted.bytes is None else sys.maxsize), part
        )
    elif wanted.member:
        extract(Path(place), wanted.member, wanted.limit, part)
    else:
        refuse_special(Path(place))
        with Path(place).open("rb") as source, part.open("wb") as file:
            shutil.copyfileobj(source, Limited(file, wanted.limit))


def extract(archive: Path, member: str, limit: int, part: Path) -> None:
    """Write `part` with one member of a zip archive.

    The member is found by its exact name and written to `part` alone, so that no name in an
    archive can lead elsewhere.

    Raises
    ------
    ValueError
        If the archive is damaged or has no such member.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
            if member not in names:
                near = difflib.get_close_matches(member, names, n=3, cutoff=0)
                raise ValueError(f"found no member {member}; the nearest are {near}")
            # No more is unpacked than the archive's directory says, and its CRC-32 is compared.
            with opened.open(member) as source, part.open("wb") as file:
                shutil.copyfileobj(source, Limited(file, limit))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError) as error:
        raise ValueError(f"found a damaged zip archive: {error}; fetch it again") from error


def checked(part: Path, wanted: Wanted, *, trusted: bool) -> str:
    """Say by what a fetched file is known to be the wanted one.

    Raises
    ------
    ValueError
        If it is not a whole file of its format, or another file; if no sum of it is known, and
        its source is not trusted to give the right one.
    """
    found = {
        "sha256": sha256_of(part),
        "sha256_raw": check_format(part, wanted.format),
        "md5": md5_of(part),
    }
    expected = {key: value for key in found if (value := getattr(wanted, key))}
    if not expected and not trusted:
        raise ValueError(
            f"no sum to tell whether it is the right file: configure sha256: {found['sha256']}, "
            "or unchecked: true to take what comes"
        )
    if not expected:
        return unchecked(part, wanted.bytes, found["sha256"])
    if len(expected) > 1:
        expected.pop("md5", None)  # it can be forged: it counts only where nothing else is known
    same = [key for key in expected if found[key] == expected[key]]
    if not same:
        facts = "; ".join(f"{key} {found[key]}, expected {expected[key]}" for key in expected)
        raise ValueError(f"another file, or a damaged one: found {facts}")
    if same == ["sha256_raw"] and "sha256" in expected:
        return "packed anew by this source, but as published once unpacked (sha256_raw)"
    return f"as published ({same[0]})"


def unchecked(part: Path, size: int | None, sha256: str) -> str:
    """Accept a file for which no hash is known; its length is then all that can be wrong."""
    found = part.stat().st_size
    if size not in {None, found}:
        raise ValueError(f"found {found} bytes, expected {size}")
    return f"no hash to compare with: for the next time, configure sha256: {sha256}"


def check_format(part: Path, form: str) -> str:
    """Read a whole IDX file, or look at a zip archive; return the SHA-256 of the unpacked bytes."""
    if form == "zip":
        if not zipfile.is_zipfile(part):
            with part.open("rb") as file:
                raise ValueError(f"not a whole zip archive: it begins with {file.read(4)!r}")
        return sha256_of(part)
    with idx.reading(part) as reader:
        return reader.verify()


def md5_of(path: Path) -> str:
    """Return the MD5 of a file's bytes, as 32 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def advice(wanted: Wanted, damaged: Sequence[str]) -> str:
    """Say what a person can do where every source failed, or had another file of that name."""
    if wanted.member:
        return f"Put a whole archive with {wanted.member} into one of these places."
    sha256 = f" with SHA-256 {wanted.sha256}" if wanted.sha256 else ""
    if damaged:
        return f"Put a whole {wanted.name}{sha256} in the place of {', '.join(damaged)}."
    return (
        f"Put the file {wanted.name}{sha256} into a directory, and add the directory to "
        "`sources` of the dataset in config.yaml."
    )


def say(line: str) -> None:
    """Print what happens on the way: on standard error, which is never buffered."""
    print(printable(line), file=sys.stderr)
