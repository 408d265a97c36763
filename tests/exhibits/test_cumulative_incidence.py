"""Cumulative-incidence figures: curves as estimated, counts under their ticks, legible words."""

import numpy as np
import pytest

from helpers.exhibits.cumulative_incidence import (
    IncidencePanel,
    LabelledIncidence,
    incidence_figure,
)
from helpers.statistics.competing_risks import cumulative_incidence, incidence_table

WORDS = {"events_label": "Progression", "time_label": "Months from the start of therapy"}


def curve(n=60, cause=1, seed=1):
    random = np.random.default_rng(seed)
    time = np.round(random.exponential(8, n), 2) + 0.01
    return cumulative_incidence(time, random.choice([0, 1, 2], n), cause=cause)


def causes(n=60):
    labels = ("Progression", "Death without progression")
    return tuple(LabelledIncidence(label, curve(n, i + 1)) for i, label in enumerate(labels))


def groups(number, n=60):
    names = ("KRd", "Daratumumab-based", "Lenalidomide-based", "Bortezomib-based")[:number]
    return tuple(LabelledIncidence(name, curve(n, 1, i)) for i, name in enumerate(names)), names


@pytest.mark.parametrize("n", [4, 38, 254])
@pytest.mark.parametrize("number", [2, 3, 4])
def test_nothing_is_cut_or_overlaps(assert_legible, number, n):
    curves, names = groups(number, n)
    panels = [
        IncidencePanel(causes(n), ("All patients",), title="All patients", **WORDS),
        IncidencePanel(curves, names, annotation=("Gray's test p = 0.012",), title="X", **WORDS),
    ]
    figure = incidence_figure(panels)
    assert figure.get_figwidth() * 25.4 == pytest.approx(175)
    assert_legible(figure)


def test_curves_are_drawn_as_estimated_and_the_second_cause_is_dashed():
    axes = incidence_figure([IncidencePanel(causes(), ("All patients",), **WORDS)]).axes[0]
    steps = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert [line.get_linestyle() for line in steps] == ["-", "--"]
    for line, one in zip(steps, causes(), strict=True):
        assert np.array_equal(line.get_xdata(), one.curve.time)
        assert np.allclose(line.get_ydata(), 100 * one.curve.incidence)
    marks = [line for line in axes.lines if line.get_marker() == "|"]
    assert marks and all(line.get_xdata().size == 0 for line in marks)
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(100 * causes()[0].curve.high.max())


def test_counts_under_the_axis_are_those_of_the_table(texts):
    curves, names = groups(2)
    figure = incidence_figure([IncidencePanel(curves, names, **WORDS)])
    ticks = figure.axes[0].get_xticks()
    shown = [text.get_text() for text, _ in texts(figure)]
    for one in curves:
        counted = incidence_table(one.curve, ticks)
        for row in (counted.at_risk, counted.events, counted.competing, counted.censored):
            for value in row:
                assert str(value) in shown
    assert shown.count("Competing events") == 2
    assert all(shown.count(name) >= 1 for name in names)


@pytest.mark.parametrize(
    ("durations", "codes"),
    [([1.0, 2.0], [0, 0]), ([1.0, 2.0], [1, 2]), ([4.0], [1]), ([4.0], [0]), ([0.0, 0.0], [1, 0])],
)
def test_thin_data_are_drawn(durations, codes, assert_legible):
    both = tuple(
        LabelledIncidence(label, cumulative_incidence(durations, codes, cause=cause))
        for cause, label in ((1, "Progression"), (2, "Death"))
    )
    assert_legible(incidence_figure([IncidencePanel(both, ("All patients",), **WORDS)]))


def test_headings_are_one_for_all_or_one_a_curve():
    with pytest.raises(ValueError, match="heading"):
        IncidencePanel(groups(3)[0], ("a", "b"), **WORDS)
    with pytest.raises(ValueError, match="needs a curve"):
        incidence_figure([IncidencePanel((), ("a",), **WORDS)])
    with pytest.raises(ValueError, match="panel"):
        incidence_figure([])
