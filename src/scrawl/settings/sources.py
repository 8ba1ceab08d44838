"""Configuration files: the order in which they are read, and the place of a mistake in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from os.path import relpath
from pathlib import Path
from typing import Any

import yaml

from scrawl.settings.yaml_files import read_yaml

COMMAND_LINE = "--config"


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys with values.

    Raises
    ------
    ValueError
        With file, line and column, if it is not YAML, gives a key twice, or holds something else.
    OSError
        If it cannot be read.
    """
    given = read_yaml(Path(relpath(path)))
    if not isinstance(given, dict):
        found = "nothing" if given is None else repr(given)
        raise ValueError(f"{relpath(path)}: found {found}, expected keys with values")
    return given


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two configurations say together; `above` overrides `below` key by key.

    >>> merged({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}})
    {'a': {'b': 1, 'c': [3]}}
    """
    result = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


class Sources:
    """The files of a configuration in the order in which they are read, and the command line.

    What is read later overrides what was read before: the known datasets, the studies,
    config.yaml, files given by `--configfile`, and `--config`.

    Parameters
    ----------
    root : Path
        The folder of config.yaml and `workflow`.
    given_files : sequence of Path
        Those of `--configfile`.
    given : mapping
        The values of `--config`.

    Raises
    ------
    ValueError
        Naming file, line and column, if one is not YAML, gives a key twice, or is no mapping.
    OSError
        If one cannot be read.
    """

    def __init__(self, root: Path, given_files: Sequence[Path], given: Mapping[str, Any]) -> None:
        studies = sorted(root.glob("workflow/studies/*/config.yaml"))
        self.defaults = [root / "workflow/datasets.yaml", *studies]
        self.main = root / "config.yaml"
        self.files = [*self.defaults, self.main, *map(Path, given_files)]
        self.given = given
        self.contents = {file: read_mapping(file) for file in self.files}

    def beneath(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return a configuration above that of the datasets and studies."""
        return reduce(merged, [*(self.contents[file] for file in self.defaults), config], {})

    def located(self, problem: str) -> str:
        r"""Return a problem behind the file and line of the value that is in effect.

        Parameters
        ----------
        problem : str
            Begins with the value's path, as in `experiments.deep.epochs: found -1, …`.

        Examples
        --------
        >>> import tempfile
        >>> root = Path(tempfile.mkdtemp())
        >>> (root / "workflow").mkdir()
        >>> _ = (root / "workflow/datasets.yaml").write_text("datasets: {}")
        >>> _ = (root / "config.yaml").write_text("experiments:\n  deep: {epochs: -1}\n")
        >>> sources = Sources(root, [], {"seed": "x"})
        >>> sources.located("experiments.deep.epochs: found -1").removeprefix(relpath(root))
        '/config.yaml:2: experiments.deep.epochs: found -1'
        >>> sources.located("seed: found 'x'")
        "--config: seed: found 'x'"
        """
        path = problem.removeprefix("(top level): ")
        best, place = 0, relpath(self.main)
        for name, root in self._roots():
            steps, line = _walk(root, path, 0)
            if steps and steps >= best:
                best, place = steps, name if name == COMMAND_LINE else f"{name}:{line}"
        return f"{place}: {problem}"

    def _roots(self) -> Iterator[tuple[str, yaml.Node | None]]:
        for file in self.files:
            yield relpath(file), yaml.compose(file.read_text(encoding="utf-8"))
        yield COMMAND_LINE, yaml.compose(yaml.safe_dump(dict(self.given)))


def _walk(node: yaml.Node | None, path: str, line: int) -> tuple[int, int]:
    """Return how many steps of a path a file has below a node, and the line of the last one."""
    best = 0, line
    for names, at, child in _children(node):
        for name in names:
            if (rest := _after(path, name)) is not None:
                steps, where = _walk(child, rest, at)
                best = max(best, (steps + 1, where), key=lambda found: found[0])
    return best


def _children(node: yaml.Node | None) -> Iterator[tuple[list[str], int, yaml.Node]]:
    """Yield the names, line and value of each entry; those of a mapping before the merged ones."""
    if isinstance(node, yaml.MappingNode):
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.value == "<<":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif isinstance(key, yaml.ScalarNode):
                yield [key.value, f"unknown key {key.value!r}"], key.start_mark.line + 1, value
        for base in merged:
            yield from _children(base)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            names = [str(i)]
            if isinstance(value, yaml.ScalarNode):
                names.append(f"there is no {value.value!r}")
            yield names, value.start_mark.line + 1, value


def _after(path: str, name: str) -> str | None:
    """Return what follows a name at the beginning of a path, or None.

    >>> _after("experiments.deep: found", "experiments"), _after("experiments.deep", "exp")
    ('deep: found', None)
    """
    found = re.match(rf"{re.escape(name)}(?:\.|: |;|$)", path)
    return path[found.end() :] if found else None
