"""Firth's penalty beside a library that agrees with R's logistf: two programs, one estimate."""

import numpy as np
import pytest
from firthmodels import FirthCoxPH, FirthLogisticRegression

from helpers.statistics.firth import firth_cox, firth_logistic
from helpers.statistics.risk_sets import risk_sets

SEEDS = range(6)


def cohort(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=40), rng.random(40) < 0.3, rng.random(40) < 0.5])
    hazard = np.exp(0.8 * x[:, 0] + 0.6 * x[:, 1])
    return x.astype(float), rng.exponential(1 / hazard), rng.random(40) < 0.35


@pytest.mark.parametrize("seed", SEEDS)
def test_cox_equals_the_library(seed):
    x, time, seen = cohort(seed)
    model = FirthCoxPH(backend="numpy", max_iter=200, gtol=1e-7, xtol=1e-7).fit(x, (seen, time))
    model.lrt()
    bounds = np.asarray(model.conf_int(alpha=0.05, method="pl", tol=1e-7, max_iter=200)).T
    ours = firth_cox(risk_sets(time, seen, x), 0.95)
    for mine, theirs in (
        (ours.beta, model.coef_),
        (ours.low, bounds[0]),
        (ours.high, bounds[1]),
        (ours.p, model.lrt_pvalues_),
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_logistic_equals_the_library(seed):
    x, _, reached = cohort(seed)
    model = FirthLogisticRegression(max_iter=200, gtol=1e-7, xtol=1e-7).fit(x, reached)
    model.lrt()
    ours = firth_logistic(reached, x, 0.95)
    np.testing.assert_allclose(ours.beta, model.coef_, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(ours.p, np.asarray(model.lrt_pvalues_)[: x.shape[1]], rtol=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_interval_and_test_of_a_coefficient_decide_alike(seed):
    """The bounds lie where the same likelihood-ratio test is at the level."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(15, 60)), int(rng.integers(1, 4))
    x = rng.integers(0, 2, (n, p)).astype(float)
    x[0], x[1] = 0, 1
    time, event = rng.exponential(1, n) * np.exp(x[:, 0]), rng.random(n) < 0.6
    found = firth_cox(risk_sets(time, event, x), 0.95)
    bounded = ~np.isnan(found.low) & ~np.isnan(found.high)
    excluded = (found.low > 0) | (found.high < 0)
    assert bounded.any()
    assert (excluded == (found.p < 0.05))[bounded].all()
