"""Bars of adverse events: any grade and grade 3 or worse as long as their shares."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from helpers.exhibits.adverse_events import Bar, adverse_event_figure
from helpers.exhibits.style import DARK, LIGHT

BARS = (
    Bar("Haematological toxicity", True, 53.8, 28.2, "53.8% (28.2%)"),
    Bar("Neutropenia", False, 38.5, 20.5, "38.5% (20.5%)"),
    Bar("Upper respiratory tract infection of unknown origin " * 2, False, 7.7, 0.0, "7.7% (0.0%)"),
    Bar("Second primary malignancy", True, 0.0, 0.0, "0.0% (0.0%)"),
)


def lengths(figure, colour):
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    return [bar.get_width() for bar in bars if to_hex(bar.get_facecolor()) == colour]


@pytest.mark.parametrize("width", [85, 175])
@pytest.mark.parametrize("bars", [BARS, BARS * 12, BARS[:1], (), (Bar("a", False, 100, 100, "b"),)])
def test_nothing_is_cut_or_overlaps(assert_legible, bars, width):
    figure = adverse_event_figure(bars, width=width)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width)
    assert_legible(figure)


def test_bars_are_as_long_as_their_shares_in_the_order_given():
    figure = adverse_event_figure(BARS)
    assert lengths(figure, LIGHT) == [53.8, 38.5, 7.7, 0.0]
    assert lengths(figure, DARK) == [28.2, 20.5, 0.0, 0.0]


def test_words_stand_beside_their_bar(texts):
    figure = adverse_event_figure(BARS)
    shown = texts(figure)
    light = [p for p in figure.axes[0].patches if to_hex(p.get_facecolor()) == LIGHT]
    for bar, patch in zip(BARS, light, strict=True):
        _, bottom, right, top = patch.get_window_extent().extents
        box = next(box for text, box in shown if text.get_text() == bar.text)
        assert box[0] > right
        assert box[1] < (bottom + top) / 2 < box[3]


def test_a_rare_event_does_not_fill_the_axis():
    figure = adverse_event_figure([Bar("Tumour lysis", True, 0.5, 0.5, "0.5%")])
    assert figure.axes[0].get_xlim()[1] >= 10


def test_the_shades_are_named(texts):
    words = [text.get_text() for text, _ in texts(adverse_event_figure(BARS))]
    assert "Any grade" in words and "(Grade ≥3)" in words


def test_no_event_says_so(texts):
    words = [text.get_text() for text, _ in texts(adverse_event_figure([]))]
    assert "No adverse event" in words
