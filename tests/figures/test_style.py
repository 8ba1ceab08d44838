"""The house style: the same bytes each time, names that can always be drawn, honest axes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager

from scrawl.figures import style


def drawn(names: list[str] | None = None) -> Figure:
    """Draw a figure with all that may vary: a layout, text, a clipped line, an image."""
    with style.style(names or []) as words:
        figure = Figure(figsize=(3, 2))
        axes = figure.subplots()
        axes.plot([0, 1], [1, 0], label="falling")
        axes.imshow(np.eye(3))
        axes.set_title(" ".join(words))
        figure.legend(loc="outside right upper")
    return figure


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_figure_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"a{suffix}", tmp_path / "elsewhere" / f"b{suffix}"
    style.save(drawn(), first)
    style.save(drawn(), second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_format_does_not_depend_on_what_was_written_before(tmp_path: Path, suffix: str) -> None:
    figure = drawn()
    for path in (tmp_path / "a.png", tmp_path / "a.svg", tmp_path / f"b{suffix}"):
        style.save(figure, path)
    style.save(drawn(), tmp_path / f"c{suffix}")
    assert (tmp_path / f"b{suffix}").read_bytes() == (tmp_path / f"c{suffix}").read_bytes()


def test_a_users_own_settings_change_nothing(tmp_path: Path) -> None:
    style.save(drawn(), tmp_path / "a.png")
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "savefig.facecolor": "red"}):
        style.save(drawn(), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_files_hold_neither_the_day_nor_the_version_of_matplotlib(tmp_path: Path) -> None:
    for path in (tmp_path / "a.png", tmp_path / "a.svg"):
        style.save(drawn(), path)
        content = path.read_bytes()
        assert b"Software" not in content
        assert b"dc:date" not in content
        assert mpl.__version__.encode() not in content


def test_letters_in_svg_are_outlines(tmp_path: Path) -> None:
    style.save(drawn(), tmp_path / "a.svg")
    assert "<text" not in (tmp_path / "a.svg").read_text()


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.jpg: the suffix is '\.jpg', expected \.png or \.svg"):
        style.save(drawn(), tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


def test_dollars_underscores_and_line_breaks_are_drawn_as_they_are(tmp_path: Path) -> None:
    names = ["$", "$\\frac{", "_private", "two\n  lines"]
    with style.style(names) as words:
        assert words == ["$", "$\\frac{", "_private", "two lines"]
    style.save(drawn(names), tmp_path / "a.png")


def test_a_name_that_no_font_can_draw_is_escaped(tmp_path: Path) -> None:
    # U+FFFF is no character, so no font can ever have it.
    with style.style(["ki", "k\uffff"]) as words:
        assert words == ["ki", "k[no font: U+FFFF]"]
    style.save(drawn(["k\uffff"]), tmp_path / "a.png")


def test_a_missing_font_is_spoken_of(caplog: pytest.LogCaptureFixture) -> None:
    with style.style(["ok"]):
        assert not caplog.text
    with style.style(["k\uffff"]):
        assert "no installed font has all of these characters: \uffff" in caplog.text


def test_kana_are_drawn_or_written_as_numbers_but_never_warned_about(tmp_path: Path) -> None:
    names = ["お", "き", "す"]
    escaped = ["[no font: U+304A]", "[no font: U+304D]", "[no font: U+3059]"]
    with style.style(names) as words:
        assert words in (names, escaped)  # whether this machine has a font for them
    style.save(drawn(names), tmp_path / "a.png")


def test_another_installed_font_is_found_for_what_the_default_font_lacks(tmp_path: Path) -> None:
    known = style.glyphs(findfont(style.DEFAULT_FONT))
    # matplotlib brings STIX along, with thousands of letters more.
    (stix,) = {font.fname for font in fontManager.ttflist if font.fname.endswith("STIXGeneral.ttf")}
    other = min(style.glyphs(stix) - known)
    words, fonts = style.legible(["a", other])
    assert words == ["a", other]
    assert fonts[0] == style.DEFAULT_FONT
    assert len(fonts) == 2
    style.save(drawn([other]), tmp_path / "a.png")


def test_a_file_that_is_no_font_has_no_glyphs(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert style.glyphs(str(tmp_path / "broken.ttf")) == frozenset()
    assert style.glyphs(str(tmp_path / "missing.ttf")) == frozenset()


def test_no_two_of_252_looks_are_alike_and_neighbours_differ_in_everything() -> None:
    looks = [tuple(style.look(i).values())[:3] for i in range(252)]
    assert len(set(looks)) == 252
    for one, next_one in pairwise(looks):
        assert all(a != b for a, b in zip(one, next_one, strict=True))


@pytest.mark.parametrize(
    ("accuracies", "ticks"),
    [
        ([0.1, 0.995], ["0 %", "50 %", "80 %", "90 %", "95 %", "98 %", "99 %", "99.5 %"]),
        ([0.75, 0.94], ["80 %", "85 %", "90 %", "93 %"]),
        ([1.0, 1.0], None),
        ([0.0, 0.0], None),
        ([0.9801, 0.9802], None),
    ],
)
def test_ticks_of_accuracies_are_round_and_inside(
    accuracies: list[float], ticks: list[str] | None
) -> None:
    with style.style():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([0, 1], accuracies)
        style.accuracy_scale(axes.yaxis)
        figure.draw_without_rendering()
    low, high = axes.get_ylim()
    assert low < min(accuracies)
    assert max(accuracies) < high
    inside = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert len(inside) >= 2
    if ticks is not None:
        assert [label.get_text() for label in axes.get_yticklabels()] == ticks


@pytest.mark.parametrize(
    ("losses", "scale"), [([2.0, 0.01], "log"), ([0.3, 0.29], "log"), ([1.0, 0.0], "linear")]
)
def test_losses_are_drawn_on_a_logarithmic_axis_unless_one_is_zero(
    losses: list[float], scale: str
) -> None:
    with style.style():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([0, 1], losses)
        style.loss_scale(axes)
        figure.draw_without_rendering()
    assert axes.get_yscale() == scale
    low, high = axes.get_ylim()
    assert sum(low <= tick <= high for tick in axes.get_yticks()) >= 3


def test_a_long_name_is_shortened_and_leaves_room_for_what_is_drawn() -> None:
    names = ["x" * 64, "y" * 64 + "end", "z"]
    with style.style(names, "a title of any length " * 3) as (*short, title):
        assert title == ("a title of any length " * 3).strip()
        assert [len(name) for name in short] == [32, 32, 1]
        assert short[1].endswith("end")
