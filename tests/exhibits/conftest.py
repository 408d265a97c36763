"""Cohorts to draw, and what every figure must satisfy."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from helpers.exhibits.kaplan_meier import LabelledCurve
from helpers.statistics.time_to_event import kaplan_meier


def written(figure):
    """Return every text that a reader sees with its box, (left, bottom, right, top) in pixels."""
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    return [(text, text.get_window_extent().extents) for text in shown]


def overlaps(a, b, slack=1.0):
    """Whether two boxes share more than ``slack`` pixels in both directions."""
    return min(a[2], b[2]) - max(a[0], b[0]) > slack and min(a[3], b[3]) - max(a[1], b[1]) > slack


@pytest.fixture
def texts():
    return written


@pytest.fixture
def assert_legible():
    """Return a check: no text is cut by the edge, none overlaps another, none is too small."""

    def check(figure):
        boxes = written(figure)
        assert boxes
        width, height = figure.bbox.width, figure.bbox.height
        for text, (left, bottom, right, top) in boxes:
            inside = (
                left >= -0.5 and bottom >= -0.5 and right <= width + 0.5 and top <= height + 0.5
            )
            assert inside, f"{text.get_text()!r} is cut"
            assert text.get_fontsize() >= 6, f"{text.get_text()!r} is too small"
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            assert not overlaps(a, b), f"{one.get_text()!r} overlaps {other.get_text()!r}"

    return check


@pytest.fixture
def curve():
    """Return a maker of curves: n patients, mean time to event, seed, longest follow-up."""

    def make(n=38, mean=5.0, seed=1, follow_up=10.0):
        random = np.random.default_rng(seed)
        time, gone = random.exponential(mean, n), random.uniform(0.3, follow_up, n)
        return kaplan_meier(np.round(np.minimum(time, gone), 2) + 0.01, time <= gone)

    return make


@pytest.fixture
def groups(curve):
    """Return a maker of named groups whose survival differs."""

    def make(number, n=60, names=None, follow_up=60.0):
        names = names or ("KRd", "Daratumumab-based", "Lenalidomide-based", "Bortezomib-based")
        means = (60.0, 30.0, 15.0, 8.0)
        return tuple(
            LabelledCurve(names[i], curve(n, means[i], i, follow_up)) for i in range(number)
        )

    return make
