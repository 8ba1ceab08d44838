"""The measured tables as a page and as a plot: `docs/benchmarks.md`, `artifacts/benchmarks/*.png`.

Only what the other benchmarks have written is shown; nothing is measured here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.measure import FOLDER, text

from scrawl.files import written_whole

PAGE = Path("docs/benchmarks.md")
ORDER = ("peers", "peak", "accuracy", "stages", "snakemake", "imports", "growth")
INTRODUCTION = """\
# Benchmarks

Written by `make bench`; do not edit. Contenders take turns on the same machine: a ratio is the
median of the ratios of the turns (with the lowest and highest). Seconds are medians.
"""


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
    parts = [f"## {table['title']}", "\n".join(lines), *table["notes"], f"Measured on: {machine}."]
    return "\n\n".join(parts) + "\n"


def targets(tables: list[dict[str, Any]]) -> str:
    """Return the targets beside what was found."""
    lines = ["| target | wanted | found | |", "| --- | --- | --- | --- |"]
    for what, found, wanted, at_most in (one for table in tables for one in table["targets"]):
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


def draw(tables: list[dict[str, Any]], path: Path) -> None:
    """Draw every ratio with its spread, one panel a table."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    panels = [(t, rows) for t in tables if (rows := [row for row in t["rows"] if ratio_of(row)])]
    heights = [len(rows) + 1 for _, rows in panels]
    figure, axes = plt.subplots(
        len(panels),
        figsize=(8, 0.32 * sum(heights) + len(panels)),
        height_ratios=heights,
        layout="constrained",
        squeeze=False,
    )
    for (table, rows), axis in zip(panels, axes[:, 0], strict=True):
        ratios = [ratio_of(row) for row in rows]
        places = range(len(rows))
        axis.hlines(places, [r["low"] for r in ratios], [r["high"] for r in ratios], color="0.6")
        axis.plot([r["median"] for r in ratios], places, "o", color="tab:blue")
        axis.axvline(1, color="0.8", zorder=0)
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter("")
        axis.set_yticks(places, [label(row) for row in rows])
        axis.invert_yaxis()
        axis.set_title(table["title"], loc="left")
        axis.set_xlabel(table["columns"][rows[0].index(ratios[0])])
    with written_whole(path) as part:
        figure.savefig(part, dpi=120, format="png")
    plt.close(figure)


def is_ratio(cell: Any) -> bool:
    """Tell whether a cell is a ratio."""
    return isinstance(cell, dict)


def ratio_of(row: list[Any]) -> Any:
    """Return the ratio in a row, or None."""
    return next((cell for cell in row if is_ratio(cell)), None)


def label(row: list[Any]) -> str:
    """Return what a row is about: its texts, and threads where there are several."""
    words = [str(cell) for cell in row[:3] if isinstance(cell, str)]
    threads = [f"{cell} threads" for cell in row[:3] if isinstance(cell, int) and cell > 1]
    return ", ".join(words + threads)


def main() -> None:
    """Write the page and the plot."""
    tables = read_tables()
    draw(tables, FOLDER / "benchmarks.png")
    with written_whole(PAGE) as part:
        page = [INTRODUCTION, targets(tables), *map(as_markdown, tables)]
        part.write_text("\n".join(page), encoding="utf-8")
    print(f"{PAGE} and {FOLDER / 'benchmarks.png'}")


if __name__ == "__main__":
    main()
