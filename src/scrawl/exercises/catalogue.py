"""The exercises, in the order of the chain.

An exercise has one name: that of the function to write, of the file that `scrawl exercise` writes,
of its stub, its check, and its solution in the tests. Solutions are not part of the package, so
that a reader does not come across them, and a file that is checked cannot import them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scrawl.exercises.checks import convolution, data, network, training
from scrawl.exercises.judging import Ask

STUBS = Path(__file__).with_name("stubs")


@dataclass(frozen=True)
class Exercise:
    """A function to write.

    Attributes
    ----------
    check : function
        Asks the reader's function, with random numbers from a generator; raises `Wrong`.
    idea : str
        What it belongs to.
    """

    check: Callable[[Ask, np.random.Generator], None]
    idea: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.check.__name__

    @property
    def stub(self) -> str:
        """The text of the file to begin with."""
        return (STUBS / f"{self.name}.py").read_text(encoding="utf-8")

    @property
    def title(self) -> str:
        """The first line of the function's description, without its full stop."""
        _, _, rest = self.stub.partition("def ")
        return rest.split('"""')[1].partition("\n")[0].rstrip(".")


EXERCISES = {
    exercise.name: exercise
    for exercise in (
        Exercise(data.read_header, "The bytes of an IDX file"),
        Exercise(data.split_and_normalise, "Normalisation, and data that training must not see"),
        Exercise(data.one_hot, "Labels as targets"),
        Exercise(network.sigmoid, "One neuron"),
        Exercise(network.dense_forward, "A layer as a matrix product"),
        Exercise(network.softmax_cross_entropy, "Softmax and loss"),
        Exercise(network.relu_backward, "The gradient, back through an activation"),
        Exercise(network.dense_backward, "The gradient, back through a layer"),
        Exercise(training.momentum_step, "Gradient descent"),
        Exercise(training.shuffled_batches, "Batches"),
        Exercise(convolution.convolution_forward, "Convolution"),
        Exercise(convolution.convolution_backward, "The gradient of a convolution"),
        Exercise(training.dropout, "Regularisation"),
        Exercise(training.evaluate, "Honest evaluation"),
    )
}
