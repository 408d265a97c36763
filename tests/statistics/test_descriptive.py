import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.statistics.descriptive import summarize


def test_summary_equals_r(oracle, agree):
    expected = oracle["proportions"]["samples"]
    for values, result in zip(oracle["inputs"]["samples"], expected, strict=True):
        s = summarize(values)
        ours = [s.mean, s.sd, s.median, s.q1, s.q3, s.minimum, s.maximum]
        agree(ours, result, 1e-9)
        assert (s.n, s.missing) == (len(values), 0)


def test_missing_values_are_counted_and_left_out():
    s = summarize([1.0, None, 3.0, np.nan])
    assert (s.n, s.missing, s.mean, s.median) == (2, 2, 2.0, 2.0)


def test_nothing_gives_none():
    s = summarize([None, None])
    assert (s.n, s.missing) == (0, 2)
    assert {s.mean, s.sd, s.median, s.q1, s.q3, s.minimum, s.maximum} == {None}
    assert summarize([]).n == 0


@pytest.mark.parametrize("values", [["a"], [float("inf")]])
def test_nonsense_is_refused(values, refused):
    with refused():
        summarize(values)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_order_statistics_are_ordered(values):
    s = summarize(values)
    assert s.minimum <= s.q1 <= s.median <= s.q3 <= s.maximum
    assert s == summarize(values[::-1]) or s.mean == pytest.approx(summarize(values[::-1]).mean)
