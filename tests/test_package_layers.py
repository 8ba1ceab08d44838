"""The layers of the package: imports lead to the same package, or to a lower layer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import scrawl

PACKAGE = Path(scrawl.__file__).parent
LAYERS = (
    {"nn", "pipeline"},
    {"settings"},  # names of activations and the like are those of the registries in nn
    {"artifacts"},
    {"data", "results", "training"},
    {"figures"},
    {"exercises", "pages", "studies", "tools"},
    {"stages"},
)
HEIGHT = {folder: height for height, layer in enumerate(LAYERS) for folder in layer}
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.name[:2] != "__"
)


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the modules of the package that a module imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            first, *rest = name.split(".")
            if first == PACKAGE.name and rest[0] != "__version__":
                yield tuple(rest)


def test_every_module_lies_in_a_package_that_has_a_layer() -> None:
    assert len(MODULES) > 80
    assert {path.relative_to(PACKAGE).parts[0] for path in MODULES} == HEIGHT.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_lead_to_the_same_package_or_to_a_lower_layer(path: Path) -> None:
    own, *_ = path.relative_to(PACKAGE).parts
    for package, *rest in imported(path):
        if package == own:
            assert own != "stages", f"a stage imports a stage: {rest}"
        else:
            assert HEIGHT[package] < HEIGHT[own], f"{own} imports {package}: {rest}"


@pytest.mark.parametrize(
    "init", sorted(PACKAGE.glob("*/**/__init__.py")), ids=lambda p: p.parent.name
)
def test_the_heading_of_a_package_lists_its_modules(init: Path) -> None:
    listed = init.read_text(encoding="utf-8")
    if "- `" not in listed:  # a package that is read as one: its modules have one purpose
        assert len([*init.parent.glob("*.py")]) <= 6
        return
    modules = {path.stem for path in init.parent.glob("*.py") if not path.stem.startswith("__")}
    modules |= {path.parent.name for path in init.parent.glob("*/__init__.py")}
    assert {name for name in modules if f"`{name}`" not in listed} == set()
