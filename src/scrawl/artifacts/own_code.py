"""Loading of users' own code from a file that they name; its errors name file and line.

Only a configuration or a command line names such a file. What a model file says about code is
compared with it, and never run.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np

from scrawl.nn import Array
from scrawl.nn.layers.base import Layer
from scrawl.nn.optimisers import Optimiser
from scrawl.nn.registries import BUILT_IN, Registries
from scrawl.settings.experiment import Experiment
from scrawl.settings.own_code import REGISTRIES, CodeFile, is_label

LOSS_METHODS = ("__call__", "predictions", "outputs", "of_constant_answer")


@dataclass(frozen=True)
class OwnCode:
    """The code that an experiment names, loaded; or none.

    Attributes
    ----------
    label : str or None
        File name and digest, as settings record them.
    registries : Registries
        All registries, with the names of the file as `own.NAME`.
    files : tuple of str
        The file and the local modules that it imports.
    """

    label: str | None = None
    registries: Registries = BUILT_IN
    files: tuple[str, ...] = field(default=())

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Run a file and take over its registries; without one, return no code.

        Raises
        ------
        ValueError
            With file and line, if it can't be run, or if an entry is of the wrong kind.
        """
        if path is None:
            return cls()
        file = CodeFile.read(path)
        files = tuple(str(source.absolute()) for source in file.sources)
        with placed(files):
            module = run_file(file)
        own = {
            registry.lower(): dict(getattr(module, registry))
            for registry in dict.fromkeys(REGISTRIES.values())
            if hasattr(module, registry)
        }
        for registry, entries in own.items():
            for name, value in entries.items():
                check_kind(path, registry, name, value)
        own["outputs"] = own.get("activations", {})
        return cls(file.label, BUILT_IN.extended(own), files)

    @property
    def missing(self) -> bool:
        """Whether there is none."""
        return self.label is None

    def check(self, experiment: Experiment, where: str) -> None:
        """Refuse other code than that of settings, which `where` says the place of."""
        recorded = experiment.code
        if recorded is None and self.label is not None:
            raise ValueError(f"{where}: names no code of its own; leave out --code")
        if recorded != self.label:
            found = "--code is not given" if self.missing else f"--code is {self.label}"
            raise ValueError(
                f"{where}: asks for the code {recorded}, but {found}; expected that file and the "
                "modules that it imports as they were: bring them back, or train again"
            )

    def placed(self) -> Any:
        """Return a context that gives errors of the code its file and line."""
        return placed(self.files)

    def owns(self, thing: object) -> bool:
        """Tell whether an object, or its class, is of the code."""
        kind = thing if isinstance(thing, type) or inspect.isfunction(thing) else type(thing)
        return source_of(kind)[0] in self.files

    def place(self, thing: Any, *methods: str) -> str:
        """Return file and line of the first of some methods that is the code's, or of the class."""
        kind = thing if isinstance(thing, type) or inspect.isfunction(thing) else type(thing)
        for method in methods:
            file, line = source_of(getattr(kind, method, None))
            if file in self.files:
                return f"{shown(file)}:{line}"
        file, line = source_of(kind)
        return f"{shown(file)}:{line}"


NO_CODE = OwnCode()


def settings_with(code: OwnCode, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of a command line with the label of its --code, where they lack it."""
    given = dict(settings)
    code_given = given.get("code")
    if code.label and (code_given is None or not is_label(str(code_given))):
        given["code"] = code.label
    return given


def run_file(file: CodeFile) -> ModuleType:
    """Run a file as a module, as it was read; modules beside it are found, and not compiled."""
    path = file.path.absolute()
    name = f"scrawl_own_code {path} {file.label}"  # nothing imports it by this name
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    forget_others(file)
    sys.modules[name] = module  # processes that share the work look its classes up there
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(path.parent))
    try:
        exec(compile(file.sources[file.path], str(path), "exec"), module.__dict__)  # noqa: S102
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(path.parent))
        sys.path.append(str(path.parent))  # for imports inside of functions
        sys.dont_write_bytecode = writes
    return module


def forget_others(file: CodeFile) -> None:
    """Let modules beside the file be imported anew: another file may have had some of that name."""
    local = {source.stem for source in file.sources if source != file.path}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in local and getattr(module, "__file__", None):
            at = Path(str(module.__file__))
            if at.name != "__init__.py" and at.stem in local:
                del sys.modules[name]


def check_kind(path: Path, registry: str, name: str, value: Any) -> None:
    """Refuse an entry of a registry that is not of its kind; add what classes may leave out."""
    where = f"{path}: {registry.upper()}[{name!r}]"
    bases = {"activations": Layer, "optimisers": Optimiser}
    if (base := bases.get(registry)) and not (isinstance(value, type) and issubclass(value, base)):
        kind = f"{base.__module__}.{base.__name__}"
        raise ValueError(f"{where}: found {value!r:.60}, expected a subclass of {kind}")
    if not callable(value):
        raise ValueError(f"{where}: found {value!r:.60}, expected a class or function")
    if isinstance(value, type) and issubclass(value, Layer) and not hasattr(value, "name"):
        value.name = name
    if registry == "losses":
        lacking = [method for method in LOSS_METHODS if not hasattr(value, method)]
        if lacking and lacking != ["of_constant_answer"]:
            raise ValueError(
                f"{where}: {value!r:.60} has no {', '.join(lacking)}; subclass CrossEntropy or "
                "Quadratic of scrawl.nn.losses to inherit them"
            )
        if "of_constant_answer" not in vars(value):
            value.of_constant_answer = of_constant_answer


def of_constant_answer(loss: Any, frequencies: Array) -> float:
    """Return the mean loss of answering with the class frequencies (classes,).

    What a loss inherits would be that of another loss.
    """
    p = np.asarray(frequencies, np.float64)
    one_hot = np.eye(len(p))
    outputs = loss.outputs(p[None])
    values = [loss(outputs, label[None], np.empty_like(outputs)) for label in one_hot]
    return float(np.dot(p, values))


@contextmanager
def placed(files: tuple[str, ...]) -> Iterator[None]:
    """Turn an exception that some files raise into a ValueError with file and line.

    Raises
    ------
    ValueError
        Naming the innermost line of those files that led to it.
    """
    try:
        yield
    except Exception as error:
        frames = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
        frames += getattr(error, "places", [])  # of another process, which a reply brought along
        mine = [place for place in frames if place[0] in files]
        if not mine:
            raise
        file, line = mine[-1]
        raise ValueError(f"{shown(file)}:{line}: {type(error).__name__}: {error}") from error


def source_of(thing: Any) -> tuple[str, int]:
    """Return the file and line that define a function or class; an empty name if none is known."""
    thing = inspect.unwrap(thing) if callable(thing) else thing
    code = getattr(thing, "__code__", None)
    if code is not None:
        return str(Path(code.co_filename).absolute()), code.co_firstlineno
    if isinstance(thing, type):
        try:
            file = inspect.getsourcefile(thing) or ""
            return str(Path(file).absolute()), inspect.getsourcelines(thing)[1]
        except (OSError, TypeError):
            return "", 0
    return "", 0


def shown(file: str) -> str:
    """Return a path as seen from the working directory, where it lies inside of that."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
