"""Snakemake's storage of artifacts, such as a bucket, for what a job writes before its end.

Snakemake itself stores the outputs of jobs that succeed. What a job is to find on another machine
after its own was taken away, it stores itself: with the plugin and the settings of the workflow.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

# Where a job finds the storage of its run; in the environment, since settings may hold keys.
VARIABLE = "SCRAWL_STORAGE"


def description(provider: str, prefix: str, settings: Any) -> str:
    """Return, for `VARIABLE`, the storage that a workflow was given.

    >>> description("fs", "/mnt/bucket/", None)
    '{"provider": "fs", "prefix": "/mnt/bucket/", "settings": {}}'
    """
    given = asdict(settings) if settings else {}
    return json.dumps({"provider": provider, "prefix": prefix, "settings": given}, default=str)


class StoredCopy:
    """The copy of one file in the storage that this process's environment names.

    Parameters
    ----------
    path : Path
        Of the file; in storage it has the same, below the storage's prefix.

    Attributes
    ----------
    exists : bool
        Whether there is a copy, as far as is known.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.exists = False
        self._object = stored(path, json.loads(os.environ[VARIABLE]))
        self.exists = self._do("exists")

    @classmethod
    def of(cls, path: Path) -> StoredCopy | None:
        """Return the copy of a file, or None where artifacts are files.

        Raises
        ------
        ValueError
            If the storage can't be reached.
        """
        return cls(path) if os.environ.get(VARIABLE) else None

    def fetch(self, path: Path) -> None:
        """Write the copy's content to a file. ValueError if that fails."""
        self._object.set_local_path(path)
        self._do("retrieve_object")

    def send(self) -> None:
        """Replace the copy by the file. ValueError if that fails."""
        self._object.set_local_path(self.path)
        self._do("store_object")
        self.exists = True

    def remove(self) -> None:
        """Remove the copy, if that can be done."""
        with suppress(ValueError):
            if self.exists:
                self._do("remove")

    def _do(self, action: str) -> Any:
        try:
            return getattr(self._object, action)()
        except Exception as error:  # each plugin has errors of its own
            raise ValueError(f"{self._object.query}: {error}") from error


def stored(path: Path, given: dict[str, Any]) -> Any:
    """Return a file's object in a storage that `description` describes.

    Raises
    ------
    ValueError
        If the storage's plugin is not installed here, or refuses its settings.
    """
    from tempfile import gettempdir  # here, as only such jobs need it

    try:
        # By name: only jobs with a storage need it, and no environment of other jobs has it.
        registry = import_module("snakemake_interface_storage_plugins.registry")
        plugin = registry.StoragePluginRegistry().get_plugin(given["provider"])
        settings = plugin.settings_cls(**given["settings"]) if plugin.settings_cls else None
        logger = import_module("snakemake_interface_common.logging").get_logger()
        provider = plugin.storage_provider(
            local_prefix=Path(gettempdir()), logger=logger, settings=settings
        )
    except Exception as error:
        raise ValueError(f"{path}: no storage of {given['provider']}: {error}") from error
    return provider.object(f"{given['prefix'].rstrip('/')}/{path}")
