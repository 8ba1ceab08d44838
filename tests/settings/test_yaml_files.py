"""YAML files: what is said about their mistakes, and what is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from scrawl.settings.yaml_files import YamlFile, check_named, read_yaml

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2\n", r"config\.yaml:2:2: expected ',' or ']'"),
        (
            "a:\n  b: 1\n  c: 2\n  b: 3\n",
            r"config\.yaml:4:3: the key 'b' was given before, in line 2",
        ),
        ("a: 1\n\tb: 2\n", r"config\.yaml:2:1: found character '\\t'.*; indent with spaces"),
        ("a: 1\n---\na: 2\n", r"config\.yaml:2:1: expected a single document .* found another"),
        ("a: 1\n? [b, c]\n: 1\n", r"config\.yaml:2:3: found a list or a mapping as a key"),
        ('a: "b\nc: 1\n', r"config\.yaml:3:1: found unexpected end of stream"),
        ("a: 1\nb: *c\n", r"config\.yaml:2:4: found undefined alias 'c'"),
        ("a: 1\nb: \0\n", r"config\.yaml:2: found the control character 0x00"),
    ],
)
def test_a_mistake_in_the_file_is_said_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_yaml(tmp_path / "config.yaml")


def test_it_is_read_as_yaml_reads_it_with_anchors_and_merged_keys(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: [1, 2]}\nb:\n  <<: *a\n  x: 2\n"
    (tmp_path / "config.yaml").write_text(text)
    assert read_yaml(tmp_path / "config.yaml") == yaml.safe_load(text)
    assert read_yaml(HOUSE / "config.yaml") == yaml.safe_load((HOUSE / "config.yaml").read_text())


@pytest.mark.parametrize("path", sorted(HOUSE.glob("workflow/studies/*/*.yaml")), ids=str)
def test_libyaml_finds_the_same_content_in_the_same_lines(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = [YamlFile.read(path)]
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    read.append(YamlFile.read(path))
    assert read[0].content == read[1].content
    assert len({str(list(marks(file._node))) for file in read}) == 1


def marks(node: yaml.Node | None) -> Iterator[tuple[str, int, int]]:
    """Yield tag, line and column of a node, and of all inside of it."""
    assert node is not None
    yield node.tag, node.start_mark.line, node.start_mark.column
    for child in node.value if isinstance(node, yaml.CollectionNode) else []:
        for one in child if isinstance(child, tuple) else [child]:
            yield from marks(one)


def bomb(item: str, levels: int = 40) -> str:
    """Return YAML whose values double with every line."""
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} " + item.format(f"*a{i - 1}", f"*a{i - 1}") for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize("item", ["[{}, {}]", "{{<<: [{}, {}]}}", "{{y: {}, z: {}}}"])
def test_aliases_that_stand_for_billions_of_values_are_refused_at_once(
    tmp_path: Path, item: str
) -> None:
    (tmp_path / "config.yaml").write_text(bomb(item))
    with pytest.raises(ValueError, match=r"config\.yaml:\d+:\d+: aliases stand for more than 1,0"):
        read_yaml(tmp_path / "config.yaml")


def test_an_alias_that_holds_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: &a\n  b: [*a]\n")
    with pytest.raises(ValueError, match=r"config\.yaml:1:4: an alias stands for a value that hol"):
        read_yaml(tmp_path / "config.yaml")


@pytest.mark.parametrize("levels", [5000, 100_000])
@pytest.mark.parametrize("level", ["[", "{a: ", "- ", "? "])
def test_text_that_is_nested_too_deeply_is_refused(tmp_path: Path, level: str, levels: int) -> None:
    (tmp_path / "config.yaml").write_text(level * levels)
    with pytest.raises(ValueError, match=r"config\.yaml: "):
        read_yaml(tmp_path / "config.yaml")


def test_bytes_that_are_no_text_are_said_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes("a: 1\nb: é\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"config\.yaml:2: found the byte 0xe9.*save .* UTF-8"):
        read_yaml(tmp_path / "config.yaml")
    (tmp_path / "config.yaml").write_bytes("a: é\n".encode("utf-8-sig"))
    assert read_yaml(tmp_path / "config.yaml") == {"a": "é"}


def test_what_has_no_keys_is_refused_before_snakemake_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for text, found in {"": "nothing", "# words\n": "nothing", "- a\n": r"\['a'\]"}.items():
        Path("a.yaml").write_text(text)
        with pytest.raises(ValueError, match=rf"a\.yaml: found {found}, expected keys"):
            check_named(["--configfile", "a.yaml"])
    for words in (["--config", "seed=1", "evaluated"], ["-C", "a.b=1"]):
        with pytest.raises(ValueError, match=r"(evaluated|a\.b=1): expected KEY=VALUE"):
            check_named(words)
    check_named(["--config", "seed=1", "experiment=", "--", "evaluated"])


@pytest.mark.parametrize(
    "option", ["--configfile={}", "--configfiles|good.yaml|{}", "-n|--configfile|{}"]
)
def test_a_file_named_on_the_command_line_of_snakemake_is_read_before_snakemake_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text("a: 1\n")
    Path("bad.yaml").write_text("a: [1\nb: 2\n")
    words = option.format("bad.yaml").split("|")
    with pytest.raises(ValueError, match=r"bad\.yaml:2:2: expected"):
        check_named(["--cores", "1", *words])
    check_named(["--cores", "1", *option.format("good.yaml").split("|")])
    with pytest.raises(ValueError, match=r"missing\.yaml: there is no such file; targets stand"):
        check_named(["--cores", "1", "--configfile", "missing.yaml", "--config", "a=b"])
    check_named(["--configfile"])
