"""The command `scrawl`: a sub-command for each stage, for each part of a study, and tools.

`python -m scrawl` is the same, of any interpreter that finds the package.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence

from scrawl.pipeline.recovery import VARIABLE, bring_to_present
from scrawl.settings import arithmetic

# By name the module and its purpose. Written out, not collected from the modules:
# `scrawl --help` then imports none of them.
COMMANDS = {
    "download": ("stages.download", "fetch one IDX file from the first source that has it"),
    "deform": ("stages.deform", "make a large dataset: deformed copies of another's images"),
    "decode": ("stages.decode", "turn the four IDX files of a dataset into one HDF5 file"),
    "prepare": ("stages.prepare", "normalise, flatten, one-hot encode and split"),
    "train": ("stages.train", "train one network with one random seed"),
    "evaluate": ("stages.evaluate", "score a trained network on every test image"),
    "ensemble": ("stages.ensemble", "average the answers of several networks and score them"),
    "sweep": ("stages.sweep", "rank the runs of a sweep and summarise it"),
    "plot": ("stages.plot", "draw one of the figures"),
    "draw": ("stages.draw", "make the page to draw digits on, which the networks read"),
    "report": ("stages.report", "gather all results in one page that opens offline"),
    "originals": ("studies.originals", "compare what the originals' authors printed with our runs"),
    "review": ("studies.review", "score a trained network on its training images"),
    "measure": ("studies.measure", "make one of the measurements for the open questions"),
    "questions": ("studies.questions", "answer the open questions, with a figure each"),
    "records": ("studies.records", "tabulate the best networks beside published results"),
    "protocol": ("studies.search", "tabulate the recipes tried on validation images"),
    "predict": ("tools.predict", "read digits in pictures with a trained network"),
    "compare": ("tools.compare", "compare two runs: settings, metrics, and where they disagree"),
    "inspect": ("tools.inspect", "print the contents of an HDF5 artifact"),
    "verify": ("tools.verify", "compute the digests of artifacts again, from the raw files on"),
    "digests": ("tools.digests", "write the published digests of the default suite again"),
    "export": ("tools.export", "write a trained network as an ONNX, safetensors or Keras file"),
    "exercise": ("exercises.exercise", "list the exercises, or write the file to begin one with"),
    "check": ("exercises.check", "check files with solved exercises"),
    "page": ("tools.fill", "fill a page's placeholders with numbers from artifacts"),
    "glyphs": ("tools.glyphs", "draw the bundled dataset again"),
    "configuration": ("tools.configuration", "print the reference of all settings"),
}
# By the package of a command's module; tools lie in several.
GROUPS = {"stages": "The chain, run by Snakemake in this order", "studies": "Studies", "": "Tools"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after `scrawl`; by default those of the command line.

    Returns
    -------
    int
        The exit status: 0, 1 after an error (said in one message on standard error), 2 for a
        call that names no command, 130 after Ctrl-C, 143 after SIGTERM where that is caught.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help"}:
        print(usage())
        return 0 if words else 2
    name, *rest = words
    if name not in COMMANDS:
        print(f"scrawl: there is no command {name!r}\n\n{usage()}", file=sys.stderr)
        return 2
    # Before NumPy is there: its BLAS would take every core, spin while its threads wait for each
    # other, and make last bits depend on how many there are. Work is shared above it.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if arithmetic.asked_for(rest) == "native":
        arithmetic.unpin()
    module = importlib.import_module(f"scrawl.{COMMANDS[name][0]}")
    if os.environ.get(VARIABLE):
        bring_to_present(rest)
    try:
        module.main(rest)
    except BrokenPipeError:
        # Whoever reads has enough, as `| head` has. What is still to be printed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError) as error:
        print(f"scrawl {name}: {error}", file=sys.stderr)
        return 1
    except MemoryError as error:
        print(f"scrawl {name}: not enough memory ({error})", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(f"scrawl {name}: interrupted", file=sys.stderr)
        return 128 + (error.args[0] if error.args else signal.SIGINT)
    return 0


def usage() -> str:
    """Return the help text: every command with its purpose, in groups."""
    width = max(map(len, COMMANDS))
    groups: dict[str, list[str]] = {heading: [] for heading in GROUPS.values()}
    for name, (module, purpose) in COMMANDS.items():
        heading = GROUPS.get(module.partition(".")[0], GROUPS[""])
        groups[heading].append(f"  {name:<{width}}  {purpose}")
    lines = [line for heading, named in groups.items() for line in (f"{heading}:", *named, "")]
    return "\n".join(["usage: scrawl COMMAND …", "", *lines, "scrawl COMMAND --help says more."])


if __name__ == "__main__":
    raise SystemExit(main())
