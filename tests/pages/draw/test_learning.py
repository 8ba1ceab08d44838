"""Watch it learn: snapshots of training on the page, and a network that is trained in it.

Both are compared with NumPy: answers at a snapshot with those of its weights to 8 bits, training in
the page with 20 steps of `scrawl.nn` from the same weights with the same batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from browser import Browser, browser
from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.artifacts.snapshots import Snapshot
from scrawl.data.novelty import LEVELS, Likeness
from scrawl.data.reference_images import ReferenceImages
from scrawl.nn.architectures import Architecture
from scrawl.nn.fitting import learn
from scrawl.nn.losses import CrossEntropy
from scrawl.nn.optimisers import GradientDescent
from scrawl.pages.draw import page as drawing
from scrawl.pages.draw.pictures import Files, Pictures
from scrawl.pages.draw.snapshots import affordable_snapshots
from scrawl.settings.experiment import Run

NAMES = tuple("abc")
DATASET = Dataset(NAMES, (12, 12), "unit", 0.0, 255.0)
PAGE = "const page = document.querySelector('.scrawl-draw').scrawl;"
PART = "const part = (one) => document.querySelector('.scrawl-draw').shadowRoot.querySelector(one);"
CROSS = "page.sheet.line([60, 60], [200, 210], 12); page.sheet.line([190, 50], [70, 200], 12);"
Floats = NDArray[np.floating[Any]]

RUNS = {
    "convolution": Run.parse({"filters": [[3]], "kernel": 3, "hidden": []}),
    "normalised": Run.parse({"hidden": [4], "batch_normalisation": True}),
    "unwatched": Run.parse({"hidden": [], "output": "sigmoid", "loss": "quadratic"}),
}


def network_of(run: Run, seed: int) -> model.Model:
    network = model.build(run, DATASET.image_shape, 3, np.random.default_rng(seed))
    for values in network.tables().values():
        values += np.random.default_rng(seed).uniform(0.05, 0.3, values.shape).astype(np.float32)
    return model.Model(network, model.loss_of(run), run, DATASET, [], "")


MODELS = {name: network_of(run, 4) for name, run in RUNS.items()}


def snapshot(name: str, steps: int, accuracy: float) -> Snapshot:
    return Snapshot(steps, accuracy, dict(network_of(RUNS[name], 9 + steps).network.tables()))


SNAPSHOTS = {
    name: [snapshot(name, 0, 0.3), snapshot(name, 7, float("nan"))]
    for name in ("convolution", "normalised")
}
PIXELS = np.random.default_rng(1).integers(0, 256, (6, 144)).astype(np.float32)
TAUGHT = np.random.default_rng(2).random((50, 12, 12))
LABELS = np.arange(50) % 3


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    likeness = Likeness.of(TAUGHT, LABELS)
    distances = likeness.distances(PIXELS.reshape(-1, 12, 12) / 255)
    references = ReferenceImages(likeness, [PIXELS], distances)
    files = Files((12, 12), (0, 1), "uint8", (0, 1, 2))
    shown = PIXELS, np.arange(6) % 3, files, references
    pictures = Pictures((12, 12, 1), 0.0, 255.0, True, None, *shown)
    accuracies = {"convolution": 0.9}
    content = drawing.fragment(list(MODELS.items()), pictures, SNAPSHOTS, accuracies)
    path = tmp_path_factory.mktemp("learning") / "draw.html"
    path.write_text(drawing.page("Draw", "Here.", content), encoding="utf-8")
    with browser() as opened:
        yield opened, path


@pytest.fixture
def window(browsing: tuple[Browser, Path]) -> Iterator[Browser]:
    opened, path = browsing
    opened.open(path)
    yield opened
    assert opened.complaints() == []


# --- snapshots ------------------------------------------------------------------------------------


def to_8_bits(values: Floats) -> Floats:
    unit = np.abs(values.astype(np.float64)).max() / 127
    rounded: Floats = np.rint(values / unit) * unit
    return rounded


@pytest.mark.parametrize("place", [0, 1])
def test_the_page_answers_as_the_weights_of_a_snapshot_do(window: Browser, place: int) -> None:
    answers = window.run(f"""{PAGE} page.choose(0); page.lookInto({place});
        return page.about.images.labels.map((_, n) => page.answers(page.testImage(n))[0]);""")
    then = network_of(RUNS["convolution"], 4)
    for name, values in then.network.tables().items():
        values[...] = to_8_bits(SNAPSHOTS["convolution"][place].tables[name])
    np.testing.assert_allclose(answers, then.predict(PIXELS / np.float32(255)), atol=1e-5)


def test_a_slider_turns_the_chosen_network_back_and_clear_brings_it_forward_again(
    window: Browser,
) -> None:
    script = f"""{PAGE} {PART} {CROSS} const slider = part('.snapshot input');
        page.choose(0); page.explainUnit(0, 1, 2, 2);
        const text = (one) => part(one).textContent;
        const turn = (n) => {{
            slider.value = n; slider.dispatchEvent(new Event('input')); page.show();
            return [text('.snapshot output'), text('.looked-into'), text('.networks .name'),
                text('.sum'), slider.max]; }};
        const told = [0, 1, 2].map(turn);
        turn(0); part('.clear').click(); page.show();
        return [told, part('.snapshot output').textContent, part('.looked-into').textContent];"""
    told, after, title = window.run(script)
    trained = "trained: right about 90.0 % of the validation images"
    assert [one[0] for one in told] == [
        "before the first step: right about 30.0 % of the validation images",
        "after 7 steps",
        trained,
    ]
    assert told[0][1] == told[0][2] == "convolution, before the first step"
    assert told[2][1] == told[2][2] == "convolution"
    assert len({one[3] for one in told}) == 3  # the unit's arithmetic, with other weights
    assert {one[4] for one in told} == {"2"}
    assert (after, title) == (trained, "convolution")


def test_of_a_network_without_snapshots_the_page_says_so(window: Browser) -> None:
    hidden = f"{PAGE} {PART} return ['.snapshot', '.no-snapshots'].map((one) => part(one).hidden)"
    assert window.run(f"{PAGE} page.choose(1); {hidden.removeprefix(PAGE)}") == [False, True]
    assert window.run(f"{PAGE} page.choose(2); {hidden.removeprefix(PAGE)}") == [True, False]


def test_making_the_page_leaves_the_networks_as_they_were() -> None:
    for name, run in RUNS.items():
        for key, values in network_of(run, 4).network.tables().items():
            np.testing.assert_array_equal(MODELS[name].network.tables()[key], values)


def test_snapshots_are_kept_while_there_is_room_the_best_networks_first() -> None:
    models = [(name, MODELS[name]) for name in ("normalised", "convolution")]
    size = {name: one.network.parameters.size for name, one in models}
    weights, first = 4 * sum(size.values()), 2 * size["normalised"]

    def kept(room: int) -> list[str]:
        return list(affordable_snapshots(models, SNAPSHOTS, weights + room))

    assert kept(first + 2 * size["convolution"]) == ["normalised", "convolution"]
    assert kept(first + 2 * size["convolution"] - 1) == ["normalised"]
    assert kept(first - 1) == ["convolution"]  # a smaller one
    assert kept(0) == []


# --- training in the page -------------------------------------------------------------------------

TWENTY = f"""{PAGE} const {{ training, Learner }} = page;
    const [hidden, activation, rate, size] = arguments;
    const learner = new Learner(training.lessons, 3, {{ hidden, activation, seed: 5 }});
    const weights = () => learner.network.layers.filter((one) => one.weights)
        .map((one) => [one.weights, one.biases].map(({{ values }}) => Array.from(values)));
    const begin = weights(), losses = [], batches = [];
    for (let i = 0; i < 20; i++) {{
        const places = learner.batch(size);
        batches.push([...places]);
        losses.push(learner.step(rate, size, places));
    }}
    return {{ begin, losses, batches, end: weights() }};"""


@pytest.mark.parametrize(
    ("hidden", "activation", "rate", "batch"),
    [(0, "relu", 0.1, 8), (7, "relu", 0.1, 16), (5, "sigmoid", 3.0, 1), (6, "tanh", 0.3, 50)],
)
def test_twenty_steps_in_the_page_are_those_of_numpy(
    window: Browser, hidden: int, activation: str, rate: float, batch: int
) -> None:
    page = window.run(TWENTY, hidden, activation, rate, batch)
    widths = (hidden,) if hidden else ()
    network = Architecture(hidden=widths, activation=activation, output="linear").build(
        (10, 10), 3, np.random.default_rng(0)
    )
    named = network.named_parameters()
    layers = [name.removesuffix("/weights") for name in named if name.endswith("/weights")]
    for layer, (weights, biases) in zip(layers, page["begin"], strict=True):
        named[f"{layer}/weights"][...] = np.reshape(weights, named[f"{layer}/weights"].shape)
        named[f"{layer}/biases"][...] = biases
    network.reserve(batch)
    optimiser = GradientDescent(network.parameters.size, network.n_weights)
    images = (Likeness.of(TAUGHT).pictures.reshape(50, 100) / LEVELS).astype(np.float32)
    labels = np.eye(3, dtype=np.float32)[LABELS]
    losses = [
        learn(network, CrossEntropy(), optimiser, images[rows], labels[rows], rate)[0]
        for rows in page["batches"]
    ]
    np.testing.assert_allclose(page["losses"], losses, rtol=0, atol=1e-4)
    assert losses[-1] != pytest.approx(losses[0], abs=0.01)
    for layer, (weights, biases) in zip(layers, page["end"], strict=True):
        for name, values in (("weights", weights), ("biases", biases)):
            np.testing.assert_allclose(values, named[f"{layer}/{name}"].ravel(), rtol=0, atol=1e-4)


def test_an_epoch_takes_every_picture_once_in_an_order_of_its_own(window: Browser) -> None:
    epochs = window.run(f"""{PAGE} const {{ training, Learner }} = page;
        const learner = new Learner(training.lessons, 3, {{ hidden: 2, activation: 'relu' }});
        const epoch = () => [1, 2, 3].map(() => learner.batch(20));
        return [epoch(), epoch()];""")
    assert [[len(one) for one in epoch] for epoch in epochs] == [[20, 20, 10]] * 2
    orders = [list(chain(*epoch)) for epoch in epochs]
    assert [sorted(order) for order in orders] == [list(range(50))] * 2
    assert orders[0] != orders[1]


def test_first_weights_are_drawn_as_widely_as_he_asks(window: Browser) -> None:
    drawn = window.run(f"""{PAGE} const {{ training, Learner }} = page;
        const learner = new Learner(training.lessons, 3, {{ hidden: 64, activation: 'relu' }});
        return Array.from(learner.network.layers[0].weights.values);""")
    # Of 6,400 draws the standard deviation errs by about a hundredth.
    assert np.std(drawn) == pytest.approx(np.sqrt(2 / 100), rel=0.04)
    assert abs(np.mean(drawn)) < 0.01


def test_buttons_and_knobs_train_pause_and_start_again(window: Browser) -> None:
    window.run(f"{PAGE} {PART} {CROSS} page.show(); part('.train .step').click();")
    state = f"{PAGE} {PART} const words = part('.progress').textContent;"
    assert window.run(f"{state} return words").startswith("Step 1, epoch 0.6, loss ")
    running = f"{state} return [part('.run').textContent, page.training.learner.steps]"
    window.run(f"{PART} part('.run').click()")
    assert window.run(running)[0] == "Pause"
    ran = window.run(f"{running.replace('const words', 'part(`.run`).click(); const words')}")
    assert ran[0] == "Train"
    assert window.run(running) == ran  # it stands still
    assert window.run(f"{PART} return part('.reading').textContent").startswith("It reads your")
    units = f"""{PAGE} {PART} const field = part('[name=hidden]'); field.value = arguments[0];
        field.dispatchEvent(new Event('change', {{ bubbles: true }}));
        return [page.training.learner.steps, part('.weights figcaption').textContent];"""
    assert window.run(units, "4") == [0, "Weights of the 4 hidden units, each as a picture"]
    assert window.run(units, "0") == [0, "Weights of the 3 classes, each as a picture"]


def test_a_rate_that_is_too_high_is_said_to_be(window: Browser) -> None:
    said = window.run(f"""{PAGE} {PART} const {{ learner }} = page.training;
        learner.network.layers[0].weights.values.fill(Infinity);
        part('.train .step').click(); part('.train .step').click();
        return [part('.progress').textContent, part('.run').textContent];""")
    assert said[0].startswith("The loss is no longer a number: the learning rate is too high.")
    assert said[1] == "Train"
