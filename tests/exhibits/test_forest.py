"""Forest plots: marks at their values, arrows where an interval is cut, words that fit."""

import math

import numpy as np
import pytest

from helpers.exhibits.forest import ForestRow, forest_figure

COLUMNS = ("Events/n", "HR (CI)")


def row(label, estimate, low, high, reason=None):
    words = f"{estimate} ({low}–{high})" if estimate is not None else "not estimable"
    return ForestRow(label, False, estimate, low, high, ("12/20", words), reason)


ROWS = (
    ForestRow("Univariable", True),
    row("Extramedullary disease: yes vs no", 1.9, 0.9, 4.1),
    row("Frontline transplant consolidation: No transplant vs Transplant", 1.4, 0.3, 900.0),
    row("Stage: ISS III vs ISS I–II", None, None, None, "no events in one level"),
    ForestRow("A heading that is rather long, because it names how and when it was measured", True),
    row("Salvage regimen, other than KRd vs KRd", 0.8, 0.001, 2.0),
)


def draw(rows=ROWS, **given):
    defaults = {"effect_label": "Hazard ratio for progression-free survival", "reference": 1.0}
    return forest_figure(rows, **{**defaults, "log": True, "columns": COLUMNS, **given})


def marks(figure, marker):
    lines = [line for line in figure.axes[0].lines if line.get_marker() == marker]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


@pytest.mark.parametrize("width", [85, 175])
@pytest.mark.parametrize("log", [True, False])
def test_nothing_is_cut_or_overlaps(assert_legible, width, log):
    figure = draw(width=width, log=log)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width)
    assert_legible(figure)


def test_estimates_stand_at_their_values_beside_their_labels(texts):
    figure = draw()
    squares = marks(figure, "s")
    assert [x for x, _ in squares] == [1.9, 1.4, 0.8]
    axes = figure.axes[0]
    for (_, y), label in zip(squares, ("1.9 (0.9–4.1)", "1.4 (0.3–900.0)"), strict=False):
        box = next(box for text, box in texts(figure) if text.get_text() == label)
        assert box[1] < axes.transData.transform((1, y))[1] < box[3]


def test_an_interval_beyond_the_axis_ends_in_an_arrow_and_no_other_does():
    figure = draw()
    low, high = figure.axes[0].get_xlim()
    assert low > 0.001 and high < 900
    assert [x for x, _ in marks(figure, ">")] == [high]
    assert [x for x, _ in marks(figure, "<")] == [low]
    assert len(marks(figure, "|")) == 4


def test_an_unbounded_interval_ends_in_arrows():
    figure = draw([row("a", 1.2, None, None), row("b", 1.0, 0.0, math.inf)])
    assert len(marks(figure, ">")) == 2
    assert len(marks(figure, "<")) == 2


def test_no_mark_without_estimate_but_its_reason(texts):
    figure = draw()
    words = [text.get_text() for text, _ in texts(figure)]
    assert "no events in one level" in words
    assert "not estimable" in words
    assert len(marks(figure, "s")) == 3


def test_a_reason_without_room_is_left_to_the_table(texts, assert_legible):
    figure = draw([row("a", None, None, None, "a reason " * 20)])
    assert_legible(figure)
    assert "not estimable" in [text.get_text() for text, _ in texts(figure)]


def test_words_of_the_columns_are_aligned(texts):
    figure = draw()
    shown = texts(figure)
    counts = [box for text, box in shown if text.get_text() in {"12/20", "Events/n"}]
    assert np.ptp([box[2] for box in counts]) < 3
    effects = [box for text, box in shown if "(" in text.get_text() and "–" in text.get_text()]
    assert np.ptp([box[0] for box in effects]) < 3


def test_the_reference_is_a_line():
    assert any(np.allclose(line.get_xdata(), 1.0) for line in draw().axes[0].lines[:1])
    without = draw(reference=None)
    assert len(without.axes[0].lines) == len(draw().axes[0].lines) - 1


def test_logarithmic_ticks_pass_through_one_in_even_steps():
    for width in (85, 120, 175):
        ticks = draw(width=width).axes[0].get_xticks()
        assert 1.0 in ticks
        assert len(ticks) >= 3


@pytest.mark.parametrize("log", [True, False])
def test_thin_data_are_drawn(assert_legible, log):
    assert_legible(draw([row("only", None, None, None)], log=log, reference=None))
    assert_legible(draw([ForestRow("heading", True)], log=log))
    assert_legible(draw([row("one", 1.0, 1.0, 1.0)], log=log))


def test_percentages_reach_from_0_to_100():
    rows = [row("a", 100.0, 59.0, 100.0), row("b", 0.0, 0.0, 41.0)]
    axes = draw(rows, log=False, reference=55.3, effect_label="ORR (%)").axes[0]
    assert axes.get_xlim() == (0, 100)


def test_a_line_with_more_words_than_columns_is_refused(refused):
    with refused():
        draw([ForestRow("a", False, 1.0, 0.5, 2.0, ("1", "2", "3"))])
    with refused():
        draw([])
