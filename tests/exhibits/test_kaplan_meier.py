"""Kaplan–Meier figures: curve and table share their ticks, and every word is legible."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from helpers.exhibits.kaplan_meier import LabelledCurve, Panel, panels_figure
from helpers.exhibits.style import GROUPS
from helpers.statistics.time_to_event import kaplan_meier, risk_table

WORDS = {"time_label": "Months from the start of therapy", "survival_label": "Overall survival"}
LONG = ("Prior lenalidomide maintenance: yes", "Prior lenalidomide maintenance: no", "C", "D")


def figure_of(curves, *, width=85.0, **given):
    """One panel alone."""
    return panels_figure([Panel(curves=tuple(curves), **given)], width=width)


def centre(box):
    return (box[0] + box[2]) / 2


def find(texts, words):
    return [box for text, box in texts if text.get_text() == words]


@pytest.mark.parametrize("width", [85, 175])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [6, 38, 254])
def test_nothing_is_cut_or_overlaps(groups, assert_legible, width, number, n):
    figure = figure_of(
        groups(number, n),
        annotation=("Log-rank p = 0.012", "Median 4.5 months (95% CI 3.1 to not reached)"),
        landmark=3,
        notice="Naive comparison, shown only beside the published one.",
        width=width,
        **WORDS,
    )
    assert figure.get_figwidth() * 25.4 == pytest.approx(width)
    assert_legible(figure)


def test_long_names_and_panels_are_legible(groups, assert_legible):
    panels = [
        Panel(groups(2, 31, LONG, 10), "Progression-free survival", "Months", title="A title " * 9),
        Panel(groups(4, 200), "Overall survival", "Months from " + "a long label " * 5),
        Panel(groups(1), "Overall survival", "Months", ("Median not reached",), "Third"),
    ]
    figure = panels_figure(panels)
    assert figure.get_figwidth() * 25.4 == pytest.approx(175)
    assert_legible(figure)


def test_numbers_stand_under_their_ticks_and_equal_the_risk_table(groups, texts):
    curves = groups(2, 97)
    ticks = (0.0, 12.0, 24.0, 36.0)
    figure = figure_of(curves, ticks=ticks, **WORDS)
    axes = figure.axes[0]
    shown = texts(figure)
    columns = [axes.transData.transform((tick, 0))[0] for tick in ticks]
    labels = [label.get_window_extent().extents for label in axes.get_xticklabels()]
    assert np.allclose([centre(box) for box in labels], columns, atol=3)
    rows = {}
    for text, box in shown:
        if text.get_text().isdigit() and box[3] < find(shown, WORDS["time_label"])[0][1]:
            rows.setdefault(round(text.get_window_extent().y0 / 4), []).append((centre(box), text))
    assert len(rows) == 6
    found = []
    for _, row in sorted(rows.items(), reverse=True):
        row.sort(key=lambda one: one[0])
        assert np.allclose([x for x, _ in row], columns, atol=3)
        found.append(tuple(int(text.get_text()) for _, text in row))
    expected = []
    for labelled in curves:
        counts = risk_table(labelled.curve, ticks)
        expected += [counts.at_risk, counts.censored, counts.events]
    assert found == expected


def test_curve_band_and_censoring_are_drawn_as_estimated(curve):
    one = curve()
    axes = figure_of([LabelledCurve("All", one)], **WORDS).axes[0]
    line, ticks = axes.lines
    assert line.get_drawstyle() == "steps-post"
    assert np.array_equal(line.get_xdata(), one.time)
    assert np.allclose(line.get_ydata(), 100 * one.survival)
    assert np.array_equal(ticks.get_xdata(), one.time[one.censored > 0])
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(100 * one.low.min())


def test_names_stand_beside_their_own_curve_in_its_colour(groups, texts):
    curves = groups(2, 60)
    figure = figure_of(curves, **WORDS)
    axes = figure.axes[0]
    shown = texts(figure)
    for number, labelled in enumerate(curves):
        inside = [
            (text, box)
            for text, box in shown
            if text.get_text() == labelled.label and box[1] > axes.bbox.y0
        ]
        assert len(inside) == 1
        text, box = inside[0]
        assert to_hex(text.get_color()) == GROUPS[number]
        gaps = []
        for other in curves:
            x = np.linspace(box[0], box[2], 20)
            times = axes.transData.inverted().transform(np.c_[x, x])[:, 0]
            place = np.searchsorted(other.curve.time, times, side="right") - 1
            y = axes.transData.transform(np.c_[times, 100 * other.curve.survival[place]])[:, 1]
            assert not ((y > box[1]) & (y < box[3])).any()
            gaps.append(np.abs(y - (box[1] + box[3]) / 2).min())
        assert gaps.index(min(gaps)) == number


def test_curves_that_lie_on_each_other_are_named_by_a_key(curve, texts, assert_legible):
    same = [LabelledCurve(name, curve()) for name in ("Left", "Right")]
    figure = figure_of(same, **WORDS)
    bottom = figure.axes[0].bbox.y0
    names = [text for text, box in texts(figure) if box[1] > bottom and text.get_text() == "Left"]
    assert len(names) == 1
    keys = [line.get_color() for line in figure.findobj() if line in figure.artists + figure.lines]
    assert set(GROUPS[:2]) <= set(keys)
    assert_legible(figure)


def test_the_landmark_is_a_line_that_no_name_crosses(groups, texts):
    figure = figure_of(groups(2, 31, LONG, 10), landmark=3, **WORDS)
    axes = figure.axes[0]
    x = axes.transData.transform((3, 0))[0]
    assert any(np.allclose(line.get_xdata(), 3) for line in axes.lines)
    inside = [box for _, box in texts(figure) if axes.bbox.y0 < box[1] and box[3] < axes.bbox.y1]
    named = [box for box in inside if box[0] > axes.bbox.x0]
    assert named
    assert not any(box[0] < x < box[2] for box in named)


@pytest.mark.parametrize(
    ("durations", "events"),
    [
        ([1.0, 2.0, 3.0], [False, False, False]),
        ([1.0, 2.0, 3.0], [True, True, True]),
        ([4.0], [True]),
        ([4.0], [False]),
        ([0.0, 0.0], [True, False]),
        ([0.02, 0.03], [True, False]),
        ([1.0, 500.0], [True, False]),
    ],
)
def test_thin_data_are_drawn(durations, events, assert_legible):
    one = LabelledCurve("All patients", kaplan_meier(durations, events))
    assert_legible(figure_of([one], annotation=("Median not reached",), **WORDS))


def test_a_band_that_does_not_exist_is_not_drawn(curve):
    one = curve()
    nothing = np.full_like(one.low, np.nan)
    bare = type(one)(**{**vars(one), "low": nothing, "high": nothing})
    axes = figure_of([LabelledCurve("All", bare)], **WORDS).axes[0]
    band = axes.collections[0].get_paths()[0].vertices
    assert np.isfinite(band).all()


@pytest.mark.parametrize("number", [0, 5])
def test_only_one_to_four_curves(curve, number, refused):
    with pytest.raises(ValueError, match="1 to 4"):
        figure_of([LabelledCurve("x", curve())] * number, **WORDS)
    with refused():
        panels_figure([])
