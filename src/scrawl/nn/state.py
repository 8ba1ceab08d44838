"""Named arrays from which training resumes exactly; `training.checkpoint` saves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

State = dict[str, npt.NDArray[Any]]

WORD = (1 << 64) - 1


class Stateful(Protocol):
    """Something that changes during training and that the rest of training depends on."""

    def state(self) -> State:
        """Return what another of the same kind needs to go on from here; arrays may be live."""

    def restore(self, state: State, /) -> None:
        """Go on from where another of the same kind was; ValueError if it does not fit."""


class Composite:
    """Several stateful objects as one.

    Parameters
    ----------
    parts : mapping of str to Stateful
        By name; the array `velocity` of the part `optimiser` is `optimiser/velocity`.
    """

    def __init__(self, parts: Mapping[str, Stateful]) -> None:
        self.parts = dict(parts)

    def state(self) -> State:
        """Return the arrays of all parts."""
        return {
            f"{part}/{name}": array
            for part, stateful in self.parts.items()
            for name, array in stateful.state().items()
        }

    def restore(self, state: State) -> None:
        """Restore all parts; if one does not fit, none is changed and a ValueError is raised."""
        saved = grouped(state)
        if saved.keys() != self.parts.keys():
            raise ValueError(
                f"holds {', '.join(sorted(saved))}, expected {', '.join(sorted(self.parts))}"
            )
        before = grouped({name: np.array(array) for name, array in self.state().items()})
        try:
            self._restore(saved)
        except (ValueError, KeyError):
            self._restore(before)
            raise

    def _restore(self, saved: Mapping[str, State]) -> None:
        for name, part in self.parts.items():
            part.restore(saved[name])


def grouped(state: State) -> dict[str, State]:
    """Return the arrays of each part, as `Composite.state` names them.

    >>> grouped({"network/1-dense/weights": np.array(1), "progress/steps": np.array(2)})
    {'network': {'1-dense/weights': array(1)}, 'progress': {'steps': array(2)}}
    """
    groups: dict[str, State] = {}
    for name, array in state.items():
        part, _, own = name.partition("/")
        groups.setdefault(part, {})[own] = array
    return groups


def restored(owner: str, mine: State, state: State) -> State:
    """Return a saved state; a ValueError if its names, shapes or types are not `mine`."""
    expected = {name: (array.shape, str(array.dtype)) for name, array in mine.items()}
    found = {name: (array.shape, str(array.dtype)) for name, array in state.items()}
    if found != expected:
        raise ValueError(
            f"the saved state holds {found}, but {owner} needs {expected}; "
            "restore it with the settings that it was saved with"
        )
    return state


@dataclass
class Progress:
    """Progress of a training.

    Attributes
    ----------
    epoch : int
        The present one, counted from 1.
    steps : int
        Updates made since training began.
    loss : float
        Summed over the examples that this epoch has seen.
    correct : int
        How many of their answers were right.
    """

    epoch: int = 1
    steps: int = 0
    loss: float = 0.0
    correct: int = 0

    def begin_epoch(self) -> None:
        """Begin the next epoch, its sums at zero."""
        self.epoch, self.loss, self.correct = self.epoch + 1, 0.0, 0

    def state(self) -> State:
        """Return the numbers as arrays."""
        return {name: np.array(value) for name, value in asdict(self).items()}

    def restore(self, state: State) -> None:
        """Go on from where another training was."""
        for name, value in restored("the progress", self.state(), state).items():
            setattr(self, name, value.item())


def words_of(rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    """Return the state of a random stream: (6,) words of 64 bits.

    NumPy's default generator PCG64 has a state and an increment of 128 bits each, and may have
    kept half of the last 64 bits that it drew.

    >>> rng, other = (np.random.default_rng(seed) for seed in (1, 2))
    >>> set_words(other, words_of(rng))
    >>> bool(other.integers(1000) == rng.integers(1000))
    True
    """
    found: Any = rng.bit_generator.state
    pair = found["state"]
    words = [half for number in (pair["state"], pair["inc"]) for half in divmod(number, WORD + 1)]
    return np.array([*words, found["has_uint32"], found["uinteger"]], np.uint64)


def set_words(rng: np.random.Generator, words: npt.NDArray[np.uint64]) -> None:
    """Let a random stream go on from where `words_of` found one."""
    state_high, state_low, inc_high, inc_low, has_uint32, uinteger = words.tolist()
    rng.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": state_high << 64 | state_low, "inc": inc_high << 64 | inc_low},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
