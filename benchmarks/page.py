"""The measured tables as a page with its plots: `docs/benchmarks.md`, `.svg` and `roofline.svg`.

Only what the other benchmarks have written is shown; nothing is measured here.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from benchmarks import accuracy, roofline_figure
from benchmarks.measure import FOLDER, text
from scrawl.artifacts.files import written_whole
from scrawl.figures.style import COLOURS, save, style

TRIED = Path(__file__).with_name("tried.md")
PAGE = Path("docs/benchmarks.md")
PLOT = PAGE.with_suffix(".svg")
ROOFLINE = Path("docs/roofline.svg")
ORDER = (
    "peers",
    "roofline-roofs",
    "roofline-work",
    "roofline",
    "roofline-layers",
    "accuracy",
    "stages",
    "snakemake",
    "patches",
    "imports",
    "growth",
    "classes",
    "large-images",
    "sweeps",
    "sharing",
    "checkpoints",
    "millions",
    "millions-reduced",
    "strokes",
    "strangers",
)
INTRODUCTION = """\
# Benchmarks

Written by `make bench`; do not edit. Contenders alternate on one machine: a ratio is the median
of the ratios of all turns (lowest and highest in brackets). Seconds are medians.

![Every ratio with its spread](benchmarks.svg)
"""

ORIGINAL_SECONDS = 250.9  # to 94.17 %, as the author of the program behind scrawl printed


def read_tables() -> list[dict[str, Any]]:
    """Return the tables that there are, in the page's order."""
    files = [FOLDER / f"{name}.json" for name in ORDER]
    tables = [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
    if not tables:
        raise ValueError(f"{FOLDER}: found no tables; run `make bench`")
    return tables


def as_markdown(table: dict[str, Any]) -> str:
    """Return one table with its title, notes and machine."""
    rows = [table["columns"], ["---"] * len(table["columns"]), *table["rows"]]
    lines = [f"| {' | '.join(text(cell) for cell in row)} |" for row in rows]
    machine = ", ".join(f"{name} {value}" for name, value in table["machine"].items())
    picture = [f"![{table['title']}]({ROOFLINE.name})"] * (table["name"] == "roofline")
    title, measured_on = f"## {table['title']}", f"Measured on: {machine}."
    parts = [title, *picture, "\n".join(lines), *table["notes"], measured_on]
    return "\n\n".join(parts) + "\n"


def targets(tables: list[dict[str, Any]]) -> str:
    """Return the targets beside what was found."""
    lines = ["| target | wanted | found | |", "| --- | --- | --- | --- |"]
    for what, found, wanted, at_most in (target for table in tables for target in table["targets"]):
        sign = "at most" if at_most else "at least"
        met = found <= wanted if at_most else found >= wanted
        verdict = "met" if met else f"missed by {missed(found, wanted)}"
        lines.append(f"| {what} | {sign} {wanted:g} | {text(found)} | {verdict} |")
    return "## Targets\n\n" + "\n".join(lines) + "\n"


def missed(found: float, wanted: float) -> str:
    """Return by how much a target was missed.

    >>> missed(1.36, 1.7)
    '20 %'
    """
    return f"{abs(found / wanted - 1):.0%}".replace("%", " %")


def tables_of(page: str) -> list[dict[str, Any]]:
    r"""Return title, columns and rows of each table that the page measures.

    >>> tables_of("## Speed\n\n| x | times |\n| --- | --- |\n| a | 1.5 (1–2) |\n\nMeasured on: b.")
    [{'title': 'Speed', 'columns': ['x', 'times'], 'rows': [['a', (1.5, 1.0, 2.0)]]}]
    """
    tables = []
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        lines = [line.strip("| ").split(" | ") for line in body.splitlines() if line[:1] == "|"]
        if "\nMeasured on: " in body and lines:
            rows = [list(map(cell_of, line)) for line in lines[2:]]
            tables.append({"title": title, "columns": lines[0], "rows": rows})
    return tables


def cell_of(text: str) -> Any:
    """Return a printed cell's number, median and ends of a ratio, text, or None where it is empty.

    >>> [cell_of(text) for text in ("1.50 (1.25–2.00)", "97", "batch 32", "–")]
    [(1.5, 1.25, 2.0), 97.0, 'batch 32', None]
    """
    if ratio := re.fullmatch(r"([\d.]+) \(([\d.]+)–([\d.]+)\)", text):
        return tuple(map(float, ratio.groups()))
    if re.fullmatch(r"-?[\d.]+", text):
        return float(text)
    return None if text == "–" else text


def draw(tables: list[dict[str, Any]]) -> Figure:
    """Draw every ratio with its spread, one panel a table, the seconds to an accuracy below."""
    panels = [(t, rows) for t in tables if (rows := [row for row in t["rows"] if ratio_of(row)])]
    reached = [row for t in tables if t["title"] == accuracy.TITLE for row in t["rows"]]
    heights = [len(rows) + 1 for _, rows in panels] + [len(reached) + 1] * bool(reached)
    with style([]):
        figure = Figure(figsize=(9, 0.28 * sum(heights) + len(heights)))
        axes = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        for axis, (table, rows) in zip(axes, panels, strict=False):
            draw_ratios(axis, table, rows)
        if reached:
            draw_seconds(axes[-1], reached)
            key = axes[-1].get_legend_handles_labels()
            figure.legend(*key, loc="outside lower right", ncols=3)
    return figure


def draw_ratios(axis: Axes, table: dict[str, Any], rows: list[list[Any]]) -> None:
    """Draw one table’s ratios: median, lowest and highest."""
    medians, lows, highs = zip(*map(ratio_of, rows), strict=True)
    places = range(len(rows))
    axis.hlines(places, lows, highs, color="0.6")
    axis.plot(medians, places, "o", color=COLOURS[0])
    axis.axvline(1, color="0.8", zorder=0)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_yticks(places, [label(table["columns"], row) for row in rows])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_title(table["title"])
    axis.set_xlabel(table["columns"][rows[0].index(ratio_of(rows[0]))])


def draw_seconds(axis: Axes, rows: list[list[Any]]) -> None:
    """Draw the seconds to each accuracy, median to worst, and scikit-learn’s."""
    places = range(len(rows))
    axis.hlines(places, [row[2] for row in rows], [row[3] for row in rows], color="0.6")
    axis.plot([row[2] for row in rows], places, "o", color=COLOURS[0], label="scrawl")
    if theirs := [(row[7], place) for row, place in zip(rows, places, strict=True) if row[7]]:
        axis.plot(*zip(*theirs, strict=True), "s", color=COLOURS[1], label="scikit-learn")
    axis.plot(ORIGINAL_SECONDS, 0, "^", color=COLOURS[2], label="the program behind scrawl")
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_yticks(places, [f"{row[0]:g} %" for row in rows])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_title("Seconds of training to a test accuracy, one core")
    axis.set_xlabel("seconds")


def ratio_of(row: list[Any]) -> Any:
    """Return median, lowest and highest of the ratio in a row, or None."""
    return next((cell for cell in row if isinstance(cell, tuple)), None)


def label(columns: list[str], row: list[Any]) -> str:
    """Return what a row is about: its texts, and threads where there are several."""
    words = [cell for cell in row[:3] if isinstance(cell, str)]
    threads = row[columns.index("threads")] if "threads" in columns else 1
    return ", ".join([*words, *[f"{threads:g} threads"] * (threads > 1)])


def with_table(page: str, table: dict[str, Any]) -> str:
    """Return the page with one table measured anew, or added, and its targets; all else stays."""
    first, *sections = re.split(r"\n(?=## )", page)
    known = {section.partition("\n")[0]: section for section in sections}
    heading = f"## {table['title']}"
    known[heading] = as_markdown(table)
    lines = known["## Targets"].splitlines()
    for line in targets([table]).splitlines()[4:]:
        what = line.split(" | ")[0]
        places = [i for i, old in enumerate(lines) if old.startswith(f"{what} |")]
        if places:
            lines[places[0]] = line
        else:
            lines.append(line)
    known["## Targets"] = "\n".join(lines) + "\n"
    return "\n".join([first, *known.values()])


def main() -> None:
    """Write the page and the plot, or one table of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=ORDER, help="a table to replace or to add; others stay")
    name = parser.parse_args().only
    tables = {table["name"]: table for table in read_tables()}
    if name and name not in tables:
        parser.error(f"{FOLDER}: found no {name}.json; measure it first")
    if name:
        page = with_table(PAGE.read_text(encoding="utf-8"), tables[name])
    else:
        tried, sections = TRIED.read_text(encoding="utf-8"), map(as_markdown, tables.values())
        page = "\n".join([INTRODUCTION, targets([*tables.values()]), tried, *sections])
    with written_whole(PAGE) as part:
        part.write_text(page, encoding="utf-8")
    save(draw(tables_of(page)), PLOT)
    if "roofline" in ([name] if name else tables):
        save(roofline_figure.draw(tables), ROOFLINE)
    print(f"{PAGE} and its pictures")


if __name__ == "__main__":
    main()
