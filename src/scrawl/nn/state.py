"""What a half-trained network, or anything that trains it, must hand on so that another can go on.

As named arrays: whoever keeps them needs to know nothing of what they mean.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

State = dict[str, npt.NDArray[Any]]

WORD = (1 << 64) - 1


class Stateful(Protocol):
    """Something that changes while a network is trained, and on which the rest depends."""

    def state(self) -> State:
        """Return what another of the same kind needs to go on from here; arrays may be live."""

    def restore(self, state: State, /) -> None:
        """Go on from where another of the same kind was; ValueError if it does not fit."""


def restored(owner: str, mine: State, state: State) -> State:
    """Return a saved state, or raise ValueError if it does not look like one's own."""
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
    """How far `scrawl.nn.fitting.fit` has come.

    Attributes
    ----------
    epoch : int
        The one that is under way, counted from 1.
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
        """Count on, and sum anew."""
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
