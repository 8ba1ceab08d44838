"""Jobs of Snakemake forked from a process that has imported their libraries.

Most of a small job is the start of Python, NumPy, h5py and matplotlib. What runs is the command of
the project's own copy of the package, in a process, folder and environment of its own: the program
`scrawl` that the rules call hands its words and open files over to the process that forks, and
waits.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
LIBRARIES = ("h5py", "matplotlib.figure", "matplotlib.style", "PIL.Image", "scipy.special", "yaml")
# Of the standard library, only what starts at once.
PROGRAM = """#!{python} -IS
import _socket, array, json, os, resource, sys
request = dict(words=sys.argv[1:], cwd=os.getcwd(), env=dict(os.environ))
request["largest_file"] = resource.getrlimit(resource.RLIMIT_FSIZE)
server = _socket.socket(_socket.AF_UNIX)
server.connect({address!r})
files = array.array("i", [0, 1, 2])
server.sendmsg([json.dumps(request).encode()], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
server.shutdown(_socket.SHUT_WR)
os._exit(int(server.recv(16) or 1))
"""


class Jobs:
    """The process that jobs are forked from, started when it is first needed."""

    def __init__(self) -> None:
        self.folder: tempfile.TemporaryDirectory[str] | None = None

    def programs(self) -> str:
        """Return the folder of the program `scrawl`, and of Python for whoever asks for it."""
        if self.folder is None:
            self.folder = tempfile.TemporaryDirectory()
            address = str(Path(self.folder.name, "address"))
            self.write("scrawl", PROGRAM.format(python=sys.executable, address=address))
            self.write("python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
            # It ends with this process, which holds the other end of the pipe.
            self.process = subprocess.Popen(
                [sys.executable, __file__, address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": "", "OPENBLAS_NUM_THREADS": "1"},
            )
            assert self.process.stdout
            self.process.stdout.readline()
        return self.folder.name

    def write(self, name: str, text: str) -> None:
        """Write a program into the folder."""
        assert self.folder
        path = Path(self.folder.name, name)
        path.write_text(text)
        path.chmod(0o755)


def asked(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return what a program `scrawl` asks for, and the files that it hands over."""
    text, files, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    while more := connection.recv(1 << 16):
        text += more
    return json.loads(text), list(files)


def become(request: dict[str, Any], files: list[int]) -> None:
    """Turn a fork into the process of the command that is asked for."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    # As for a program in the environment's folder.
    sys.path[0] = str(BIN)
    sys.path[1:1] = [path for path in request["env"]["PYTHONPATH"].split(os.pathsep) if path]
    sys.argv = [str(BIN / "scrawl"), *request["words"]]
    resource.setrlimit(resource.RLIMIT_FSIZE, tuple(request["largest_file"]))


def answer(connection: socket.socket) -> bool:
    """Fork what is asked for, wait, and tell its exit status; in the fork, return True at once."""
    request, files = asked(connection)
    job = os.fork()
    if not job:
        connection.close()
        become(request, files)
        return True
    _, status = os.waitpid(job, 0)
    code = os.waitstatus_to_exitcode(status)
    connection.send(str(code if code >= 0 else 128 - code).encode())
    return False


def main(address: str) -> None:
    """Answer whoever connects, each in a process of its own, until standard input ends."""
    for library in LIBRARIES:
        import_module(library)
    gc.freeze()
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen(64)
    print(flush=True)
    while server in select.select([server, sys.stdin], [], [])[0]:
        connection, _ = server.accept()
        if not os.fork():
            server.close()
            if answer(connection):
                from scrawl.__main__ import main as scrawl

                sys.exit(scrawl())
            os._exit(0)
        connection.close()
        with suppress(ChildProcessError):  # none is left
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


if __name__ == "__main__":
    main(sys.argv[1])
