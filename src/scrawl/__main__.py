"""The command `scrawl`: a sub-command for each stage, for each part of a study, and tools.

`python -m scrawl` is the same, of any interpreter that finds the package.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from scrawl import __version__
from scrawl.pipeline.colours import painted
from scrawl.pipeline.commands import COMMANDS, GROUPS, example
from scrawl.pipeline.recovery import VARIABLE, bring_to_present
from scrawl.pipeline.streams import spell_out
from scrawl.settings import arithmetic
from scrawl.settings.untrusted_text import printable

STATUSES = {
    0: "done",
    1: "an error, said in one message on standard error",
    2: "no such command, or options that it does not have",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after `scrawl`; by default those of the command line.

    Returns
    -------
    int
        The exit status, one of `STATUSES`.
    """
    spell_out()
    try:
        try:
            return command(list(sys.argv[1:] if argv is None else argv))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has enough, as `| head` has. What is still to be printed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def command(words: Sequence[str]) -> int:
    """Print help or the version, or run a sub-command; return the exit status."""
    if not words or words[0] in {"-h", "--help"}:
        print(usage())
        return 0 if words else 2
    name, *rest = words
    if name == "--version":
        print(f"scrawl {__version__}")
        return 0
    if name not in COMMANDS:
        from scrawl.settings.errors import suggestion

        near = suggestion(name, COMMANDS)
        return failed(
            "scrawl", f"there is no command {name!r}{near} (`scrawl --help` lists all)", 2
        )
    return run(name, rest)


def run(name: str, words: Sequence[str]) -> int:
    """Run a command with the words that follow its name; return the exit status."""
    # Before NumPy is there: its BLAS would take every core, spin while its threads wait for each
    # other, and make last bits depend on how many there are. Work is shared above it.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if arithmetic.asked_for(words) == "native":
        arithmetic.unpin()
    module = loaded(f"scrawl.{COMMANDS[name][0]}")
    if os.environ.get(VARIABLE):
        bring_to_present(words)
    who = f"scrawl {name}"
    try:
        module.main(words)
    except SystemExit as end:
        add_words(name, words, end.code)
        raise
    except BrokenPipeError:
        raise
    except (ValueError, OSError) as error:
        return failed(who, str(error), 1)
    except MemoryError as error:
        return failed(who, f"not enough memory ({error})", 1)
    except KeyboardInterrupt as error:
        return failed(who, "interrupted", 128 + (error.args[0] if error.args else signal.SIGINT))
    return 0


def loaded(place: str) -> Any:
    """Import the module of a command.

    The garbage collector passes over what modules hold, which stays to the end: searching it costs
    a short command a good part of its time (docs/benchmarks.md).
    """
    if place in sys.modules:
        return sys.modules[place]
    gc.disable()
    try:
        return importlib.import_module(place)
    finally:
        gc.freeze()
        gc.enable()


def add_words(name: str, words: Sequence[str], status: object) -> None:
    """Add to what argparse has said: an example to its help, the nearest option to its error."""
    if not status and {"-h", "--help"} & set(words):
        print(f"\n{painted('example:', 'bold', sys.stdout)}\n  {example(name)}")
    elif status == 2:
        from scrawl.tools.options import unknown

        for problem in unknown(name, words):
            failed(f"scrawl {name}", problem, 2)


def failed(who: str, words: str, status: int) -> int:
    """Print an error, and return the exit status."""
    print(f"{painted(f'{who}:', 'red', sys.stderr)} {printable(words)}", file=sys.stderr)
    return status


def usage() -> str:
    """Return the help text: every command with its purpose, in groups, and the exit statuses."""
    width = max(map(len, COMMANDS))
    groups: dict[str, list[str]] = {heading: [] for heading in GROUPS.values()}
    for name, (module, purpose) in COMMANDS.items():
        heading = GROUPS.get(module.partition(".")[0], GROUPS[""])
        groups[heading].append(f"  {name:<{width}}  {purpose}")
    groups["Exit status"] = [f"  {status:<{width}}  {words}" for status, words in STATUSES.items()]
    lines = [
        line
        for heading, named in groups.items()
        for line in (painted(f"{heading}:", "bold", sys.stdout), *named, "")
    ]
    end = (
        "`scrawl COMMAND --help` says more, with an example; `scrawl --version` names the version."
    )
    return "\n".join(["usage: scrawl COMMAND …", "", *lines, end])


if __name__ == "__main__":
    raise SystemExit(main())
