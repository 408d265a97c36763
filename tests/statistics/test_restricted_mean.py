import math

import pytest
from scipy.stats import norm

from helpers.statistics.restricted_mean import restricted_mean, restricted_mean_difference
from helpers.statistics.time_to_event import kaplan_meier


def test_restricted_mean_equals_r(oracle, agree):
    compared = 0
    for name, case in oracle["inputs"]["survival"].items():
        r = oracle["survival"][name]
        curve = kaplan_meier(case["durations"], case["events"], entry=case.get("entry"))
        for horizon, mean, error in r["restricted_mean"]:
            found = restricted_mean(curve, horizon)
            agree([found.estimate, found.error or 0.0], [mean, error], 1e-9, name)
            compared += found.error is not None
    assert compared >= 25


def test_restricted_mean_by_hand():
    """Events at 1 and 2, censored at 3 and 4: S is 1, 3/4, 1/2, so the mean to 4 is 2.75.

    Areas after 1 and 2 are 1.75 and 1; the variance 1.75^2 / (4 * 3) + 1 / (3 * 2).
    """
    found = restricted_mean(kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]), 4)
    error = math.sqrt(1.75**2 / 12 + 1 / 6)
    assert (found.estimate, found.error) == (pytest.approx(2.75), pytest.approx(error))
    assert found.low == pytest.approx(2.75 - norm.ppf(0.975) * error)
    assert found.high == pytest.approx(min(2.75 + norm.ppf(0.975) * error, 4))


def test_difference_by_hand():
    """Against events at 1 and 4 (mean 2.5, variance (3 / 2)^2 / (2 * 1)) the difference is 0.25."""
    a, b = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]), kaplan_meier([1, 4], [1, 1])
    found = restricted_mean_difference(a, b, 4)
    error = math.sqrt(1.75**2 / 12 + 1 / 6 + 1.5**2 / 2)
    assert (found.estimate, found.error) == (pytest.approx(0.25), pytest.approx(error))
    assert found.p == pytest.approx(2 * norm.sf(0.25 / error))
    assert found.high - found.low == pytest.approx(2 * norm.ppf(0.975) * error)
    assert restricted_mean_difference(b, a, 4).estimate == pytest.approx(-0.25)


def test_what_is_not_known_is_said():
    censored = kaplan_meier([1, 2], [1, 0])
    assert restricted_mean(censored, 2).estimate == 1.5
    beyond = restricted_mean(censored, 2.5)
    assert (beyond.estimate, beyond.reason) == (None, "the horizon is past the last observed time")
    assert restricted_mean_difference(censored, censored, 2.5).reason == beyond.reason
    assert restricted_mean(kaplan_meier([], []), 1).reason == "no patients"
    still = restricted_mean(kaplan_meier([3, 4], [0, 0]), 3)
    assert (still.estimate, still.error) == (3, None)
    assert "no interval" in still.reason
    # everybody had the event: the curve is known for ever
    assert restricted_mean(kaplan_meier([1, 2], [1, 1]), 9).estimate == 1.5


@pytest.mark.parametrize("horizon", [0, -1, math.inf, math.nan])
def test_nonsense_is_refused(horizon):
    with pytest.raises(ValueError, match="horizon"):
        restricted_mean(kaplan_meier([1, 2], [1, 1]), horizon)
