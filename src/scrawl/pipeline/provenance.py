"""Code digests: a stage runs again when the meaning of code that it imports has changed."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def code_of(stage: str, package: Path = PACKAGE) -> list[str]:
    """Return `module@digest` for a stage's module and each of the package's that it imports.

    A digest is taken over a module's syntax tree, without comments, docstrings and descriptions of
    fields: words about the code change nothing, and neither do the times of its files. Snakemake
    keeps the list with each output and names the module that differs when it makes an output again.

    Parameters
    ----------
    stage : str
        The name of a module of the package, such as `stages.decode`.
    package : Path
        The package's folder.

    Returns
    -------
    list of str
        Sorted by name; imports inside functions count too.
    """
    found: set[str] = set()
    waiting = [stage]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(_imports(package, module))
    return [f"{name}@{_digest(_path(package, name))}" for name in sorted(found)]


def data_of(folder: str, package: Path = PACKAGE) -> list[str]:
    """Return `path@digest` for each file of a folder, such as `pages/draw`, except its modules.

    A stage depends on them as on its modules, but imports do not show it.
    """
    files = sorted(path for path in (package / folder).iterdir() if path.is_file())
    files = [path for path in files if path.suffix != ".py"]
    return [f"{path.relative_to(package).as_posix()}@{_sha256(path)}" for path in files]


def _path(package: Path, module: str) -> Path:
    path = package.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def read_sources(package: Path = PACKAGE) -> None:
    """Read all modules now, so that later digests describe the code that this process runs.

    3 ms; the digests themselves, which few processes need, take a hundred.
    """
    for path in package.rglob("*.py"):
        _text(path)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


@cache
def _imports(package: Path, module: str) -> frozenset[str]:
    """Return the package's modules that `module` imports, with the packages they lie in."""
    prefix = f"{package.name}."
    names: set[str] = set()
    for node in ast.walk(_tree(_path(package, module))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from scrawl.nn.layers import base` may name a module or something inside one.
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    inner = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    parents = {name.rsplit(".", n)[0] for name in inner for n in range(1, name.count(".") + 1)}
    return frozenset(name for name in inner | parents if _path(package, name).is_file())


@cache
def _digest(path: Path) -> str:
    tree = _tree(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [line for line in node.body if not _is_text(line)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:12]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _is_text(node: ast.stmt) -> bool:
    """Tell whether a line is a docstring, or the description after a field."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
