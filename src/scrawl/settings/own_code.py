"""Users' own code in the settings: its file, digest and registries, read but never run."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from scrawl.nn.registries import OWN
from scrawl.settings.constraints import Form, OneOf
from scrawl.settings.errors import suggestion

# The settings whose values may be the user's own, with the dictionary of the user's file that the
# name after `own.` is a key of. They have the names of scrawl's own dictionaries in scrawl.nn.
REGISTRIES = {
    "activation": "ACTIVATIONS",
    "output": "ACTIVATIONS",
    "initialiser": "INITIALISERS",
    "loss": "LOSSES",
    "optimiser": "OPTIMISERS",
    "schedule": "SCHEDULES",
    "layer": "LAYERS",
    "network": "NETWORKS",
}
COMPUTING = ("activation", "output", "layer", "network", "loss")
"""Those of them without which a trained network can't answer."""

OWN_NAME = r"own\.[A-Za-z0-9][A-Za-z0-9_-]*"
DIGITS = 16


def is_own(value: object) -> bool:
    """Tell whether a setting's value names something of the user's."""
    return isinstance(value, str) and value.startswith(OWN)


class OneOfOrOwn(OneOf):
    """One of some names, or a name of the user's file, as `own.swish`."""

    def __str__(self) -> str:
        return f"{super().__str__()}, or `own.NAME` of `code`"

    def fault(self, value: object) -> str | None:
        """Return what is wrong with a name, or None."""
        if is_own(value):
            return Form(OWN_NAME, most=60).fault(value)
        return super().fault(value)


@dataclass(frozen=True)
class CodeFile:
    """A Python file of the user's, with the modules beside it that it imports.

    Attributes
    ----------
    path : Path
    sources : mapping of Path to bytes
        Of the file and of each of those modules.
    """

    path: Path
    sources: Mapping[Path, bytes]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file and the local modules that it imports, directly or not.

        Raises
        ------
        ValueError
            If there is no such file, or one is no Python, with file and line.
        """
        if not path.is_file():
            raise ValueError(f"code: found no file {path}, expected one of Python")
        sources: dict[Path, bytes] = {}
        waiting = [path]
        while waiting:
            file = waiting.pop()
            if file not in sources:
                sources[file] = file.read_bytes()
                waiting.extend(_local_imports(parsed(file, sources[file]), path.parent))
        return cls(path, sources)

    @cached_property
    def label(self) -> str:
        """Its name with a digest of all sources, as `mine.py@0123456789abcdef`."""
        digest = hashlib.sha256()
        for file in sorted(self.sources):
            name = file.relative_to(self.path.parent).as_posix()
            content = self.sources[file]
            digest.update(f"{name} {len(content)}\n".encode() + content)
        return f"{self.path.name}@{digest.hexdigest()[:DIGITS]}"

    def check(self, names: Mapping[str, str]) -> None:
        """Refuse settings, such as `{"activation": "own.swish"}`, that the file does not define.

        A dictionary that is not written out is not looked into: then loading the file tells.
        """
        tree = parsed(self.path, self.sources[self.path])
        keys = dict(_dictionaries(tree))
        for setting, name in names.items():
            registry = REGISTRIES[setting]
            if registry not in keys:
                raise ValueError(
                    f"{setting}: found {name}, but {self.path} has no dictionary {registry}; "
                    f'add {registry} = {{"{name.removeprefix(OWN)}": …}}'
                )
            there = keys[registry]
            if there is not None and name not in (known := [f"{OWN}{key}" for key in there]):
                raise ValueError(
                    f"{setting}: found {name!r}{suggestion(name, known)} ({registry} of "
                    f"{self.path})"
                )


def parsed(path: Path, source: bytes) -> ast.Module:
    """Return the syntax tree of a file; a ValueError has file and line."""
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        raise ValueError(
            f"{path}:{error.lineno}: {error.msg}: {(error.text or '').strip()}"
        ) from error
    except ValueError as error:  # such as null bytes
        raise ValueError(f"{path}: {error}") from error


def _local_imports(tree: ast.Module, folder: Path) -> Iterator[Path]:
    """Yield the files in a folder that a module may import."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            for n in range(1, len(parts) + 1):
                place = folder.joinpath(*parts[:n])
                yield from filter(Path.is_file, (place / "__init__.py", place.with_suffix(".py")))


def _dictionaries(tree: ast.Module) -> Iterator[tuple[str, list[str] | None]]:
    """Yield the registries that a module assigns, each with its keys, if they are written out."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in REGISTRIES.values():
                value = getattr(node, "value", None)
                keys = value.keys if isinstance(value, ast.Dict) else [None]
                texts = [key.value if isinstance(key, ast.Constant) else None for key in keys]
                yield target.id, None if None in texts else [str(text) for text in texts]


def is_label(code: str) -> bool:
    """Tell whether settings name code by file name and digest, as recorded ones do."""
    return re.fullmatch(rf".+@[0-9a-f]{{{DIGITS}}}", code) is not None
