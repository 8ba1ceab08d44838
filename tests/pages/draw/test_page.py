"""The page on which to draw, in a real browser: it computes what NumPy computes, and reads digits.

Its answers are compared with NumPy's, its gradients with central differences, its convolutions with
loops, its scaling with `centring.centre`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from browser import Browser, browser
from project import HOUSE
from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.data.centring import centre
from scrawl.data.novelty import Likeness
from scrawl.data.reference_images import ReferenceImages
from scrawl.data.strokes import FORMS, curve
from scrawl.nn.examples import Examples
from scrawl.nn.network import Network
from scrawl.pages.draw import page as drawing
from scrawl.pages.draw.pen import Pen
from scrawl.pages.draw.pictures import Files, Pictures, first_of_each
from scrawl.settings.experiment import Run
from scrawl.stages import prepare
from scrawl.training.setup import trainer_of

Floats = NDArray[np.floating[Any]]
Images = NDArray[np.float32]

PAGE = "const page = document.querySelector('.scrawl-draw').scrawl;"
PART = "const part = (one) => document.querySelector('.scrawl-draw').shadowRoot.querySelector(one);"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, model.Model, Images]:
    """Return the page of the default network, trained on the bundled digits, and its pictures."""
    files = {
        f"{split}_{kind}": idx.read(HOUSE / f"data/glyphs/{split}-{kind}.idx.gz")
        for split in ("train", "test")
        for kind in ("images", "labels")
    }
    images = {
        s: files[f"{s}_images"].reshape(-1, 784).astype(np.float32) for s in ("train", "test")
    }
    labels = prepare.one_hot_labels(files["train_labels"].astype(np.int64), 10)
    shown = Examples(images["train"] / np.float32(255), labels)
    settings = yaml.safe_load((HOUSE / "config.yaml").read_text())["experiments"]["dense-128"]
    run = Run.parse({**settings, "epochs": 4})  # four of ten are enough to be right about 98 %
    trainer = trainer_of(run, shown)
    list(trainer.fit(shown, shown.first(0)))
    dataset = Dataset(tuple("0123456789"), (28, 28), "unit", 0.0, 255.0)
    trained = model.Model(trainer.network, trainer.loss, run, dataset, [], "")
    chosen = first_of_each(files["test_labels"].astype(np.int64), 10)
    ink = files["train_images"] / 255
    likeness = Likeness.of(ink[:2000])
    distances = likeness.distances(ink[2000:4000])
    pictures = Pictures(
        (28, 28, 1),
        0.0,
        255.0,
        True,
        Pen.of([ink[:2000]]),
        images["test"][chosen],
        files["test_labels"][chosen].astype(np.int64),
        Files((28, 28), (0, 1), "uint8", tuple(range(10))),
        ReferenceImages(likeness, [images["train"][2000:4000]], distances),
    )
    path = tmp_path_factory.mktemp("digits") / "draw.html"
    write(path, [("dense-128", trained)], pictures)
    return path, trained, images["test"][chosen]


def write(path: Path, models: Sequence[tuple[str, model.Model]], pictures: Pictures) -> None:
    content = drawing.fragment(models, pictures)
    path.write_text(drawing.page("Draw", "Here.", content), encoding="utf-8")


def untrained(run: Run, shape: tuple[int, ...] = (6, 5), classes: int = 4) -> model.Model:
    """Return a network that is as if it had been trained: nothing about it is 0 or 1 any more."""
    rng = np.random.default_rng(3)
    dataset = Dataset(tuple("abcd"[:classes]), shape, "standard", 30.0, 70.0)
    network = model.build(run, dataset.image_shape, classes, rng)
    for values in {**network.named_parameters(), **network.named_state()}.values():
        values += rng.uniform(0.05, 0.5, values.shape).astype(np.float32)
    for name, values in network.named_state().items():
        values *= np.float32(0.01) if name.endswith("variance") else 1  # so small that its ε counts
    return model.Model(network, model.loss_of(run), run, dataset, [], "")


def pictures_of(shape: tuple[int, int, int] = (6, 5, 1), n: int = 12, classes: int = 4) -> Pictures:
    pixels = np.random.default_rng(5).integers(0, 256, (n, int(np.prod(shape)))).astype(np.float32)
    files = Files(shape, (0, 1, 2), "uint8", tuple(range(classes)))
    return Pictures(shape, 0.0, 255.0, True, None, pixels, np.arange(n) % classes, files, None)


def answers(window: Browser, n: int = 0) -> Floats:
    """Return what the page's n-th network answers for each test image."""
    script = f"""{PAGE} page.choose({n});
        const {{ network }} = page.state.model, all = page.about.images.labels;
        const values = (one) => page.shown(page.testImage(one), page.state.model);
        return all.map((_, one) => Array.from(network.forward(values(one))));"""
    return np.array(window.run(script))


def words(window: Browser) -> str:
    return str(window.run(f"{PAGE} page.show(); return page.words()"))


# --- the same numbers -----------------------------------------------------------------------------


def test_a_hundred_test_images_are_answered_as_numpy_answers_them(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    path, trained, images = digits
    window.open(path)
    assert images.shape == (100, 784)
    np.testing.assert_allclose(
        answers(window), trained.predict(images / np.float32(255)), rtol=0, atol=1e-5
    )
    assert window.complaints() == []


KINDS: list[dict[str, Any]] = [
    *({"activation": one} for one in ("sigmoid", "tanh", "relu", "leaky-relu", "gelu")),
    {"activation": "relu-with-unit-derivative"},
    {"hidden": []},
    {"hidden": [7, 5], "bias": False, "batch_normalisation": True, "activation": "tanh"},
    {"hidden": [7], "dropout": 0.5, "batch_normalisation": True},
    *({"loss": "quadratic", "output": one} for one in ("linear", "softmax", "sigmoid", "gelu")),
]


def run_of(kind: dict[str, Any]) -> Run:
    return Run.parse({"hidden": [9], **kind})


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[model.Model]]:
    """Return a page of networks of every kind."""
    models = [untrained(run_of(kind)) for kind in KINDS]
    path = tmp_path_factory.mktemp("kinds") / "draw.html"
    write(path, [(str(kind), one) for kind, one in zip(KINDS, models, strict=True)], pictures_of())
    return path, models


def test_every_kind_of_layer_answers_as_numpy_does(
    window: Browser, kinds: tuple[Path, list[model.Model]]
) -> None:
    path, models = kinds
    window.open(path)
    shown = (pictures_of().images - np.float32(30)) / np.float32(70)
    for n, (kind, one) in enumerate(zip(KINDS, models, strict=True)):
        np.testing.assert_allclose(
            answers(window, n), one.predict(shown), rtol=1e-5, atol=1e-5, err_msg=str(kind)
        )
    assert window.complaints() == []


def test_a_score_s_gradient_is_its_slope(
    window: Browser, kinds: tuple[Path, list[model.Model]]
) -> None:
    path, models = kinds
    window.open(path)
    script = f"""{PAGE} page.choose(arguments[0]); const {{ network }} = page.state.model;
        network.forward(page.shown(page.testImage(0), page.state.model));
        return Array.from(network.gradient(2));"""
    image = (pictures_of().images[0].astype(np.float64) - 30) / 70
    step = 1e-5 * np.eye(30)
    for n, (kind, one) in enumerate(zip(KINDS, models, strict=True)):
        scores = in_float64(one).forward(np.concatenate([image + step, image - step]))[:, 2]
        slopes = (scores[:30] - scores[30:]) / 2e-5
        np.testing.assert_allclose(
            window.run(script, n), slopes, rtol=1e-4, atol=1e-6, err_msg=str(kind)
        )


def in_float64(trained: model.Model) -> Network:
    """Return the same network in float64, without its last activation: its outputs are scores."""
    twin = model.build(
        trained.run, trained.dataset.image_shape, 4, np.random.default_rng(0), np.float64
    )
    twin.parameters[...] = trained.network.parameters
    for name, values in twin.named_state().items():
        values[...] = trained.network.named_state()[name]
    if twin.layers[-1].name != "dense":
        twin.layers = twin.layers[:-1]
    return twin


def windows(images: Floats, size: int, stride: int, padding: int) -> Floats:
    """Return every window of images (c, h, w), as (h', w', c, size, size)."""
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding)))
    h, w = ((side - size) // stride + 1 for side in padded.shape[1:])
    cut = [
        [padded[:, r : r + size, c : c + size] for c in range(0, stride * w, stride)]
        for r in range(0, stride * h, stride)
    ]
    return np.array(cut)


@pytest.mark.parametrize(
    ("pooling", "stride", "padding"),
    [
        ("max-pooling", 1, 0),
        ("max-pooling", 1, 2),
        ("average-pooling", 2, 1),
        ("global-average-pooling", 1, 2),
    ],
)
def test_layers_of_images_compute_what_loops_do(
    window: Browser, tmp_path: Path, pooling: str, stride: int, padding: int
) -> None:
    rng = np.random.default_rng(8)
    filters = rng.normal(size=(3, 2, 3, 3)).astype(np.float32)
    biases = rng.normal(size=3).astype(np.float32)
    layers: list[Any] = [
        SimpleNamespace(name="images"),
        SimpleNamespace(
            name="convolution", weights=filters, biases=biases, stride=stride, padding=padding
        ),
        SimpleNamespace(name="tanh"),
        SimpleNamespace(name=pooling, size=2),
        *[SimpleNamespace(name="flatten")] * (pooling != "global-average-pooling"),
    ]
    shape = (9, 8, 2)
    pictures = pictures_of(shape, n=2)
    image = ((pictures.images[1].astype(np.float64) - 30) / 70).reshape(shape).transpose(2, 0, 1)

    def forward(image: Floats) -> Floats:
        places = windows(image, 3, stride, padding)
        convolved = np.tanh(np.einsum("rscij,fcij->frs", places, filters) + biases[:, None, None])
        if pooling == "global-average-pooling":
            means: Floats = convolved.mean(axis=(1, 2))
            return means
        squares = windows(convolved, 2, 2, 0)  # (rows, columns, channels, 2, 2)
        pooled: Floats = squares.max((3, 4)) if pooling == "max-pooling" else squares.mean((3, 4))
        return pooled.transpose(2, 0, 1).ravel()

    expected = forward(image)
    weights = rng.normal(size=(len(expected), 4)).astype(np.float32)
    layers.append(SimpleNamespace(name="dense", weights=weights, biases=None))
    names = [str(i) for i in range(len(layers))]
    network: Any = SimpleNamespace(layers=layers, names=names, parameters=weights)
    base = untrained(Run.parse({"hidden": []}), shape)
    write(tmp_path / "draw.html", [("images", replace(base, network=network))], pictures)
    window.open(tmp_path / "draw.html")
    script = f"""{PAGE} const {{ network }} = page.state.model;
        const y = network.forward(page.shown(page.testImage(1), page.state.model));
        return [Array.from(network.layers.at(-2).outputs), Array.from(network.gradient(3))];"""
    logits, gradient = window.run(script)
    np.testing.assert_allclose(logits, expected @ weights, rtol=1e-6, atol=1e-6)
    step = 1e-5
    slopes = np.empty(image.shape)
    for place in np.ndindex(*image.shape):
        moved = [image.copy(), image.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (forward(one) @ weights[:, 3] for one in moved)
        slopes[place] = (up - down) / (2 * step)
    np.testing.assert_allclose(gradient, slopes.transpose(1, 2, 0).ravel(), rtol=1e-4, atol=1e-6)
    assert window.complaints() == []


@pytest.mark.parametrize("field", [(28, 28), (12, 30), (7, 5)])
def test_drawings_are_scaled_and_centred_as_in_python(
    window: Browser, digits: tuple[Path, model.Model, Images], field: tuple[int, int]
) -> None:
    window.open(digits[0])
    rng = np.random.default_rng(1)
    for _ in range(20):
        drawing = np.zeros(rng.integers(20, 120, 2))
        for _ in range(4):
            row, column = rng.integers(0, np.array(drawing.shape) - 3)
            drawing[row : row + rng.integers(2, 40), column : column + rng.integers(2, 40)] = (
                rng.random()
            )
        script = f"""{PAGE} const [ink, shape, field] = arguments;
            return Array.from(page.centred([Float64Array.from(ink)], shape, field)[0]);"""
        found = window.run(script, drawing.ravel().tolist(), list(drawing.shape), list(field))
        np.testing.assert_allclose(np.reshape(found, field), centre(drawing, field), atol=1e-9)


def test_the_page_measures_likeness_as_python_does(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    path, _, images = digits
    window.open(path)
    script = f"""{PAGE} return page.about.images.labels.map(
        (_, n) => page.distance(page.testImage(n)));"""
    ink = idx.read(HOUSE / "data/glyphs/train-images.idx.gz")[:5000] / 255
    likeness = Likeness.of(ink[:2000])
    expected = likeness.distances(images.reshape(-1, 28, 28) / 255)
    np.testing.assert_allclose(window.run(script), expected, atol=1e-6)


# --- a hand at work -------------------------------------------------------------------------------


def draw_form(window: Browser, label: int, *, touch: bool = False) -> None:
    """Draw the first form of a digit, stroke by stroke, in the middle of the sheet."""
    place = window.run(f"{PART} return part('.paper').getBoundingClientRect().toJSON()")
    scale = 0.65 * place["height"] / 100  # forms are about 100 tall and 60 wide
    corner = np.array([place["x"] + 0.3 * place["width"], place["y"] + 0.18 * place["height"]])
    for stroke in FORMS[label][0]:
        points = curve(stroke.control, stroke.repeats, 2) * scale + corner
        window.drag([(float(x), float(y)) for x, y in points], touch=touch)


def test_digits_that_are_drawn_are_read(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    window.open(digits[0])
    read = {}
    for label in range(10):
        window.run(f"{PART} part('.clear').click()")
        draw_form(window, label)
        read[label] = words(window)
    assert all(f"Looks like {label} " in said for label, said in read.items()), read
    assert not any("unusual" in said for said in read.values()), read
    assert window.complaints() == []


def test_a_finger_draws_as_well_and_does_not_scroll(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    window.look(390, 700)
    window.open(digits[0])
    draw_form(window, 3, touch=True)
    assert "Looks like 3 " in words(window)
    assert window.run("return scrollY") == 0
    window.look(1200)


def test_the_keyboard_draws_as_well(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    from selenium.webdriver import Keys

    window.open(digits[0])
    window.run(f"{PART} part('.paper').focus()")
    window.press(9 * Keys.ARROW_UP + " " + 18 * Keys.ARROW_DOWN + " ")
    assert "Looks like 1 " in words(window)
    lit = window.run(f"{PAGE} return page.sheet.planes[0].filter((ink) => ink > 0).length")
    window.press(3 * Keys.ARROW_LEFT)  # the pen is lifted
    assert window.run(f"{PAGE} return page.sheet.planes[0].filter((i) => i > 0).length") == lit
    window.press("z", holding=Keys.CONTROL)
    assert "The sheet is empty" in words(window)


def test_a_test_image_is_laid_on_the_sheet_as_it_is_and_can_be_altered(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    path, _, images = digits
    window.open(path)
    window.run(f"{PART} part('.gallery label:nth-child(43) input').click()")
    script = (
        f"{PAGE} page.show(); return Array.from(page.shown(page.state.planes, page.state.model))"
    )
    seen = window.run(script)
    np.testing.assert_allclose(seen, images[42] / 255, atol=1e-6)
    window.run(f"{PAGE} page.sheet.line([0, 140], [280, 140], 12); page.show()")
    assert np.sum(np.abs(np.array(window.run(script)) - images[42] / 255) > 0.5) > 10
    window.run(f"{PART} part('.undo').click()")
    assert "The sheet is empty" in words(window)


def test_a_line_has_the_area_of_a_rounded_bar_and_can_be_rubbed_out(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    window.open(digits[0])
    ink = "return page.sheet.planes[0].reduce((sum, one) => sum + one, 0)"
    drawn = window.run(f"{PAGE} page.sheet.line([60.3, 70], [120.3, 150], 9); {ink}")
    assert drawn == pytest.approx(100 * 18 + np.pi * 81, rel=0.005)
    assert window.run(f"{PAGE} page.sheet.line([60.3, 70], [120.3, 150], 11, true); {ink}") == 0


def test_what_is_unlike_the_training_data_is_said_to_be(
    window: Browser, digits: tuple[Path, model.Model, Images]
) -> None:
    window.open(digits[0])
    window.run(f"{PAGE} page.sheet.line([140, 140], [140, 140], 30)")
    assert "But this is unusual" in words(window)


def test_choosing_a_class_asks_what_speaks_for_that_one(window: Browser, tmp_path: Path) -> None:
    trained = untrained(Run.parse({"hidden": []}))
    write(tmp_path / "draw.html", [("linear", trained)], pictures_of())
    window.open(tmp_path / "draw.html")
    script = f"""{PAGE} {PART} page.lay(0); part('.scores li:nth-child(3) button').click();
        page.show(); return [page.state.asked, Array.from(page.contributions(2))];"""
    asked, contributions = window.run(script)
    assert asked == 2
    # Of a linear network: weight times ink, whatever value the paper has.
    ink = pictures_of().images[0] / 70
    np.testing.assert_allclose(
        contributions, trained.network.named_parameters()["1-dense/weights"][:, 2] * ink, 1e-5
    )


# --- the page as a page ---------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 800, 1200])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_asks_for_nothing_complains_of_nothing_and_fits(
    window: Browser, digits: tuple[Path, model.Model, Images], width: int, dark: bool
) -> None:
    window.look(width, dark=dark)
    window.open(digits[0])
    window.run(f"{PAGE} page.lay(80); page.show()")
    assert window.requests() == [digits[0].as_uri()]
    assert window.complaints() == []
    assert window.overflow() == 0
    window.look(1200)


def test_fragments_keep_to_themselves(
    window: Browser, digits: tuple[Path, model.Model, Images], tmp_path: Path
) -> None:
    (tmp_path / "empty.html").write_text("<!doctype html><title>Nothing</title>")
    window.open(tmp_path / "empty.html")
    names = "return Object.getOwnPropertyNames(window).sort()"
    before = window.run(names)
    fragment = drawing.fragment([("one", untrained(Run()))], pictures_of())
    (tmp_path / "two.html").write_text(
        f"<!doctype html><style>canvas {{ display: none }}</style>{fragment}<hr>{fragment}"
    )
    window.open(tmp_path / "two.html")
    assert window.run(names) == before
    assert window.run("return document.querySelectorAll('.scrawl-draw').length") == 2
    assert window.run(f"{PART} return part('.paper').getBoundingClientRect().width") > 100
    assert window.complaints() == []


def test_names_are_shown_as_they_are_and_do_nothing(window: Browser, tmp_path: Path) -> None:
    names = ("</script><b>", "<img src=x onerror=alert(1)>", "$title ' \"", "き")
    base = untrained(Run())
    named = replace(base, dataset=replace(base.dataset, class_names=names))
    write(tmp_path / "draw.html", [("</template><i>", named), ("b", named)], pictures_of())
    window.open(tmp_path / "draw.html")
    script = f"""{PAGE} page.lay(0); page.show(); const root = document.querySelector(
        '.scrawl-draw').shadowRoot; const all = (one) => [...root.querySelectorAll(one)];
        return [all('.scores .name'), all('.networks .name')].map(
            (list) => list.map((e) => e.textContent));"""
    assert window.run(script) == [list(names), ["</template><i>", "b"]]
    assert window.requests() == [(tmp_path / "draw.html").as_uri()]
    assert window.complaints() == []


@pytest.mark.parametrize("shape", [(6, 5, 3), (1, 12, 1), (64, 40, 1)])
def test_images_of_any_shape_can_be_drawn(
    window: Browser, tmp_path: Path, shape: tuple[int, int, int]
) -> None:
    trained = untrained(Run(hidden=(3,)), shape)
    pictures = pictures_of(shape)
    write(tmp_path / "draw.html", [("one", trained)], pictures)
    window.open(tmp_path / "draw.html")
    shown = (pictures.images - np.float32(30)) / np.float32(70)
    np.testing.assert_allclose(answers(window), trained.predict(shown), rtol=1e-5, atol=1e-5)
    window.run(
        f"{PAGE} page.sheet.line([9, 9], [40, 40], 5); page.show(); page.lay(1); page.show()"
    )
    assert window.complaints() == []
    assert window.overflow() == 0


def test_of_many_classes_the_ten_best_are_listed(window: Browser, tmp_path: Path) -> None:
    base = untrained(Run(hidden=()), classes=4)
    rng = np.random.default_rng(0)
    names = tuple(f"class {i}" for i in range(62))
    dataset = replace(base.dataset, class_names=names)
    many = replace(
        base, dataset=dataset, network=model.build(base.run, base.dataset.image_shape, 62, rng)
    )
    write(tmp_path / "draw.html", [("one", many)], pictures_of())
    window.open(tmp_path / "draw.html")
    script = f"""{PAGE} page.lay(0); page.show(); return [...document.querySelector(
        '.scrawl-draw').shadowRoot.querySelectorAll('.scores .name')].map((e) => e.textContent);"""
    shown = (pictures_of().images[:1] - np.float32(30)) / np.float32(70)
    best = np.argsort(-many.predict(shown)[0], kind="stable")[:10]
    assert window.run(script) == [names[i] for i in best]


# --- what is written ------------------------------------------------------------------------------


def test_networks_that_would_make_the_page_large_are_left_out_and_named() -> None:
    small, large = untrained(Run()), untrained(Run(hidden=(2000, 500)))
    models = [("first", small), ("second", large), ("third", small)]
    facts = drawing.facts(models, pictures_of(), large=["fourth"])
    assert [one["title"] for one in facts["models"]] == ["first", "third"]
    assert facts["left_out"] == ["second", "fourth"]
    facts = drawing.facts(models[1:], pictures_of())  # the best one alone is larger than the room
    assert ([one["title"] for one in facts["models"]], facts["left_out"]) == (["second"], ["third"])


def test_a_network_with_a_layer_that_the_page_does_not_know_is_left_out_and_named() -> None:
    known, other = untrained(Run()), untrained(Run())
    other.network.layers[1].name = "attention"  # type: ignore[misc]
    facts = drawing.facts([("mine", other), ("usual", known)], pictures_of())
    assert [model["title"] for model in facts["models"]] == ["usual"]
    assert facts["unknown"].endswith("cannot compute a layer of theirs: mine (attention).")
    alone = drawing.fragment([("mine", other)], pictures_of())
    assert alone == f"<p>{facts['unknown']}</p>\n"


def test_the_page_can_be_read_as_json(digits: tuple[Path, model.Model, Images]) -> None:
    text = digits[0].read_text()
    data = text.split('<script type="application/json">')[1].split("</script>")[0]
    about = json.loads(data)
    kinds = [layer["kind"] for layer in about["models"][0]["layers"]]
    assert kinds == ["dense", "relu", "dense", "softmax"]
