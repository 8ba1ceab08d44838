"""A storage of Snakemake's whose objects are files of a folder: no plugin, no server."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Object:
    """An object, with the methods that plugins give it."""

    folder: Path
    query: str

    @property
    def file(self) -> Path:
        """The file that is the object."""
        return self.folder / self.query.replace("/", "!")

    def set_local_path(self, path: Path) -> None:
        """Name the file that is to be stored or written."""
        self.local = path

    def exists(self) -> bool:
        """Tell whether there is such an object."""
        return self.file.exists()

    def store_object(self) -> None:
        """Make the object of the local file."""
        shutil.copy(self.local, self.file)

    def retrieve_object(self) -> None:
        """Write the local file."""
        shutil.copy(self.file, self.local)

    def remove(self) -> None:
        """Remove the object."""
        self.file.unlink()
