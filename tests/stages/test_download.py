"""Stage download, against a server on this machine that misbehaves in every way we know of."""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import os
import re
import socket
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from scrawl import __main__ as cli
from scrawl.data import web
from scrawl.stages import download
from scrawl.stages.download import Wanted

NAME = "labels-idx1-ubyte.gz"
RAW = b"\x00\x00\x08\x01\x00\x00\x00\x05" + bytes([5, 0, 4, 1, 9])
PUBLISHED = gzip.compress(RAW, mtime=0)
OTHER = gzip.compress(RAW[:-1] + b"\x08", mtime=0)
FLIPPED = PUBLISHED[:4] + b"\x01" + PUBLISHED[5:]  # where gzip itself notices nothing
REPACKED = gzip.compress(RAW, compresslevel=0, mtime=0)
PAGE = b"<!DOCTYPE html><title>This dataset has moved</title>"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SHA256 = {"sha256": sha256(PUBLISHED)}
RAW_SHA256 = {"sha256_raw": sha256(RAW)}
MD5 = {"md5": hashlib.md5(PUBLISHED, usedforsecurity=False).hexdigest()}


ZIP = b"PK\x05\x06" + bytes(18)  # an archive without members

# Behaviours that are one answer: status, body, and headers that differ from the truth.
ANSWERS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "good": (200, PUBLISHED, {}),
    "other": (200, OTHER, {}),
    "flipped": (200, FLIPPED, {}),
    "repacked": (200, REPACKED, {}),
    "plain": (200, RAW, {}),
    "encoded": (200, PUBLISHED, {"Content-Encoding": "gzip"}),
    "zip": (200, ZIP, {}),
    "page": (200, PAGE, {}),
    "moved": (301, b"", {"Location": f"/good/{NAME}"}),
    "circle": (302, b"", {"Location": f"/circle/{NAME}"}),
    "missing": (404, PAGE, {}),
    "busy": (503, PAGE, {}),
    "short": (200, PUBLISHED[:-7], {"Content-Length": str(len(PUBLISHED))}),
}


class FaultyHandler(BaseHTTPRequestHandler):
    """A server whose behaviour is the first part of the path: `/busy/labels-idx1-ubyte.gz`."""

    released = threading.Event()  # ends the silences when a test is over
    asked: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        """Behave as the path says, until the client has had enough."""
        behaviour = self.path.split("/")[1]
        self.asked[behaviour] += 1
        with contextlib.suppress(ConnectionError):
            if behaviour in ANSWERS:
                self._answer(*ANSWERS[behaviour])
            else:
                getattr(self, f"_{behaviour}")()

    def log_message(self, *args: object) -> None:
        """Print nothing."""

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def _recovering(self) -> None:
        self._answer(*ANSWERS["good" if self.asked["recovering"] == 3 else "busy"])

    def _cut(self) -> None:
        self.send_response(200)  # without a length, half a file looks whole
        self.end_headers()
        self.wfile.write(PUBLISHED[:-7])

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.released.is_set():
            self.wfile.write(bytes(1 << 16))

    def _silent(self) -> None:
        self.released.wait(10)

    def _stalled(self) -> None:
        self._answer(200, PUBLISHED[:9], {"Content-Length": str(len(PUBLISHED))})
        self.released.wait(10)

    def _dripping(self, start: bytes = b"HTTP/1.0 200 OK\r\n\r\n") -> None:
        self.wfile.write(start)
        while not self.released.wait(0.05):
            self.wfile.write(b"x")

    def _dripping_header(self) -> None:
        self._dripping(b"HTTP/1.0 200 OK\r\nX-Never: ")

    def _bomb(self) -> None:
        body = gzip.compress(bytes(8 << 20))
        self._answer(200, body, {"Content-Encoding": "gzip"})

    def _shouting(self) -> None:
        self.wfile.write(b"HTTP/1.0 404 \x1b]0;owned\x07\x1b[2J\r\n\r\n")

    def _dropped(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start the faulty server, return its address, and make the stage impatient."""
    monkeypatch.setattr(web, "TIMEOUT", (5.0, 5.0))
    monkeypatch.setattr(web, "PAUSE", 0.01)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    FaultyHandler.released.clear()
    FaultyHandler.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), FaultyHandler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        FaultyHandler.released.set()
        listening.shutdown()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "labels.idx.gz"


def wanted(*sources: str, **known: Any) -> Wanted:
    """Return what is asked for, by the published SHA-256 where no other facts are given."""
    return Wanted(sources=sources, name=NAME, **known or SHA256)


def refusal(want: Wanted, output: Path) -> str:
    """Return the message when no source has the file, and see that nothing is left behind."""
    with pytest.raises(ValueError, match=r"^found in none of its sources:\n") as caught:
        download.download(want, output)
    assert not list(output.parent.iterdir())
    return str(caught.value)


# Sources


@pytest.mark.parametrize("prefix", ["", "file:"])
def test_a_directory_is_a_source(tmp_path: Path, output: Path, prefix: str) -> None:
    (tmp_path / NAME).write_bytes(PUBLISHED)
    download.download(wanted(f"{prefix}{tmp_path}"), output)
    assert output.read_bytes() == PUBLISHED


def test_a_tilde_is_the_home_directory(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / NAME).write_bytes(PUBLISHED)
    download.download(wanted("~/data"), output)
    assert output.read_bytes() == PUBLISHED


@pytest.mark.parametrize("source", ["good", "good/", "moved"])
def test_a_server_is_a_source(server: str, output: Path, source: str) -> None:
    download.download(wanted(f"{server}/{source}"), output)
    assert output.read_bytes() == PUBLISHED


def test_the_first_source_that_has_the_file_is_taken(
    server: str, tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download.download(wanted(f"{tmp_path}", f"{server}/good", f"{server}/page"), output)
    assert FaultyHandler.asked == {"good": 1}
    printed, said = capsys.readouterr()
    assert printed == (
        f"{output}: {len(PUBLISHED)} bytes, SHA-256 {SHA256['sha256']}, from {server}/good/{NAME}\n"
    )
    assert said == (
        f"passed over {tmp_path}/{NAME}: there is no such file\n"
        f"fetching {server}/good/{NAME}\n"
        f"{server}/good/{NAME}: as published (sha256)\n"
    )


def test_no_bar_is_drawn_where_no_one_watches(
    server: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download.download(wanted(f"{server}/good"), output)
    assert "%" not in capsys.readouterr().err


def test_a_bar_is_drawn_on_a_terminal(
    server: str,
    output: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    download.download(wanted(f"{server}/good"), output)
    assert "100%" in capsys.readouterr().err


# Faults

FAULTS = {
    "page": r"not an IDX file: found b'<!DO' \(it looks like an HTML or XML page\), expected .*",
    "other": rf"another file, or a damaged one: found sha256 {sha256(OTHER)}, "
    rf"expected {SHA256['sha256']}",
    "flipped": rf"another file, or a damaged one: found sha256 {sha256(FLIPPED)}, "
    rf"expected {SHA256['sha256']}",
    "missing": r"status 404 Not Found \(attempts: 1\)",
    "busy": r"status 503 Service Unavailable \(attempts: 3\)",
    "circle": r"Exceeded 30 redirects\. \(attempts: 1\)",
    "short": r"IncompleteRead\(\d+ bytes read, 7 more expected\) \(attempts: 3\)",
    "cut": r"damaged or cut short: after \d+ unpacked bytes, expected more of a whole gzip .*",
    "silent": r"timed out \(attempts: 3\)",
    "stalled": r"timed out \(attempts: 3\)",
    "dropped": r"Remote end closed connection without response \(attempts: 3\)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_server_is_passed_over_with_one_line(
    server: str,
    output: Path,
    fault: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if fault in {"silent", "stalled"}:
        monkeypatch.setattr(web, "TIMEOUT", (0.3, 0.3))
    want = wanted(f"{server}/{fault}", f"{server}/good")
    download.download(want, output)
    assert output.read_bytes() == PUBLISHED
    asked, line, *rest = capsys.readouterr().err.splitlines()
    assert asked == f"fetching {server}/{fault}/{NAME}"
    assert re.fullmatch(f"passed over {server}/{fault}/{NAME}: {FAULTS[fault]}", line)
    assert rest == [
        f"fetching {server}/good/{NAME}",
        f"{server}/good/{NAME}: as published (sha256)",
    ]
    assert [path.name for path in output.parent.iterdir()] == [output.name]


@pytest.mark.parametrize("drip", ["dripping", "dripping_header"])
def test_a_dripping_answer_ends_and_the_next_source_is_asked(
    server: str, output: Path, drip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "WINDOW", 0.3)
    download.download(wanted(f"{server}/{drip}", f"{server}/good"), output)
    assert output.read_bytes() == PUBLISHED
    assert FaultyHandler.asked == {drip: 1, "good": 1}
    output.unlink()
    message = refusal(wanted(f"{server}/{drip}"), output)
    assert f"{drip}/{NAME}: too slow: found 0 bytes after 0 seconds, expected at least" in message


def test_an_answer_has_an_end_after_a_total_time_however_fast(
    server: str, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "WINDOW", 0.2)
    monkeypatch.setattr(web, "LEAST", 1)
    monkeypatch.setattr(web, "TOTAL", 0.3)
    assert "and an end after 0.3" in refusal(wanted(f"{server}/endless", bytes=1 << 50), output)


def test_an_encoded_answer_of_unknown_length_is_bounded(
    server: str, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MOST_FROM_WEB", 1 << 20)
    assert f"found more than {1 << 20} bytes" in refusal(wanted(f"{server}/bomb"), output)


def test_nothing_that_a_server_says_controls_the_terminal(
    server: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--settings", json.dumps({"sources": [f"{server}/shouting"], "name": NAME})]
    assert cli.main(["download", *words, "--output", str(output)]) == 1
    printed = "".join(capsys.readouterr())
    assert r"status 404 \x1b]0;owned\x07\x1b[2J" in printed
    assert printed.isprintable() or not set(printed) & {"\x1b", "\x07"}


def test_a_password_in_an_address_is_sent_and_never_printed(
    server: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = server.replace("http://", "HTTP://me:secret@")
    settings = json.dumps(
        {"sources": [f"{address}/missing", f"{address}/good"], "name": NAME, **SHA256}
    )
    assert cli.main(["download", "--settings", settings, "--output", str(output)]) == 0
    printed = "".join(capsys.readouterr())
    assert "secret" not in printed
    assert "http://me:***@127.0.0.1" in printed


def test_a_pipe_is_passed_over(tmp_path: Path, output: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    assert "found a pipe or device, expected a file" in refusal(wanted(f"{tmp_path}"), output)


def test_a_damaged_local_file_is_to_be_replaced_where_it_lies(tmp_path: Path, output: Path) -> None:
    (tmp_path / NAME).write_bytes(PUBLISHED[:-9])
    message = refusal(wanted(f"{tmp_path}"), output)
    assert message.endswith(f"in the place of {tmp_path / NAME}.")
    assert "Put the file" not in message


def test_a_refused_connection_is_passed_over(server: str, output: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    refused = f"[Errno {errno.ECONNREFUSED}] {os.strerror(errno.ECONNREFUSED)} (attempts: 3)"
    message = refusal(wanted(f"http://127.0.0.1:{port}"), output)
    assert f"  http://127.0.0.1:{port}/{NAME}: {refused}\n" in message


def test_a_server_that_recovers_is_asked_again(server: str, output: Path) -> None:
    download.download(wanted(f"{server}/recovering"), output)
    assert FaultyHandler.asked == {"recovering": 3}
    assert output.read_bytes() == PUBLISHED


def test_an_endless_answer_is_cut_off(server: str, output: Path) -> None:
    want = wanted(f"{server}/endless", bytes=len(PUBLISHED), **SHA256)
    expected = f"found more than {len(PUBLISHED)} bytes, expected no more: cut off\n"
    assert expected in refusal(want, output)


def test_one_byte_more_than_published_is_too_long(server: str, output: Path) -> None:
    want = wanted(f"{server}/good", bytes=len(PUBLISHED) - 1, **SHA256)
    assert f"found more than {len(PUBLISHED) - 1} bytes" in refusal(want, output)


def test_when_no_source_is_left_the_message_names_each_and_says_what_to_do(
    server: str, tmp_path: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"sources": [f"{server}/missing", f"{server}/busy"], "name": NAME, **SHA256}
    argv = ["download", "--settings", json.dumps(settings), "--output", str(output)]
    assert cli.main(argv) == 1
    assert capsys.readouterr().err.endswith(
        "scrawl download: found in none of its sources:\n"
        f"  {server}/missing/{NAME}: status 404 Not Found (attempts: 1)\n"
        f"  {server}/busy/{NAME}: status 503 Service Unavailable (attempts: 3)\n"
        f"Put the file {NAME} with SHA-256 {SHA256['sha256']} into a directory, and add the "
        "directory to `sources` of the dataset in config.yaml.\n"
    )


def test_an_interrupted_download_leaves_the_former_file(
    server: str, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    output.parent.mkdir()
    output.write_bytes(b"former")
    monkeypatch.setattr(download, "checked", interrupt)
    with pytest.raises(KeyboardInterrupt):
        download.download(wanted(f"{server}/good"), output)
    assert [path.read_bytes() for path in output.parent.iterdir()] == [b"former"]


# Hashes


@pytest.mark.parametrize(
    ("source", "known", "verdict"),
    [
        ("good", {**SHA256, **RAW_SHA256, **MD5}, "as published (sha256)"),
        ("good", RAW_SHA256, "as published (sha256_raw)"),
        ("good", MD5, "as published (md5)"),
        (
            "repacked",
            {**SHA256, **RAW_SHA256, "bytes": len(PUBLISHED)},
            "packed anew by this source, but as published once unpacked (sha256_raw)",
        ),
        (
            "plain",
            {**SHA256, **RAW_SHA256},
            "packed anew by this source, but as published once unpacked (sha256_raw)",
        ),
        ("encoded", RAW_SHA256, "as published (sha256_raw)"),
        (
            "good",
            {"bytes": len(PUBLISHED), "unchecked": True},
            f"no hash to compare with: for the next time, configure sha256: {SHA256['sha256']}",
        ),
    ],
)
def test_the_line_says_what_the_file_was_compared_with(
    server: str,
    output: Path,
    source: str,
    known: dict[str, Any],
    verdict: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    download.download(wanted(f"{server}/{source}", **known), output)
    assert capsys.readouterr().err.splitlines()[-1] == f"{server}/{source}/{NAME}: {verdict}"


@pytest.mark.parametrize("known", [SHA256, RAW_SHA256, MD5, {**SHA256, **RAW_SHA256}])
def test_another_file_is_refused_by_whichever_hash_is_known(
    server: str, output: Path, known: dict[str, str]
) -> None:
    message = refusal(wanted(f"{server}/other", **known), output)
    assert f"  {server}/other/{NAME}: another file, or a damaged one: found " in message
    for key, value in known.items():
        assert f"expected {value}" in message
        assert key in message


def test_an_md5_does_not_outweigh_a_sha256(server: str, output: Path) -> None:
    message = refusal(wanted(f"{server}/good", sha256=sha256(b"else"), **MD5), output)
    assert f"found sha256 {SHA256['sha256']}, expected {sha256(b'else')}\n" in message


def test_without_a_hash_the_length_decides(server: str, output: Path) -> None:
    want = wanted(f"{server}/good", bytes=len(PUBLISHED) + 1, unchecked=True)
    message = refusal(want, output)
    assert f"found {len(PUBLISHED)} bytes, expected {len(PUBLISHED) + 1}\n" in message


def test_without_a_hash_nothing_is_taken_from_the_web_unless_it_is_said(
    server: str, output: Path
) -> None:
    message = refusal(wanted(f"{server}/good", bytes=len(PUBLISHED)), output)
    assert f"configure sha256: {SHA256['sha256']}, or unchecked: true to take what comes" in message


def test_a_right_hash_does_not_make_an_idx_file(server: str, output: Path) -> None:
    message = refusal(wanted(f"{server}/page", sha256=sha256(PAGE)), output)
    assert "not an IDX file" in message


# Zip archives


def archive(path: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as opened:
        for name, content in members.items():
            opened.writestr(f"gzip/{name}", content)
    return path


def test_an_archive_is_fetched_as_it_is(server: str, output: Path) -> None:
    download.download(wanted(f"{server}/zip", format="zip", sha256=sha256(ZIP)), output)
    assert output.read_bytes() == ZIP


def test_a_page_is_no_archive(server: str, output: Path) -> None:
    message = refusal(wanted(f"{server}/page", format="zip"), output)
    assert "not a whole zip archive: it begins with b'<!DO'\n" in message


@pytest.mark.parametrize("source", ["some.zip", "."])
def test_a_member_is_taken_out_of_an_archive(tmp_path: Path, output: Path, source: str) -> None:
    archive(tmp_path / "some.zip", {"train": OTHER, "test": PUBLISHED})
    want = Wanted((str(tmp_path / source),), "some.zip", SHA256["sha256"], member="gzip/test")
    download.download(want, output)
    assert output.read_bytes() == PUBLISHED


def test_a_wrong_member_is_refused_with_the_nearest(tmp_path: Path, output: Path) -> None:
    names = ["zebra", "digits-test", "letters-train", "letters-tests"]
    place = archive(tmp_path / "some.zip", dict.fromkeys(names, b""))
    message = refusal(Wanted((str(place),), "some.zip", member="gzip/letters-test"), output)
    assert message == (
        "found in none of its sources:\n"
        f"  {place}: found no member gzip/letters-test; the nearest are "
        "['gzip/letters-tests', 'gzip/letters-train', 'gzip/digits-test']\n"
        "Put a whole archive with gzip/letters-test into one of these places."
    )


def test_a_damaged_member_is_refused(tmp_path: Path, output: Path) -> None:
    place = archive(tmp_path / "some.zip", {"test": RAW}, zipfile.ZIP_STORED)
    place.write_bytes(place.read_bytes().replace(RAW, RAW[:-1] + b"\x08"))
    message = refusal(Wanted((str(place),), "some.zip", member="gzip/test"), output)
    assert (
        "found a damaged zip archive: Bad CRC-32 for file 'gzip/test'; fetch it again\n" in message
    )


def test_what_is_no_archive_has_no_members(tmp_path: Path, output: Path) -> None:
    place = tmp_path / "some.zip"
    place.write_bytes(PAGE)
    message = refusal(Wanted((str(place),), "some.zip", member="gzip/test"), output)
    assert "found a damaged zip archive: File is not a zip file; fetch it again\n" in message


def test_a_member_larger_than_published_is_cut_off(tmp_path: Path, output: Path) -> None:
    place = archive(tmp_path / "some.zip", {"test": bytes(1 << 20)})
    message = refusal(Wanted((str(place),), "some.zip", member="gzip/test", bytes=100), output)
    assert "found more than 100 bytes" in message


def test_a_member_is_not_looked_for_on_the_web(server: str, output: Path) -> None:
    message = refusal(Wanted((f"{server}/zip",), NAME, member="gzip/test"), output)
    assert "found a web address, expected a zip archive on this machine\n" in message
    assert not FaultyHandler.asked


# Settings


def test_settings_are_read_from_json() -> None:
    text = '{"sources": ["a", "b"], "name": "x.gz", "sha256": null, "bytes": 12}'
    assert Wanted.parse(text) == Wanted(("a", "b"), "x.gz", bytes=12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "--settings: not JSON: Expecting property name"),
        ("[]", r"--settings: found \'\[\]\', expected a JSON object"),
        ('{"name": "x"}', "--settings: the key 'sources' is missing"),
        ('{"sources": ["a"], "name": "x", "sha1": "f"}', "unknown key 'sha1'; did you mean 'sha"),
        ('{"sources": "a", "name": "x"}', "sources: found 'a', expected a list"),
        ('{"sources": [1], "name": "x"}', r"sources\.0: found 1, expected text"),
        ('{"sources": ["a"], "name": 4}', "--settings: name: found 4, expected text"),
        ('{"sources": ["a"], "name": "x", "bytes": "12"}', "bytes: found '12', expected a whole"),
        ('{"sources": ["a"], "name": "x", "format": "tar"}', "found 'tar'; allowed: idx, zip"),
        ('{"sources": [], "name": "x"}', "sources: found none, expected at least one place"),
    ],
)
def test_wrong_settings_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Wanted.parse(text)


def test_the_help_explains_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        download.main(["--help"])
    printed = capsys.readouterr().out
    assert all(f"\n{key} " in printed for key in Wanted.__annotations__)


# The real thing


def test_mnist_is_taken_from_a_directory_as_published(mnist_folder: Path, output: Path) -> None:
    name = "t10k-labels-idx1-ubyte.gz"
    known: dict[str, Any] = {
        "sha256": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "sha256_raw": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        "bytes": 4542,
    }
    download.download(Wanted((str(mnist_folder),), name, **known), output)
    assert output.read_bytes() == (mnist_folder / name).read_bytes()


def test_a_full_disk_is_no_sources_fault(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / NAME).write_bytes(PUBLISHED)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(web.Limited, "write", full)
    with pytest.raises(OSError, match="No space left on device"):
        download.download(wanted(str(tmp_path), "elsewhere"), output)
    assert not output.exists()
