"""Two independent proportions whose totals alone are fixed: Boschloo's test and exact power.

Every table of the two groups is enumerated, row total by row total.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import optimize, stats

from helpers.statistics.arrays import FloatArray, IntArray
from helpers.statistics.contingency import (
    LIKELIHOOD_TOLERANCE,
    ONE_GROUP,
    fisher_two_by_two,
    log_choose,
    occupied,
    two_by_two,
    two_sided,
)
from helpers.statistics.testing import TestResult

#: More tables of two groups than this are not enumerated (5,000 units a group; some seconds).
MAX_TABLES = 25_000_000


def boschloo(table: Any) -> TestResult:
    """Boschloo's unconditional exact test of two independent proportions, two-sided.

    The two-sided Fisher p-value is the statistic: p is the largest probability, over the common
    proportion under the null, of a table whose Fisher p-value is at most the one observed
    (Boschloo, Stat Neerl 1970;24:1–35). It never exceeds Fisher's p. Own code because
    ``scipy.stats.boschloo_exact`` doubles the smaller one-sided p-value, which can exceed it.

    Args:
        table: Counts, one row per group, shape (2, 2); the row totals are taken as fixed.

    Raises:
        ValueError: The table is not 2 x 2 or holds anything but counts.
    """
    name = "Boschloo's exact test"
    counts = two_by_two(table)
    if min(occupied(counts).shape) < 2:
        return TestResult(name, None, reason=ONE_GROUP)
    n_a, n_b = (int(v) for v in counts.sum(axis=1))
    if (n_a + 1) * (n_b + 1) > MAX_TABLES:
        return TestResult(name, None, reason="the groups are too large for exact enumeration")
    limit = fisher_two_by_two(counts) * (1 + LIKELIHOOD_TOLERANCE)
    rejected = np.array([likelihood[p <= limit].sum() for _, likelihood, p in _tables(n_a, n_b)])
    return TestResult(name, min(_largest_binomial_mean(rejected), 1.0))


def power_two_proportions(
    p_a: float, n_a: int, p_b: float, n_b: int, *, alpha: float = 0.05
) -> float:
    """Exact power of the two-sided Fisher test to tell two proportions apart.

    The probability, under independent binomials, of a table whose Fisher p-value is at most
    ``alpha``; every table is enumerated, nothing is approximated or simulated.

    Args:
        p_a: True proportion in group a, in 0..1.
        n_a: Size of group a.
        p_b: True proportion in group b, in 0..1.
        n_b: Size of group b.
        alpha: Two-sided significance level.

    Raises:
        ValueError: A proportion lies outside 0..1, a size is negative, alpha is not in (0, 1), or
            there are more than 25 million tables (5,000 units a group).
    """
    if not (0 <= p_a <= 1 and 0 <= p_b <= 1):
        raise ValueError("proportions must lie in 0..1")
    if n_a < 0 or n_b < 0 or not 0 < alpha < 1:
        raise ValueError("group sizes must not be negative and alpha must lie in (0, 1)")
    if (n_a + 1) * (n_b + 1) > MAX_TABLES:
        raise ValueError("the groups are too large for exact enumeration")
    chance_a = stats.binom.pmf(np.arange(n_a + 1), n_a, p_a)
    chance_b = stats.binom.pmf(np.arange(n_b + 1), n_b, p_b)
    power = 0.0
    for total, (first, _, p_value) in enumerate(_tables(n_a, n_b)):
        rejected = first[p_value <= alpha]
        power += float((chance_a[rejected] * chance_b[total - rejected]).sum())
    return min(power, 1.0)


def _tables(n_a: int, n_b: int) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
    """Yield, for every column total, the tables of two groups.

    Yields:
        Counts in group a, their probability given the total, and the two-sided Fisher p-value.
    """
    a, b = log_choose(n_a, np.arange(n_a + 1)), log_choose(n_b, np.arange(n_b + 1))
    every = log_choose(n_a + n_b, np.arange(n_a + n_b + 1))
    for total in range(n_a + n_b + 1):
        first = np.arange(max(0, total - n_b), min(n_a, total) + 1)
        likelihood = np.exp(a[first] + b[total - first] - every[total])
        yield first, likelihood, two_sided(likelihood)


def _largest_binomial_mean(values: FloatArray) -> float:
    """Maximum over a proportion of the mean of ``values`` (N + 1,) under a binomial of size N."""
    successes = np.arange(values.size)

    def mean(share: Any) -> Any:
        return stats.binom.pmf(successes, values.size - 1, np.asarray(share)[..., None]) @ values

    # a binomial is no narrower than this, so no peak hides between two points of the grid
    grid = np.sin(np.linspace(0, np.pi / 2, 8 * math.isqrt(values.size) + 200)) ** 2
    heights = mean(grid)
    best = float(heights.max())
    peaks = np.flatnonzero((heights[1:-1] >= heights[:-2]) & (heights[1:-1] >= heights[2:])) + 1
    for i in peaks[heights[peaks] > 0.98 * best]:
        bounds = (grid[i - 1], grid[i + 1])
        found = optimize.minimize_scalar(
            lambda share: -float(mean(share)), bounds=bounds, options={"xatol": 1e-9}
        )
        best = max(best, -float(found.fun))
    return best
