"""Answers to the open questions, each with a figure."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scrawl.artifacts.files import read_json, write_json, write_text
from scrawl.figures.formatting import percent
from scrawl.figures.style import save
from scrawl.results.runs import RunFolder
from scrawl.results.summary import summarise
from scrawl.studies.ladder import Rung, climb, write_ladder
from scrawl.studies.question_answers import QUESTIONS
from scrawl.studies.question_facts import Evidence
from scrawl.studies.question_figures import draw

LADDER = "ladder-"

INTRODUCTION = (
    "scrawl grew out of two programs, whose authors left open questions. Each question below is "
    "answered by experiments (suites `questions` and `ladder` in `workflow/studies/questions/`) "
    "and a figure. Test accuracies are means over random seeds. `scrawl questions` writes this "
    "page from the artifacts, after checking every claim of an answer against them."
)

MCNEMAR = (
    "McNemar's test compares two trained networks, here those of the first seed. The intervals "
    "over the seeds compare the recipes. Where the two disagree, one of the networks was lucky."
)


def main(argv: Sequence[str]) -> None:
    """Read the evidence; write answers, ladder, page and figures."""
    parser = argparse.ArgumentParser(prog="scrawl questions", description=__doc__)
    parser.add_argument(
        "--runs", type=Path, nargs="+", required=True, metavar="DIR", help="the folder of each run"
    )
    parser.add_argument(
        "--measurements",
        type=Path,
        nargs="+",
        required=True,
        metavar="FILE.json",
        help="what `scrawl measure` wrote",
    )
    parser.add_argument("--loop", type=Path, metavar="FILE.json", help="loop against vectorised")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where to write")
    arguments = parser.parse_args(argv)
    evidence = gather(arguments.runs, arguments.measurements, arguments.loop)
    answers = [question.answered(evidence) for question in QUESTIONS]
    for answer in answers:
        figure = draw(answer["number"], evidence)
        for suffix in (".png", ".svg"):
            save(figure, arguments.folder / f"{figure_name(answer)}{suffix}")
        print(f"{answer['number']}. {answer['answer']}")
    write_json(arguments.folder / "answers.json", answers)
    write_ladder(arguments.folder / "ladder.csv", evidence.ladder)
    # Beside the folder, not in it: copied to docs with the folder's PNG files, its links hold.
    words = page(answers, evidence.ladder, arguments.folder.name)
    write_text(arguments.folder.with_suffix(".md"), words)


def gather(runs: Sequence[Path], measurements: Sequence[Path], loop: Path | None) -> Evidence:
    """Read the evidence that answers are made from.

    Parameters
    ----------
    runs : sequence of Path
        Folders of the runs of the suites `questions` and `ladder`, the latter from the lowest row
        up: those whose name begins with `ladder-`.
    measurements : sequence of Path
        What `scrawl measure` wrote, each named after its measurement.
    loop : Path, optional
        The benchmark of the loop over images; without it, one question stays open.
    """
    summaries = summarise(RunFolder.of(run) for run in runs)
    return Evidence(
        {name: summary for name, summary in summaries.items() if not name.startswith(LADDER)},
        {path.stem: read_json(path) for path in measurements},
        climb([summary for name, summary in summaries.items() if name.startswith(LADDER)]),
        read_json(loop) if loop else None,
    )


def figure_name(answer: Mapping[str, Any]) -> str:
    """Return the name of an answer's figure, without its suffix.

    >>> figure_name({"number": 3})
    '03'
    """
    return f"{answer['number']:02d}"


def page(answers: Sequence[Mapping[str, Any]], ladder: Sequence[Rung], figures: str) -> str:
    """Return the answers as Markdown, with the figures in a folder beside it."""
    lines = ["# Answers to the open questions", "", INTRODUCTION]
    for answer in answers:
        lines += [
            "",
            f"## {answer['number']}. {answer['title']}",
            "",
            f"> {answer['quote']} ({answer['source']})",
            "",
            answer["answer"],
            "",
            f"![{answer['title']}]({figures}/{figure_name(answer)}.png)",
            "",
            f"This would have shown the answer to be wrong: {lowered(answer['falsified_by'])}",
        ]
        if answer["title"] == "The ladder":
            lines += ["", *table(ladder), "", MCNEMAR]
    return "\n".join(lines) + "\n"


def lowered(sentence: str) -> str:
    """Return a sentence that goes on after a colon.

    >>> lowered("No difference.")
    'no difference.'
    """
    return sentence[0].lower() + sentence[1:]


def table(ladder: Sequence[Rung]) -> list[str]:
    """Return the ladder as lines of Markdown."""
    lines = [
        "| change | test accuracy | 95 % interval (seeds) | images lost, won | McNemar's p |",
        "|---|---|---|---|---|",
    ]
    for rung in ladder:
        low, high = rung.interval
        words = ("", "") if rung.p is None else (f"{rung.lost}, {rung.won}", f"{rung.p:.2g}")
        lines.append(
            f"| {rung.change} | {percent(rung.accuracy.mean)} | {percent(low)} to {percent(high)} "
            f"| {words[0]} | {words[1]} |"
        )
    return lines
