"""A registry's curve is drawn from the steps that can be seen, and looks as if from all of them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.image import imread
from scipy.ndimage import maximum_filter, minimum_filter

from helpers.exhibits import png, thinning
from helpers.exhibits.kaplan_meier import LabelledCurve, Panel, _steps, panels_figure
from helpers.statistics.time_to_event import kaplan_meier, risk_table

DAY = 1 / 30.4375
#: Of 255; what a dot may differ by beyond the lightest and darkest of itself and its neighbours.
SHADE = 20
#: Dots that may differ by more, of one or two million: where the end of a mark meets the curve.
FEW = 5


def panel(patients, groups=1):
    """Curves of a registry that counts in days, with more than ten years of follow-up."""
    draw = np.random.default_rng(20251121)
    curves = []
    for group in range(groups):
        event = np.ceil(draw.exponential(1500 * (1 + group), patients))
        end = draw.integers(30, 5000, patients)
        curve = kaplan_meier(np.minimum(event, end) * DAY, event <= end)
        curves.append(LabelledCurve(f"Group {group + 1}", curve))
    return Panel(tuple(curves), "Overall survival", "Months from the start")


def picture(panels):
    return np.asarray(imread(io.BytesIO(png(panels_figure(panels)))))[..., :3] * 255


def beyond_a_dot(one, other):
    """How many dots lie outside of what the other picture shows within one dot of them."""
    near = (3, 3, 1)
    return sum(
        int((np.maximum(minimum_filter(a, near) - b, b - maximum_filter(a, near)) > SHADE).sum())
        for a, b in ((one, other), (other, one))
    )


@pytest.mark.parametrize("groups", [1, 2])
def test_hardly_a_dot_of_the_picture_moves_farther_than_to_the_next(monkeypatch, groups):
    panels = [panel(100_000, groups)] * groups
    thin = picture(panels)
    monkeypatch.setattr(thinning, "RESOLUTION", 10**9)
    whole = picture(panels)
    assert beyond_a_dot(thin, whole) <= 3 * FEW  # three colours a dot
    monkeypatch.setattr(thinning, "RESOLUTION", 60)
    assert beyond_a_dot(picture(panels), whole) > 100 * FEW


def test_what_is_left_out_differs_by_less_than_a_cell():
    (whole,) = _steps(panel(100_000)).curves
    thin = whole.thinned()
    assert whole.time.size > 4 * thinning.RESOLUTION
    assert thin.time.size < 2 * thinning.RESOLUTION
    assert (thin.time[0], thin.time[-1]) == (whole.time[0], whole.time[-1])
    at = np.searchsorted(thin.time, whole.time, side="right") - 1
    for name in ("height", "low", "high"):
        drawn, there = getattr(thin, name)[at], getattr(whole, name)
        assert np.nanmax(np.abs(drawn - there)) < 1 / thinning.RESOLUTION
    cell = whole.time[-1] / thinning.RESOLUTION
    marks = thin.time[thin.marked]
    for time in whole.time[whole.marked]:
        assert np.abs(marks - time).min() < cell


def test_a_curve_of_few_steps_is_drawn_from_all_of_them():
    (curve,) = _steps(panel(900)).curves
    assert curve.thinned() is curve


def test_counts_under_the_axis_are_those_of_the_whole_curve():
    shown = panel(20_000)
    figure = panels_figure([shown])
    ticks = [float(text.get_text()) for text in figure.axes[0].get_xticklabels()]
    counts = risk_table(shown.curves[0].curve, ticks)
    words = {text.get_text() for text in figure.texts}
    for row in (counts.at_risk, counts.censored, counts.events):
        assert {str(value) for value in row} <= words
