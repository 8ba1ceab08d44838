"""Snakemake's cache between workflows, for results that are the same wherever they are computed.

Snakemake keys it by commands, parameters (the digests of the code and the settings) and sources. It
knows nothing of libraries, so each version of NumPy has a folder of its own.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from importlib.metadata import version
from pathlib import Path

VARIABLE = "SNAKEMAKE_OUTPUT_CACHE"


def shared_cache(
    asked: Sequence[str] | None, environ: MutableMapping[str, str], obstacles: Sequence[str]
) -> bool:
    """Tell whether results are shared, and point Snakemake to the folder for this NumPy.

    Parameters
    ----------
    asked : sequence of str, optional
        What follows `--cache`; None without it.
    environ : mapping
        Its `SNAKEMAKE_OUTPUT_CACHE` is the folder, or address, of the cache.
    obstacles : sequence of str
        Why results of this configuration are not the same elsewhere.

    Raises
    ------
    ValueError
        If the cache is asked for and there are obstacles.

    Examples
    --------
    >>> environ = {"SNAKEMAKE_OUTPUT_CACHE": "s3://bucket/cache"}
    >>> shared_cache([], environ, obstacles=[])
    True
    >>> Path(environ["SNAKEMAKE_OUTPUT_CACHE"]).name.startswith("numpy-")
    True
    """
    if asked is None or VARIABLE not in environ:  # without it, Snakemake warns
        return False
    if obstacles:
        raise ValueError(f"--cache shares results, and these differ elsewhere: {obstacles[0]}")
    folder = f"numpy-{version('numpy')}"
    if Path(environ[VARIABLE]).name != folder:  # a job's Snakemake inherits it
        environ[VARIABLE] = f"{environ[VARIABLE].rstrip('/')}/{folder}"
    if "://" not in environ[VARIABLE]:
        Path(environ[VARIABLE]).mkdir(parents=True, exist_ok=True)
    return True
