"""Standard output in encodings that lack what scrawl prints: readable, never an error."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from project import Project
from scrawl.pipeline import streams
from scrawl.tools.terminal import COLUMNS, PARTS

RUN = "artifacts/dots/runs/plain/1"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_commands_print_in_any_encoding(finished: Project, encoding: str) -> None:
    """In a process of its own: a terminal's encoding is set when Python starts."""
    script = f"""
from scrawl import __main__ as cli
for words in (["--help"], ["inspect", "{RUN}/model.h5"], ["inspect", "artifacts/dots/decoded.h5"],
              ["predict", "{RUN}", "artifacts/dots/raw/test-images.idx.gz"], ["runs"],
              ["compare", "{RUN}", "artifacts/dots/runs/plain/2"], ["verify", "artifacts/dots"]):
    assert cli.main(words) == 0, words
cli.main(["inspect", "dé大.h5"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=finished.folder,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode(encoding)
    assert done.returncode == 0, said
    name = "d\\u00e9\\u5927.h5" if encoding == "ascii" else "dé\\u5927.h5"
    assert f"scrawl inspect: {name}: there is no" in said
    assert "usage: scrawl COMMAND ..." in done.stdout.decode(encoding)


def test_a_run_of_the_pipeline_ends_well_in_ascii(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (project.folder / "artifacts/dots/index.html").unlink()
    output = project.build()
    assert "100.00 %" in output
    assert "Every run: `scrawl runs`" in output


def test_every_character_of_bars_and_columns_has_one_in_ascii() -> None:
    for characters in (COLUMNS, PARTS, "█"):
        shown = characters.encode("ascii", streams.HANDLER)
        assert len(shown) == len(characters)


def test_what_is_no_typography_becomes_an_escape_of_json() -> None:
    name = "naïve 数 𝟙"
    assert json.loads(f'"{name}"'.encode("ascii", streams.HANDLER)) == name


def test_a_way_that_was_chosen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="ignore")
    usual = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", chosen)
    monkeypatch.setattr(sys, "stderr", usual)
    streams.spell_out()
    assert (chosen.errors, usual.errors) == ("ignore", streams.HANDLER)
