"""The page of mistakes in a real browser: it asks for nothing, complains of nothing, and fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.untrained import Suite, write

from browser import browser
from scrawl import __main__ as cli

NAMES = ("linear", "sigmoid-30")
SUITE = Suite(3, (12, 12), NAMES, (1, 2), images={"train": 60, "validation": 12, "test": 60})

OVERLAYS = """
return [...document.querySelectorAll('.over')].map(one => {
  const [picture, drawn] = [...one.children].map(part => part.getBoundingClientRect());
  return ['left', 'top', 'width', 'height'].map(side => Math.abs(picture[side] - drawn[side]));
})
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of networks that were not trained: most of their answers are mistakes."""
    runs = write(tmp_path_factory.mktemp("suite") / "letters", SUITE)
    folder = runs[0].parents[2]
    data = str(next(folder.glob("prepared/*.h5")))
    paths = {name: str(folder / f"{name}.h5") for name in NAMES}
    for name, path in paths.items():
        own = [str(run) for run in runs if run.parent.name == name]
        words = ["--data", data, "--runs", *own, "--model", f"{own[0]}/model.h5"]
        assert cli.main(["mistakes", *words, "--output", path]) == 0
    doubts, output = str(folder / "doubts.csv"), folder / "page.html"
    assert cli.main(["doubts", "--data", data, "--table", doubts]) == 0
    words = ["--title", "letters", "--name", "quick", "--data", data, "--doubts", doubts]
    words += ["--runs", *map(str, runs), "--mistakes", *paths.values(), "--output", str(output)]
    assert cli.main(["explain", *words]) == 0
    return output


def test_the_page_asks_for_nothing_complains_of_nothing_and_fits(page: Path) -> None:
    with browser(390) as window:
        for width, dark in ((390, True), (1280, False)):
            window.look(width, dark=dark)
            window.open(page)
            assert window.overflow() == 0
            assert window.requests() == [page.absolute().as_uri()]
            assert window.complaints() == []
            overlays = window.run(OVERLAYS)
            assert overlays
            assert max(map(max, overlays)) <= 1  # a stroke lies on its picture
