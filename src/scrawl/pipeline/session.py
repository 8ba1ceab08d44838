"""Start of a run of the pipeline: it resumes what a killed one left, and words its errors."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from scrawl.pipeline.attempts import unless_first
from scrawl.pipeline.interruption import Interruption
from scrawl.pipeline.recovery import VARIABLE, begin
from scrawl.pipeline.refusals import in_own_words
from scrawl.pipeline.snakemake_patches import apply_patches
from scrawl.pipeline.streams import spell_out
from scrawl.pipeline.targets import suggesting


def begin_session(logger: logging.Logger, folder: Path) -> IO[str]:
    """Register this process as a run that makes files; return the file that shows it alive.

    Jobs find its name in their environment, on other nodes too.

    Parameters
    ----------
    logger : logging.Logger
        Snakemake's: a first failure and Ctrl-C are told in other words.
    folder : Path
        `.snakemake` of the working directory.

    Raises
    ------
    ValueError
        If the folder can't be written.
    """
    logger.addFilter(unless_first)
    logger.addFilter(Interruption())
    alive = begin(folder)
    os.environ[VARIABLE] = alive.name
    return alive


def adapt_snakemake(
    logger: logging.Logger, workflow: Any, suggestion: Callable[[str, list[str]], str]
) -> None:
    """Patch it, print in any encoding; messages name the nearest target, no lines of rules.

    Parameters
    ----------
    logger : logging.Logger
    workflow : snakemake.workflow.Workflow
        Its rules are looked at when a target is misspelt: then all are known.
    suggestion : function
        Takes a word and those allowed, and returns the end of a message.
    """

    def nearest(target: str) -> str:
        rules = [rule.name for rule in workflow.rules if not rule.has_wildcards()]
        return suggestion(target, rules)

    apply_patches()
    spell_out()
    logger.addFilter(suggesting(nearest))
    logger.addFilter(in_own_words)
