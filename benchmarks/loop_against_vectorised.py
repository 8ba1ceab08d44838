"""Loop against vectorised: the same network, trained an image at a time and all at once.

    python benchmarks/loop_against_vectorised.py

The first program behind scrawl went through the images in a Python loop and was "way too slow".
`LoopNetwork` does the same mathematics that way;
tests/benchmarks/test_loop_against_vectorised.py shows that both end with the same weights.
Measured side by side: each repetition times every way once,
in turn, so that whatever else the machine does falls on all of them; the ratio is taken within a
repetition. One BLAS thread. Needs `artifacts/mnist/prepared/none.h5` (`snakemake --cores 1
artifacts/mnist/prepared/none.h5`).
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scrawl.artifacts import store
from scrawl.artifacts.files import written_whole
from scrawl.nn.architectures import dense_network
from scrawl.nn.fitting import compute_gradients
from scrawl.nn.losses import Quadratic
from scrawl.nn.network import Network

Floats = NDArray[np.float64]

REPETITIONS = 7
ROUND = 60_000  # images of a round, to which all seconds are scaled
LOOPED = 10_000  # images that each way is timed on: one of the author's batches
BATCHES = (1, 10, 100, 1_000, 10_000, 60_000)
RATE, SCALE = 0.1, 0.027  # those of the experiment two-hidden-16


class LoopNetwork:
    """A network of sigmoid layers that sees one image at a time.

    Parameters
    ----------
    weights : sequence of (n_in, n_out) float64
    biases : sequence of (n_out,) float64
        Of each layer, changed in place.
    """

    def __init__(self, weights: Sequence[Floats], biases: Sequence[Floats]) -> None:
        self.weights, self.biases = list(weights), list(biases)

    def gradients(self, image: Floats, label: Floats) -> tuple[list[Floats], list[Floats]]:
        """Return the gradients of Σ(a − y)²/2 for one image, by weights and by biases."""
        activations = [image]
        for weights, biases in zip(self.weights, self.biases, strict=True):
            activations.append(1 / (1 + np.exp(-(activations[-1] @ weights + biases))))
        by_weights: list[Floats] = []
        by_biases: list[Floats] = []
        error = activations[-1] - label
        for i in reversed(range(len(self.weights))):
            error = error * activations[i + 1] * (1 - activations[i + 1])
            by_weights.append(np.outer(activations[i], error))
            by_biases.append(error)
            error = self.weights[i] @ error
        return by_weights[::-1], by_biases[::-1]

    def learn(self, images: Floats, labels: Floats, rate: float) -> None:
        """Make one update, by the mean of the gradients of all images."""
        sums = [np.zeros_like(array) for array in (*self.weights, *self.biases)]
        for image, label in zip(images, labels, strict=True):
            by_weights, by_biases = self.gradients(image, label)
            for total, term in zip(sums, (*by_weights, *by_biases), strict=True):
                total += term
        for array, total in zip((*self.weights, *self.biases), sums, strict=True):
            array -= rate / len(images) * total


def loop_copy(network: Network) -> LoopNetwork:
    """Return the same network as one that loops."""
    parts = {name: part.astype(np.float64) for name, part in network.named_parameters().items()}
    return LoopNetwork(
        [part for name, part in parts.items() if name.endswith("/weights")],
        [part for name, part in parts.items() if name.endswith("/biases")],
    )


def learn(
    network: Network, images: NDArray[Any], labels: NDArray[Any], rate: float, batch: int
) -> None:
    """Train for one round, vectorised: a matrix product for a whole batch of images."""
    loss = Quadratic()
    for start in range(0, len(images), batch):
        part = slice(start, start + batch)
        compute_gradients(network, loss, images[part], labels[part])
        network.parameters -= rate * network.gradients


def new_network(hidden: Sequence[int], dtype: type = np.float32) -> Network:
    """Return a network of sigmoids with small random weights."""
    network = dense_network(
        784,
        hidden,
        10,
        activation="sigmoid",
        output="sigmoid",
        initialiser="normal",
        initial_scale=SCALE,
        rng=np.random.default_rng(1),
    )
    if dtype is np.float32:
        return network
    return Network(network.layers, 784, np.random.default_rng(1), dtype)


def alternating(ways: dict[str, Callable[[], None]], repetitions: int) -> dict[str, list[float]]:
    """Time every way in turn, after one turn that does not count; seconds, one a repetition."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repetition in range(repetitions + 1):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            if repetition:
                seconds[name].append(time.perf_counter() - begin)
    return seconds


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, lowest and highest."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def loop_and_vectorised(images: NDArray[Any], labels: NDArray[Any]) -> dict[str, Any]:
    """Time an update of 784-16-16-10 from one batch of images, three ways."""
    loop = loop_copy(new_network([16, 16]))
    single, double = new_network([16, 16]), new_network([16, 16], np.float64)
    wide = images.astype(np.float64), labels.astype(np.float64)
    seconds = alternating(
        {
            "loop": lambda: loop.learn(*wide, RATE),
            "vectorised_float64": lambda: learn(double, *wide, RATE, len(images)),
            "vectorised_float32": lambda: learn(single, images, labels, RATE, len(images)),
        },
        REPETITIONS,
    )
    return against(seconds, "loop", dict.fromkeys(seconds, ROUND / len(images)))


def batch_sizes(images: NDArray[Any], labels: NDArray[Any]) -> dict[str, Any]:
    """Time a round of 784-128-10 for several batch sizes; the small ones on some images only."""
    n = {batch: min(len(images), max(2_000, 3 * batch)) for batch in BATCHES}

    def way(batch: int) -> Callable[[], None]:
        network = new_network([128])
        network.reserve(batch)
        return lambda: learn(network, images[: n[batch]], labels[: n[batch]], RATE, batch)

    seconds = alternating({f"{batch}": way(batch) for batch in BATCHES}, REPETITIONS)
    return against(seconds, f"{BATCHES[-1]}", {f"{b}": ROUND / n[b] for b in BATCHES})


def against(
    seconds: dict[str, list[float]], base: str, to_round: dict[str, float]
) -> dict[str, Any]:
    """Return seconds a round, and how many times faster than `base` each way is."""
    a_round = {name: [s * to_round[name] for s in times] for name, times in seconds.items()}
    return {
        name: {
            "seconds_a_round": spread(times),
            "times_faster": spread([b / s for b, s in zip(a_round[base], times, strict=True)]),
        }
        for name, times in a_round.items()
    }


def processor() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def table(title: str, base: str, rows: dict[str, Any]) -> str:
    """Return a table in words."""
    lines = [f"{title:<24}{'seconds a round':>24}   times faster than {base}"]
    for name, row in rows.items():
        a, b = row["seconds_a_round"], row["times_faster"]
        lines.append(
            f"{name:<24}{a['median']:>9.3f} ({a['low']:.3f}–{a['high']:.3f})"
            f"   {b['median']:.2f} ({b['low']:.2f}–{b['high']:.2f})"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("artifacts/mnist/prepared/none.h5"))
    parser.add_argument(
        "--output", type=Path, default=Path("artifacts/benchmarks/loop_against_vectorised.json")
    )
    arguments = parser.parse_args()
    with store.reading(arguments.data, "prepared") as file:
        splits = [file["train"], file["validation"]]
        images, labels = (
            np.concatenate([split[name][...] for split in splits]) for name in ("images", "labels")
        )
    with threadpool_limits(1, user_api="blas"):
        result: dict[str, Any] = {
            "processor": processor(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "repetitions": REPETITIONS,
            "images_of_a_round": ROUND,
            "ways": loop_and_vectorised(images[:LOOPED], labels[:LOOPED]),
            "batches": [
                {"images": int(batch), **row} for batch, row in batch_sizes(images, labels).items()
            ],
        }
    with written_whole(arguments.output) as part:
        part.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    batches = {f"{row['images']:,}": row for row in result["batches"]}
    print(
        f"{result['processor']}, one thread, Python {result['python']}, NumPy {result['numpy']}\n"
        f"median of {REPETITIONS} repetitions in turn (lowest–highest); "
        f"a round is {ROUND:,} images\n\n"
        f"{table('784-16-16-10', 'the loop', result['ways'])}\n\n"
        f"{table('784-128-10, batches of', 'one batch of all', batches)}"
    )


if __name__ == "__main__":
    main()
