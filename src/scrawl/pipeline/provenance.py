"""Code digests: a stage runs again when the meaning of code that it imports has changed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from scrawl.pipeline.module_facts import Facts, Memory

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
    code = [f"{name}@{_facts(package, name).digest}" for name in sorted(found)]
    if (memory := _memory(package)).changed:
        memory.keep(map(_text, package.rglob("*.py")))
    return code


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
    """Read all modules now, so that later digests describe the code that this process runs."""
    for path in package.rglob("*.py"):
        _text(path)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _memory(package: Path) -> Memory:
    """Return the facts that are known about the package's modules, from where Python keeps them."""
    return Memory(package / "__pycache__" / "scrawl-code.json")


@cache
def _imports(package: Path, module: str) -> frozenset[str]:
    """Return the package's modules that `module` imports, with the packages they lie in."""
    prefix = f"{package.name}."
    names = _facts(package, module).imports
    inner = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    parents = {name.rsplit(".", n)[0] for name in inner for n in range(1, name.count(".") + 1)}
    return frozenset(name for name in inner | parents if _path(package, name).is_file())


@cache
def _facts(package: Path, module: str) -> Facts:
    return _memory(package).of(_text(_path(package, module)))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
