"""Snakemake processes forked from one that has imported it: a second less for each run.

What runs is Snakemake as installed, in a process, folder and environment of its own.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
LIBRARIES = ("h5py", "yaml")  # of the workflow; its own code is that of the project's folder


class Snakemake:
    """A process that has imported Snakemake, started when it is first needed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def run(
        self,
        words: list[str],
        cwd: Path,
        env: dict[str, str],
        out: Path,
        largest_file: int | None,
        programs: str,
    ) -> int:
        """Run `snakemake WORDS` with its output in two files, `out`.1 and `out`.2.

        The rules take the command `scrawl` from the folder `programs`.

        Returns
        -------
        int
            Its exit status, negative if a signal ended it.
        """
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": ""},
            )
        assert self.process.stdin
        assert self.process.stdout
        request = {
            "words": words,
            "cwd": str(cwd),
            "env": env,
            "out": str(out),
            "largest_file": largest_file,
            "programs": programs,
        }
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


def become(request: dict[str, Any]) -> None:
    """Turn a fork of the warm process into the Snakemake that is asked for, and run it."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        file = os.open(f"{request['out']}.{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, stream.fileno())
        os.close(file)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    # As for a program in the environment's folder.
    sys.path[0] = str(BIN)
    sys.path[1:1] = [path for path in request["env"]["PYTHONPATH"].split(os.pathsep) if path]
    # Rules run the commands that stand beside the interpreter.
    sys.executable = str(Path(request["programs"], "python"))
    sys.argv = [str(BIN / "snakemake"), *request["words"]]
    if (size := request["largest_file"]) is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def main() -> None:
    """Answer each line of JSON with the exit status of the Snakemake that it asks for."""
    from snakemake.cli import main as snakemake

    for library in LIBRARIES:
        import_module(library)
    gc.freeze()  # or each process would copy what it only looks at
    replies = os.dup(1)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.close(replies)
            become(json.loads(line))
            snakemake()
            return
        _, status = os.waitpid(child, 0)
        os.write(replies, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
