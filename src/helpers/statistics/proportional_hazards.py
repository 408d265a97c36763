"""Grambsch–Therneau score test of proportional hazards, equal to R's ``cox.zph`` (version 3 on).

lifelines approximates this test from scaled Schoenfeld residuals and disagrees with R, so the
score test of an added covariate x * g(t) is computed here. Grambsch and Therneau, Biometrika
1994;81:515–526; Therneau, ``cox.zph``, survival 3.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from helpers.statistics.arrays import FloatArray
from helpers.statistics.partial_likelihood import information, moments
from helpers.statistics.risk_sets import RiskSets


@dataclass(frozen=True)
class ScoreTest:
    """Chi-square statistic with its degrees of freedom; None where it cannot be computed."""

    statistic: float | None
    df: int
    p: float | None


def score_tests(
    sets: RiskSets, beta: FloatArray, blocks: Sequence[Sequence[int]]
) -> tuple[ScoreTest, ...]:
    """Test each block of coefficients for a trend of its effect in time, and all together.

    Args:
        sets: Risk sets of the fitted model.
        beta: Coefficients at the maximum of the likelihood, shape (p,).
        blocks: Columns that belong to one factor.

    Returns:
        One test per block, then the global one. Time is transformed by 1 - S(t-), S being the
        Kaplan–Meier estimate of all rows (R's ``transform="km"``).
    """
    g = _event_scale(sets)
    held = moments(sets, beta)
    if held is None:
        raise ValueError("the likelihood overflows at these coefficients")
    _, plain = information(sets, held)
    score, mixed = information(sets, held, g)
    _, squared = information(sets, held, g * g)
    tests = [_test(score, squared, mixed, plain, list(block)) for block in blocks]
    return (*tests, _test(score, squared, mixed, plain, list(range(beta.size))))


def _test(
    score: FloatArray,
    squared: FloatArray,
    mixed: FloatArray,
    plain: FloatArray,
    block: list[int],
) -> ScoreTest:
    """Score test of the block's time interaction, the main effects of all columns kept."""
    variance = squared[np.ix_(block, block)] - mixed[block] @ np.linalg.solve(plain, mixed[block].T)
    scale = np.sqrt(np.abs(np.diag(squared)[block]))
    if (scale == 0).any() or np.linalg.cond(variance / np.outer(scale, scale)) > 1e12:
        return ScoreTest(None, len(block), None)
    statistic = float(score[block] @ np.linalg.solve(variance, score[block]))
    return ScoreTest(statistic, len(block), float(stats.chi2.sf(statistic, len(block))))


def _event_scale(sets: RiskSets) -> FloatArray:
    """1 - S(t-) at each block's time, shape (k,), centred (which leaves the test unchanged).

    S is the Kaplan–Meier estimate of all strata together, as in ``cox.zph``.
    """
    many = int(sets.time_rank.max()) + 1
    if sets.entry_rank is not None:
        many = max(many, int(sets.entry_rank.max()) + 1)
    at_risk = np.cumsum(np.bincount(sets.time_rank, minlength=many))
    if sets.entry_rank is not None:
        at_risk -= np.cumsum(np.bincount(sets.entry_rank, minlength=many))
    deaths = np.bincount(sets.time_rank, sets.observed, minlength=many)
    left = 1 - deaths / np.maximum(at_risk, 1)
    # Ranks rise as time falls, so S(t-) is the product over all higher ranks.
    before = np.append(np.cumprod(left[::-1])[::-1][1:], 1.0)
    g = 1 - before[sets.time_rank[sets.end - 1]]
    return np.asarray(g - np.average(g, weights=sets.deaths))
