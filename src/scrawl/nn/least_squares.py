"""Least squares: the last layer by one linear solve, all others as they were drawn.

Random features separate classes well if there are enough of them. With weights W (features,
classes) of the last layer, features H (n, features) and one-hot labels Y, the minimum of
‖H·W − Y‖²/(2n) + λ/2·‖W‖² is where (HᵀH + nλ)·W = HᵀY. Schmidt, Kraaijveld and Duin, "Feedforward
neural networks with random weights", 1992; McDonnell, Tissera, Vladusich, van Schaik and Tapson,
"Fast, simple and accurate handwritten digit classification by training shallow neural network
classifiers with the 'extreme learning machine' algorithm", 2015.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from scrawl.nn import Array
from scrawl.nn.examples import Examples, batches
from scrawl.nn.fitting import Epoch, score
from scrawl.nn.layers.base import Dense
from scrawl.nn.losses import Loss
from scrawl.nn.network import PREDICTION_BATCH, Network
from scrawl.nn.state import Composite
from scrawl.nn.trainer import Augment, check

# Examples of a product HᵀH in float32. The products are added up in float64, which for 6,000
# features takes as long as the product of 150 examples, so that 2,048 hide it.
BLOCK = 4 * PREDICTION_BATCH

Floats = npt.NDArray[np.float64]


class LeastSquares(Composite):
    """A network whose last layer is to be solved for.

    Memory: 20 bytes for each pair of features.

    Parameters
    ----------
    network : Network
        Ends in a dense layer, whose inputs are the features.
    loss : Loss
        What is reported.
    weight_decay : float
        λ > 0; the biases do not decay.
    passes : int
        Over the training examples before solving: more than one if each is augmented.
    augment : Augment, optional
        As of `Trainer`; a step is a block of examples.

    Raises
    ------
    ValueError
        If the network ends in another layer.
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        weight_decay: float,
        passes: int = 1,
        augment: Augment | None = None,
    ) -> None:
        last = network.layers[-1]
        if not isinstance(last, Dense):
            raise ValueError(f"the last layer is {last.name}, expected dense: output: linear")
        self.network, self.loss, self.last = network, loss, last
        self.weight_decay, self.passes, self.augment = weight_decay, passes, augment
        super().__init__({"network": network})

    def fit(
        self,
        train: Examples,
        validation: Examples,
        pause: Callable[[], object] = lambda: None,  # noqa: ARG002
    ) -> Iterator[Epoch]:
        """Give the last layer the weights of the least squared error; yield one epoch.

        A generator as `Trainer.fit` is. The epoch is measured after the solve, on images that are
        not augmented; its learning rate is nan. There is no step to `pause` before.

        Raises
        ------
        ValueError
            If the examples do not fit the network, or the equations have no solution.
        """
        check(self.network, train, validation)
        return self._fit(train, validation)

    def _fit(self, train: Examples, validation: Examples) -> Iterator[Epoch]:
        gram, moments = self.normal_equations(train)
        features = self.last.n_in
        gram.flat[: features * len(gram) : len(gram) + 1] += (
            self.weight_decay * len(train) * self.passes
        )
        try:
            weights = np.linalg.solve(gram, moments)
        except np.linalg.LinAlgError:
            raise ValueError(
                f"the equations for the last layer have no single solution with weight_decay "
                f"{self.weight_decay:g}; give more"
            ) from None
        self.last.weights[...] = weights[:features]
        if self.last.biases is not None:
            self.last.biases[...] = weights[features]
        scores = [score(self.network, self.loss, examples) for examples in (train, validation)]
        yield Epoch(self.passes, 1, math.nan, *scores[0], *scores[1])

    def normal_equations(self, train: Examples) -> tuple[Floats, Floats]:
        """Return HᵀH (features, features) and HᵀY (features, classes).

        H has a last column of ones, if the last layer has biases.
        """
        features = self.last.n_in
        columns = features + (self.last.biases is not None)
        gram, moments = np.zeros((columns, columns)), np.zeros((columns, self.last.n_out))
        block: Array = np.ones((min(BLOCK, len(train)), columns), np.float32)
        product: Array = np.empty((columns, columns), np.float32)
        for step, (images, labels) in enumerate(self.blocks(train)):
            shown = self.augment(images, step) if self.augment else images
            h = block[: len(shown)]
            self.write_features(shown, h[:, :features])
            gram += self.last.matmul(h.T, h, out=product)
            moments += h.T @ labels
        return gram, moments

    def blocks(self, train: Examples) -> Iterator[tuple[Array, Array]]:
        """Yield the images and labels of every pass, a block at a time."""
        for _ in range(self.passes):
            yield from batches(train, BLOCK, order=None)

    def write_features(self, images: Array, out: Array) -> None:
        """Write the inputs of the last layer, (n, features), for images (n, pixels)."""
        rows = self.network.rows
        for start in range(0, len(images), rows):
            self.network.forward(images[start : start + rows])
            out[start : start + rows] = self.last.inputs
