"""The usual intervals of a share, against scipy and against the equations that define them."""

import pytest
from scipy.stats import beta, binom, binomtest

from helpers.audit.intervals import bounds

CASES = [(0, 12), (1, 12), (12, 12), (21, 38), (0, 1), (1, 1), (137, 389)]


@pytest.mark.parametrize(("k", "n"), CASES)
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_exact_and_score_intervals_are_those_of_scipy(k, n, level):
    found = dict(bounds(k, n, level))
    for name, method in (
        ("Clopper–Pearson", "exact"),
        ("Wilson", "wilson"),
        ("Wilson with continuity correction", "wilsoncc"),
    ):
        expected = binomtest(k, n).proportion_ci(level, method)
        assert found[name] == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-8)


@pytest.mark.parametrize(("k", "n"), CASES)
def test_the_mid_p_interval_leaves_half_of_each_tail_with_the_middle_split(k, n):
    low, high = (end / 100 for end in dict(bounds(k, n, 0.95))["exact mid-p"])
    if k == 0:
        assert low == 0
    else:
        assert binom.sf(k, n, low) + binom.pmf(k, n, low) / 2 == pytest.approx(0.025, abs=1e-9)
    if k == n:
        assert high == 1
    else:
        assert binom.cdf(k, n, high) - binom.pmf(k, n, high) / 2 == pytest.approx(0.025, abs=1e-9)


def test_jeffreys_wald_agresti_and_logit_as_in_r():
    found = dict(bounds(21, 38, 0.95))
    tails = beta.ppf([0.025, 0.975], 21.5, 17.5)
    assert found["Jeffreys"] == pytest.approx(tuple(100 * tails), rel=1e-9)
    # The figures below were computed in R from the textbook formulas, with qnorm(0.975).
    assert found["Wald"] == pytest.approx((39.4540703599, 71.0722454296), rel=1e-9)
    half = 100 * 0.5 / 38
    corrected = (found["Wald"][0] - half, found["Wald"][1] + half)
    assert found["Wald with continuity correction"] == pytest.approx(corrected, rel=1e-12)
    assert found["Agresti–Coull"] == pytest.approx((39.6992648030, 69.8606313209), rel=1e-9)
    assert found["logit"] == pytest.approx((39.4570638291, 70.0726105208), rel=1e-9)
