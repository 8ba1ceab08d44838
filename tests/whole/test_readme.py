"""The README and the pages of docs/ hold: code, commands, settings, links and the package's map."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.cli import get_argument_parser
from snakemake.utils import update_config

from project import whole_configuration
from scrawl import __main__ as cli
from scrawl.data import idx
from scrawl.pipeline.commands import COMMANDS
from scrawl.settings.configuration import Configuration
from scrawl.settings.configuration_files import Sources

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CHAPTERS = sorted((ROOT / "docs/learn").glob("*.md"))  # their code is run in tests/learn
# What a reader fills in, and something that it may be.
PLACEHOLDERS = {
    "cores N": "cores 4",
    "sweep=NAME": "sweep=rates",
    "suite=NAME": "suite=quick",
    "=NAME": "=dense-128",
}


def blocks(language: str) -> Iterator[str]:
    """Yield the code blocks of a language on all pages."""
    for page in PAGES:
        yield from re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.S)


def commands(program: str) -> list[list[str]]:
    """Return the words after a program's name, of each of its commands on all pages."""
    found = []
    for page in (*PAGES, *CHAPTERS):
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        text = re.sub(r"```.*?```", "", text, flags=re.S)
        lines = re.findall(r"^ {4}(\S.*)$|`([^`]+)`", text, re.M)
        for line in (re.sub(r"\s+", " ", "".join(pair)) for pair in lines):
            words = re.fullmatch(rf"(?:\.venv/bin/)?{program} (.*)", line)
            if words:  # where the output goes is the shell's matter
                found.append(shlex.split(re.sub(r" > \S+$", "", words[1]), comments=True))
    assert found, program
    return found


def configured() -> dict[str, Any]:
    """Return the whole configuration of a checkout, with the settings that the pages show."""
    config = whole_configuration()
    for text in blocks("yaml"):
        update_config(config, yaml.safe_load(text.replace("sha256: …", "unchecked: true")))
    return config


@pytest.fixture
def own_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside the file of own code that docs/experiments.md shows."""
    page = (ROOT / "docs/experiments.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(# parts\.py\n.*?)```", page, re.DOTALL)
    (tmp_path / "parts.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("own_parts")
def test_the_settings_on_the_pages_are_allowed() -> None:
    configuration = Configuration(Sources(command_line=configured()), ROOT)
    assert configuration.run("two-layers", 1).hidden == (256, 64)
    assert configuration.preparation("runes", "unit").class_names == ("fehu", "uruz", "thurisaz")
    assert len(configuration.points("widths")) == 64


@pytest.mark.usefixtures("own_parts")
def test_snakemake_commands_name_options_targets_and_settings_that_exist() -> None:
    parser = get_argument_parser()
    rules = "".join(path.read_text() for path in (ROOT / "workflow").rglob("*.smk"))
    config = configured()
    for words in commands("snakemake"):
        line = " ".join(words)
        for placeholder, value in PLACEHOLDERS.items():
            line = line.replace(placeholder, value)
        options, unknown = parser.parse_known_args(line.split())
        # Options of plugins are known where their extra is installed.
        assert [word for word in unknown if not word.startswith("--storage-s3-")] == [], line
        for target in options.targets:
            assert target.startswith("artifacts/") or f"rule {target}:" in rules, line
        asked = dict(entry.split("=", 1) for entry in options.config or [])
        configuration = Configuration(Sources(command_line={**config, **asked}), ROOT)
        selection = configuration.selection()
        assert all(configuration.dataset(name) for name in selection.datasets), line
        assert configuration.networks(selection.runs()), line


def test_scrawl_commands_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    class AcceptedError(Exception):
        pass

    def parse_and_stop(parser: argparse.ArgumentParser, words: list[str]) -> None:
        for action in parser._actions:  # a page may name an option alone
            action.required = False
        assert parser.parse_known_args(words)[1] == [], words
        raise AcceptedError

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
    for words in commands("scrawl"):
        if words[0] == "STAGE":
            continue
        assert words[0] in COMMANDS, words
        if len(words) > 1:  # else it is the command's name, not a call
            with pytest.raises(AcceptedError):
                cli.main(words)


def test_make_targets_benchmarks_and_extras_exist() -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    assert [words for words in commands("make") if not {*words} <= {*targets}] == []
    modules = [words[1] for words in commands("python") if words[0] == "-m"]
    sys.path.insert(0, str(ROOT))
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = re.findall(r"\.\[([\w-]+)\]", " ".join(map(str, commands("pip"))))
    assert set(extras) <= set(project["optional-dependencies"])


def test_the_python_on_the_pages_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for split, writers in {"train": ("eve", "bob", "eve"), "test": ("anna", "bob")}.items():
        table = "".join(f"{i}.png,{writer}\n" for i, writer in enumerate(writers))
        (tmp_path / f"{split}-writers.csv").write_text(f"image,writer\n{table}")
    for code in blocks("python"):
        exec(compile(code, "page", "exec"), {})  # noqa: S102
    epochs = capsys.readouterr().out.splitlines()
    assert len(epochs) == 20
    assert float(epochs[-1].split()[2]) > 0.8
    assert (tmp_path / "train-images.idx.gz").exists()
    groups = [
        idx.read(tmp_path / f"{split}-writers.idx.gz").tolist() for split in ("train", "test")
    ]
    assert groups == [[2, 1, 2], [0, 1]]


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", [*PAGES, *CHAPTERS], ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
            assert anchor in map(slug, headings), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), {ROOT / "README.md"}
    while ahead:
        page = ahead.pop()
        reached.add(page)
        links = re.findall(r"\]\(([\w/.-]+\.md)", page.read_text(encoding="utf-8"))
        ahead |= {(page.parent / link).resolve() for link in links} - reached
    assert {*PAGES, *CHAPTERS} - reached == set()


def test_the_map_names_the_packages_and_modules_of_the_tree() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Map of the package")[1]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.M))
    package = ROOT / "src/scrawl"
    assert set(rows) == {path.parent.name for path in package.glob("*/__init__.py")}
    for name, contents in rows.items():
        for module in re.findall(r"`(\w+)`", contents):
            places = package / name / module, package / name / f"{module}.py"
            assert any(place.exists() for place in places), (name, module)


def test_files_that_the_pages_name_exist() -> None:
    tables = {"CONTRIBUTING.md": "src/scrawl", "docs/learn.md": "src/scrawl/nn"}
    for page, start in tables.items():
        rows = re.findall(r"^\|.*\|$", (ROOT / page).read_text(encoding="utf-8"), re.M)
        names = re.findall(r"`([\w/]+\.(?:py|html|js|smk|yaml))`", "\n".join(rows))
        named = [name for name in names if "NAME" not in name and "/" in name]
        assert named, page
        places = [(ROOT / start / name, ROOT / name) for name in named]
        assert [str(one) for one, other in places if not (one.exists() or other.exists())] == []


def test_artifacts_that_the_pages_name_are_written_by_a_rule() -> None:
    rules = "".join(path.read_text() for path in (ROOT / "workflow").rglob("*.smk"))
    outputs = [
        re.sub(r"\\{[^}]*\\}", r"[^/]+", re.escape(output.replace("{{", "{").replace("}}", "}")))
        for output in re.findall(r'"<artifacts>/(\{+dataset\}+/[^"]+)"', rules)
    ]
    # A rule may name a figure, or a folder, without what a helper adds to it.
    written = re.compile("|".join(f"{output}([.][a-z]+)?" for output in outputs))
    for page in (*PAGES, *CHAPTERS, ROOT / "artifacts/README.md"):
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"artifacts/((?:glyphs|mnist)/[\w/.@+-]+[.][a-z0-9]+)", text):
            assert written.fullmatch(name), f"{page.name}: artifacts/{name}"


def test_the_expected_accuracies_are_those_of_the_default_suite() -> None:
    page = (ROOT / "docs/datasets.md").read_text(encoding="utf-8")
    quick = configured()["suites"]["quick"]["experiments"]
    assert re.findall(r"^\| `([\w-]+)`: ", page, re.M) == quick
