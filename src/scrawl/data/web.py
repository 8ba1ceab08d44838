"""Files from the web, with limits on time, rate and size: a server is never trusted."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TIMEOUT = (10.0, 30.0)  # seconds to connect, and of silence: a busy mirror may need half a minute
ATTEMPTS = 3  # for what may pass: a busy server, a dropped connection
PAUSE = 1.0  # seconds before the second attempt, doubled before each later one
CHUNK = 1 << 14  # bytes written at once: few, so that a slow answer is seen to be slow
WINDOW = 40.0  # seconds in each of which an answer, its header included, must come to LEAST bytes
LEAST = 80 << 10  # 2 KiB/s
TOTAL = 12 * 3600.0  # seconds for one answer: 561 MB of EMNIST at 13 KiB/s


class Limited:
    """A file that refuses to grow beyond a limit: an endless answer must not fill the disk."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.file = file
        self.limit = limit
        self.size = 0

    def write(self, chunk: bytes) -> int:
        """Write these bytes; raises ValueError where they are too many."""
        self.size += len(chunk)
        if self.size > self.limit:
            raise ValueError(f"found more than {self.limit} bytes, expected no more: cut off")
        return self.file.write(chunk)

    def flush(self) -> None:
        """Do nothing: the downloader asks for it after every chunk, once at the end is enough."""


def fetch(address: str, limit: int, part: Path) -> None:
    """Write `part` with the answer of a server, trying again what may pass.

    Raises
    ------
    ValueError
        If there is no whole answer, one longer than `limit` bytes, or one that takes too long.
    """
    import requests

    for attempt in itertools.count(1):
        try:
            fetch_once(address, limit, part)
        except requests.RequestException as error:
            if attempt == ATTEMPTS or not may_pass(error):
                raise ValueError(f"{reason(error)} (attempts: {attempt})") from error
            time.sleep(PAUSE * 2 ** (attempt - 1))
        else:
            return


def fetch_once(address: str, limit: int, part: Path) -> None:
    """Write `part` with one answer of a server; raises requests' errors as they are."""
    import pooch
    import tqdm

    # On a terminal only, says None; the total is set by the answer, but must not be None before.
    bar = tqdm.tqdm(total=1, unit="B", unit_scale=True, desc=Path(part.stem).stem, disable=None)
    # Without `identity` a server may declare the .gz to be an encoding, and it arrives unpacked.
    headers = {"Accept-Encoding": "identity"}
    fetcher = pooch.HTTPDownloader(bar, CHUNK, timeout=TIMEOUT, headers=headers)
    with part.open("wb") as file, bar:
        sink = Limited(file, limit)
        with never_dripping(sink):
            fetcher(address, sink, None)


@contextmanager
def never_dripping(sink: Limited) -> Iterator[None]:
    """Raise ValueError in the block where less than `LEAST` bytes arrive in `WINDOW` seconds.

    A limit on silence alone would let a byte now and then go on for ever, in the header too. The
    alarm of the operating system interrupts whatever waits; it works in the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    begin, before = time.monotonic(), 0

    def look(*_: object) -> None:
        nonlocal before
        seconds = time.monotonic() - begin
        if sink.size - before < LEAST or seconds > TOTAL:
            raise ValueError(
                f"too slow: found {sink.size} bytes after {seconds:.0f} seconds, expected at least "
                f"{LEAST} in each {WINDOW:g}, and an end after {TOTAL:g}"
            )
        before = sink.size

    former = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, WINDOW, WINDOW)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def may_pass(error: Exception) -> bool:
    """Tell whether the same question may have a better answer a second later."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError):
        return error.response is not None and error.response.status_code >= 500
    passing = (exceptions.ConnectionError, exceptions.Timeout, exceptions.ChunkedEncodingError)
    return isinstance(error, passing)


def reason(error: BaseException) -> str:
    """Say in a few words why a request failed: the message of the error that began it."""
    from requests import HTTPError

    if isinstance(error, HTTPError) and error.response is not None:
        return f"status {error.response.status_code} {error.response.reason:.200}"
    while error.__context__:
        error = error.__context__
    return str(error) or type(error).__name__
