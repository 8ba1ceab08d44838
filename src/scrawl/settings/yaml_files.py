"""YAML files: no key twice, the line of every mistake and of every value."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

# libyaml ends the process where values are nested some 30,000 deep. Each level takes one of these
# characters.
NESTING, MOST_NESTING = "[{-?:", 10_000

# Values in a file once its aliases are written out. The largest configuration that comes with
# scrawl has 3,000; ten lines of aliases of aliases can stand for billions.
MOST_VALUES = 1_000_000


@dataclass(frozen=True)
class YamlFile:
    """A YAML file that was read.

    Attributes
    ----------
    path : Path
    content : object
        None for an empty file.
    """

    path: Path
    content: Any
    _node: yaml.Node | None

    @classmethod
    def read(cls, path: Path) -> YamlFile:
        """Read a file.

        Raises
        ------
        ValueError
            With file, line and column, if it is not YAML, gives a key twice, or holds aliases that
            stand for themselves or for too many values.
        """
        try:
            text = path.read_text(encoding="utf-8")
            loader = _Loader(text)
            node = _root_by_libyaml(text) or loader.get_single_node()
            if node is None:
                return cls(path, None, None)
            _check_size(node)
            return cls(path, loader.construct_document(node), node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
            raise ValueError(f"{where}: {_in_words(error)}") from error
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ValueError(
                f"{path}:{line}: found the byte 0x{error.object[error.start]:02x}, which is not "
                "UTF-8; save the file as UTF-8"
            ) from error
        except ReaderError as error:
            line = path.read_text(encoding="utf-8").count("\n", 0, error.position) + 1
            raise ValueError(
                f"{path}:{line}: found the control character 0x{error.character:02x}, expected text"
            ) from error
        except (yaml.YAMLError, RecursionError) as error:
            raise ValueError(f"{path}: {error}") from error

    def line(self, *path: str | int) -> tuple[int, int]:
        """Return how many steps of a path the file has, and the line to which they lead."""
        node, line, steps = self._node, 1, 0
        for step in path:
            found = next((pair for pair in _entries(node) if pair[0] == str(step)), None)
            if found is None:
                break
            _, line, node = found
            steps += 1
        return steps, line


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file; raise ValueError as `YamlFile.read` does."""
    return YamlFile.read(path).content


def check_named(arguments: Sequence[str]) -> None:
    """Check the configuration on Snakemake's command line, and read the files that it names.

    Snakemake reads them before anything else: it says of a mistake neither file nor line, and
    writes out all that aliases stand for.

    Parameters
    ----------
    arguments : sequence of str
        The words after `snakemake`.

    Raises
    ------
    ValueError
        As `YamlFile.read` does; where a file is missing or has no keys; where a word after
        `--config` sets none. JSON is left to Snakemake.
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", type=Path, nargs="*", default=[])
    parser.add_argument("--config", "-C", nargs="*", default=[])
    named = parser.parse_known_args(arguments)[0]
    for word in named.config:
        if not re.match(r"[A-Za-z_][\w-]*=", word):
            raise ValueError(
                f"--config {word}: expected KEY=VALUE, such as seed=1; targets stand before "
                "--config, or after --"
            )
    for path in named.configfile:
        if not path.exists():
            raise ValueError(
                f"--configfile {path}: there is no such file; targets stand before --configfile, "
                "or after --"
            )
        if path.is_file() and path.suffix != ".json":
            check_keys(path, read_yaml(path))


def check_keys(path: Path, content: Any) -> None:
    """Raise ValueError unless a file's content has keys at its top."""
    if not isinstance(content, dict):
        found = "nothing" if content is None else repr(content)
        raise ValueError(f"{path}: found {found:.60}, expected keys with values")


def _in_words(error: yaml.MarkedYAMLError) -> str:
    """Return what is wrong with YAML, and what to do where the library has no word of it."""
    problem = str(error.problem)
    if problem.startswith("but "):
        return f"{error.context}, {problem}"
    return problem + "; indent with spaces" * ("'\\t'" in problem)


class _Loader(yaml.SafeLoader):
    """A loader for which a key that is given twice is a mistake, not a victory of the last."""


def _root_by_libyaml(text: str) -> yaml.Node | None:
    """Return the root of a file, parsed by libyaml, which is faster than the library's Python.

    None where Python's parser is to say what is wrong, or there is no libyaml.
    """
    if not yaml.__with_libyaml__ or sum(map(text.count, NESTING)) > MOST_NESTING:
        return None
    try:
        return yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError:
        return None


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _marked("found a list or a mapping as a key, expected a name", key)
        line = key.start_mark.line + 1
        if key.value in seen and key.value != "<<":
            raise yaml.MarkedYAMLError(
                problem=f"the key {key.value!r} was given before, in line {seen[key.value]}",
                problem_mark=key.start_mark,
            )
        seen[key.value] = line
    loader.flatten_mapping(node)
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _entries(node: yaml.Node | None) -> Iterator[tuple[str, int, yaml.Node]]:
    """Yield the keys of a mapping, or the places in a list, each with its line and its node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield str(i), value.start_mark.line + 1, value


def _check_size(root: yaml.Node) -> None:
    """Refuse aliases that stand for themselves, or for more than MOST_VALUES values together."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in open_nodes:
            raise _marked("an alias stands for a value that holds itself", node)
        if id(node) not in sizes:
            open_nodes.add(id(node))
            children = node.value if isinstance(node, yaml.CollectionNode) else []
            pairs = isinstance(node, yaml.MappingNode)
            inner = [child for pair in children for child in pair] if pairs else children
            sizes[id(node)] = 1 + sum(map(size, inner))
            open_nodes.discard(id(node))
            if sizes[id(node)] > MOST_VALUES:
                raise _marked(f"aliases stand for more than {MOST_VALUES:,} values", node)
        return sizes[id(node)]

    size(root)


def _marked(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
