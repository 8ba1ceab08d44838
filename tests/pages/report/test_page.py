"""The report in a real browser: what can be pressed, found, highlighted, saved and copied."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from benchmarks.untrained import Suite, commands, outputs, write

from browser import Browser, browser
from scrawl import __main__ as cli
from scrawl.figures import style
from scrawl.results.runs import read_metrics

SUITE = Suite(3, (12, 12), ("linear", "sigmoid-30"), (1, 2), images={
    "train": 60, "validation": 12, "test": 60})  # fmt: skip
FOLDER = Path(style.__file__).parents[1] / "pages/report"

# What is off the screen is not laid out, and what is folded has no size.
UNFOLD = """document.querySelectorAll('details').forEach(one => one.open = true);
document.querySelectorAll('.experiment').forEach(one => one.style.contentVisibility = 'visible')"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write(tmp_path_factory.mktemp("suite") / "letters", SUITE)


@pytest.fixture(scope="module")
def page(runs: list[Path]) -> Path:
    folder = runs[0].parents[2]
    assert cli.main([*commands(folder, runs)["report"], *outputs(folder, "report")]) == 0
    return folder / "report.html"


@pytest.fixture(scope="module")
def opened() -> Iterator[Browser]:
    with browser(390) as window:
        yield window


@pytest.fixture
def window(opened: Browser, page: Path) -> Browser:
    opened.look(390)
    opened.open(page)
    return opened


TARGETS = """
return [...document.querySelectorAll('a[href], button, select, summary, input, textarea')]
  .filter(one => one.checkVisibility() && !one.matches('.skip'))
  .map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 24)
  .map(([words, box]) => `${words}: ${box.width} × ${box.height}`)
"""


# Elements that reach beyond the page, or beyond the part of it that they can be scrolled in.
OUTSIDE = """
const scrolled = one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX);
const room = one => {
  for (one = one.parentElement; one; one = one.parentElement)
    if (scrolled(one)) return one.getBoundingClientRect().left - one.scrollLeft + one.scrollWidth;
  return document.documentElement.clientWidth;
};
return [...document.querySelectorAll('body *')]
  .filter(one => one.checkVisibility() && !one.closest('svg'))
  .filter(one => one.getBoundingClientRect().right > room(one) + 1)
  .map(one => one.outerHTML.slice(0, 120))
"""
SCROLLED = """
return [...document.querySelectorAll('body *')]
  .filter(one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX))
  .filter(one => one.scrollWidth > one.clientWidth).map(one => one.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize("letters", [55, 64])
def test_names_of_many_letters_push_nothing_off_the_page(
    opened: Browser, tmp_path: Path, letters: int
) -> None:
    names = [name.ljust(letters, "x") for name in ("linear", "dense")]
    images = {"train": 40, "validation": 8, "test": 40}
    suite = Suite(4, (12, 12), names, (1,), name_length=letters, images=images)
    assert {len(name) for name in suite.class_names()} == {letters}
    runs = write(tmp_path / "long", suite)
    words = commands(tmp_path / "long", runs)["report"]
    assert cli.main([*words, *outputs(tmp_path / "long", "report")]) == 0
    opened.open(tmp_path / "long/report.html")
    for width in (390, 1280):
        opened.look(width)
        opened.run(UNFOLD)
        assert opened.overflow() <= 0
        assert opened.run(OUTSIDE) == []
    assert opened.run(SCROLLED) == []  # at 1280 pixels, tables are seen whole


@pytest.mark.parametrize("width", [390, 1280])
def test_everything_that_can_be_pressed_is_at_least_24_pixels_large(
    window: Browser, width: int
) -> None:
    window.look(width)
    window.run(UNFOLD)
    assert window.run("return document.querySelectorAll('button').length") > 50
    assert window.run(TARGETS) == []


def test_the_first_tab_key_leads_past_the_sections_to_the_results(window: Browser) -> None:
    window.press("\ue004")
    seen = "return document.activeElement.matches('.skip') && "
    assert window.run(seen + "document.activeElement.getBoundingClientRect().left >= 0")
    window.press("\ue007")
    assert window.run("return location.hash") == "#results"
    assert window.run("return Math.abs(results.getBoundingClientRect().top) < 100")


def test_the_sections_stay_in_sight_and_cover_no_heading(window: Browser) -> None:
    window.run("location.hash = '#provenance'")
    top = "return document.querySelector('nav').getBoundingClientRect().top"
    assert window.run("return scrollY") > 1000
    assert window.run(top) == 0
    below = """const nav = document.querySelector('nav').getBoundingClientRect();
    return document.querySelector('#provenance h2').getBoundingClientRect().top >= nav.bottom"""
    assert window.run(below)


def test_a_legend_highlights_its_line_under_the_pointer_and_hides_it_on_a_click(
    window: Browser,
) -> None:
    from selenium.webdriver import ActionChains

    find = "return document.querySelector('.chart .legend button')"
    button = window.run(find)
    window.run("arguments[0].scrollIntoView({block: 'center'})", button)
    ActionChains(window.driver).move_to_element(button).perform()
    lines = """return [...document.querySelectorAll('.chart')[0].querySelectorAll('.line')]
      .map(line => getComputedStyle(line).display === 'none' ? 'none'
        : getComputedStyle(line).opacity)"""
    assert window.run(lines) == ["1", "0.15"]
    ActionChains(window.driver).click(button).perform()
    assert window.run(lines)[0] == "none"
    assert button.get_attribute("aria-pressed") == "false"
    ActionChains(window.driver).click(button).perform()
    assert window.run(lines)[0] == "1"
    assert button.get_attribute("aria-pressed") == "true"


# A download's bytes, without a download.
SAVED = """
const saved = [];
URL.createObjectURL = blob => { saved.push(blob); return 'data:,'; };
HTMLAnchorElement.prototype.click = function () { saved.name = this.download; };
arguments[0].click();
return saved[0].text().then(text => [saved.name, text]);
"""


def rows_of(window: Browser, table: str) -> tuple[str, list[list[str]]]:
    """Return the name and the rows of the file that the button below a table saves."""
    window.run(UNFOLD)
    button = window.run(
        """const table = document.querySelector(arguments[0]);
        return [...document.querySelectorAll('button.csv')].find(one =>
          table.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)""",
        table,
    )
    name, text = window.run(SAVED, button)
    return name, list(csv.reader(io.StringIO(text)))


def test_the_table_of_results_is_saved_as_csv_with_all_digits(
    window: Browser, runs: list[Path]
) -> None:
    name, (header, *rows) = rows_of(window, "#results table")
    assert name == "letters-quick-results.csv"
    accuracies = [read_metrics(run / "metrics.json")["accuracy"] for run in runs]
    column = header.index("test accuracy")
    found = {row[0]: float(row[column]) for row in rows}
    assert found == pytest.approx(
        {"linear": sum(accuracies[:2]) / 2, "sigmoid-30": sum(accuracies[2:]) / 2}
    )


def test_the_confusion_matrix_is_saved_as_csv(window: Browser, runs: list[Path]) -> None:
    _, (header, *rows) = rows_of(window, "#experiment-linear table.confusion")
    counts = [read_metrics(run / "metrics.json")["confusion"] for run in runs[:2]]
    assert header[1:] == [row[0] for row in rows] == ["0", "1", "2"]
    for i, row in enumerate(rows):
        for j, cell in enumerate(row[1:]):
            assert float(cell) == (counts[0][i][j] + counts[1][i][j]) / 2


def test_every_table_can_be_saved(window: Browser) -> None:
    window.run(UNFOLD)
    tables = window.run("return document.querySelectorAll('table').length")
    assert tables == window.run("return document.querySelectorAll('button.csv').length")


@pytest.mark.parametrize("allowed", [True, False])
def test_the_yaml_of_a_row_is_copied_or_else_selected(window: Browser, allowed: bool) -> None:
    clipboard = """navigator.clipboard.writeText = async text => {
      if (!arguments[0]) throw new DOMException('no', 'NotAllowedError');
      window.copied = text };
    document.querySelector('.copy[data-of="sigmoid-30"]').click();
    return new Promise(done => setTimeout(() => done(window.copied ?? String(getSelection()))))"""
    copied = yaml.safe_load(window.run(clipboard, allowed))
    assert copied["experiments"]["sigmoid-30"] == {
        "hidden": [30],
        "activation": "sigmoid",
        "output": "sigmoid",
        "loss": "quadratic",
        "learning_rate": 3.0,
        "epochs": 8,
    }


def test_two_experiments_are_compared_in_their_settings(window: Browser) -> None:
    said = window.run("return document.querySelector('form.compare output').innerText")
    assert re.search(r"Settings that differ: .*hidden (30 and none|none and 30)", said)


def test_experiments_have_the_colours_of_the_figures() -> None:
    words = (FOLDER / "style.css").read_text(encoding="utf-8")
    light = words[: words.index("@media screen")]
    colours = re.findall(r"--c\d: (#[0-9a-f]{6})", light)
    assert tuple(colour.upper() for colour in colours) == style.EXPERIMENTS


def test_nothing_is_printed_that_only_a_screen_can_use(window: Browser) -> None:
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    hidden = """return [...document.querySelectorAll('nav, .tools, .copy, #draw, form.compare')]
      .every(one => !one.checkVisibility())"""
    assert window.run(hidden)
    kept: Any = window.run(
        "return getComputedStyle(document.querySelector('.confusion')).breakInside"
    )
    assert kept == "avoid"
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
