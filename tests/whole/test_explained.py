"""The target `explained`, as a user runs it: its files, and the links between pages."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from project import Project

PAGES = ("reports/tiny.html", "index.html", "mistakes/tiny.html")


def links(page: Path) -> set[Path]:
    """Return the files that a page links to."""
    found = re.findall(r'href="([^"#:]+)["#]', page.read_text(encoding="utf-8"))
    return {(page.parent / unquote(address)).resolve() for address in found}


def test_the_page_of_mistakes_is_made_and_linked_where_it_is_and_nowhere_else(
    project: Project,
) -> None:
    folder = project.folder.resolve() / "artifacts/dots"
    before = project.files()
    page = folder / "mistakes/tiny.html"
    for name in PAGES[:2]:
        assert page not in links(folder / name)
    printed = project.build("explained")
    assert "Mistakes: artifacts/dots/mistakes/tiny.html" in printed
    assert project.files() - before == {
        "dots/doubts/unit.csv",
        *(f"dots/mistakes/tiny/{name}.h5" for name in ("plain", "deep")),
        "dots/mistakes/tiny.html",
    }
    for name in PAGES:
        assert all(path.exists() for path in links(folder / name))
    for name in PAGES[:2]:
        assert page in links(folder / name)
    assert project.planned("explained") == set()
    assert project.planned() == set()
