"""Parameters by which Snakemake compares a job with the one that made its outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scrawl.pipeline.attempts import Attempts
from scrawl.pipeline.commands import COMMANDS
from scrawl.pipeline.provenance import code_of


def code_and_failures(attempts: Attempts, command: str) -> dict[str, str | Callable[..., str]]:
    """Return the parameters that every job is compared by: its code, and how often it failed.

    Parameters
    ----------
    attempts : Attempts
    command : str
        The name of the stage, as in `scrawl decode`.
    """

    def failures(wildcards: Mapping[str, Any]) -> str:
        return attempts.failed(command, dict(wildcards.items()))

    stage, _ = COMMANDS[command]
    return {**named(code_of(stage)), "failures": failures}


def named(digests: Iterable[str]) -> dict[str, str]:
    """Return `name@digest` parameters by their names, by which Snakemake's cache sorts them.

    >>> named(["nn.losses@0123456789ab"])
    {'code nn.losses': 'nn.losses@0123456789ab'}
    """
    return {f"code {digest.partition('@')[0]}": digest for digest in digests}
