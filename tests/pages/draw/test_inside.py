"""Contents of the page about a network: layers, the arithmetic of a unit, evidence for a class.

Sums are compared with NumPy's convolution and product of the same weights; the contributions of
pixels with the axiom of completeness, that they sum to the difference of scores.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from browser import Browser, browser
from scrawl.artifacts import model
from scrawl.artifacts.prepared import Dataset
from scrawl.data import idx
from scrawl.pages.draw import page as drawing
from scrawl.pages.draw.pen import Pen
from scrawl.pages.draw.pictures import Files, Pictures
from scrawl.settings.experiment import Run

NAMES = tuple("abcd")
DATASET = Dataset(NAMES, (12, 12), "unit", 0.0, 255.0)
RUNS = {
    "convolution": Run.parse({"filters": [[3], [2]], "kernel": 3, "hidden": [5]}),
    "dense": Run.parse({"hidden": [6]}),
    "sigmoid": Run.parse({"hidden": [], "output": "sigmoid", "loss": "quadratic"}),
}
PAGE = "const page = document.querySelector('.scrawl-draw').scrawl;"
PART = """const root = document.querySelector('.scrawl-draw').shadowRoot;
    const part = (one) => root.querySelector(one);
    const all = (one) => [...root.querySelectorAll(one)];"""
CROSS = "page.sheet.line([60, 60], [200, 210], 12); page.sheet.line([190, 50], [70, 200], 12);"


@pytest.fixture(scope="module")
def models() -> dict[str, model.Model]:
    made = {}
    for name, run in RUNS.items():
        network = model.build(run, DATASET.image_shape, 4, np.random.default_rng(4))
        for values in network.named_parameters().values():
            values += np.random.default_rng(5).uniform(-0.2, 0.3, values.shape).astype(np.float32)
        made[name] = model.Model(network, model.loss_of(run), run, DATASET, [], "")
    return made


@pytest.fixture(scope="module")
def path(models: dict[str, model.Model], tmp_path_factory: pytest.TempPathFactory) -> Path:
    pixels = np.random.default_rng(1).integers(0, 256, (4, 144)).astype(np.float32)
    pen = Pen(1.5, (-0.3, 0.5))
    files = Files((12, 12), (0, 1), "uint8", (0, 1, 2, 3))
    shown = pixels, np.arange(4), files, None
    pictures = Pictures((12, 12, 1), 0.0, 255.0, True, pen, *shown)
    file = tmp_path_factory.mktemp("inside") / "draw.html"
    content = drawing.fragment(list(models.items()), pictures)
    file.write_text(drawing.page("Draw", "Here.", content), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browsing() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def window(browsing: Browser, path: Path) -> Iterator[Browser]:
    browsing.driver.get("about:blank")  # a page with another hash alone would not be loaded again
    browsing.open(path)
    yield browsing
    assert browsing.complaints() == []


def seen(window: Browser) -> NDArray[np.float32]:
    """Return the image that the networks see, (1, pixels)."""
    planes = window.run(f"{PAGE} return page.state.planes.map((plane) => Array.from(plane))")
    return np.array(planes, np.float32)


def test_every_network_answers_at_once(window: Browser, models: dict[str, model.Model]) -> None:
    rows = window.run(f"""{PAGE} {PART} {CROSS} page.show();
        return all('.networks label').map(
            (row) => [...row.children].map((one) => one.textContent))""")
    outputs = [one.predict(seen(window))[0] for one in models.values()]
    assert [row[1] for row in rows] == list(models)
    assert [row[2] for row in rows] == [NAMES[one.argmax()] for one in outputs]
    assert [row[4] for row in rows][:2] == [f"{100 * one.max():.0f} %" for one in outputs[:2]]
    assert rows[2][4] == f"{outputs[2].max():.2f}"


def test_layers_stand_from_left_to_right_with_their_shapes(window: Browser) -> None:
    captions = window.run(f"""{PART} return all('.layer').map((one) => [
        one.getBoundingClientRect().left, one.firstElementChild.textContent])""")
    lefts, texts = zip(*captions, strict=True)
    assert list(lefts) == sorted(set(lefts))
    assert [text.split(": ")[1] for text in texts] == [
        "3 maps of 10 × 10",
        "3 maps of 5 × 5",
        "2 maps of 3 × 3",
        "2 maps of 1 × 1",
        "5 units",
        "4 units",
    ]


INKED = """const inked = (canvas) => {
    const blank = document.createElement('canvas');
    [blank.width, blank.height] = [canvas.width, canvas.height];
    return canvas.toDataURL() !== blank.toDataURL();
};"""


def test_layers_are_dark_on_an_empty_sheet(window: Browser) -> None:
    look = f"{PAGE} {PART} {INKED} page.show(); return all('.map, .units').map(inked)"
    assert not any(window.run(look))
    window.run(f"{PAGE} {CROSS}")
    assert any(window.run(look))


def test_a_map_s_value_is_spelled_out_as_window_times_filter(
    window: Browser, models: dict[str, model.Model]
) -> None:
    text = window.run(f"""{PAGE} {PART} {CROSS} page.show(); page.explainUnit(0, 1, 4, 6);
        return [part('.unit-name').textContent, part('.sum').textContent]""")
    assert text[0] == "Map 2 of convolution, row 5, column 7"
    parameters = models["convolution"].network.named_parameters()
    name = next(name for name in parameters if "weights" in name)
    weights, biases = parameters[name], parameters[name.replace("weights", "biases")]
    cut = seen(window).reshape(12, 12)[4:7, 6:9]
    expected = float((cut * weights[1, 0]).sum() + biases[1])
    assert sum_in(text[1]) == pytest.approx(expected, abs=0.006)
    products = re.findall(r"([\d.]+) · \(?([−\d.]+)\)?", text[1])
    found = sorted(float(a) * float(b.replace("−", "-")) for a, b in products)
    wanted = sorted((cut * weights[1, 0])[cut > 0].tolist())
    np.testing.assert_allclose(found, wanted, atol=0.012)


def sum_in(text: str) -> float:
    """Return the number behind the equals sign."""
    found = re.search(r"= (−?[\d.]+)", text)
    assert found is not None, text
    return float(found[1].replace("−", "-"))


def dense_layers(models: dict[str, model.Model]) -> list[tuple[Any, Any]]:
    """Return the weights and biases of the dense network's two layers."""
    parameters = models["dense"].network.named_parameters()
    return [
        (parameters[f"{name}/weights"], parameters[f"{name}/biases"])
        for name in ("1-dense", "3-dense")
    ]


@pytest.mark.parametrize("stage", [0, 1])
def test_a_dense_unit_is_spelled_out_as_weights_times_what_it_is_given(
    window: Browser, models: dict[str, model.Model], stage: int
) -> None:
    text = window.run(
        f"""{PAGE} {PART} {CROSS} page.choose(1); page.show();
        page.explainUnit(arguments[0], 2); return part('.sum').textContent""",
        stage,
    )
    first, second = dense_layers(models)
    values: Any = seen(window) @ first[0] + first[1]
    if stage:
        values = np.maximum(values, 0) @ second[0] + second[1]
    assert sum_in(text) == pytest.approx(float(values[0, 2]), abs=0.006)


def test_a_unit_that_is_switched_off_counts_as_zero_and_clear_switches_it_on(
    window: Browser, models: dict[str, model.Model]
) -> None:
    script = f"""{PAGE} {PART} {CROSS} page.choose(1); page.show(); page.explainUnit(0, 2);
        const before = Array.from(page.state.outputs); part('.switch').click(); page.show();
        const off = Array.from(page.state.outputs); page.clear();
        {CROSS} page.show(); return [before, off, Array.from(page.state.outputs)];"""
    before, off, after = window.run(script)
    first, second = dense_layers(models)
    hidden = np.maximum(seen(window) @ first[0] + first[1], 0)
    assert hidden[0, 2] > 0
    hidden[0, 2] = 0
    scores = (hidden @ second[0] + second[1])[0]
    np.testing.assert_allclose(off, np.exp(scores) / np.exp(scores).sum(), atol=1e-5)
    assert after == before


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_pixels_contributions_sum_to_the_score_above_an_empty_sheet(
    window: Browser, n: int
) -> None:
    script = f"""{PAGE} {CROSS} page.choose(arguments[0]); page.show();
        const network = page.state.model.network, blank = new Float64Array(144);
        const sum = page.contributions(1).reduce((total, one) => total + one, 0);
        const score = network.score(1); network.forward(blank);
        return [sum, score - network.score(1)];"""
    found, wanted = window.run(script, n)
    assert abs(wanted) > 0.1
    assert found == pytest.approx(wanted, rel=0.03)


def test_clear_and_another_test_image_forget_what_was_asked(window: Browser) -> None:
    ask = f"{PAGE} {PART} part('.scores li:nth-child(3) button').click(); page.explainUnit(0, 1);"
    asked = "return [page.state.asked, page.state.unit]"
    assert window.run(f"{ask} {asked}")[0] == 2
    assert window.run(f"{PAGE} {PART} part('.clear').click(); {asked}") == [None, None]
    assert window.run(f"{ask} page.lay(1); {asked}") == [None, None]


def test_below_the_share_that_the_user_sets_the_page_does_not_know(window: Browser) -> None:
    script = f"""{PAGE} {PART} {CROSS} page.show(); const field = part('.least input');
        field.value = arguments[0]; field.dispatchEvent(new Event('input')); page.show();
        return [page.words(), part('.best .winner').textContent];"""
    said, shown = window.run(script, 0)
    assert said.startswith("Looks like")
    assert shown in NAMES
    said, shown = window.run(script, 99)
    assert said.startswith("I don’t know. Perhaps ")
    assert shown == "?"


def test_drawings_are_kept_as_an_idx_test_set(window: Browser, tmp_path: Path) -> None:
    files = window.run(f"""{PAGE} {PART} {CROSS} page.show(); page.state.drawn = page.state.planes;
        part('.what button[value="3"]').click(); page.sheet.line([70, 140], [210, 140], 9);
        page.show(); part('.what button[value="0"]').click();
        return [Object.entries(page.dataset()).map(([name, bytes]) => [name, Array.from(bytes)]),
            Array.from(page.state.drawn[0]), part('.tally').textContent];""")
    for name, content in files[0]:
        (tmp_path / name).write_bytes(bytes(content))
    images, labels = (idx.read(tmp_path / f"test-{kind}.idx") for kind in ("images", "labels"))
    assert labels.tolist() == [3, 0]
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[0].ravel(), np.floor(255 * np.array(files[1]) + 0.5))
    assert images[1].shape == (12, 12)
    assert images[1].any()
    assert files[2].startswith("2 drawings kept. Right about: convolution ")


@pytest.mark.parametrize("opened", [False, True])
def test_a_link_draws_the_same_again_for_the_same_network(
    window: Browser, path: Path, opened: bool
) -> None:
    first, hash_ = window.run(f"""{PAGE} {CROSS} page.choose(1); page.show();
        return [Array.from(page.state.planes[0]), page.hashOf()]""")
    if opened:  # the page stays, and is given another hash
        window.run(f"{PAGE} page.choose(0); page.sheet.line([9, 9], [9, 99], 5)")
    else:
        window.driver.get("about:blank")
    window.driver.get(path.as_uri() + hash_)
    look = "page.show(); return [Array.from(page.state.planes[0]), page.state.model.title]"
    assert window.run(f"{PAGE} {look}") == [first, "dense"]


def test_clear_takes_the_drawing_out_of_the_address(window: Browser, path: Path) -> None:
    window.driver.get("about:blank")
    window.driver.get(path.as_uri() + "#draw=10,10_20,90")
    assert not window.run(f"{PAGE} return page.sheet.isEmpty()")
    window.run(f"{PAGE} page.clear()")
    assert window.driver.current_url == path.as_uri()


@pytest.mark.parametrize(
    "hash_", ["#draw=", "#draw=1,2,3", "#draw=a,b", "#draw=-1,5", "#draw=<b>", "#elsewhere"]
)
def test_a_link_that_says_nothing_to_draw_draws_nothing(
    window: Browser, path: Path, hash_: str
) -> None:
    window.driver.get("about:blank")
    window.driver.get(path.as_uri() + hash_)
    assert window.run(f"{PAGE} return page.sheet.isEmpty()")


def test_everything_that_can_be_operated_has_a_name(window: Browser) -> None:
    nameless = window.run(f"""{PAGE} {PART} {CROSS} page.show(); page.explainUnit(0, 1);
        return all('button, input, canvas[role]').filter((one) => !(one.ariaLabel ||
            one.textContent.trim() || one.closest('label')?.textContent.trim())).map((one) =>
            one.outerHTML)""")
    assert nameless == []


def test_the_page_prints(window: Browser) -> None:
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        height = f"{PART} return [part('.paper'), part('.scores'), part('.clear')].map("
        sizes = window.run(f"{height}(one) => one.getBoundingClientRect().height)")
    finally:
        window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert sizes[0] > 100
    assert sizes[1] > 20
    assert sizes[2] == 0


def test_the_facts_of_the_page_are_json(path: Path) -> None:
    data = path.read_text("utf-8").split('<script type="application/json">')[1]
    about = json.loads(data.split("</script>")[0])
    assert about["pen"] == {"width": 1.5, "slants": [-0.3, 0.5]}
