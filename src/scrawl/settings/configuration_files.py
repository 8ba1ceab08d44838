"""Configuration files and the command line: merged, with the origin of every value."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrawl.settings.errors import Mistake, SettingsError
from scrawl.settings.yaml_files import YamlFile

COMMAND_LINE = "--config"


@dataclass(frozen=True)
class Sources:
    """Everything that a configuration is made of, in the order in which it is read.

    Attributes
    ----------
    files : tuple of YamlFile
        What a later one says overrides what an earlier one says, key by key.
    command_line : mapping
        What stands after `--config`, which overrides them all.
    origin : str
        Another origin of these: the configuration of a workflow that imports this one.
    """

    files: tuple[YamlFile, ...] = ()
    command_line: Mapping[str, Any] = field(default_factory=dict)
    origin: str = COMMAND_LINE

    @classmethod
    def read(
        cls, paths: Iterable[Path], command_line: Mapping[str, Any], origin: str = COMMAND_LINE
    ) -> Sources:
        """Read files.

        Raises
        ------
        ValueError
            With file and line, if one is not YAML or has no keys; if something after `--config` has
            no value, or values inside of values, all of which would be text.
        """
        files = tuple(map(YamlFile.read, paths))
        for file in files:
            if not isinstance(file.content, Mapping | None):
                raise ValueError(
                    f"{shown(file.path)}: found {file.content!r:.60}, expected keys with values"
                )
        for key, value in command_line.items():
            if value is None:
                raise ValueError(f"{origin}: {key}: found nothing after the =, expected a value")
            if isinstance(value, Mapping) and origin == COMMAND_LINE:
                raise ValueError(
                    f"{COMMAND_LINE}: {key}: found keys with values, expected one value or a list; "
                    "write them into a YAML file and name it: --configfile FILE"
                )
        return cls(files, dict(command_line), origin)

    def merged(self) -> dict[str, Any]:
        """Return what they say together."""
        whole: dict[str, Any] = {}
        for file in self.files:
            _update(whole, file.content or {})
        _update(whole, self.command_line)
        return whole

    @contextmanager
    def heading(self, *path: str) -> Iterator[None]:
        """Head each mistake of a block with its file and line; what it checks lies at `path`."""
        try:
            yield
        except SettingsError as error:
            mistakes = [mistake.inside(*path) for mistake in error.mistakes]
            words = "\n".join(f"{self.place(mistake)}: {mistake}" for mistake in mistakes)
            raise ValueError(words) from error

    def beside(self, name: str, *path: str) -> Path:
        """Return the file that a value names: beside the file that the value is in, if it is there.

        Otherwise it is taken from the working directory.
        """
        folders = [f.path.parent for f in self.files if f.line(*path)[0] == len(path)]
        places = [folder / name for folder in reversed(folders)]
        return next(filter(Path.is_file, places), Path(name))

    def in_study(self, *path: str | int) -> bool:
        """Tell whether a value is that of a study, and of no file that is read later."""
        steps = [file.line(*path)[0] for file in self.files]
        last = max(place for place, found in enumerate(steps) if found == max(steps))
        return self.files[last].path.parents[1].name == "studies"

    def place(self, mistake: Mistake) -> str:
        """Return file and line of a mistake, or `--config`; of several, the last one read."""
        path = (*mistake.path, mistake.key) if mistake.key else mistake.path
        if path and str(path[0]) in self.command_line:
            return self.origin
        best, place = -1, "configuration"
        for file in self.files:
            steps, line = file.line(*path)
            if steps >= best:
                best, place = steps, f"{shown(file.path)}:{line}" if steps else shown(file.path)
        return place


def configuration_files(root: Path, project: Path | None = None) -> list[Path]:
    """Return the files of a checkout in the order in which they are read: config.yaml is the last.

    The known datasets come first, then the studies; `--configfile` and `--config` come after. A
    project that takes its rules from there has a config.yaml of its own.
    """
    studies = sorted(root.glob("workflow/studies/*/config.yaml"))
    own = (project or root) / "config.yaml"
    last = own if own.is_file() else root / "config.yaml"
    return [root / "workflow/datasets.yaml", *studies, last]


def shown(path: Path) -> str:
    """Return a path as seen from the working directory, where it lies inside of that."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir) else relative


def _update(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add values, those inside of values too, as Snakemake does for its own `config`."""
    for key, value in more.items():
        name = str(key) if type(key) in {int, float} else key  # an experiment may be called 128
        if isinstance(value, Mapping):
            inner = whole.get(name)
            whole[name] = dict(inner) if isinstance(inner, Mapping) else {}
            _update(whole[name], value)
        else:
            whole[name] = value
