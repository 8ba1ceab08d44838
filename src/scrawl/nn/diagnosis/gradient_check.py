"""A check before training that the gradient is the slope of the loss, and that steps go down it.

Central differences along the gradient itself, which need two passes a table of parameters, not
two a parameter. A network with a wrong derivative may well learn, only worse, and never says so.
"""

from __future__ import annotations

import numpy as np

from scrawl.nn import Array
from scrawl.nn.diagnosis.findings import Finding
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import compute_gradients
from scrawl.nn.losses import Loss
from scrawl.nn.network import Network, is_weights
from scrawl.nn.optimisers import Optimiser

# A mistake shows with any images. With these, checking 784-128-10 takes 10 ms, once a run.
CHECKED = 20

# Lengths of a difference, over the size of the table. Long ones cross the bends of sharp sigmoids
# and the kinks of ReLUs, short ones drown in rounding where the gradient is small; what both agree
# on is the slope.
STEPS = (1e-5, 1e-7)
# Part of the loss that a difference must come to. Its rounding, in float64, is then far below the
# tolerance: right gradients were within 0.001 of the slope, wrong ones 0.03 to 2 of it away.
# One that is a good part of the loss is no small difference: no weights to begin with do that.
VISIBLE, SMALL = 1e-12, 0.01
TOLERANCE = 0.01
# Part by which the slopes on both sides may differ. At a kink, such as that of a leaky ReLU whose
# weights are all zero, there is no slope to compare with.
BEND = 0.1


def check_gradients(
    network: Network, loss: Loss, optimiser: Optimiser, examples: Examples
) -> list[Finding]:
    """Compare gradients and the first step with the slope of the loss.

    Parameters
    ----------
    network : Network
        Of float64 and without dropout; it is left with other gradients and averages, so give a
        twin of the one to be trained.
    loss : Loss
    optimiser : Optimiser
        A new one without decay, for as many parameters; it is used up.
    examples : Examples
        The first CHECKED of them are used.

    Returns
    -------
    list of Finding
        Empty if all is well.
    """
    some = examples.first(CHECKED)
    images, labels = (np.asarray(a, network.parameters.dtype) for a in (some.images, some.labels))
    with np.errstate(over="ignore", invalid="ignore"):  # first weights may be enormous
        ratios = slope_ratios(network, loss, images, labels)
        uphill = steps_go_up(network, optimiser)
    wrong = {name: ratio for name, ratio in ratios.items() if abs(ratio - 1) > TOLERANCE}
    found = []
    if wrong:
        parts = ", ".join(f"{ratio:.2f} for {name}" for name, ratio in wrong.items())
        words = (
            f"the gradient is not the slope of the loss, which really is {parts} times as steep; "
            "a derivative is wrong, or meets the wrong values"
        )
        found.append(Finding("wrong-gradient", words, wrong))
    if uphill:
        words = "the steps go up the gradient, not down: they make the loss larger"
        found.append(Finding("uphill", words, {}))
    return found


def slope_ratios(network: Network, loss: Loss, images: Array, labels: Array) -> dict[str, float]:
    """Return the measured slope of the loss along the gradient of each table of weights, over it.

    Tables along which the slope cannot be told are left out; so are biases, which get the same
    errors as the weights.
    """
    value, _ = compute_gradients(network, loss, images, labels)
    gradients, tables = network.views(network.gradients.copy()), network.named_parameters()
    ratios = {}
    for name in filter(is_weights, tables):
        gradient, size = gradients[name], float(np.linalg.norm(tables[name])) or 1.0
        claimed = float(np.linalg.norm(gradient))
        if not VISIBLE < 2 * min(STEPS) * size * claimed / (abs(value) or 1.0) < SMALL:
            continue
        long, short = (
            slopes_along(network, loss, images, labels, tables[name], length / claimed * gradient)
            / (length * claimed)
            for length in (step * size for step in STEPS)
        )
        kink = abs(short[0] - short[1]) > BEND * np.abs(short).max()
        if not kink and abs(long.mean() - short.mean()) <= TOLERANCE:
            ratios[name] = float(short.mean())
    return ratios


def slopes_along(
    network: Network, loss: Loss, images: Array, labels: Array, table: Array, move: Array
) -> Array:
    """Return (2,) how much the loss rises to a table from `move` before it, and from there on."""
    start, values = table.copy(), []
    for place in (start - move, start, start + move):
        table[...] = place
        outputs = network.forward(images, training=True)
        values.append(loss(outputs, labels, np.empty_like(outputs)))
    table[...] = start
    rises: Array = np.diff(np.array(values))
    return rises


def steps_go_up(network: Network, optimiser: Optimiser) -> bool:
    """Tell whether the optimiser's first step is along the gradient that the network holds."""
    parameters = network.parameters.astype(np.float32)
    # any length will do, and this one has no enormous squares
    gradient = (network.gradients / (np.linalg.norm(network.gradients) or 1)).astype(np.float32)
    before = parameters.copy()
    optimiser.step(parameters, gradient.copy(), 1.0)
    return float(np.dot(parameters - before, gradient)) > 0
