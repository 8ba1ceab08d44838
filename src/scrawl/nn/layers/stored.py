"""Layers as a file keeps them: names, sizes and parameters, without what they compute."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scrawl.nn import Array
from scrawl.nn.layers.base import Layer, Shape


class Stored(Layer):
    """A layer whose code is not there: its parameters can be looked at, but it can't answer.

    Parameters
    ----------
    name : str
    n_out : int
    shapes : mapping of str to tuple of int
        Of its parameters.
    state : mapping of str to array
        What else it keeps.
    missing : str
        The file that it needs to answer.
    """

    def __init__(
        self,
        name: str,
        n_out: int,
        shapes: Mapping[str, Shape],
        state: Mapping[str, Array],
        missing: str,
    ) -> None:
        self.name, self.leaving, self.missing = name, n_out, missing  # type: ignore[misc]
        self.shapes, self.kept = dict(shapes), dict(state)

    def connect(self, shape: Shape) -> Shape:
        """Note the number of values that enter; return that of those that leave."""
        self.shape_in, self.shape_out = shape, (self.leaving,)
        return self.shape_out

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return the shape of each parameter."""
        return self.shapes

    def state(self) -> dict[str, Array]:
        """Return the state beside the parameters."""
        return self.kept

    def forward(self, inputs: Array, training: bool) -> Array:  # noqa: ARG002
        """Refuse, naming the file that is needed."""
        raise ValueError(
            f"this network was trained with code of its own and can't answer without it; "
            f"name the file {self.missing}: --code FILE.py"
        )


def stored(name: str, n_out: int, tables: Mapping[str, Array], state: str, missing: str) -> Stored:
    """Return a layer of stored tables by name; `state` lists those that are no parameters."""
    kept = set(state.split())
    shapes = {key: table.shape for key, table in tables.items() if key not in kept}
    others = {key: np.zeros_like(tables[key]) for key in kept}
    return Stored(name, n_out, shapes, others, missing)
