"""An epoch of training beside PyTorch, scikit-learn and the programs that scrawl grew out of.

The same network, batches, optimiser, loss and precision; all shuffle, all count right answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from benchmarks.measure import Ratio, Table, arguments, cores, examples, in_turn, version_of
from scrawl.nn.architectures import convolutional_network, dense_network
from scrawl.nn.examples import Examples
from scrawl.nn.losses import CrossEntropy, Quadratic
from scrawl.nn.network import Network
from scrawl.nn.optimisers import GradientDescent, Momentum
from scrawl.nn.parallel import Executor, serial
from scrawl.nn.shards import SHARD
from scrawl.nn.trainer import Plan, Trainer
from scrawl.training.workers import workers

RATE = 0.01
PIECES = 4
LARGE = 1024  # a batch from which on the products of a narrow network are worth cutting

# Filters of 5×5, hidden units, batch, images of an epoch, and what is aimed at on one thread and on
# all of them. Large networks see fewer images, so that the whole takes minutes: speed is given in
# images a second.
CASES: list[tuple[list[int], list[int], int, int, float | None, float | None]] = [
    ([], [128], 32, 11_264, 1.0, 0.95),
    ([], [128], 128, 11_264, 1.7, 1.4),
    ([], [128], 1024, 11_264, 1.0, 0.95),
    ([], [800, 800], 128, 5_632, 1.0, 0.95),
    ([], [800, 800], 512, 5_632, 1.0, 0.95),
    ([8, 16], [128], 128, 2_816, 1.0, 0.95),
    ([16, 32], [128], 128, 2_816, 1.15, 0.95),
]


def ours(
    data: Examples,
    hidden: list[int],
    batch: int,
    executor: Executor,
    pieces: int,
    filters: Sequence[int] = (),
) -> Callable[[], object]:
    """Return what trains our network for an epoch."""
    network = network_of(filters, hidden)
    optimiser = Momentum(network.parameters.size, network.n_weights)
    network.divide(pieces, executor)
    optimiser.divide(executor)
    nothing = Examples(data.images[:0], data.labels[:0])
    rng = np.random.default_rng(0)

    def epoch() -> object:
        trainer = Trainer(network, CrossEntropy(), optimiser, Plan(RATE, batch), rng)
        return list(trainer.fit(data, nothing))

    return epoch


def network_of(filters: Sequence[int], hidden: Sequence[int]) -> Network:
    """Return our network, each convolution followed by pooling."""
    rng = np.random.default_rng(0)
    if not filters:
        return dense_network(784, hidden, 10, rng=rng)
    return convolutional_network((28, 28), [[n] for n in filters], hidden, 10, rng=rng)


def case_of(filters: Sequence[int], hidden: Sequence[int], batch: int) -> str:
    """Return a network in words.

    >>> case_of([8, 16], [128], 32)
    '784-8×5×5-16×5×5-128-10, 32'
    """
    layers = [784, *(f"{n}×5×5" for n in filters), *hidden, 10]
    return f"{'-'.join(map(str, layers))}, {batch}"


def pytorch(
    data: Examples,
    hidden: list[int],
    batch: int,
    loader: bool = False,
    filters: Sequence[int] = (),
) -> Callable[[], object]:
    """Return what trains PyTorch's network for an epoch.

    Parameters
    ----------
    data : Examples
    hidden : list of int
    batch : int
    loader : bool
        Whether batches come from a DataLoader, as in PyTorch's tutorials, or from indexing a tensor
        with a permutation.
    filters : sequence of int
        Of each convolution; each is followed by pooling.
    """
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    layers: list[Any] = [torch.nn.Unflatten(1, (1, 28, 28))] if filters else []
    side = 28
    for channels, n in pairwise([1, *filters]):
        # the ReLU after the pooling, as ours has it: the same answers for a quarter of the work
        layers += [torch.nn.Conv2d(channels, n, 5), torch.nn.MaxPool2d(2), torch.nn.ReLU()]
        side = (side - 4) // 2
    layers += [torch.nn.Flatten()] if filters else []
    sizes = [side**2 * (filters[-1] if filters else 1), *hidden]
    for n_in, n_out in pairwise(sizes):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 10))
    optimiser = torch.optim.SGD(network.parameters(), lr=RATE, momentum=0.9)
    loss = torch.nn.CrossEntropyLoss()
    images, labels = torch.tensor(data.images), torch.tensor(data.labels.argmax(axis=1))
    loaded = DataLoader(TensorDataset(images, labels), batch, shuffle=True)

    def batches() -> Any:
        for rows in torch.randperm(len(images)).split(batch):
            yield images[rows], labels[rows]

    def epoch() -> object:
        total, correct = 0.0, 0
        for some_images, some_labels in loaded if loader else batches():
            optimiser.zero_grad()
            outputs = network(some_images)
            batch_loss = loss(outputs, some_labels)
            batch_loss.backward()
            optimiser.step()
            total += batch_loss.item() * len(some_images)
            correct += int((outputs.argmax(1) == some_labels).sum())
        return total, correct

    return epoch


def scikit_learn(data: Examples, hidden: list[int], batch: int) -> Callable[[], object]:
    """Return what trains scikit-learn's MLPClassifier for an epoch."""
    from sklearn.neural_network import MLPClassifier

    images, labels = np.array(data.images), data.labels.argmax(axis=1)
    network = MLPClassifier(
        hidden, solver="sgd", batch_size=batch, learning_rate_init=RATE, alpha=0.0
    )
    return lambda: network.partial_fit(images, labels, classes=np.arange(10))


def originals(data: Examples, batch: int) -> Callable[[], object]:
    """Return an epoch as the originals did it: sigmoids, squares, float64, a new array for each."""
    images, labels = (np.asarray(table, np.float64) for table in (data.images, data.labels))
    rng = np.random.default_rng(0)
    weights = [0.05 * rng.standard_normal((n, m)) for n, m in ((784, 128), (128, 10))]
    biases = [np.zeros(128), np.zeros(10)]

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    def epoch() -> object:
        for start in range(0, len(images), batch):
            x, y = images[start : start + batch], labels[start : start + batch]
            hidden = sigmoid(x @ weights[0] + biases[0])
            outputs = sigmoid(hidden @ weights[1] + biases[1])
            delta = (outputs - y) * outputs * (1 - outputs) / len(x)
            hidden_delta = (delta @ weights[1].T) * hidden * (1 - hidden)
            for i, (inputs, d) in enumerate(((x, hidden_delta), (hidden, delta))):
                weights[i] = weights[i] - inputs.T @ d
                biases[i] = biases[i] - d.sum(axis=0)
        return weights

    return epoch


def ours_like_the_originals(data: Examples, batch: int) -> Callable[[], object]:
    """Return an epoch of the originals' network, as scrawl does it."""
    network = dense_network(
        784, [128], 10, activation="sigmoid", output="sigmoid", rng=np.random.default_rng(0)
    )
    optimiser = GradientDescent(network.parameters.size, network.n_weights)
    nothing = Examples(data.images[:0], data.labels[:0])

    def epoch() -> object:
        plan = Plan(learning_rate=1.0, batch_size=batch, shuffle=False)
        trainer = Trainer(network, Quadratic(), optimiser, plan, np.random.default_rng(0))
        return list(trainer.fit(data, nothing))

    return epoch


def limited(run: Callable[[], object], threads: int) -> Callable[[], object]:
    """Return the same with so many BLAS and OpenMP threads."""
    pools = ThreadpoolController()

    def limited_run() -> None:
        with pools.limit(limits=threads):
            run()

    return limited_run


def compare(
    table: Table, case: str, peer: str, threads: int, images: int, mine: Any, theirs: Any
) -> float:
    """Time ours beside a peer's; add the row, and return the median ratio."""
    # Ours has one BLAS thread throughout: its own threads share the work above that.
    seconds = in_turn({"mine": limited(mine, 1), "theirs": limited(theirs, threads)})
    ratio = Ratio.of(seconds["theirs"], seconds["mine"])
    speeds = [images / median(seconds[name]) for name in ("mine", "theirs")]
    table.add(case, peer, threads, *speeds, ratio)
    return ratio.median


def against_pytorch(table: Table, data: Examples) -> None:
    """Add the rows of PyTorch, and their targets."""
    import torch

    for filters, hidden, batch, images, *wanted in CASES:
        case = case_of(filters, hidden, batch)
        for threads, target in zip(sorted({1, cores()}), wanted, strict=False):
            torch.set_num_threads(threads)
            some = Examples(data.images[:images], data.labels[:images])
            large = filters != [] or hidden != [128] or batch >= LARGE
            with workers(threads if large else 1) as executor:
                pieces = PIECES if large and threads > 1 else 1
                mine = ours(some, hidden, batch, executor, pieces, filters)
                theirs = pytorch(some, hidden, batch, filters=filters)
                ratio = compare(table, case, "PyTorch", threads, images, mine, theirs)
            if target:
                table.aim(f"PyTorch, {case}, threads: {threads}", ratio, target)
    torch.set_num_threads(1)
    mine, theirs = ours(data, [128], 128, serial, 1), pytorch(data, [128], 128, loader=True)
    compare(table, "784-128-10, 128", "PyTorch, DataLoader", 1, len(data), mine, theirs)


def against_others(table: Table, data: Examples) -> None:
    """Add the rows of scikit-learn and of the originals."""
    if version_of("scikit-learn") == "not installed":
        table.notes.append("scikit-learn was not installed.")
    else:
        for threads in sorted({1, cores()}):
            mine = ours(data, [128], 128, serial, 1)
            theirs = scikit_learn(data, [128], 128)
            compare(table, "784-128-10, 128", "scikit-learn", threads, len(data), mine, theirs)
    mine, theirs = ours_like_the_originals(data, 10_000), originals(data, 10_000)
    case = "784-128-10 sigmoid, 10,000"
    compare(table, case, "the originals’ way", 1, len(data), mine, theirs)


def main() -> None:
    """Measure, and write the table."""
    data = examples(arguments(__doc__).data)
    table = Table(
        "peers",
        "An epoch of training beside others",
        ("network, batch", "peer", "threads", "images/s", "peer’s images/s", "times as fast"),
    )
    if version_of("torch") == "not installed":
        table.notes.append("PyTorch was not installed.")
    else:
        against_pytorch(table, data)
    against_others(table, data)
    table.notes.append(
        "PyTorch’s batches are taken from a tensor by a shuffled index; with "
        "DataLoader it is PyTorch as its tutorials have it. On several threads ours cuts the "
        f"matrix products of wide networks and of batches of {LARGE} into {PIECES} pieces; others "
        "stay on one thread. "
        "16×5×5 are 16 filters of 5×5, each followed by the maxima of squares of 2×2; there "
        f"batches are cut into shards of {SHARD} images, for as many processes as threads."
    )
    table.write()


if __name__ == "__main__":
    main()
