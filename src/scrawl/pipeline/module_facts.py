"""Facts about the source of a module: a digest of its meaning, and what it imports.

To parse all modules takes a second of a core, more than the rest of a start of the pipeline. So
facts are kept beside the compiled modules, by the digest of the source that they are true of.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__)


class Facts(NamedTuple):
    """Facts about a module.

    Attributes
    ----------
    digest : str
        Of its syntax tree, without comments, docstrings and descriptions of fields.
    imports : tuple of str
        What it imports, absolutely, inside functions too: modules, or names inside of them.
    """

    digest: str
    imports: tuple[str, ...]


def facts_of(source: str) -> Facts:
    """Return the facts about a module.

    >>> facts_of('import os')
    Facts(digest='bdf69ae200ab', imports=('os',))
    >>> facts_of('"Words."') == facts_of('# Other words.')
    True
    """
    tree = ast.parse(source)
    imports: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from scrawl.nn.layers import base` may name a module or something inside one.
            imports.add(node.module)
            imports.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [line for line in node.body if not _is_text(line)]
    return Facts(_sha256(ast.dump(tree))[:12], tuple(sorted(imports)))


def _is_text(node: ast.stmt) -> bool:
    """Tell whether a line is a docstring, or the description after a field."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class Memory:
    """Facts by the digest of the source that they are true of, kept in a file.

    A file that can't be read is no error, nor is a folder that can't be written: facts are then
    found again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: dict[str, Facts] = {}
        self.changed = False
        # Another Python has other syntax trees, and this module may change.
        self.salt = _sha256(f"{sys.version}\n{HERE.read_text(encoding='utf-8')}")
        with suppress(OSError, ValueError, TypeError, AttributeError):
            for key, (digest, imports) in json.loads(path.read_bytes()).items():
                self.facts[key] = Facts(str(digest), tuple(map(str, imports)))

    def of(self, source: str) -> Facts:
        """Return the facts about a module."""
        key = self._key(source)
        if key not in self.facts:
            self.facts[key] = facts_of(source)
            self.changed = True
        return self.facts[key]

    def keep(self, sources: Iterable[str]) -> None:
        """Write the facts about these modules, if facts were found that the file lacks."""
        if not self.changed:
            return
        self.changed = False
        keys = sorted(set(map(self._key, sources)) & self.facts.keys())
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        with suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)
            part.write_text(json.dumps({key: self.facts[key] for key in keys}), encoding="utf-8")
            part.replace(self.path)

    def _key(self, source: str) -> str:
        return _sha256(f"{self.salt}\n{source}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
